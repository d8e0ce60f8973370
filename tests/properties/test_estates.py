"""Balance sheets and estates in a run: every dollar missing is booked, once, to who misses it.

For every entity, at every step, what it has is what it owes and what is its own, also where
collateral has been pledged again. At the end creditors have lost on every estate what it then
lacks, each the same share, and nobody goes on who owes more than it has.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from scenarios.build import Built
from sim.accounts import CENT
from sim.arrays import Floats
from sim.credit.loans import Credit
from sim.credit.recourse import without_recourse
from sim.credit.sheets import exposures_of, outside_debts
from sim.default import worths
from sim.errors import ConfigError
from sim.network.clearing import CLEARING
from sim.world import World
from tests.sim.credit.firms import firm, network, owes
from tests.sim.worlds import Plain, jump, make

IN_RUN = sorted(set(CLEARING) - {"fire_sale"})
SIZE = 6
DIME = 0.1
"""USD: a cent for each of up to ten claims that is not booked because it is less."""


@st.composite
def pledging(draw: st.DrawFn, kind: str) -> Plain:
    """Return firms that lend to each other, also on collateral that others have pledged to them."""
    coins = [draw(st.floats(0.05, 0.6)) for _ in range(SIZE)]
    firms = {
        f"f{i}": firm(
            draw(st.floats(0.0, 2e4)),
            other=draw(st.floats(0.0, 1e4)),
            owed=draw(st.sampled_from([0.0, 5e3, 2e4])),
            holdings={"BTC": coins[i]},
        )
        for i in range(SIZE)
    }
    loans = []
    for _ in range(draw(st.integers(2, 10))):
        borrower, lender = draw(st.permutations(range(SIZE)))[:2]
        usd, terms = draw(st.floats(1e3, 3e4)), {}
        if draw(st.booleans()):
            units = coins[borrower] * draw(st.floats(0.1, 0.9))
            coins[borrower] -= units
            coins[lender] += units
            terms = {"collateral": {"BTC": units}, "cover": draw(st.floats(0.1, 1.0))}
        loans.append(owes(f"f{borrower}", f"f{lender}", usd, notice_hours=0.05, **terms))
    plain = network(
        firms,
        loans,
        algorithm=kind,
        trigger=draw(st.sampled_from(["insolvent", "unpaid"])),
        funding={"alarm": 0.01, "recall": 2.0, "tighten": 1.0, "sale_hours": 0.1},
    )
    plain["without"] = draw(st.sampled_from([[], [], ["network"]]))
    return plain


paths = st.lists(st.floats(0.2, 2.0), min_size=3, max_size=8)


def begun(plain: Plain, path: list[float]) -> Built:
    """Build it for as many steps as prices; what cannot begin is no example."""
    try:
        return make(plain | {"steps": len(path)}, check=True)
    except ConfigError:
        reject()


def credit_of(world: World) -> Credit:
    """Return who owes whom."""
    assert world.credit is not None
    return world.credit


def standing(world: World) -> Floats:
    """Return what is there for creditors, less what they are owed, (n_entities,) USD."""
    return worths(world) + without_recourse(world, credit_of(world))


def weigh_sheets(world: World) -> None:
    """Check that assets are debts and equity, and that debts outside are those that there are."""
    credit, worth = credit_of(world), standing(world)
    exposures, shock = exposures_of(world, credit, worth)
    going = np.array([i not in credit.defaults for i in range(1, worth.size)])
    wanted = worth[1:][going]
    assert (exposures.equity() - shock)[going] == pytest.approx(wanted, rel=1e-9, abs=1e-5 + CENT)
    owed = outside_debts(world, credit)[1:]
    assert exposures.outside_liabilities[going] == pytest.approx(owed[going], abs=1e-5)
    assert not exposures.outside_liabilities[~going].any()


def weigh_estates(world: World) -> None:
    """Check that creditors of each estate have lost what it lacks, each the same share."""
    credit, worth = credit_of(world), standing(world)
    outside = outside_debts(world, credit)
    for entity in credit.defaults:
        claims = [loan for loan in credit.loans if loan.borrower == entity and loan.usd > CENT]
        owed = sum(loan.usd for loan in claims) + outside[entity]
        lost = sum(loan.lost for loan in claims) + credit.outside_lost.get(entity, 0.0)
        missing = max(-float(worth[entity]) + credit.costs[entity], 0.0)
        assert lost == pytest.approx(min(missing, owed), rel=1e-9, abs=DIME)
        for loan in claims:
            assert loan.lost * owed == pytest.approx(lost * loan.usd, rel=1e-6, abs=DIME * owed)
        assert -DIME <= credit.outside_lost.get(entity, 0.0) <= outside[entity] + DIME


@pytest.mark.parametrize("kind", IN_RUN)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), path=paths)
def test_sheets_balance_and_estates_pay_what_they_have(
    kind: str, data: st.DataObject, path: list[float]
) -> None:
    built = begun(data.draw(pledging(kind)), path)
    world = built.model.world
    for factor in path:
        weigh_sheets(world)
        jump(built, factor)
        built.model.step()
    assert not world.halted
    weigh_estates(world)
    if not world.cuts.network and not credit_of(world).patient:
        going = [i for i in range(1, len(world.entities)) if i not in world.defaulted]
        assert (worths(world)[going] >= -DIME).all()
