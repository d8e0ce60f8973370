"""A waterfall pays what there is to pay, in order, and says what it cannot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arrays import Floats
from sim.errors import ConfigError
from sim.network.clearing_house import Allocation, UncoveredLossError, Waterfall, cover

USD = st.floats(0.0, 1e9)


@st.composite
def waterfalls(draw: st.DrawFn) -> Waterfall:
    members = draw(st.integers(0, 6))
    each = st.lists(USD, min_size=members, max_size=members).map(np.array)
    return Waterfall(
        defaulter_im=draw(USD),
        defaulter_df=draw(USD),
        sitg=draw(USD),
        survivor_df=draw(each),
        vm_gains=draw(each),
        assessment_cap=draw(st.floats(0.0, 3.0)),
        second_sitg=draw(USD),
    )


def sizes(waterfall: Waterfall) -> list[float]:
    return [
        waterfall.defaulter_im,
        waterfall.defaulter_df,
        waterfall.sitg,
        float(waterfall.survivor_df.sum()),
        waterfall.second_sitg,
        float((waterfall.assessment_cap * waterfall.survivor_df).sum()),
        float(waterfall.vm_gains.sum()),
    ]


def paid(allocation: Allocation) -> list[float]:
    return [usd for name, usd in allocation.layers().items() if name != "unallocated"]


def by_member(allocation: Allocation) -> Floats:
    return allocation.survivor_df + allocation.assessments + allocation.gains_haircut


@given(waterfall=waterfalls(), loss=st.floats(0.0, 2e10))
def test_every_dollar_is_paid_once_or_reported(waterfall: Waterfall, loss: float) -> None:
    done = waterfall.allocate(loss)
    assert sum(done.layers().values()) == pytest.approx(loss, rel=1e-9, abs=1e-9)
    own = done.defaulter_im + done.defaulter_df + done.sitg + done.second_sitg
    whole = own + by_member(done).sum() + done.unallocated
    assert whole == pytest.approx(loss, rel=1e-9, abs=1e-9)


@given(waterfall=waterfalls(), loss=st.floats(0.0, 2e10))
def test_nobody_pays_more_than_a_layer_holds(waterfall: Waterfall, loss: float) -> None:
    done = waterfall.allocate(loss)
    for usd, size in zip(paid(done), sizes(waterfall), strict=True):
        assert 0.0 <= usd <= size * (1 + 1e-12)
    assert (done.survivor_df <= waterfall.survivor_df).all()
    assert (done.assessments <= waterfall.assessment_cap * waterfall.survivor_df).all()
    assert (done.gains_haircut <= waterfall.vm_gains).all()
    assert done.unallocated >= 0.0


@given(waterfall=waterfalls(), loss=st.floats(0.0, 2e10))
def test_no_layer_pays_before_the_one_above_is_used_up(waterfall: Waterfall, loss: float) -> None:
    done = waterfall.allocate(loss)
    usd, size = [*paid(done), done.unallocated], sizes(waterfall)
    for layer in range(len(size)):
        if any(later > 0.0 for later in usd[layer + 1 :]):
            assert usd[layer] == pytest.approx(size[layer], rel=1e-12)


@given(waterfall=waterfalls(), loss=st.floats(0.0, 1e10), more=st.floats(0.0, 1e10))
def test_a_larger_loss_costs_nobody_less(waterfall: Waterfall, loss: float, more: float) -> None:
    small, large = waterfall.allocate(loss), waterfall.allocate(loss + more)
    for less, usd in zip(small.layers().values(), large.layers().values(), strict=True):
        assert less <= usd * (1 + 1e-12)
    for layer in ("survivor_df", "assessments", "gains_haircut"):
        assert (getattr(small, layer) <= getattr(large, layer) * (1 + 1e-12)).all()


def test_own_capital_may_stand_behind_the_fund_as_well() -> None:
    waterfall = Waterfall(
        defaulter_im=0.0,
        defaulter_df=0.0,
        sitg=5.0,
        survivor_df=np.array([10.0]),
        vm_gains=np.array([0.0]),
        second_sitg=7.0,
    )
    assert waterfall.allocate(20.0).second_sitg == 5.0
    assert waterfall.allocate(25.0).assessments.tolist() == [3.0]


def test_a_loss_beyond_all_layers_is_told_with_what_each_paid() -> None:
    waterfall = Waterfall(
        defaulter_im=70.0,
        defaulter_df=20.0,
        sitg=10.0,
        survivor_df=np.array([60.0, 40.0]),
        vm_gains=np.array([0.0, 25.0]),
    )
    assert waterfall.allocate(325.0).complete().unallocated == 0.0
    message = r"covers 325\.00 USD of a loss of 400\.00 USD and leaves 75\.00 USD.*haircut 25\.00"
    with pytest.raises(UncoveredLossError, match=message):
        waterfall.allocate(400.0).complete()


@given(waterfall=waterfalls())
def test_a_loss_as_large_as_all_layers_is_covered_whatever_rounding_leaves(
    waterfall: Waterfall,
) -> None:
    whole = sum(sizes(waterfall))
    for loss in (whole, whole * (1 + 1e-15), sum(reversed(sizes(waterfall)))):
        waterfall.allocate(loss).complete()
    with pytest.raises(UncoveredLossError):
        waterfall.allocate(1.001 * whole + 1e-9).complete()


def test_impossible_layers_are_all_named_in_one_message() -> None:
    with pytest.raises(ConfigError) as caught:
        Waterfall(
            defaulter_im=-1.0,
            defaulter_df=np.nan,
            sitg=1.0,
            survivor_df=np.array([1.0, np.inf]),
            vm_gains=np.array([1.0]),
            assessment_cap=-1.0,
        )
    text = str(caught.value)
    for name in ("defaulter_im", "defaulter_df", "survivor_df must", "assessment_cap"):
        assert name in text
    assert "survivor_df is of 2 members, vm_gains of 1" in text


def test_a_loss_below_zero_is_refused() -> None:
    nothing = np.zeros(0)
    empty = Waterfall(
        defaulter_im=0.0, defaulter_df=0.0, sitg=0.0, survivor_df=nothing, vm_gains=nothing
    )
    with pytest.raises(ConfigError, match="loss must be finite and >= 0"):
        empty.allocate(-1.0)
    assert empty.allocate(3.0).unallocated == 3.0


@given(
    losses=st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=5
    ).map(np.array)
)
def test_a_fund_for_more_defaults_is_never_smaller(losses: np.ndarray) -> None:
    im = np.array([10.0, 0.0, 1000.0])
    funds = [cover(losses, im, members=members) for members in (1, 2, 3, 4)]
    assert funds == sorted(funds)
    assert funds[2] == funds[3]
    worst = np.maximum(losses - im, 0.0).max()
    assert funds[0] == pytest.approx(worst)


def test_losses_that_do_not_fit_the_margins_are_refused() -> None:
    with pytest.raises(ConfigError, match="must have 2 columns"):
        cover(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(ConfigError, match="at least 1 member"):
        cover(np.zeros((2, 3)), np.zeros(3), members=0)
