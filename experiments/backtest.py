"""Whether one policy's margin held: every test, and what they say in plain words."""

from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd
from scipy.stats import norm

from experiments.figures.backtest import rolling
from experiments.margin_study import MarginStudy
from experiments.margin_table import LEVEL, row_of_policy
from experiments.measures.coverage import (
    BASEL_DAYS,
    ShortfallTests,
    Zone,
    acerbi_szekely,
    normal_shortfall,
    zone,
)
from experiments.words import percent
from sim.streams import Streams

NAMES = {
    "kupiec": "Kupiec",
    "independence": "Christoffersen, independence",
    "conditional": "Christoffersen, conditional coverage",
}
SAMPLES = 2000
"""Samples of a right model from which the critical value of Z2 is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What the tests found.

    Parameters
    ----------
    row : every measure of the policy, as in the table of a study.
    zones : share of the rolling 250 periods in each zone.
    latest : zone of the latest 250 periods, ``None`` if there are fewer; and their breaches.
    shortfall : both statistics of Acerbi and Szekely.
    critical : Z2 below which one in twenty right models lies.
    breaches : one row a breach: when, margin, loss, shortfall.
    """

    row: dict[str, object]
    zones: dict[Zone, float]
    latest: tuple[Zone | None, int]
    shortfall: ShortfallTests
    critical: float
    breaches: pd.DataFrame


def backtest(study: MarginStudy, name: str) -> Backtest:
    """Return every test of one policy over a window."""
    path, hits = study.paths[name], study.breaches(name)
    probability = 1.0 - path.confidence
    margin, lost = path.maintenance[study.tested], study.losses[study.tested]
    counts = rolling(hits)
    found = [zone(int(count), BASEL_DAYS, probability) for count in counts]
    total = max(len(found), 1)
    latest = (found[-1] if found else None, int(hits[-BASEL_DAYS:].sum()))
    expected = np.maximum(normal_shortfall(path.confidence) * margin, 1e-12)
    return Backtest(
        row=row_of_policy(study, name),
        zones={each: found.count(each) / total for each in Zone},
        latest=latest,
        shortfall=acerbi_szekely(-lost, margin, expected, probability),
        critical=critical_shortfall(hits.size, probability),
        breaches=pd.DataFrame(
            {
                "time": study.time[study.tested][hits],
                "margin": margin[hits],
                "loss": lost[hits],
                "shortfall": (lost - margin)[hits],
            }
        ),
    )


def critical_shortfall(
    observations: int, probability: float, *, level: float = LEVEL, samples: int = SAMPLES
) -> float:
    """Return the value below which Z2 of a right normal model lies with probability ``level``.

    By simulation at fixed addresses: the same number every time.
    """
    z = float(norm.ppf(1.0 - probability))
    margin = np.full(observations, z)
    shortfall = margin * normal_shortfall(1.0 - probability)
    streams, entities = Streams(0), np.arange(observations)
    values = [
        acerbi_szekely(
            streams.at("critical value", sample).normal(entities), margin, shortfall, probability
        ).z2
        for sample in range(samples)
    ]
    return float(np.quantile(values, level, method="inverted_cdf"))


def verdicts(found: Backtest) -> list[str]:
    """Return what the tests say, a sentence each."""
    row = {name: value for name, value in found.row.items() if isinstance(value, int | float)}
    rows = (
        "breaches come in clusters" if found.row["clustered"] else "breaches are too evenly spaced"
    )
    more = "more" if row["breaches"] > row["expected_breaches"] else "fewer"
    told = [
        (
            f"{row['breaches']:,} breaches in {row['observations']:,} periods; "
            f"{row['expected_breaches']:,.1f} were asked for. Coverage "
            f"{100 * row['coverage']:.2f} % against {percent(row['confidence'])}."
        ),
        _test("kupiec", row, "as many as chance allows", f"{more} than chance allows"),
        _test("independence", row, "breaches follow no pattern", rows),
        _test("conditional", row, "number and order are sound", "number or order is not sound"),
    ]
    light, breaches = found.latest
    if light is None:
        return [*told, _shortfall(found), f"Traffic light: none below {BASEL_DAYS} periods."]
    shares = ", ".join(f"{percent(share)} {each}" for each, share in found.zones.items())
    lights = (
        f"Traffic light: {light}, {breaches} breaches in the latest {BASEL_DAYS} periods; over "
        f"all such windows {shares}."
    )
    return [*told, _shortfall(found), lights]


def _test(test: str, row: dict[str, int | float], sound: str, unsound: str) -> str:
    """Say what a test says."""
    p = row[f"{test}_p"]
    chance = "< 0.001" if p < 0.001 else f"= {p:.3f}"
    words = sound if p >= LEVEL else unsound
    return f"{NAMES[test]}: {words} (LR = {row[test]:.3f}, p {chance})."


def _shortfall(found: Backtest) -> str:
    """Say what the tests of expected shortfall say."""
    z1, z2 = found.shortfall.z1, found.shortfall.z2
    words = "deeper or more than" if z2 < found.critical else "no deeper or more than"
    first = "–" if isnan(z1) else f"{z1:.3f}"
    return (
        f"Shortfall: breaches are {words} a normal tail allows (Z2 {z2:.3f}, one right model in "
        f"{1 / LEVEL:.0f} is below {found.critical:.3f}; Z1 {first})."
    )
