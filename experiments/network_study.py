"""A network without a market: balance sheets and a shock go in, a clearing comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from experiments.network_measures import (
    Progress,
    amplification,
    amplification_of_mean,
    concentration,
    connectivity,
    expected_bound,
    hurt_by,
    mean_amplification,
    ranking,
    tail,
)
from experiments.network_words import PAYMENTS, Wording, wording_of
from sim.arrays import Floats, Ints
from sim.elementary import exp, log
from sim.errors import ConfigError
from sim.network.checks import SLACK
from sim.network.exposures import ExposureKind, Exposures
from sim.network.roles import Clearing, Contagion
from sim.streams import Streams

MATRIX_MOST = 300
"""Entities up to which it is worked out, one by one, whom the failure of each hurts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One network, one shock, and what it led to.

    Parameters
    ----------
    exposures : the network before.
    shock : (N,) USD lost of outside assets.
    contagion : what came of it; converged.
    wording : what is found by the algorithm is called so.
    """

    exposures: Exposures
    shock: Floats
    contagion: Contagion
    wording: Wording = PAYMENTS

    def equity_left(self) -> Floats:
        """Return what owners have left, (N,) USD: never less than 0, whatever is missing."""
        return np.maximum(self.contagion.equity, 0.0)

    def insolvent_before(self) -> Ints:
        """Return who of those that defaulted owed more than it had before any shock, (K,)."""
        equity, owed = self.exposures.equity(), self.exposures.owed()
        return np.flatnonzero((equity < -SLACK * owed) & self.contagion.defaulted())

    def failed_by_others(self) -> Ints:
        """Return who defaulted without being hit by the shock, or insolvent before it, (K,)."""
        alone = self.shock > 0
        alone[self.insolvent_before()] = True
        return np.flatnonzero(self.contagion.defaulted() & ~alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStudy:
    """Everything that was worked out about a network.

    Parameters
    ----------
    name : what it is called.
    algorithm : how it was cleared, with every parameter.
    case : the network, the shock, and what came of it.
    ranked : ``ranking`` of every entity, or ``None``.
    rank_by : which DebtRank ranked it.
    hurt : ``hurt_by``, (N, N), or ``None`` where there are too many entities.
    draws : one row a seed, see ``draw_losses``, or ``None``.
    """

    name: str
    algorithm: str
    case: Case
    ranked: pd.DataFrame | None = None
    rank_by: str = ""
    hurt: Floats | None = None
    draws: pd.DataFrame | None = None

    @property
    def digest(self) -> str:
        """Tell this network, shock and algorithm from any other."""
        drawn = "" if self.draws is None else self.draws.to_csv()
        state = blake2b(f"{self.algorithm}/{self.rank_by}/{drawn}".encode(), digest_size=8)
        exposures, shock = self.case.exposures, self.case.shock
        state.update("\0".join(exposures.names).encode())
        for column in ("outside_assets", "outside_liabilities", "debtor", "creditor", "amount"):
            state.update(getattr(exposures, column).tobytes())
        for each in (exposures.kind, exposures.collateral, exposures.haircut, shock):
            state.update(each.tobytes())
        if exposures.holdings is not None:
            state.update("\0".join(exposures.holdings.assets).encode())
            state.update(exposures.holdings.usd.tobytes())
            state.update(exposures.holdings.depth.tobytes())
        return state.hexdigest()[:12]

    def entities(self) -> pd.DataFrame:
        """Return the clearing vector: one row an entity."""
        exposures, found = self.case.exposures, self.case.contagion
        return pd.DataFrame(
            {
                "entity": exposures.names,
                "shock_usd": self.case.shock,
                "owed_usd": exposures.owed(),
                "paid_usd": found.payments,
                "shortfall_usd": found.shortfall,
                "lost_on_claims_usd": np.asarray(found.losses.sum(axis=1)),
                "outside_losses_usd": found.outside_losses,
                "costs_usd": found.costs,
                "equity_before_usd": exposures.equity(),
                "equity_after_usd": self.case.equity_left(),
                "wave": found.wave_of() + 1,
            }
        )

    def losses(self) -> pd.DataFrame:
        """Return who lost how much to whom, largest first."""
        entries = self.case.contagion.losses.tocoo()
        names = np.array(self.case.exposures.names, dtype=object)
        frame = pd.DataFrame(
            {
                "creditor": names[entries.coords[0]],
                "debtor": names[entries.coords[1]],
                "lost_usd": entries.data,
            }
        )
        return frame.sort_values("lost_usd", ascending=False, kind="stable", ignore_index=True)

    def summary(self) -> dict[str, object]:
        """Return the numbers of the study by name."""
        case = self.case
        found = case.contagion
        added = amplification(case.exposures, case.shock, found)
        kinds = np.bincount(case.exposures.kind, case.exposures.amount, len(ExposureKind))
        numbers: dict[str, object] = {
            "name": self.name,
            "algorithm": self.algorithm,
            "entities": len(case.exposures),
            "claims": len(case.exposures.amount),
            "owed_usd_by_kind": {k.label: float(kinds[k]) for k in ExposureKind if kinds[k] > 0},
            "direct_loss_usd": added.direct_usd,
            "shortfall_usd": added.shortfall_usd,
            "lost_by_outside_creditors_usd": float(found.outside_losses.sum()),
            "costs_usd": float(found.costs.sum()),
            "amplification": added.ratio,
            "amplification_within_network": added.within,
            "amplification_bound": added.bound if self.case.wording.bounded else np.nan,
            "insolvent_before": [case.exposures.names[i] for i in case.insolvent_before()],
            "defaults_by_wave": [len(members) for members in found.waves],
            "defaulted": [case.exposures.names[i] for wave in found.waves for i in wave],
            "rounds": found.rounds,
            "residual_usd": found.residual,
        }
        if self.ranked is not None:
            numbers["debt_rank"] = self.rank_by
            numbers["debt_rank_concentration"] = concentration(
                self.ranked["debt_rank"].to_numpy(dtype=np.float64)
            )
        if self.draws is not None:
            numbers["systemic_loss_usd"] = tail(self.draws["shortfall_usd"].to_numpy(np.float64))
            numbers["mean_amplification"] = mean_amplification(self.draws)
            numbers["amplification_of_mean_loss"] = amplification_of_mean(self.draws)
            numbers["expected_amplification_bound"] = float(self.draws["expected_bound"].mean())
        return numbers


def shock_of(
    exposures: Exposures, names: Sequence[str], usd: float | None, share: float | None
) -> Floats:
    """Return a shock to some entities.

    Parameters
    ----------
    exposures : the network.
    names : who is hit.
    usd : what each loses; or else
    share : the share of its outside assets that each loses; all where neither is given.

    Raises
    ------
    ConfigError
        Naming everything that cannot be.
    """
    problems = strangers(exposures, names)
    if usd is not None and share is not None:
        problems.append("give an amount or a share of the shock, not both")
    if usd is not None and not (np.isfinite(usd) and usd >= 0):
        problems.append(f"the amount of a shock must be >= 0 USD, not {usd:g}")
    if share is not None and not 0 <= share <= 1:
        problems.append(f"the share of a shock must lie in [0, 1], not {share:g}")
    if problems:
        raise ConfigError(*problems)
    shock = np.zeros(len(exposures))
    for name in names:
        i = exposures.index(name)
        whole = exposures.outside_assets[i]
        shock[i] = usd if usd is not None else whole * (1.0 if share is None else share)
    return shock


def strangers(exposures: Exposures, names: Sequence[str]) -> list[str]:
    """Return what is wrong with names of entities: who is none, and who there is."""
    problems = [f"there is no entity {name!r}" for name in names if name not in exposures.names]
    if problems:
        known = ", ".join(exposures.names[:16]) + (" ..." if len(exposures) > 16 else "")
        problems.append(f"there are {known}")
    return problems


def random_shock(exposures: Exposures, mean: float, seed: int) -> Floats:
    """Return a shock of an exponential share of everybody's outside assets, at most all."""
    drawn = Streams(seed).at("network/shock", 0).uniform(np.arange(len(exposures)))
    return np.minimum(-mean * log(drawn), 1.0) * exposures.outside_assets


def cleared(exposures: Exposures, clearing: Clearing, shock: Floats) -> Case:
    """Return what a shock leads to.

    Raises
    ------
    NotConvergedError
        If the clearing did not converge.
    """
    found = clearing.clear(exposures, shock).sound()
    words = wording_of(clearing)
    return Case(exposures=exposures, shock=shock, contagion=found, wording=words)


def ranked(exposures: Exposures, by: str, progress: Progress) -> pd.DataFrame:
    """Return the ranking by ``debtrank`` or ``linear_debtrank``.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if by not in RANKINGS:
        raise ConfigError(f"no ranking {by!r}; there are {', '.join(RANKINGS)}")
    return ranking(exposures, once=RANKINGS[by], progress=progress)


RANKINGS: Mapping[str, bool] = {"debtrank": True, "linear_debtrank": False}
"""Whether each entity passes its distress on once only."""


def whom_it_hurts(exposures: Exposures, clearing: Clearing, progress: Progress) -> Floats | None:
    """Return ``hurt_by``, unless there are too many entities for a picture."""
    return hurt_by(exposures, clearing, progress) if len(exposures) <= MATRIX_MOST else None


def draw_losses(cases: Sequence[Case], seeds: Sequence[int], mean: float) -> pd.DataFrame:
    """Return one row a seed: what was lost directly and in all, and how many defaulted.

    Parameters
    ----------
    cases : one a seed.
    seeds : of the networks, or of the shocks.
    mean : mean share that random shocks take; 0 where they are not random, and the bound on
        the expectation is not defined.
    """
    rows = []
    for seed, case in zip(seeds, cases, strict=True):
        added = amplification(case.exposures, case.shock, case.contagion)
        chance, bounded = _direct_default(case.exposures, mean), case.wording.bounded
        rows.append(
            {
                "seed": seed,
                "direct_usd": added.direct_usd,
                "shortfall_usd": added.shortfall_usd,
                "outside_losses_usd": float(case.contagion.outside_losses.sum()),
                "defaults": int(case.contagion.defaulted().sum()),
                "amplification": added.ratio,
                "bound": added.bound if bounded else np.nan,
                "expected_bound": (
                    expected_bound(case.exposures, chance) if mean and bounded else np.nan
                ),
                "connectivity": float(connectivity(case.exposures).max(initial=0.0)),
            }
        )
    return pd.DataFrame(rows)


def _direct_default(exposures: Exposures, mean: float) -> Floats:
    """Return the probability that a random shock alone eats the equity of each, (N,)."""
    outside, equity = exposures.outside_assets, np.maximum(exposures.equity(), 0.0)
    share = np.divide(equity, outside, out=np.full(len(exposures), np.inf), where=outside > 0)
    return np.where(share < 1.0, exp(-share / max(mean, 1e-300)), 0.0)
