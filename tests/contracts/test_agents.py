"""What every agent keeps to, whatever its strategy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from agents import AGENTS, CROWDS, INSTITUTIONS
from agents.base import Desk
from agents.institution import Institution
from agents.population import Population
from sim.accounts import HOUSE_ROWS, Standing
from sim.errors import ConfigError
from sim.orders import OrderKind, Orders, Quote
from sim.view import View
from tests.agents.stage import (
    EXCHANGE,
    LENDER,
    MARKET,
    PRICE,
    called,
    desk_of,
    draws_at,
    fingerprint,
    give,
    lend,
    seat_of,
    world,
)

TRADERS = 200
ALL = np.arange(HOUSE_ROWS, HOUSE_ROWS + TRADERS)
type Scene = Callable[[View, np.ndarray], None]


def cheap(view: View, rows: np.ndarray) -> None:
    """Put the perpetual 2 % below the outside price, in a falling and nervous market."""
    venue = view.venues[EXCHANGE]
    venue.quotes[0] = Quote(0.98 * PRICE, 0.98 * PRICE + 1.0, 0.98 * PRICE)
    venue.trend[0], venue.volatility[0] = -0.05, 0.12
    give(venue, rows, 1000.0, 0.0)


def strained(view: View, rows: np.ndarray) -> None:
    """Give everybody 100 contracts of 50 USD on little more than what they require."""
    venue = view.venues[EXCHANGE]
    give(venue, rows, 300.0, 100.0)
    called(venue, rows[::2])


def hedged(view: View, rows: np.ndarray) -> None:
    """Give everybody a short position below the index, and a call."""
    cheap(view, rows)
    give(view.venues[EXCHANGE], rows, 300.0, -100.0)
    called(view.venues[EXCHANGE], rows[::2])


def squeezed(view: View, rows: np.ndarray) -> None:
    """Give everybody a short position sold at half the price, and a call."""
    hedged(view, rows)
    view.venues[EXCHANGE].accounts.entry[0, rows] = 0.5 * PRICE


def sinking(view: View, rows: np.ndarray) -> None:
    """Give everybody a loan at its threshold; half of them can be liquidated."""
    venue = view.venues[LENDER]
    lend(venue, rows, 1.0, 0.8 * PRICE - 1.0)
    venue.accounts.reserve[rows] = 1e6
    venue.liquidatable = rows[1::2]
    venue.accounts.balances[0, rows[0]] = 1e6
    venue.accounts.positions[0, rows[0]] = 0.0
    view.wallets[0, 2] = 500.0


def funded(view: View, rows: np.ndarray) -> None:
    """Put money and coins into spot accounts."""
    view.venues[MARKET].accounts.balances[:, rows] = [[1e6], [20.0]]


def rich(view: View, rows: np.ndarray) -> None:
    """Put a million into accounts of a cheap and nervous perpetual."""
    cheap(view, rows)
    give(view.venues[EXCHANGE], rows, 1e6, 0.0)


@dataclass(frozen=True)
class Example:
    """A desk that has something to do: its settings, its venue, and the scene it sees."""

    scene: Scene
    settings: dict[str, object] = field(default_factory=dict)
    venue: int = EXCHANGE
    order: str = ""


EXAMPLES: dict[str, Example] = {
    "noise": Example(cheap, {"trades_per_hour": 100.0}),
    "value": Example(cheap, {"checks_per_hour": 100.0}),
    "momentum": Example(cheap, {"checks_per_hour": 100.0}),
    "directional": Example(strained, {"nervous_per_hour": 100.0, "delay_seconds": 10.0}),
    "carry": Example(hedged, {"unwind_per_hour": 100.0, "delay_seconds": 10.0}),
    "option_writer": Example(
        squeezed, {"checks_per_hour": 100.0, "stop_multiple": 1.5, "delay_seconds": 10.0}
    ),
    "borrower": Example(sinking, {"checks_per_hour": 100.0}, LENDER),
    "market_maker": Example(rich),
    "arbitrageur": Example(rich),
    "keeper": Example(sinking, {"latency_seconds": 0.0, "redeposit_seconds": 1.0}, LENDER),
    "whale": Example(strained, {"delay_seconds": 0.0}),
    "attacker": Example(funded, {}, MARKET, order="attack"),
    "lender_desk": Example(strained, {"delay_seconds": 0.0}),
    "firm": Example(strained, {"delay_seconds": 0.0}),
    "vault": Example(strained),
}

every_agent = pytest.mark.parametrize("name", EXAMPLES)
every_crowd = pytest.mark.parametrize("name", CROWDS)


def busy(name: str, traders: int = TRADERS) -> View:
    """Return a view in which the example has something to do."""
    view = world(traders)
    EXAMPLES[name].scene(view, np.arange(HOUSE_ROWS, HOUSE_ROWS + traders))
    return view


def desk(name: str, view: View, traders: int = TRADERS) -> Desk[Any]:
    """Return a new desk of the example."""
    example = EXAMPLES[name]
    count = traders if name in CROWDS else 1
    made = desk_of(AGENTS[name], [seat_of(view.venues[example.venue], count)], **example.settings)
    if example.order:
        made.command(example.order)
    return made


def answers(made: Desk[Any], view: View) -> list[Any]:
    """Return all that a desk wants in a step, in the order of the step."""
    return [
        made.cure(view, draws_at(purpose="cure/desk")),
        made.bids(view),
        made.orders(view, draws_at()),
        made.outside(view, draws_at(purpose="outside/desk")),
    ]


def batches(answer: list[Any]) -> list[Orders]:
    """Return the batches of orders among the answers."""
    return [*answer[0][1], *answer[2]]


def test_every_registered_agent_is_tested() -> None:
    assert EXAMPLES.keys() == AGENTS.keys()


def test_crowds_are_populations_and_institutions_are_not() -> None:
    assert all(issubclass(kind, Population) for kind in CROWDS.values())
    assert all(issubclass(kind, Institution) for kind in INSTITUTIONS.values())
    assert AGENTS == CROWDS | INSTITUTIONS


@every_agent
def test_parameters_have_defaults_and_are_frozen(name: str) -> None:
    parameters = AGENTS[name].parameters
    assert parameters() == parameters()
    assert parameters.__dataclass_params__.frozen  # type: ignore[attr-defined] # is a dataclass


@every_agent
def test_the_example_has_something_to_do(name: str) -> None:
    view = busy(name)
    assert fingerprint(answers(desk(name, view), view))


@every_agent
def test_deciding_touches_nothing_in_sight(name: str) -> None:
    view = busy(name)
    before = fingerprint(view)
    answers(desk(name, view), view)
    assert fingerprint(view) == before


@every_agent
def test_same_view_and_draws_give_the_same_answers(name: str) -> None:
    first, second = busy(name), busy(name)
    one, two = answers(desk(name, first), first), answers(desk(name, second), second)
    assert fingerprint(one) == fingerprint(two)


@every_agent
def test_orders_are_whole_contracts_of_own_accounts_at_real_prices(name: str) -> None:
    view = busy(name)
    made = desk(name, view)
    for batch in batches(answers(made, view)):
        assert np.isin(batch.account, made.seats[0].rows).all()
        assert (batch.quantity == np.round(batch.quantity)).all()
        priced = (batch.kind == OrderKind.LIMIT) | (batch.kind == OrderKind.IOC)
        tick = view.venues[batch.venue].instruments[0].tick  # type: ignore[union-attr] # no loan
        assert (batch.price[priced] > 0).all()
        assert batch.price[priced] / tick == pytest.approx(np.round(batch.price[priced] / tick))
        asks = batch.kind <= OrderKind.IOC
        assert (batch.quantity[asks] != 0).all()
        assert ((batch.arrival >= 0) & (batch.arrival < 1)).all()


@every_crowd
def test_one_more_trader_leaves_the_others_alone(name: str) -> None:
    few, many = busy(name, TRADERS), busy(name, TRADERS + 1)
    alone = answers(desk(name, few), few)
    joined = answers(desk(name, many, TRADERS + 1), many)
    last = HOUSE_ROWS + TRADERS
    for one, two in zip(batches(alone), batches(joined), strict=True):
        others = two.take(np.flatnonzero(two.account != last))
        assert fingerprint(one) == fingerprint(others)
    for paid, more in zip(alone[0][0], joined[0][0], strict=True):
        kept = more.account != last
        assert (paid.account == more.account[kept]).all()
        assert (paid.amount == more.amount[kept]).all()


@every_agent
def test_nothing_is_sent_to_a_closed_venue(name: str) -> None:
    view = busy(name)
    for venue in view.venues:
        venue.open = False
    (transfers, cures), bids, orders, _ = answers(desk(name, view), view)
    assert not list(transfers) + list(cures) + list(bids) + list(orders)


@every_agent
def test_without_behaviour_neither_stress_nor_trend_changes_an_order(name: str) -> None:
    stormy, calm = busy(name), busy(name)
    for venue in calm.venues:
        venue.volatility[:], venue.trend[:] = venue.calm_volatility, 0.0
    stormy.behaviour = calm.behaviour = False
    one, two = answers(desk(name, stormy), stormy), answers(desk(name, calm), calm)
    assert fingerprint(one) == fingerprint(two)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "keeper"])
def test_without_behaviour_nobody_answers_a_call(name: str) -> None:
    view = busy(name)
    view.behaviour = False
    transfers, orders = desk(name, view).cure(view, draws_at(purpose="cure/desk"))
    assert not list(transfers) + list(orders)


@every_agent
def test_an_unknown_order_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="does not know the order 'dance'"):
        desk(name, busy(name)).command("dance")


@every_agent
@pytest.mark.parametrize("standing", [Standing.LIQUIDATING, Standing.CLOSED])
def test_who_is_being_liquidated_trades_no_more(name: str, standing: Standing) -> None:
    view = busy(name)
    view.venues[EXAMPLES[name].venue].accounts.standing[ALL] = standing
    for batch in desk(name, view).orders(view, draws_at()):
        assert (batch.kind == OrderKind.CANCEL_ALL).all()


@every_crowd
def test_a_single_trader_can_be_looked_at(name: str) -> None:
    view = busy(name)
    crowd = desk(name, view)
    assert isinstance(crowd, Population)
    seen = crowd.trader(7, view)
    assert (seen.number, seen.row) == (7, HOUSE_ROWS + 7)
    with pytest.raises(IndexError, match="no trader 200"):
        crowd.trader(TRADERS, view)
