"""What an agent sees: the world as it stands, read-only."""

from dataclasses import dataclass, field

import numpy as np

from sim.accounts import Accounts
from sim.arrays import Bools, Floats, Ints
from sim.instruments import Instrument
from sim.orders import Quote
from sim.theory import Theory
from sim.valuation import Valuation, initial_requirement, margin


@dataclass(slots=True)
class VenueView:
    """One venue as its users see it. Arrays are the live ones: read, never write.

    Parameters
    ----------
    index, name, kind : which venue; kind is ``exchange`` or ``lender``.
    instruments : the contracts traded there; columns below follow their order (K of them).
    open : whether orders and transfers are accepted at present.
    quotes : best prices, one an instrument.
    marks : (K,) prices at which the venue values positions, USD.
    index_prices : (K,) oracle prices of the underlyings, USD.
    volatility, calm_volatility : (K,) a day; the fast and the slow estimate from mids.
    trend : (K,) log change of the mid against its own slow mean.
    liquidity : 1 in calm; below 1 where a shock takes liquidity away.
    valuation : how the margin engine values what is in an account.
    accounts : the accounts' columns.
    open_calls : rows with an open margin call.
    liquidatable : rows being liquidated now.
    theories : (K,) what contracts that end should cost, ``None`` for the rest; empty without any.
    ended : instruments that have been settled for good.
    """

    index: int
    name: str
    kind: str
    instruments: tuple[Instrument, ...]
    open: bool
    quotes: list[Quote]
    marks: Floats
    index_prices: Floats
    volatility: Floats
    calm_volatility: Floats
    trend: Floats
    liquidity: float
    valuation: Valuation
    accounts: Accounts
    open_calls: Ints
    liquidatable: Ints
    theories: tuple[Theory | None, ...] = ()
    ended: set[int] = field(default_factory=set)

    def trades(self, instrument: int) -> bool:
        """Tell whether orders for an instrument are taken at present."""
        return self.open and instrument not in self.ended

    def theory(self, instrument: int) -> Theory | None:
        """Return what an instrument should cost; ``None`` where that is the outside price."""
        return self.theories[instrument] if self.theories else None

    def margin(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return margin equity and maintenance requirement of ``rows``, USD."""
        return margin(self.accounts, self.valuation, rows)

    def initial(self, rows: Ints) -> Floats:
        """Return the initial requirement of ``rows``, USD."""
        return initial_requirement(self.accounts, self.valuation, rows)

    def called(self, rows: Ints) -> Bools:
        """Tell which of ``rows`` have an open margin call."""
        return np.asarray(self.accounts.deadline[rows] >= 0)


@dataclass(slots=True)
class View:
    """Everything an agent may look at when it decides.

    Parameters
    ----------
    step, step_seconds : where the run is, and how long a step lasts.
    outside : (n_assets,) prices on the outside market, USD.
    wallets : (n_assets, n_entities) what institutions hold outside the venues, units.
    congestion : 1 in calm; above 1 keepers' latency and deposits are stretched by it.
    behaviour : false where the scenario cuts the behavioural channel: act as in calm.
    venues : one view a venue.
    """

    step: int
    step_seconds: float
    outside: Floats
    wallets: Floats
    congestion: float
    behaviour: bool
    venues: tuple[VenueView, ...]
