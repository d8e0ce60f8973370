"""A clearing house's default fund: how large it is, and whose money it is."""

from dataclasses import dataclass, replace

import numpy as np

from sim.accounts import HOUSE_ROWS, INSURANCE
from sim.arrays import Floats, Ints
from sim.errors import check
from sim.network.clearing_house import cover
from sim.valuation import Valuation, initial_requirement, net_equity
from sim.world import Market, Venue, World


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseRules:
    """The rules of a clearing house.

    Parameters
    ----------
    cover : the fund covers the default of the worst this many members, 1 or 2.
    stress : moves of every price that it is sized for, fractions > -1.
    least_usd : the fund is at least this large, USD, >= 0.
    skin : share of the venue's own fund that stands before the members', in [0, 1]; the rest
        stands behind it.
    assessment_cap : most that a member is asked for on top, multiple of its share, >= 0.
    haircut_gains : whether gains are cut when all that is spent.
    tear_up : whether contracts are torn up, or closed out against the winners, at last.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    cover: int = 2
    stress: tuple[float, ...] = (-0.3, -0.15, 0.15, 0.3)
    least_usd: float = 0.0
    skin: float = 0.25
    assessment_cap: float = 1.0
    haircut_gains: bool = True
    tear_up: bool = True

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.cover in (1, 2), "cover must be 1 or 2 members"),
            (len(self.stress) > 0, "stress must name at least one move"),
            (all(move > -1 for move in self.stress), "stress: every move must be > -1"),
            (self.least_usd >= 0, "least_usd must be >= 0 USD"),
            (0 <= self.skin <= 1, "skin must lie in [0, 1]"),
            (self.assessment_cap >= 0, "assessment_cap must be >= 0"),
        )


@dataclass(slots=True, kw_only=True, eq=False)
class House:
    """A clearing house at work on one exchange.

    The money of the fund lies in the wallet of who owns the exchange, who owes it to the
    members.

    Parameters
    ----------
    rules : its rules.
    owner, asset : whose wallet, and the asset of the fund.
    capital : the venue's own fund at the start, units.
    rows : (m,) accounts of the members.
    entity : (m,) who they are.
    share : (m,) what each has paid in at the start, units of the asset.
    paid : (m,) what is left of that.
    assessed : (m,) what each has been asked for and has paid on top, units.
    """

    rules: HouseRules
    owner: int
    asset: int
    capital: float
    rows: Ints
    entity: Ints
    share: Floats
    paid: Floats
    assessed: Floats

    @property
    def total(self) -> float:
        """What is in the fund, units."""
        return float(self.paid.sum())

    def paid_by(self, n_entities: int) -> Floats:
        """Return what institutions have in the fund, (n_entities,) units; traders are left out."""
        total = np.zeros(n_entities)
        members = self.entity < n_entities
        np.add.at(total, self.entity[members], self.paid[members])
        return total


def open_house(world: World, venue: Venue, rules: HouseRules) -> House:
    """Size the fund of an exchange and collect it from who has a position there.

    What each member brings, in proportion to its initial margin, it brings on top of what it
    has on the venue, so that margin is what it would be without a clearing house.
    """
    accounts = venue.accounts
    rows = np.flatnonzero(accounts.positions.any(axis=0))
    rows = rows[rows >= HOUSE_ROWS]
    asset = int(venue.valuation.settlement[0])
    initial = initial_requirement(accounts, venue.valuation, rows)
    now = net_equity(accounts, venue.valuation, rows)
    losses = np.array(
        [now - net_equity(accounts, stressed(venue, move), rows) for move in rules.stress]
    )
    usd = max(cover(losses, initial, members=rules.cover), rules.least_usd) if rows.size else 0.0
    weight = initial / initial.sum() if rows.size else initial
    units = usd * weight / float(venue.valuation.prices[asset])
    world.wallets[asset, venue.owner] += units.sum()
    capital = net_equity(accounts, venue.valuation, np.array([INSURANCE]))
    return House(
        rules=rules,
        owner=venue.owner,
        asset=asset,
        capital=max(float(capital[0]), 0.0) / float(venue.valuation.prices[asset]),
        rows=rows,
        entity=accounts.entity[rows].astype(np.int64),
        share=units,
        paid=units.copy(),
        assessed=np.zeros(rows.size),
    )


def stressed(venue: Venue, move: float) -> Valuation:
    """Return how accounts would be valued if every price but the dollar's moved at once.

    Options are priced anew, at the volatilities implied at the moved price.
    """
    prices = venue.valuation.prices * (1.0 + move)
    prices[0] = venue.valuation.prices[0]
    values = [market.instrument.value(_moved(market, move)) for market in venue.markets]
    return replace(venue.valuation, prices=prices, values=np.array(values))


def _moved(market: Market, move: float) -> float:
    """Return the mark of a contract after its underlying has moved, as ``mark`` is."""
    if not market.optional:
        return market.mark * (1.0 + move)
    shift = market.fair_at(market.index * (1.0 + move)) - market.fair
    return max(market.mark + shift, 0.0)
