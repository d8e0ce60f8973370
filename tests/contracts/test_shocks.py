"""What every shock owes: it tells what it is, it ends without a trace, it refuses nonsense."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest

from oracles import ATTACKS
from oracles.roles import Attack
from scenarios.schema import TimedShock
from scenarios.sections import Choice
from scenarios.shocks import SHOCKS
from scenarios.shocks.feeds import FeedAttack
from scenarios.shocks.institutions import Manipulation, WhaleDefault
from scenarios.shocks.options import ImpliedVolatility
from scenarios.shocks.prices import Depeg, PriceJump, VolatilityRegime
from scenarios.shocks.roles import Shock, Stage
from scenarios.shocks.venues import Congestion, LiquidityWithdrawal, MarginHike, VenueOutage
from scenarios.shocks.withdrawal import MarginWithdrawal
from sim.dials import Dials
from sim.errors import ConfigError

EXAMPLES: dict[str, Shock] = {
    "price_jump": PriceJump(asset="BTC", size=-0.18),
    "volatility_regime": VolatilityRegime(asset="BTC", multiplier=3.0),
    "depeg": Depeg(asset="TOKEN", size=-0.3),
    "implied_volatility": ImpliedVolatility(multiplier=1.5, venues=("a",)),
    "liquidity_withdrawal": LiquidityWithdrawal(multiplier=0.1, venues=("a",)),
    "venue_outage": VenueOutage(venue="b"),
    "margin_hike": MarginHike(multiplier=1.5),
    "congestion": Congestion(multiplier=6.0),
    "manipulation": Manipulation(institution="villain", budget_usd=1e6),
    "whale_default": WhaleDefault(institution="whale"),
    "margin_withdrawal": MarginWithdrawal(institution="villain", share=0.5),
    **{name: FeedAttack(feed="btc", attack=attack()) for name, attack in ATTACKS.items()},
}
every_shock = pytest.mark.parametrize("shock", EXAMPLES.values(), ids=EXAMPLES.keys())

IMPOSSIBLE: dict[str, Callable[[], Shock]] = {
    "a jump to nothing": lambda: PriceJump(asset="BTC", size=-1.0),
    "no jump": lambda: PriceJump(asset="BTC", size=0.0),
    "a withdrawal of nothing": lambda: MarginWithdrawal(institution="villain", share=0.0),
    "no volatility": lambda: VolatilityRegime(asset="BTC", multiplier=0.0),
    "a depeg to nothing": lambda: Depeg(asset="BTC", size=-1.0),
    "more liquidity": lambda: LiquidityWithdrawal(multiplier=1.1),
    "no implied volatility": lambda: ImpliedVolatility(multiplier=0.0),
    "no margin": lambda: MarginHike(multiplier=0.0),
    "less congestion": lambda: Congestion(multiplier=0.5),
    "no budget": lambda: Manipulation(institution="x", budget_usd=0.0),
    "no move": lambda: Manipulation(institution="x", target_move=0.0),
}


class Feed:
    """A feed that remembers who is on it."""

    def __init__(self) -> None:
        self.active: list[Attack] = []

    def attack(self, attack: Attack) -> None:
        self.active.append(attack)

    def release(self, attack: Attack) -> None:
        self.active.remove(attack)


class Desk:
    """An institution that remembers its orders."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, dict[str, object]]] = []

    def command(self, order: str, **values: object) -> None:
        self.orders.append((order, values))


class Theatre:
    """A stage with everybody on it, and what was done to them."""

    def __init__(self) -> None:
        self.feed, self.villain, self.failed = Feed(), Desk(), list[str]()
        self.stage = Stage(
            dials=Dials.neutral(3, 2),
            outside=np.ones(3),
            assets={"USD": 0, "BTC": 1, "TOKEN": 2},
            venues={"a": 0, "b": 1},
            feeds={"btc": self.feed},
            desks={"villain": self.villain},
            default=self.failed.append,
        )

    @property
    def touched(self) -> bool:
        """Whether anything is not as in calm."""
        return not (
            same(self.stage.dials, Dials.neutral(3, 2))
            and not self.feed.active
            and not self.villain.orders
            and not self.failed
        )


def same(one: Dials, other: Dials) -> bool:
    """Tell whether two dials are alike to the last bit."""
    return all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(Dials)
    )


def test_every_registered_shock_is_tested() -> None:
    assert {name: type(shock) for name, shock in EXAMPLES.items()} == SHOCKS


@every_shock
def test_it_does_something(shock: Shock) -> None:
    theatre = Theatre()
    shock.begin(theatre.stage)
    assert theatre.touched


@every_shock
def test_begin_then_end_restores_what_lasts_no_longer(shock: Shock) -> None:
    theatre = Theatre()
    shock.begin(theatre.stage)
    theatre.stage.dials.jump[:] = 0.0  # a jump is felt in one step alone
    shock.end(theatre.stage)
    assert same(theatre.stage.dials, Dials.neutral(3, 2))
    assert not theatre.feed.active
    assert not theatre.stage.held


@every_shock
def test_the_end_of_one_leaves_another_alone(shock: Shock) -> None:
    theatre, alone = Theatre(), Theatre()
    other = LiquidityWithdrawal(multiplier=0.37)
    other.begin(alone.stage)
    other.begin(theatre.stage)
    shock.begin(theatre.stage)
    theatre.stage.dials.jump[:] = 0.0
    shock.end(theatre.stage)
    assert same(theatre.stage.dials, alone.stage.dials)


@every_shock
def test_it_tells_what_it_is_and_whom_it_hits(shock: Shock) -> None:
    assert shock.describe()
    assert shock.target()


@every_shock
def test_it_cannot_be_changed(shock: Shock) -> None:
    name = fields(shock)[0].name  # type: ignore[arg-type]  # every shock is a dataclass
    with pytest.raises(FrozenInstanceError):
        setattr(shock, name, None)


@pytest.mark.parametrize("name", SHOCKS)
def test_a_scenario_can_name_it(name: str) -> None:
    shock = EXAMPLES[name]
    given: dict[str, Any] = {"kind": name, "at_hours": 1}
    for each in fields(shock):  # type: ignore[arg-type]  # every shock is a dataclass
        value = getattr(shock, each.name)
        if each.name != "attack" and value is not None:
            given[each.name] = list(value) if isinstance(value, tuple) else value
    if not shock.instant:
        given["minutes"] = 5
    section = TimedShock.model_validate(given)
    assert isinstance(section, Choice)
    assert section.shock() == shock
    assert section.timed().at_seconds == 3600
    assert section.timed().lasts_seconds == (None if shock.instant else 300)
    assert TimedShock.model_validate(section.model_dump()) == section


@pytest.mark.parametrize("make", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_impossible_shocks_are_refused(make: Callable[[], Shock]) -> None:
    with pytest.raises(ConfigError):
        make()


def test_an_attacker_is_told_only_what_differs_from_its_plan() -> None:
    theatre = Theatre()
    Manipulation(institution="villain", budget_usd=1e6).begin(theatre.stage)
    assert theatre.villain.orders == [("attack", {"budget_usd": 1e6})]


def test_whoever_defaults_is_named() -> None:
    theatre = Theatre()
    WhaleDefault(institution="whale").begin(theatre.stage)
    assert theatre.failed == ["whale"]
