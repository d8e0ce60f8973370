"""A close look at one trader."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from agents.seats import LOAN, OPTION, SPOT, Seat, exposed_at
from sim.accounts import Standing
from sim.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderView:
    """How one trader stands, frozen at the moment of looking.

    Parameters
    ----------
    number : number within its population, its address in draws.
    row : row of its account on the venue.
    entity : index of who it is.
    balances : units of each asset in the account.
    position : contracts, signed; of a spot asset what the balance amounts to, of a loan the debt
        as a negative number.
    entry : mean entry price, USD, ``nan`` without a position.
    equity, required : margin equity and maintenance requirement, USD.
    leverage : exposure over equity; ``inf`` where equity is gone.
    liquidation_distance : relative move of the price against the trader at which equity
        equals the requirement, by the seat's instrument alone; ``inf`` where nothing is at risk,
        ``nan`` for an option.
    reserve : USD kept outside the venue.
    standing : where the account stands with the margin engine.
    """

    number: int
    row: int
    entity: int
    balances: tuple[float, ...]
    position: float
    entry: float
    equity: float
    required: float
    leverage: float
    liquidation_distance: float
    reserve: float
    standing: Standing


def look(view: View, seat: Seat, number: int) -> TraderView:
    """Return how trader ``number`` of a seat stands now.

    Raises
    ------
    IndexError
        If the seat has no such trader.
    """
    if not 0 <= number < seat.rows.size:
        raise IndexError(f"there is no trader {number}: the seat has {seat.rows.size}")
    venue = view.venues[seat.venue]
    rows = seat.rows[number : number + 1]
    accounts = venue.accounts
    row = int(rows[0])
    margins, requirements = venue.margin(rows)
    equity, required = float(margins[0]), float(requirements[0])
    position = float(seat.held(venue, rows)[0])
    notional = position * seat.usd(exposed_at(view, seat))
    return TraderView(
        number=number,
        row=row,
        entity=int(accounts.entity[row]),
        balances=tuple(float(units) for units in accounts.balances[:, row]),
        position=position,
        entry=float(accounts.entry[seat.instrument, row]) if position else nan,
        equity=equity,
        required=required,
        leverage=abs(notional) / equity if equity > 0 else (inf if position else 0.0),
        liquidation_distance=_distance(seat, notional, equity, required),
        reserve=float(accounts.reserve[row]),
        standing=Standing(int(accounts.standing[row])),
    )


def _distance(seat: Seat, notional: float, equity: float, required: float) -> float:
    r"""Return the adverse move that takes equity down to the requirement.

    With exposure :math:`N`, equity :math:`E` and requirement :math:`R`, the slack
    :math:`E - R` is used up at the pace at which equity falls less the pace at which the
    requirement does: linear :math:`N \mp R`; coin-margined long :math:`N + E` (collateral
    falls too), short :math:`N - E`; loan :math:`N + E`, the collateral itself.
    """
    slack = equity - required
    size = abs(notional)
    if size == 0.0 or seat.kind == SPOT:
        return inf
    if seat.kind == OPTION:
        return nan
    if seat.kind == LOAN:
        pace = size + equity
    elif seat.fixed:
        pace = size + np.sign(notional) * equity
    else:
        pace = size - np.sign(notional) * required
    return max(slack / pace, 0.0) if pace > 0 else inf
