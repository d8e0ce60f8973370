"""A margin policy at work, with the tools laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.margin.charges import ScaledCharge, notional_of, outright
from sim.margin.schedule import at_most, flat
from sim.roles import Layer, MarginPolicy, MarketState, Schedule, Tool

HIGHEST_RATE = 1.0
"""No scaling takes a rate above the whole notional."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    r"""A policy and the tools laid over it, the first one innermost, then a common scale.

    A tool sees the *outright rate* :math:`m` of each instrument, what a small position in it
    alone requires, and answers with another, :math:`M = t_n(\dots t_1(m))`. The whole
    requirement of the instrument, brackets and initial margin included, is then multiplied by
    :math:`s M / m`; a portfolio's charge by the largest of these factors. A layer, as
    ``liquidity``, adds to the requirement itself where it stands among the tools. Order is
    part of the meaning: a floor under a speed limit is reached at once, a floor over it
    is reached at the pace of the limit.

    Parameters
    ----------
    policy : what is asked for without any tool.
    tools : tools and layers, from the innermost out.
    scale : :math:`s`, > 0; multiplies everything at the end, for comparisons at the same cost.

    Raises
    ------
    ConfigError
        If the scale is not positive.
    """

    policy: MarginPolicy
    tools: tuple[Tool | Layer, ...] = ()
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a scale that makes no sense."""
        check((self.scale > 0, "scale must be > 0"))

    @property
    def update_seconds(self) -> float:
        """As often as the policy itself."""
        return self.policy.update_seconds

    @property
    def history(self) -> int:
        """As many returns as whoever needs most."""
        return max(self.policy.history, *(tool.history for tool in self.tools), 0)

    def open(self) -> "MarginModel":
        """Return it at work, with nothing remembered."""
        return MarginModel(self)


@dataclass(slots=True)
class MarginModel:
    """A composed policy in use: it plays the role of a policy, and its tools remember.

    Each call is one update; it must see the states of the market in their order.

    Parameters
    ----------
    composed : the policy, its tools and the scale.
    """

    composed: Composed
    _memories: list[Floats | None] = field(init=False)

    def __post_init__(self) -> None:
        """Remember nothing yet."""
        self._memories = [None] * len(self.composed.tools)

    @property
    def update_seconds(self) -> float:
        """Seconds between two updates."""
        return self.composed.update_seconds

    @property
    def history(self) -> int:
        """How many past returns it needs before it is valid."""
        return self.composed.history

    def schedule(self, market: MarketState) -> Schedule:
        """Return what each instrument requires from now on, and remember it."""
        asked = self.composed.policy.schedule(market)
        if not self.composed.tools and self.composed.scale == 1.0:
            return asked
        before = outright_rates(asked, market)
        rates = before
        for k, tool in enumerate(self.composed.tools):
            if isinstance(tool, Layer):
                asked = tool.over(to_rates(asked, before, rates), market)
                before = rates = outright_rates(asked, market)
            else:
                rates, self._memories[k] = tool.adjust(rates, market, self._memories[k])
        return to_rates(asked, before, self.composed.scale * rates)


def outright_rates(schedule: Schedule, market: MarketState) -> Floats:
    """Return what a small outright position requires, a fraction of notional, (K,)."""
    rates = schedule.maintenance[0]
    if schedule.charge is None:
        return np.array(rates)
    exposure = market.index if market.contracts is None else notional_of(market.contracts)
    return np.asarray(rates + outright(schedule.charge, exposure))


def to_rates(schedule: Schedule, before: Floats, after: Floats) -> Schedule:
    """Return a schedule scaled so that outright rates ``before`` become ``after``, (K,) each.

    Where nothing was required before, a flat rate is.
    """
    wanted = np.minimum(after, HIGHEST_RATE)
    known = before > 0.0
    factor = np.divide(wanted, before, out=np.ones_like(before), where=known)
    most = float(factor.max(initial=0.0))
    (maintenance, maintenance_amount), (initial, initial_amount) = (
        at_most(schedule.edges, rates * factor, amounts * factor, HIGHEST_RATE)
        for rates, amounts in (
            (schedule.maintenance, schedule.maintenance_amount),
            (schedule.initial, schedule.initial_amount),
        )
    )
    scaled = replace(
        schedule,
        maintenance=maintenance,
        initial=initial,
        maintenance_amount=maintenance_amount,
        initial_amount=initial_amount,
        charge=schedule.charge and ScaledCharge(schedule.charge, most),
    )
    if known.all():
        return scaled
    added = flat(np.where(known, 0.0, wanted), np.where(known, 0.0, wanted))
    return replace(
        scaled,
        maintenance=scaled.maintenance + added.maintenance,
        initial=np.minimum(scaled.initial + added.initial, HIGHEST_RATE),
    )


def composed(
    policy: MarginPolicy, tools: Sequence[Tool | Layer] = (), scale: float = 1.0
) -> Composed:
    """Return a policy with tools and a scale laid over it."""
    return Composed(policy=policy, tools=tuple(tools), scale=scale)
