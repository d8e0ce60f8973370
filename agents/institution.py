"""What institutions have in common: one account a venue, a wallet, and a memory of the start."""

from math import exp

import numpy as np

from agents.base import Desk
from agents.seats import FUTURE, LOAN, OPTION, Seat
from sim.accounts import Standing
from sim.arrays import Floats
from sim.orders import Transfers
from sim.streams import Draws
from sim.view import VenueView, View


class Institution[S](Desk[S]):
    """One entity that acts by itself; each of its seats has a single account."""

    def begin(self) -> None:
        """Nothing has been seen yet."""
        self._start: Floats | None = None
        self._start_equity: dict[int, float] = {}

    def equity(self, view: View, seat: Seat) -> float:
        """Return the margin equity of the account of ``seat``, USD."""
        equity, _ = view.venues[seat.venue].margin(seat.rows)
        return float(equity[0])

    def excess(self, view: View) -> Floats:
        """Return exposure beyond what the desk started with, units of each asset."""
        return exposure(view, self.seats, self.entity) - self.remember(view)

    def remember(self, view: View) -> Floats:
        """Return the exposure at the first view that the desk ever saw, taking it if new."""
        if self._start is None:
            self._start = exposure(view, self.seats, self.entity)
        return self._start

    def equity_share(self, view: View, seat: Seat) -> float:
        """Return equity now over equity when first seen, 0 where there was none."""
        equity = self.equity(view, seat)
        start = self._start_equity.setdefault(seat.venue, equity)
        return equity / start if start > 0 else 0.0

    def meet_calls(
        self,
        view: View,
        draws: Draws,
        target_ratio: float,
        delay_seconds: float,
        *,
        purse: float = 0.0,
    ) -> list[Transfers]:
        """Return deposits out of reserves for accounts that have an open margin call.

        Each brings equity to ``target_ratio`` times the requirement, as far as the reserve
        and the ``purse`` in its wallet reach, after an exponential delay that congestion
        stretches; nobody answers where behaviour is cut.
        """
        delay = delay_seconds * view.congestion
        chance = 1.0 - exp(-view.step_seconds / delay) if delay > 0 else 1.0
        deposits = []
        for venue, row in sorted({(seat.venue, seat.row) for seat in self.seats}):
            seen = view.venues[venue]
            if not (view.behaviour and seen.open and row in seen.open_calls):
                continue
            rows = np.array([row])
            equity, required = seen.margin(rows)
            have = seen.accounts.reserve[rows] + max(purse, 0.0)
            amount = np.minimum(target_ratio * required - equity, have)
            if amount[0] > 0 and draws.one(venue) < chance:
                deposits.append(Transfers(venue, rows, amount))
        return deposits


def exposure(view: View, seats: tuple[Seat, ...], entity: int) -> Floats:
    r"""Return how many units of each asset an entity's worth moves with, (n_assets,).

    Balances count as they are. A linear contract adds its size; a coin-margined one
    nothing, for the coins that its trade moved are in the balance already: its worth
    in USD, :math:`p\,(b - Q/p)`, has the slope :math:`b`. A loan adds its claim, an option its
    delta.
    """
    total = view.wallets[:, entity].astype(np.float64)
    for venue, row in sorted({(seat.venue, seat.row) for seat in seats}):
        total = total + view.venues[venue].accounts.balances[:, row]
    for seat in seats:
        venue_view = view.venues[seat.venue]
        position = float(venue_view.accounts.positions[seat.instrument, seat.row])
        if seat.kind == LOAN:
            total[int(venue_view.valuation.settlement[seat.instrument])] += position
        elif seat.kind == "linear_perpetual":
            total[seat.underlying] += position * seat.contract_size
        elif seat.kind in (FUTURE, OPTION) and not seat.fixed and position:
            outside = float(view.outside[seat.underlying])
            total[seat.underlying] += (
                position * seat.contract_size * _slope(venue_view, seat, outside)
            )
    return total


def _slope(venue: VenueView, seat: Seat, outside: float) -> float:
    """Return by how much a unit of what ends moves with the outside price, both in USD."""
    theory = venue.theory(seat.instrument)
    if theory is None:
        return 1.0
    return theory.delta(outside) if seat.kind == OPTION else theory.forward(outside) / outside


def on_account(view: View, seat: Seat) -> float:
    """Return contracts that the account of ``seat`` holds, signed."""
    return float(seat.held(view.venues[seat.venue], seat.rows)[0])


def expelled(view: View, seat: Seat) -> bool:
    """Tell whether the account is in the hands of liquidation, or closed for good."""
    standing = view.venues[seat.venue].accounts.standing[seat.row]
    return bool(standing in (Standing.LIQUIDATING, Standing.CLOSED))
