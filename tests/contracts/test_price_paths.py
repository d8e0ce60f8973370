"""What every outside path must do, whatever it is made of."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.arrays import Floats
from sim.price import PATHS
from sim.price.anchored import Anchored
from sim.price.diffusion import Diffusion
from sim.price.jump_diffusion import JumpDiffusion
from sim.price.path import PathKind
from sim.price.pegged import Pegged
from sim.price.replay import Replay
from sim.price.stochastic_volatility import StochasticVolatility as Stochastic
from sim.roles import PricePath
from sim.streams import Streams

EXAMPLES: dict[str, PathKind] = {
    "diffusion": Diffusion(initial_price=30_000.0, volatility=0.9, drift=0.1),
    "jump_diffusion": JumpDiffusion(jumps_per_day=20.0, jump_sd=0.02),
    "stochastic_volatility": Stochastic(reversion_hours=(1.0, 40.0), log_volatility_sd=(0.5, 0.5)),
    "replay": Replay(file="written by the test", start="2020-03-12T06:00"),
    "anchored": Anchored(points=(("2020-03-12T06:00Z", 7000.0), ("2020-03-12T09:10Z", 5500.0))),
    "pegged": Pegged(peg="ETH", ratio=1.1, accrual=0.03),
}
STEP_SECONDS = 60.0
NAME = "price/BTC"


@pytest.fixture(params=EXAMPLES)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> PathKind:
    example = EXAMPLES[request.param]
    if not isinstance(example, Replay):
        return example
    noise = Streams(1).at("bars", 0).normal(np.arange(31))
    price = 7000.0 * np.exp(np.cumsum(0.02 * noise))
    rows = [
        f"2020-03-{12 + i // 24}T{i % 24:02}:00:00Z,{a},{max(a, b) * 1.01},{min(a, b) * 0.98},{b}"
        for i, (a, b) in enumerate(pairwise(price))
    ]
    file = tmp_path / "bars.csv"
    file.write_text("\n".join(["time,open,high,low,close", *rows]), encoding="utf-8")
    return replace(example, file=file)


def prepared(kind: PathKind, steps: int = 300, seed: int = 7, name: str = NAME) -> PricePath:
    path = kind.open()
    path.prepare(Streams(seed), name, steps, STEP_SECONDS)
    return path


def returns(path: PricePath, steps: int = 300, multiplier: float = 1.0) -> list[float]:
    return [path.step_return(step, multiplier) for step in range(steps)]


def test_every_registered_path_is_tested() -> None:
    assert {name: type(example) for name, example in EXAMPLES.items()} == PATHS


@pytest.mark.parametrize("name", [each for each in PATHS if each != "replay"])
def test_every_path_but_a_recorded_one_can_be_named_without_parameters(name: str) -> None:
    path = prepared(PATHS[name](), 10)
    assert path.initial_price > 0
    assert np.isfinite(returns(path, 10)).all()


def test_the_price_before_the_run_is_known_before_it_is_prepared(kind: PathKind) -> None:
    assert kind.open().initial_price > 0
    assert kind.open().initial_price == prepared(kind).initial_price


def test_returns_are_plain_finite_numbers(kind: PathKind) -> None:
    moves = returns(prepared(kind))
    assert {type(move) for move in moves} == {float}
    assert np.isfinite(moves).all()
    assert np.std(moves) > 0


def test_a_longer_run_starts_as_a_shorter_one(kind: PathKind) -> None:
    short, long = prepared(kind, steps=37), prepared(kind, steps=900)
    assert returns(short, 37) == returns(long, 37)


def test_the_same_seed_gives_the_same_path(kind: PathKind) -> None:
    assert returns(prepared(kind)) == returns(prepared(kind))


def test_seeds_and_names_give_different_paths(kind: PathKind) -> None:
    here = returns(prepared(kind))
    assert returns(prepared(kind, seed=8)) != here
    assert returns(prepared(kind, name="price/ETH")) != here


def test_asking_for_a_step_again_changes_nothing(kind: PathKind) -> None:
    path = prepared(kind)
    once = returns(path, multiplier=3.0)
    assert [path.step_return(step, 3.0) for step in range(300) for _ in range(2)][::2] == once


def test_two_runs_of_one_kind_do_not_meet(kind: PathKind) -> None:
    alone = returns(prepared(kind))
    one, other = prepared(kind), prepared(kind, seed=8)
    for step in range(300):
        other.step_return(step, 5.0)
        assert one.step_return(step, 1.0) == alone[step]


def test_a_multiplier_leaves_the_steps_before_it_alone(kind: PathKind) -> None:
    calm, storm = prepared(kind), prepared(kind)
    assert returns(calm, 150) == returns(storm, 150)
    assert returns(storm, 300, multiplier=4.0)[150:] != returns(calm, 300)[150:]


def test_more_volatility_makes_a_rougher_path(kind: PathKind) -> None:
    assert np.std(returns(prepared(kind), multiplier=4.0)) > np.std(returns(prepared(kind)))


def past(kind: PathKind, count: int, seconds: float = 3600.0) -> Floats:
    return prepared(kind).history(count, seconds)


@pytest.mark.parametrize("seconds", [60.0, 300.0, 3600.0, 14_400.0, 86_400.0])
def test_history_has_as_many_finite_returns_as_asked(kind: PathKind, seconds: float) -> None:
    before = past(kind, 40, seconds)
    assert before.shape == (40,)
    assert np.isfinite(before).all()
    assert before.std() > 0


def test_nothing_is_remembered_where_nothing_is_asked(kind: PathKind) -> None:
    assert past(kind, 0).shape == (0,)


def test_a_longer_history_only_adds_older_returns(kind: PathKind) -> None:
    np.testing.assert_allclose(past(kind, 100)[-30:], past(kind, 30), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(past(kind, 100, 300.0)[-30:], past(kind, 30, 300.0), rtol=1e-9)


def test_history_does_not_change_with_the_run_nor_the_run_with_it(kind: PathKind) -> None:
    path = prepared(kind)
    early = path.history(50, 3600.0)
    assert returns(path) == returns(prepared(kind))
    assert (path.history(50, 3600.0) == early).all()
    assert (prepared(kind, steps=900).history(50, 3600.0) == early).all()


def test_history_is_other_draws_than_the_run(kind: PathKind) -> None:
    path = prepared(kind)
    before, after = path.history(300, STEP_SECONDS), np.array(returns(path))
    assert not np.isin(before[before != 0], after[after != 0]).any()


def test_history_before_the_run_is_prepared_is_a_mistake(kind: PathKind) -> None:
    with pytest.raises(RuntimeError, match="must be prepared"):
        kind.open().history(3, 3600.0)
