"""A diffusion with jumps that volatility does not touch."""

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.price.diffusion import Diffusion
from sim.price.jump_diffusion import JumpDiffusion
from sim.streams import Streams

STREAMS = Streams(5)


def test_without_jumps_it_is_the_diffusion_of_the_same_seed() -> None:
    leaping = JumpDiffusion(volatility=0.7, drift=0.2, jumps_per_day=0.0)
    smooth = Diffusion(volatility=0.7, drift=0.2)
    one, other = (kind.draw(STREAMS, "price/BTC", 500, 60.0) for kind in (leaping, smooth))
    assert (one.returns() == other.returns()).all()


def test_a_multiplier_leaves_jumps_alone() -> None:
    kind = JumpDiffusion(volatility=0.7, jumps_per_day=200.0, jump_sd=0.1)
    path = kind.open()
    path.prepare(STREAMS, "price/BTC", 500, 60.0)
    smooth = Diffusion(volatility=0.7).draw(STREAMS, "price/BTC", 500, 60.0)
    for multiplier in (0.0, 1.0, 3.0):
        diffusive = multiplier * (smooth.shock - multiplier * smooth.half_variance)
        rest = [path.step_return(step, multiplier) - diffusive[step] for step in range(500)]
        np.testing.assert_allclose(rest, kind.draw(STREAMS, "price/BTC", 500, 60.0).fixed)


def test_the_mean_price_grows_with_the_drift_in_spite_of_jumps() -> None:
    kind = JumpDiffusion(volatility=0.5, jumps_per_day=2.0, jump_mean=-0.05, jump_sd=0.04)
    growth = np.exp(kind.draw(STREAMS, "price/BTC", 200_000, 86_400.0).returns())
    assert abs(growth.mean() - 1.0) <= 3.5 * growth.std() / np.sqrt(growth.size)


def test_everything_out_of_range_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        JumpDiffusion(
            initial_price=-1.0,
            volatility=-1.0,
            drift=float("inf"),
            jumps_per_day=-1.0,
            jump_mean=float("nan"),
            jump_sd=-0.1,
        )
    assert len(caught.value.problems) == 6
