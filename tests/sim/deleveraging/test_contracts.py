"""Auto-deleveraging of options, and of contracts that are paid in the coin they are about."""

import numpy as np
import pytest

from scenarios.build import build
from scenarios.load import load
from sim.accounts import INSURANCE
from sim.closing import take_over
from sim.events import EventKind
from sim.losses import ADL_BAND, _candidates, deleverage
from tests.sim.test_losses import INVERSE, equities, lose, stressed
from tests.sim.worlds import FIRST, count, give, one_exchange


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_an_inverse_contract_gives_what_it_is_worth_at_the_edge_of_the_band(side: float) -> None:
    """Of 50 USD a contract gives a seller 50 (1 - 1 / 1.2) and a buyer 50 (1 / 0.8 - 1)."""
    rule = {
        "rule": "whole",
        "rounds": 1,
        "deleveraging": {"policy": "pro_rata", "extent": "deficit"},
    }
    holders = ((1000.0 * side, 4000.0), (-600.0 * side, 5e5), (-400.0 * side, 5e5))
    built, venue = stressed(*holders, fall=0.2 * side, kind=INVERSE, liquidation=rule)
    deficit = -equities(venue)[FIRST]
    lose(built, venue)
    world, done = built.model.world, venue.rounds[0]
    most = 50.0 * (1.0 - 1.0 / 1.2) if side > 0 else 50.0 * (1.0 / 0.8 - 1.0)
    assert done.needed_usd == pytest.approx(50.0 * deficit / most)
    assert done.closed_usd == pytest.approx(50.0 * np.ceil(deficit / most))
    assert done.given_usd == pytest.approx(deficit)
    assert count(world, EventKind.SOCIALISED_LOSS) == 0
    assert equities(venue)[INSURANCE] == pytest.approx(0.0, abs=1e-6)


def test_an_inverse_contract_gains_as_its_venue_counts() -> None:
    """In coins over coins at entry: a short from twice the price has won the whole of them."""
    built = one_exchange(kind=INVERSE, size=50.0, accounts=3)
    venue = built.model.world.venues[0]
    now = venue.markets[0].mark
    for row, contracts, entry in ((0, -100.0, 2.0), (1, -100.0, 1.25), (2, 100.0, 1.25)):
        give(venue, FIRST + row, contracts, 5000.0, entry * now)
    _, shorts = _candidates(venue, 0, 200.0)
    _, longs = _candidates(venue, 0, -200.0)
    assert shorts.gain == pytest.approx([1.0, 0.25])
    assert longs.gain == pytest.approx([-0.25])


def test_an_option_gives_a_fifth_of_its_own_price_and_not_of_the_notional() -> None:
    """Puts of a few USD on a hundredth of a coin: a deficit of 1,000 USD takes many of them."""
    asked = "venues.options.liquidation.deleveraging={policy: pro_rata, extent: deficit}"
    built = build(load("options_expiry", [asked]), 0)
    world, venue = built.model.world, built.model.world.venues[0]
    accounts = venue.accounts
    option = next(j for j, market in enumerate(venue.markets) if market.optional)
    price = float(venue.valuation.values[option])
    owner = int(accounts.positions[option].argmin())
    taken = np.array([owner])
    take_over(world, venue, taken)
    deficit = 0.1 * price * abs(accounts.positions[option, INSURANCE])
    accounts.balances[0, INSURANCE] -= equities(venue)[INSURANCE] + deficit
    deleverage(world, venue, option, deficit)
    done = venue.rounds[0]
    contracts = np.ceil(deficit / (ADL_BAND * price))
    assert done.closed_usd == pytest.approx(contracts * venue.valuation.notionals[option])
    assert done.needed_usd == pytest.approx(done.closed_usd, rel=0.05)
    assert done.given_usd == pytest.approx(deficit)
