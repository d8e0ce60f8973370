"""Books balance while losses travel, whoever owes what to whom."""

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from scenarios.build import Built
from sim.balance import Balance
from sim.default import worths
from sim.errors import ConfigError
from sim.events import EventKind
from tests.sim.credit.firms import firm, network, owes
from tests.sim.worlds import Plain, exchange, jump, make, of_kind

SIZE = 6
COINS = 0.4
LEVERED = {"venue": "x", "instrument": "P"}
CARRY = {"kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0}
CLEARINGS = ("eisenberg_noe", "rogers_veraart", "furfine", "linear_debtrank", "threshold")


@st.composite
def networks(draw: st.DrawFn) -> Plain:
    """Return firms with random sheets, loans and positions, and some rule for each choice."""
    firms, loans = {}, []
    for i in range(SIZE):
        levered = draw(st.booleans())
        firms[f"f{i}"] = firm(
            draw(st.floats(0.0, 2e4)),
            other=draw(st.floats(0.0, 2e4)),
            owed=draw(st.floats(0.0, 1e4)),
            holdings={"BTC": 2 * COINS},
            **(LEVERED | {"position_usd": draw(st.floats(-2e4, 2e4))} if levered else {}),
        )
    for _ in range(draw(st.integers(1, 10))):
        one, other = draw(st.permutations(range(SIZE)))[:2]
        usd = draw(st.floats(1e3, 3e4))
        secured = draw(st.booleans())
        posted = {"collateral": {"BTC": COINS / 4}, "cover": draw(st.floats(0.1, 1.0))}
        loans.append(
            owes(f"f{one}", f"f{other}", usd, notice_hours=0.05, **(posted if secured else {}))
        )
    plain = network(
        firms,
        loans,
        algorithm=draw(st.sampled_from(CLEARINGS)),
        trigger=draw(st.sampled_from(["insolvent", "unpaid"])),
        kind=draw(st.sampled_from(["bilateral", "clearing_house"])),
        house={"cover": draw(st.sampled_from([1, 2])), "stress": [-0.1, 0.1]},
        funding={"alarm": 0.01, "recall": 2.0, "tighten": 1.0, "sale_hours": 0.1},
    )
    thin = {"kind": "linear", "depth_usd": 2e5, "half_spread": 0.001, "half_life_seconds": 600.0}
    rule = {"rule": draw(st.sampled_from(["whole", "partial"])), "rounds": 2}
    plain["venues"] = {"x": exchange(mechanism=thin, liquidation=rule, insurance_fund_usd=500.0)}
    plain["crowd"]["carry"] = CARRY
    plain["steps"] = 30
    plain["without"] = draw(st.sampled_from([[], ["network"], ["impact"]]))
    return plain


def shaken(plain: Plain, size: float) -> Built:
    """Build it, let the price fall, and run to the end; what cannot begin is no example."""
    try:
        built = make(plain)
    except ConfigError:
        reject()
    built.model.check = Balance.of(built.model.world)
    for step in range(30):
        if step == 3:
            jump(built, size)
        if built.model.world.halted:
            break
        built.model.step()
    return built


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plain=networks(), size=st.floats(0.3, 1.5))
def test_money_and_contracts_are_moved_never_made(plain: Plain, size: float) -> None:
    world = shaken(plain, size).model.world
    assert world.halted or world.step == world.clock.steps


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plain=networks(), size=st.floats(0.3, 0.9))
def test_creditors_lose_no_more_than_they_are_owed(plain: Plain, size: float) -> None:
    world = shaken(plain, size).model.world
    credit = world.credit
    assert credit is not None
    for loan in credit.loans:
        assert -1e-6 <= loan.lost <= loan.usd + 1e-6
        assert loan.usd >= -1e-6
        assert (loan.units >= 0.0).all()
    kinds = world.events.column("kind")
    default = of_kind(world, EventKind.DEFAULT, "entity")
    assert len(set(default.tolist())) == default.size
    causes = of_kind(world, EventKind.CONTAGION_LOSS, "cause")
    assert np.isin(kinds[causes], (EventKind.DEFAULT, EventKind.COLLATERAL_SALE)).all()
    assert np.isfinite(worths(world)).all()
