"""A keeper: liquidates loans for the bonus, when it pays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.institution import Institution
from agents.seats import Seat, loan_of
from sim.arrays import NONE, Floats, Ints
from sim.errors import check
from sim.orders import Bids, Orders, OutsideTrade, Transfers
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """How fast a keeper is and what it must earn.

    Parameters
    ----------
    latency_seconds : from seeing a loan fail to bidding, seconds, >= 0; congestion stretches it.
    cost_bps : cost of selling what is seized, basis points of its worth, >= 0.
    slippage_bps_per_million : further cost for each million USD that one step's bids seize,
        basis points, >= 0.
    gas_usd : fixed cost of one liquidation, USD, >= 0; congestion multiplies it.
    min_profit_bps : profit below which it does not bid, basis points of the debt repaid, >= 0.
    bids_per_step : liquidations in one step, >= 1.
    redeposit_seconds : how often sale proceeds go back into its account, seconds, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    latency_seconds: float = 10.0
    cost_bps: float = 20.0
    slippage_bps_per_million: float = 10.0
    gas_usd: float = 5.0
    min_profit_bps: float = 10.0
    bids_per_step: int = 500
    redeposit_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.latency_seconds >= 0, "latency_seconds must be >= 0 seconds"),
            (self.cost_bps >= 0, "cost_bps must be >= 0 basis points"),
            (self.slippage_bps_per_million >= 0, "slippage_bps_per_million must be >= 0"),
            (self.gas_usd >= 0, "gas_usd must be >= 0 USD"),
            (self.min_profit_bps >= 0, "min_profit_bps must be >= 0 basis points"),
            (self.bids_per_step >= 1, "bids_per_step must be >= 1"),
            (self.redeposit_seconds > 0, "redeposit_seconds must be > 0 seconds"),
        )


class Keeper(Institution[Keeping]):
    r"""Repay failing loans out of its own balance and sell the collateral outside.

    Repaying one USD brings collateral worth :math:`1 + b` at the venue's price :math:`o`, hence
    :math:`(1 + b)\,p / o` at the true price :math:`p`, less costs and the slippage of selling
    it. Where the venue believes a price that is too high this is below 1, and nobody bids:
    a false price that hides bad debt is also what stops it from being cleared.

    References
    ----------
    Perez, Werner, Xu and Livshits (2021), Liquidations: DeFi on a knife-edge, Financial
    Cryptography: when liquidations pay.
    """

    parameters = Keeping

    def begin(self) -> None:
        """No failing loan has been seen."""
        super().begin()
        self._known: dict[int, tuple[Ints, Ints]] = {}

    def bids(self, view: View) -> Sequence[Bids]:
        """Return what is worth repaying, best first, as far as capital reaches."""
        self.remember(view)
        found = [self._bid(view, place, seat) for place, seat in enumerate(self.seats)]
        return [bid for bid in found if bid is not None]

    def outside(self, view: View, draws: Draws) -> Sequence[OutsideTrade]:  # noqa: ARG002
        """Return the sale of everything seized and not yet sold."""
        excess = self.excess(view)
        seized = sorted({seat.underlying for seat in self.seats})
        return [
            OutsideTrade(self.entity, asset, -float(excess[asset]), forced=True)
            for asset in seized
            if excess[asset] * view.outside[asset] > 1.0
        ]

    def cure(
        self,
        view: View,
        draws: Draws,  # noqa: ARG002
    ) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Put the money of the wallet back to work."""
        money = float(view.wallets[0, self.entity])
        seconds = self.settings.redeposit_seconds * view.congestion
        venue = self.seats[0].venue if self.seats else NONE
        if money <= 0 or not view.venues[venue].open or not self.clock.due(view.step, seconds):
            return (), ()
        return (Transfers(venue, self.seats[0].rows, np.array([money])),), ()

    def _bid(self, view: View, place: int, seat: Seat) -> Bids | None:
        """Return the bids of one seat, ``None`` where nothing is worth one."""
        venue = view.venues[seat.venue]
        ripe = self._ripe(view, place, seat)
        if not venue.open or not ripe.size:
            return None
        loan = loan_of(venue, seat)
        debt_price = float(venue.valuation.prices[loan.settlement])
        oracle = float(venue.valuation.prices[seat.underlying])
        debt = np.maximum(-seat.held(venue, ripe), 0.0)
        collateral = np.maximum(venue.accounts.balances[seat.underlying, ripe], 0.0)
        covered = collateral * oracle / ((1.0 + loan.bonus) * debt_price)
        amount = np.minimum(loan.close_factor * debt, covered)
        ratio = float(view.outside[seat.underlying]) / oracle
        chosen = self._worthwhile(amount * debt_price, (1.0 + loan.bonus) * ratio, view.congestion)
        capital = float(venue.accounts.balances[loan.settlement, seat.row])
        left = capital - np.concatenate(([0.0], np.cumsum(amount[chosen])[:-1]))
        offered = np.minimum(amount[chosen], left)
        chosen, offered = chosen[offered > 0], offered[offered > 0]
        if not chosen.size:
            return None
        return Bids(seat.venue, seat.row, ripe[chosen], offered)

    def _worthwhile(self, usd: Floats, back: float, congestion: float) -> Ints:
        """Return positions of the loans worth repaying, largest first.

        ``usd`` is what each repayment costs and ``back`` the true worth of collateral that
        each USD of it brings; every further sale depresses the price for all.
        """
        settings = self.settings
        order = np.argsort(-usd, kind="stable")[: settings.bids_per_step]
        size = usd[order]
        slippage = settings.slippage_bps_per_million * 1e-4 * np.cumsum(size) * back / 1e6
        costs = settings.cost_bps * 1e-4 + slippage
        profit = size * (back * (1.0 - costs) - 1.0) - settings.gas_usd * congestion
        return order[(size > 0) & (profit > settings.min_profit_bps * 1e-4 * size)]

    def _ripe(self, view: View, place: int, seat: Seat) -> Ints:
        """Return rows that have been failing for as long as the keeper takes to react."""
        rows = np.sort(view.venues[seat.venue].liquidatable)
        known, since = self._known.get(place, (rows[:0], rows[:0]))
        spot = np.searchsorted(known, rows)
        again = np.zeros(rows.size, dtype=np.bool_)
        inside = spot < known.size
        again[inside] = known[spot[inside]] == rows[inside]
        first = np.full(rows.size, view.step)
        first[again] = since[spot[again]]
        self._known[place] = (rows, first)
        waited = (view.step - first) * view.step_seconds
        return rows[waited >= self.settings.latency_seconds * view.congestion]
