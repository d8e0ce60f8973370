"""A finished run: what happened, in frames, and everything that is read off them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import check

if TYPE_CHECKING:
    from experiments.cascade import Cascade
    from experiments.metrics.metric import Value
    from experiments.metrics.truth import Truth
    from experiments.plots import Plots

type Market = tuple[str, str]
"""A venue and an instrument on it."""

STEP_COLUMNS = (
    *("step", "time", "venue", "instrument", "kind", "outside", "exogenous", "index", "mark"),
    *("last", "bid", "ask", "bid_depth_usd", "ask_depth_usd", "open_interest_usd", "volume_usd"),
    *("forced_usd", "maintenance_rate", "initial_rate", "required_usd", "equity_usd"),
    *("called_usd", "cured_usd", "insurance_usd", "funding_rate", "false_price"),
)
EVENT_COLUMNS = (
    *("id", "step", "time", "kind", "venue", "instrument", "entity", "account", "quantity"),
    *("price", "usd", "loss", "cause", "channel", "generation"),
)
ENTITY_COLUMNS = ("entity", "kind", "equity_before_usd", "equity_after_usd", "defaulted")
EXPOSURE_COLUMNS = ("source", "target", "kind", "usd_before", "usd_after")
SHOCK_COLUMNS = (
    *("event", "kind", "description", "start_step", "end_step", "start_time", "end_time"),
    "target",
)
ROUND_COLUMNS = (
    *("step", "venue", "instrument", "deficit_usd", "needed_usd", "closed_usd", "given_usd"),
    *("winners", "winners_hit", "top_ten_share", "gini", "dispersion"),
)
TABLES: Mapping[str, tuple[str, ...]] = {
    "steps": STEP_COLUMNS,
    "events": EVENT_COLUMNS,
    "entities": ENTITY_COLUMNS,
    "exposures": EXPOSURE_COLUMNS,
    "shocks": SHOCK_COLUMNS,
}
"""Columns that each frame of a run must have; ``results/README.md`` tells their units."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One finished run. Nothing in it changes; what is derived is computed once, when asked for.

    Parameters
    ----------
    scenario : the resolved scenario, YAML.
    name, title : of the scenario.
    seed : of every stream.
    manifest : versions, hashes and settings, ready for JSON. ``hash`` names the folder of
        results; ``grace_seconds`` (a number, or one for each venue) is the margin period of
        risk that coverage is measured over; ``clearing_houses`` names exchanges that have one.
    steps : one row a recorded step and market, ordered by step (``STEP_COLUMNS``).
    events : one row an event, ordered by ``id`` = 0, 1, 2, ... (``EVENT_COLUMNS``).
    entities, exposures, shocks : as ``TABLES`` says.
    twin_steps : ``steps`` of the same seed with the impact of forced sales cut, or None.
    adl_rounds : one row a round of auto-deleveraging (``ROUND_COLUMNS``), or None if not kept.

    Raises
    ------
    ConfigError
        Naming every column that is missing and every broken order, not the first alone.
    """

    scenario: str
    name: str
    title: str
    seed: int
    manifest: Mapping[str, Any]
    steps: pd.DataFrame
    events: pd.DataFrame
    entities: pd.DataFrame
    exposures: pd.DataFrame
    shocks: pd.DataFrame
    twin_steps: pd.DataFrame | None = None
    adl_rounds: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Refuse frames that the rest could not read."""
        optional = {"twin_steps": STEP_COLUMNS, "adl_rounds": ROUND_COLUMNS}
        there = {name: columns for name, columns in optional.items() if self._has(name)}
        wanted = dict(TABLES) | there
        missing = {
            table: [name for name in columns if name not in getattr(self, table)]
            for table, columns in wanted.items()
        }
        check(
            *(
                (not gone, f"{table}: no column {', '.join(gone)}")
                for table, gone in missing.items()
            )
        )
        ids = np.arange(len(self.events))
        check(
            (len(self.steps) > 0, "steps: the run has none"),
            (self.steps["step"].is_monotonic_increasing, "steps: must be ordered by step"),
            (bool((self.events["id"].to_numpy() == ids).all()), "events: id must count from 0"),
            (bool((self.events["cause"].to_numpy() < ids).all()), "events: cause must come first"),
        )

    def _has(self, table: str) -> bool:
        """Tell whether a frame that may be missing is there."""
        return getattr(self, table) is not None

    @cached_property
    def markets(self) -> dict[Market, pd.DataFrame]:
        """The steps of each market, in the order in which markets first appear."""
        return _markets(self.steps)

    @cached_property
    def twin_markets(self) -> dict[Market, pd.DataFrame]:
        """The steps of each market in the twin run; empty without one."""
        return {} if self.twin_steps is None else _markets(self.twin_steps)

    @cached_property
    def venues(self) -> list[str]:
        """Names of the venues, in the order in which they first appear."""
        return list(dict.fromkeys(venue for venue, _ in self.markets))

    @cached_property
    def leading(self) -> Market:
        """The market with most liquidations; without any, the one with most open interest."""
        taken = self.cascade.liquidations.astype({"venue": str, "instrument": str})
        sums = taken.groupby(["venue", "instrument"])["usd"].sum().to_dict()
        return max(
            self.markets,
            key=lambda market: (
                float(sums.get(market, 0.0)),
                float(self.markets[market]["open_interest_usd"].iloc[0]),
            ),
        )

    @cached_property
    def row_seconds(self) -> float:
        """Time between two rows of a market, seconds: a step, or several."""
        times = self.markets[self.leading]["time"]
        return float((times.iloc[1] - times.iloc[0]).total_seconds()) if len(times) > 1 else 1.0

    @cached_property
    def step_seconds(self) -> float:
        """Length of a step, seconds."""
        steps = self.markets[self.leading]["step"]
        return self.row_seconds / float(steps.iloc[1] - steps.iloc[0]) if len(steps) > 1 else 1.0

    @cached_property
    def cascade(self) -> "Cascade":
        """The events as a tree of causes."""
        from experiments.cascade import Cascade

        return Cascade(self.events)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Who bore which loss: ``event``, ``bearer``, ``usd`` (negative where one is relieved)."""
        from experiments.metrics.ledger import ledger

        return ledger(self)

    @cached_property
    def truth(self) -> "Truth | None":
        """When the false price of the first oracle attack became true; None without an attack."""
        from experiments.metrics.truth import find_truth

        return find_truth(self)

    @cached_property
    def summary(self) -> "dict[str, Value]":
        """Every number of ``experiments.metrics.METRICS``."""
        from experiments.metrics import METRICS

        return {name: metric(self) for name, metric in METRICS.items()}

    @property
    def plot(self) -> "Plots":
        """One method a figure: ``run.plot.overview()``."""
        from experiments.plots import Plots

        return Plots(self)

    def save(self, folder: Path | str, *, report: bool = True) -> Path:
        """Write the run to ``folder``, whole or not at all, and return the folder."""
        from experiments.store import save

        return save(self, Path(folder), report=report)


def load(folder: Path | str) -> Run:
    """Read a run that was saved.

    Raises
    ------
    UserError
        If the folder holds no run, or one that cannot be read, saying what is wrong with it.
    """
    from experiments.store import load as load_folder

    return load_folder(Path(folder))


def _markets(steps: pd.DataFrame) -> dict[Market, pd.DataFrame]:
    """Split steps by venue and instrument."""
    groups = steps.groupby(["venue", "instrument"], observed=True, sort=False)
    return {(str(venue), str(name)): frame for (venue, name), frame in groups}
