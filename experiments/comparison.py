"""A finished comparison of margin policies: every run's numbers, and what can be said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.paired import (
    Estimate,
    bad_day,
    draws_of,
    estimate,
    not_dominated,
    variance_ratio,
)
from sim.arrays import Floats, Ints

if TYPE_CHECKING:
    from experiments.figures.style import Picture
    from experiments.verdict import Place

MOMENTS = 96
"""Spans into which a run is cut to show how things went."""
PATHS = ("rate_path", "price_path", "called_path", "liquidated_path")
COST, HARM, SWING = "mean_maintenance", "loss_usd", "peak_to_trough"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that policies are compared by.

    Parameters
    ----------
    text : what it is.
    unit : of ``experiments.report.shown``.
    """

    text: str
    unit: str


MEASURES: Mapping[str, Measure] = {
    "mean_maintenance": Measure("mean maintenance margin: the cost", "fraction"),
    "mean_initial": Measure("mean initial margin", "fraction"),
    "peak_to_trough": Measure("margin, peak to trough, with feedback", "ratio"),
    "peak_to_trough_outside": Measure("margin, peak to trough, on the outside path", "ratio"),
    "endogeneity_gap": Measure("peak to trough with feedback over that without", "ratio"),
    "margin_calls": Measure("margin calls", "count"),
    "margin_called_usd": Measure("margin called", "USD"),
    "margin_met_usd": Measure("margin met", "USD"),
    "forced_usd": Measure("forced trades", "USD"),
    "liquidated_usd": Measure("liquidated", "USD"),
    "accounts_liquidated": Measure("accounts liquidated", "count"),
    "generations": Measure("generations of the cascade", "count"),
    "loss_usd": Measure("losses, whoever bore them", "USD"),
    "shortfall_usd": Measure("losses beyond margin: funds, members, winners, all", "USD"),
    "insurance_draw_usd": Measure("insurance draw", "USD"),
    "adl_usd": Measure("auto-deleveraged", "USD"),
    "price_fall": Measure("fall of the price", "fraction"),
    "loss_quantile": Measure("99.9 % quantile of one-minute losses of the mark", "fraction"),
    "kurtosis": Measure("excess kurtosis of one-minute returns", "ratio"),
    "coverage": Measure("time in which margin covered the grace period's move", "fraction"),
}
"""What is told of each policy, in this order; less is better of all but the last."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Policies on the same seeds, under one or more normalisations.

    Parameters
    ----------
    manifest : scenario, policies, seeds, versions, hash.
    runs : one row a run: ``policy``, ``normalisation``, ``scale``, ``seed``, the numbers of
        ``MEASURES`` and the ``PATHS``.
    searches : one row a scale tried: ``policy``, ``normalisation``, ``target``, ``trial``,
        ``scale``, ``margin``.
    """

    manifest: Mapping[str, Any]
    runs: pd.DataFrame
    searches: pd.DataFrame

    @property
    def policies(self) -> list[str]:
        """The policies, in the order in which they were named."""
        return [str(name) for name in self.manifest["policies"]]

    @property
    def normalisations(self) -> list[str]:
        """How they were made comparable."""
        return [str(name) for name in self.manifest["normalisations"]]

    @property
    def baseline(self) -> str:
        """The policy that the others are set against."""
        return str(self.manifest["baseline"])

    def values(self, measure: str, normalisation: str) -> dict[str, Floats]:
        """Return a measure by policy, (n_seeds,), seeds in the same order for all."""
        mine = self.runs[self.runs["normalisation"] == normalisation]
        table = mine.pivot_table(
            index="seed", columns="policy", values=measure, dropna=False, observed=True
        ).reindex(columns=self.policies)
        return {name: table[name].to_numpy(dtype=np.float64) for name in self.policies}

    @cached_property
    def draws(self) -> Ints:
        """Seeds drawn with replacement, (n_draws, n_seeds), the same for every number."""
        return draws_of(int(self.runs["seed"].nunique()))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a normalisation, policy and measure: mean, difference, tail, intervals.

        ``difference`` and ``variance_ratio`` are against the baseline on the same seeds;
        ``tail`` is the 90 % quantile over seeds. ``low`` and ``high`` end 95 % intervals.
        """
        rows = [
            self._row(normalisation, policy, measure)
            for normalisation in self.normalisations
            for policy in self.policies
            for measure in MEASURES
        ]
        return pd.DataFrame(rows)

    @cached_property
    def cells(self) -> dict[tuple[str, str, str], dict[str, float]]:
        """The numbers of ``table`` by normalisation, policy and measure."""
        named = ("normalisation", "policy", "measure")
        return {
            tuple(str(row[name]) for name in named): {  # type: ignore[misc]  # three of them
                str(name): float(value) for name, value in row.items() if name not in named
            }
            for row in self.table.to_dict("records")
        }

    def _row(self, normalisation: str, policy: str, measure: str) -> dict[str, object]:
        """Return what is said of one policy by one measure."""
        values = self.values(measure, normalisation)
        mine, theirs = values[policy], values[self.baseline]
        mean, difference = estimate(mine, self.draws), estimate(mine - theirs, self.draws)
        high = bad_day(mine, self.draws)
        return {
            "normalisation": normalisation,
            "policy": policy,
            "measure": measure,
            **_spread("mean", mean),
            **_spread("difference", difference),
            **_spread("tail", high),
            "variance_ratio": variance_ratio(mine, theirs),
        }

    @cached_property
    def dominance(self) -> pd.DataFrame:
        """One row a normalisation, policy and harm: chance that no other policy dominates it.

        A policy dominates another if it costs no more and harms no more, and one of both less,
        in the means over seeds drawn with replacement.
        """
        rows = []
        for normalisation in self.normalisations:
            cost = self.values(COST, normalisation)
            for harm in (HARM, SWING):
                chance = not_dominated(cost, self.values(harm, normalisation), self.draws)
                rows += [
                    {
                        "normalisation": normalisation,
                        "harm": harm,
                        "policy": policy,
                        "not_dominated": chance[policy],
                    }
                    for policy in self.policies
                ]
        return pd.DataFrame(rows)

    @cached_property
    def places(self) -> "dict[str, list[Place]]":
        """Where policies stand under each normalisation, the smallest mean loss first."""
        from experiments.verdict import ranking

        return {each: ranking(self, each) for each in self.normalisations}

    @cached_property
    def verdict(self) -> list[str]:
        """What a committee may conclude, in sentences."""
        from experiments.verdict import verdict

        return verdict(self)

    @property
    def pictures(self) -> "dict[str, Picture]":
        """Every figure, by its name."""
        from experiments.figures.comparison import PICTURES

        return {name: sheet.draw(self) for name, sheet in PICTURES.items()}


def _spread(name: str, found: Estimate) -> dict[str, object]:
    """Return an estimate as three columns."""
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
