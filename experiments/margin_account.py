"""What one account must hold, position by position and scenario by scenario."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from experiments.margin_path import log_returns
from scenarios.policies import policy_of
from scenarios.portfolio import Holdings, Portfolio
from sim.arrays import Floats
from sim.errors import DataError
from sim.margin.charges import notional_of
from sim.margin.model import Composed
from sim.margin.schedule import requirements
from sim.price.bars import Times
from sim.price.closes import Closes, read_closes
from sim.repricing import slopes, vegas
from sim.roles import MarketState, Schedule

DAY_SECONDS = 86_400.0
"""Between two returns, for policies that look at none."""


@dataclass(frozen=True, eq=False)
class Account:
    """A portfolio under a policy.

    Parameters
    ----------
    holdings : what is held.
    policy : the policy string.
    schedule : what the policy requires, as things stand.
    seen : how many past returns it was shown, of what length in seconds, and the last one's time;
        ``None`` for a policy that looks at none.
    """

    holdings: Holdings
    policy: str
    schedule: Schedule
    seen: tuple[int, float, str] | None

    @property
    def quantity(self) -> Floats:
        """Contracts of each position, (K,), signed."""
        return self.holdings.quantity

    @cached_property
    def notional(self) -> Floats:
        """The exposure of each position at the price of its asset, (K,) USD, >= 0."""
        return np.abs(self.quantity) * notional_of(self.holdings.contracts)

    @cached_property
    def deltas(self) -> Floats:
        """What each position gains when its asset rises by its whole price, (K,) USD."""
        return self.quantity * slopes(self.holdings.contracts)

    @cached_property
    def vega_points(self) -> Floats:
        """What each position gains when implied volatility rises by 0.01 a year, (K,) USD."""
        contracts = self.holdings.contracts
        sigma = np.where(contracts.optional, contracts.volatility, 1.0)
        return self.quantity * 0.01 * vegas(contracts) / sigma + 0.0

    def bracketed(self, positions: Floats, *, initial: bool = False) -> Floats:
        """Return what the brackets alone require of portfolios (K, n), (n,) USD."""
        notional = np.abs(positions) * notional_of(self.holdings.contracts)[:, None]
        total = np.zeros(positions.shape[1])
        for each in requirements(self.schedule, notional, initial=initial):
            total = total + each
        return total

    def required(self, positions: Floats, *, initial: bool = False) -> Floats:
        """Return what portfolios (K, n) of the same contracts require, (n,) USD."""
        total = self.bracketed(positions, initial=initial)
        charge = self.schedule.charge
        if charge is None:
            return total
        return total + (charge.initial_multiple if initial else 1.0) * charge.required(positions)

    @cached_property
    def maintenance(self) -> float:
        """The maintenance requirement of the whole, USD."""
        return float(self.required(self.quantity[:, None])[0])

    @cached_property
    def initial(self) -> float:
        """The initial requirement of the whole, USD."""
        return float(self.required(self.quantity[:, None], initial=True)[0])

    @cached_property
    def alone(self) -> Floats:
        """What each position would require by itself, (K,) USD."""
        return self.required(np.diag(self.quantity))

    @cached_property
    def without(self) -> Floats:
        """What the rest would require without each position, (K,) USD."""
        return self.required(self.quantity[:, None] - np.diag(self.quantity))

    @property
    def marginal(self) -> Floats:
        """By how much each position raises the requirement of the whole, (K,) USD."""
        return self.maintenance - self.without

    @property
    def offset(self) -> float:
        """What the positions would require one by one, less what the whole does, USD."""
        return float(sum(self.alone.tolist())) - self.maintenance


def account(holdings: Holdings, policy: str) -> Account:
    """Return a portfolio under a policy.

    Parameters
    ----------
    holdings : what is held.
    policy : such as ``span`` or ``ewma:lambda=0.97+floor``.

    Raises
    ------
    ConfigError
        If the policy string is wrong, or the portfolio names too little history for it: how much
        it needs, and since when it would be valid.
    """
    chosen = policy_of(policy).composed()
    portfolio, contracts = holdings.portfolio, holdings.contracts
    state = MarketState(
        returns=np.zeros((0, contracts.count)),
        interval_seconds=DAY_SECONDS,
        index=contracts.index,
        open_interest=np.array(
            [portfolio.assets[each.asset].open_interest_usd for each in portfolio.positions]
        ),
        contracts=contracts,
    )
    if not chosen.history:
        return Account(holdings, policy, chosen.open().schedule(state), None)
    returns, closes = _past(holdings, policy, chosen)
    state = replace(state, returns=returns, interval_seconds=float(closes.interval_seconds))
    seen = (len(returns), state.interval_seconds, f"{closes.time[-1]}Z")
    return Account(holdings, policy, chosen.open().schedule(state), seen)


def _past(holdings: Holdings, policy: str, chosen: Composed) -> tuple[Floats, Closes]:
    """Return the returns that a policy needs, (n, K), and the closes of the first asset."""
    portfolio, needed = holdings.portfolio, chosen.history
    assets = [each for each in portfolio.assets if each in _held(portfolio)]
    missing = [each for each in assets if each not in portfolio.history]
    if missing:
        raise DataError(
            f"policy {policy!r} needs {needed:,} returns of {', '.join(assets)}: it is valid from "
            f"close {needed + 1:,} on; {holdings.file} names no file for {', '.join(missing)} "
            "under `history`"
        )
    closes = {each: read_closes(holdings.file.parent / portfolio.history[each]) for each in assets}
    _agree(closes, holdings, needed)
    short = [
        f"policy {policy!r} needs {needed:,} returns of {name}, and {portfolio.history[name]} has "
        f"{len(each) - 1:,}: it would be valid {needed + 1 - len(each):,} bars of "
        f"{each.interval_seconds / 3600.0:g} h after {each.time[-1]}Z, its last"
        for name, each in closes.items()
        if len(each) <= needed
    ]
    if short:
        raise DataError(*short)
    columns = [closes[each.asset].price[-needed - 1 :] for each in portfolio.positions]
    return log_returns(np.stack(columns, axis=1)), closes[assets[0]]


def _held(portfolio: Portfolio) -> set[str]:
    """Return the assets that positions are about."""
    return {each.asset for each in portfolio.positions}


def _agree(closes: dict[str, Closes], holdings: Holdings, needed: int) -> None:
    """Refuse histories that are not of the same bars."""
    (first, reference), *others = closes.items()
    wrong = [
        f"{holdings.file}: history: {name} and {first} must have bars of the same times: "
        f"{_span(each)} and {_span(reference)}"
        for name, each in others
        if not _same(each.time, reference.time, needed)
    ]
    if wrong:
        raise DataError(*wrong)


def _same(one: Times, other: Times, needed: int) -> bool:
    """Tell whether two rows of times end alike, as far as both go and either is needed."""
    count = min(len(one), len(other), needed + 1)
    return bool(np.array_equal(one[-count:], other[-count:]))


def _span(closes: Closes) -> str:
    """Return of what time the bars are."""
    hours = closes.interval_seconds / 3600.0
    return f"{closes.time[0]}Z..{closes.time[-1]}Z every {hours:g} h"
