"""Outside prices: what an asset would cost if nobody in the model traded it."""

from sim.price.anchored import Anchored
from sim.price.diffusion import Diffusion
from sim.price.jump_diffusion import JumpDiffusion
from sim.price.path import PathKind
from sim.price.pegged import Pegged
from sim.price.replay import Replay
from sim.price.stochastic_volatility import StochasticVolatility

PATHS: dict[str, type[PathKind]] = {
    "diffusion": Diffusion,
    "jump_diffusion": JumpDiffusion,
    "stochastic_volatility": StochasticVolatility,
    "replay": Replay,
    "anchored": Anchored,
    "pegged": Pegged,
}
"""Every kind of outside path that a scenario can name."""
