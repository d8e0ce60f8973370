"""The scenario of options: hedges live, shorts are called, and the day's contracts end."""

from collections import Counter

import numpy as np
import pytest

from scenarios.build import Built, build
from sim.events import EventKind
from sim.valuation import margin_all
from tests.properties.test_books_balance import small
from tests.sim.worlds import of_kind

NAME = "options_expiry"


@pytest.fixture(scope="module")
def run() -> tuple[Built, list[float]]:
    """Run the scenario small, and note what everybody is asked for at every step."""
    built = build(small(NAME), seed=3, check=True)
    venue, asked = built.model.world.venues[0], []
    for _ in range(built.plan.scenario.steps):
        built.model.step()
        _, required = margin_all(venue.accounts, venue.valuation)
        asked.append(float(required[4:].sum()))
    return built, asked


def test_portfolio_margin_jumps_with_price_and_volatility(run: tuple[Built, list[float]]) -> None:
    built, asked = run
    shock = int(of_kind(built.model.world, EventKind.SHOCK, "step")[0])
    assert max(asked[shock : shock + 5]) > 1.15 * asked[shock - 1]
    assert built.model.world.venues[0].smiles[0].levels[shock] > 1.3


def test_hedged_writers_live_where_others_of_the_same_leverage_do_not(
    run: tuple[Built, list[float]],
) -> None:
    built, _ = run
    world, plan = built.model.world, built.plan
    entities = of_kind(world, EventKind.LIQUIDATION, "entity")
    closed = Counter(plan.name_of(int(each)).split("#")[0] for each in np.unique(entities))
    crowd = plan.scenario.crowd
    share = {name: closed[name] / crowd[name].accounts for name in crowd}
    assert share["week_writers"] > 0.05
    assert share["hedged_writers"] < 0.5 * share["week_writers"]
    assert share["basis"] == 0.0


def test_the_days_contracts_are_settled_at_the_mean_index(run: tuple[Built, list[float]]) -> None:
    built, _ = run
    world = built.model.world
    ended = [market.expired for market in world.venues[0].markets]
    assert ended == [False, True, False, True, False, False]
    future, put = of_kind(world, EventKind.EXPIRY, "price")
    assert put == pytest.approx(max(58_000.0 - future, 0.0))
    assert of_kind(world, EventKind.EXPIRY, "usd").min() > 0.0
    assert not world.venues[0].accounts.positions[ended].any()
