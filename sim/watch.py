"""Find accounts short of margin without looking at those that cannot be.

Prices move a little in a step and most accounts are far from trouble. So a full sweep is
done once, and not for the prices of the day but for the worst that can become of each
account while every price stays within a range around today's. Who is sound even then need
not be looked at until a price leaves its range or the account itself is touched.
Where whole portfolios are charged, everybody is looked at every time.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.accounts import HOUSE_ROWS, Accounts
from sim.arrays import NONE, Floats, Ints
from sim.errors import check
from sim.kernels.margin import Terms, all_below, enrol, refresh
from sim.portfolios import short_of_margin
from sim.roles import Breach
from sim.valuation import Valuation, margin, net_equity, terms

SLACK = 1e-12
"""Relative room for what rounding does to a requirement where one bracket meets the next."""


def breaches(accounts: Accounts, valuation: Valuation, level: float) -> Breach:
    """Return every account below ``level`` times its requirement, by looking at all of them.

    An account with neither position nor debt requires nothing and owes nothing, so it is never
    among them; the venue's own rows are left out.

    Parameters
    ----------
    accounts, valuation : the venue's.
    level : multiple of the maintenance requirement, >= 0.
    """
    if valuation.schedule.charge is not None:
        return short_of_margin(accounts, valuation, level)
    found = np.empty(accounts.count, dtype=np.int64)
    return _breach(accounts, valuation, _sweep(accounts, terms(valuation), level, found).copy())


def _sweep(accounts: Accounts, counted: Terms, level: float, found: Ints) -> Ints:
    """Return all accounts below a level, rising, in room lent by ``found``."""
    stop, columns = accounts.count, (accounts.balances, accounts.positions)
    return found[: all_below(*columns, counted, level, HOUSE_ROWS, stop, found)]


def _breach(accounts: Accounts, valuation: Valuation, rows: Ints) -> Breach:
    """Return what there is to say of the accounts found."""
    equity, required = margin(accounts, valuation, rows)
    return Breach(rows, equity, required, net_equity(accounts, valuation, rows) < 0)


def _packed(now: Valuation) -> Floats:
    """Return all that a valuation says of maintenance, side by side."""
    schedule = now.schedule
    return np.concatenate(
        [
            now.values,
            now.prices,
            now.settlement,
            schedule.edges.ravel(),
            schedule.maintenance_amount.ravel(),
            schedule.maintenance.ravel(),
            now.haircuts,
            now.notionals,
        ]
    )


@dataclass(frozen=True, slots=True)
class Box:
    r"""A range around every price and requirement, and the worst that it holds for anyone.

    Within the box each contract's value, each notional and each asset's price lies within
    ``width`` of the reference, each on its own; haircuts are not above the reference, and no
    requirement is above ``1 + width`` times it. Equity never falls when a long's contract,
    or an asset held, is worth more, nor when a short's contract, or an asset owed, is worth
    less; requirements never fall with notional. So the worst case of an account is at a
    corner of the box, found by one look at the signs of what it holds: longs and holdings at
    the low end, shorts and debts at the high end, notional at the high end. Floating-point
    sums and products are monotone too, and the kernels do the same operations in the same
    order at the corner as inside, so the bound survives rounding. Only where brackets meet can
    rounding lower a requirement; ``SLACK`` covers it.

    The first asset is the unit of account, whose price stays where it is.

    Parameters
    ----------
    low, high : ends of the ranges, in the order of ``_packed``.
    level : the level that the box was made for.
    worst : the corner that is worst for everyone.
    worst_level : the level at which requirements at that corner cover all those in the box.
    """

    low: Floats
    high: Floats
    level: float
    worst: Terms
    worst_level: float

    @classmethod
    def around(cls, now: Valuation, level: float, width: float) -> Self:
        """Return the box around a valuation, as it is now: nothing is shared with it."""
        moves = np.full(now.prices.size, width)
        moves[0] = 0.0
        counted, schedule = terms(now), now.schedule
        spread = width * np.abs(now.values)
        rates, amounts = schedule.maintenance, schedule.maintenance_amount
        fixed = np.concatenate([now.settlement, schedule.edges.ravel(), amounts.ravel()])
        below = np.full(rates.size + now.haircuts.size + now.notionals.size, -np.inf)
        low = [now.values - spread, now.prices * (1.0 - moves), fixed, below]
        # A rate may rise with the width only where no amount is taken off what it gives.
        dearest = np.where(amounts == 0.0, rates * (1.0 + width), rates).ravel()
        ceilings = [dearest, now.haircuts, now.notionals * (1.0 + width)]
        free = np.full(amounts.size, np.inf)
        high = [now.values + spread, now.prices * (1.0 + moves), fixed[: -amounts.size], free]
        worst = Terms(
            settlement=counted.settlement.copy(),
            long_value=now.values - spread,
            short_value=now.values + spread,
            notional=ceilings[2] * (1.0 + SLACK),
            held=counted.held * (1.0 - moves) * (1.0 - SLACK),
            owed=counted.owed * (1.0 + moves),
            edges=counted.edges.copy(),
            rates=counted.rates.copy(),
            amounts=counted.amounts.copy(),
        )
        ends = np.concatenate(low), np.concatenate([*high, *ceilings])
        return cls(*ends, level, worst, level * (1.0 + width))

    def holds(self, packed: Floats, level: float) -> bool:
        """Tell whether a valuation, ``packed``, lies within the box at this level."""
        return (
            level <= self.level
            and packed.size == self.low.size
            and bool(((self.low <= packed) & (packed <= self.high)).all())
        )


class Ring:
    """The accounts that could be in trouble somewhere in a box, in no order.

    What they hold is kept side by side here: looking at a few accounts strewn over many
    millions would cost a trip to memory each.

    Parameters
    ----------
    box : the range of prices that the ring is good for.
    rows : (n,) the accounts.
    balances, positions : (A, n), (K, n) what they hold.
    slots : (n_accounts,) place of each account in the ring, ``NONE`` outside; taken over.
    """

    def __init__(
        self,
        box: Box,
        rows: Ints,
        balances: Floats,
        positions: Floats,
        slots: NDArray[np.int32],
    ) -> None:
        self.box, self.count, self.slots = box, rows.size, slots
        room = self.count // 4 + 1000
        self.rows = np.pad(rows, (0, room))
        self.balances = np.pad(balances, ((0, 0), (0, room)))
        self.positions = np.pad(positions, ((0, 0), (0, room)))
        slots[rows] = np.arange(rows.size)

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return sum(a.nbytes for a in (self.rows, self.balances, self.positions, self.slots))

    def below(self, counted: Terms, level: float, found: Ints) -> Ints:
        """Return the places in the ring of those below ``level``, in room lent by ``found``."""
        columns = self.balances, self.positions
        return found[: all_below(*columns, counted, level, 0, self.count, found)]

    def learn(self, accounts: Accounts, touched: Ints) -> Ints:
        """Note what ``touched`` hold now and return those of them that are in the ring."""
        self._reserve(self.count + touched.size)
        balances, positions, slots = accounts.balances, accounts.positions, self.slots
        worst, level = self.box.worst, self.box.worst_level
        self.count = enrol(balances, positions, worst, level, touched, slots, self.rows, self.count)
        inside = np.empty(touched.size, dtype=np.int64)
        refresh(balances, touched, slots, self.balances, inside)
        return inside[: refresh(positions, touched, slots, self.positions, inside)]

    def dissolve(self) -> NDArray[np.int32]:
        """Let everyone go; return the register of places for the next ring to take over."""
        self.slots[self.rows[: self.count]] = NONE
        return self.slots

    def _reserve(self, size: int) -> None:
        """Make room for ``size`` accounts."""
        if size > self.rows.size:
            room = size + size // 2 - self.rows.size
            self.rows = np.pad(self.rows, (0, room))
            self.balances = np.pad(self.balances, ((0, 0), (0, room)))
            self.positions = np.pad(self.positions, ((0, 0), (0, room)))


class Watch:
    """A margin check that visits only those accounts that could be short of margin.

    It keeps rings of accounts, each drawn from the one around it for a narrower range of
    prices. A step within the innermost range looks at the innermost ring; a price that
    leaves it has that ring drawn anew from the next one, and so on outward to a full sweep.
    What is reported is, to the last bit, what the full sweep ``breaches`` would report.

    Parameters
    ----------
    band : width of the outermost range, relative, in (0, 1).
    rings : how many rings, >= 1.
    narrowing : how many times wider a ring's range is than that of the next one in, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    def __init__(self, band: float = 0.02, rings: int = 3, narrowing: float = 5.0) -> None:
        check(
            (0 < band < 1, "band must lie in (0, 1)"),
            (rings >= 1, "rings must be >= 1"),
            (narrowing > 1, "narrowing must be > 1"),
        )
        self.visited = 0
        self._widths = [band * narrowing**-k for k in range(rings)]
        self._rings: list[Ring] = []
        self._found = np.empty(0, dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """The memory its rings take."""
        return sum(ring.nbytes for ring in self._rings)

    def invalidate(self) -> None:
        """Forget everything: many accounts were changed, or it is not known which ones."""
        self._rings = []

    def below(
        self, accounts: Accounts, valuation: Valuation, level: float, touched: Ints
    ) -> Breach:
        """Return the accounts with equity below ``level`` times their requirement, by row.

        ``visited`` then tells how many accounts were looked at.

        Parameters
        ----------
        accounts, valuation : the venue's, as they are now.
        level : multiple of the maintenance requirement, >= 0.
        touched : (n,) every row whose balances or positions changed since the last call, in
            any order, repeats allowed; a change that is not told goes unseen.
        """
        if valuation.schedule.charge is not None:
            self.invalidate()
            self.visited = accounts.count - HOUSE_ROWS
            return short_of_margin(accounts, valuation, level)
        if accounts.count != self._found.size:
            self._rings, self._found = [], np.empty(accounts.count, dtype=np.int64)
        inside = touched[touched >= HOUSE_ROWS]
        self.visited = inside.size
        standing, packed = 0, _packed(valuation)
        for ring in self._rings:
            if not ring.box.holds(packed, level):
                break
            inside = ring.learn(accounts, inside) if inside.size else inside
            standing += 1
        self._redraw(accounts, valuation, level, standing)
        ring = self._rings[-1]
        self.visited += ring.count
        found = ring.rows[ring.below(terms(valuation), level, self._found)]
        return _breach(accounts, valuation, np.sort(found))

    def _redraw(
        self, accounts: Accounts, valuation: Valuation, level: float, standing: int
    ) -> None:
        """Draw all rings but the ``standing`` outermost ones anew around the present prices."""
        registers = [ring.dissolve() for ring in self._rings[standing:]]
        del self._rings[standing:]
        for width in self._widths[standing:]:
            box = Box.around(valuation, level, width)
            slots = registers.pop() if registers else np.full(accounts.count, NONE, np.int32)
            if self._rings:
                outer = self._rings[-1]
                self.visited += outer.count
                found = outer.below(box.worst, box.worst_level, self._found)
                held = outer.balances.take(found, 1), outer.positions.take(found, 1)
                self._rings.append(Ring(box, outer.rows[found], *held, slots))
            else:
                self.visited += accounts.count - HOUSE_ROWS
                found = _sweep(accounts, box.worst, box.worst_level, self._found)
                held = accounts.balances.take(found, 1), accounts.positions.take(found, 1)
                self._rings.append(Ring(box, found, *held, slots))
