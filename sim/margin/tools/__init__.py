"""What is laid over a margin policy so that it moves less, or less abruptly."""

from sim.margin.tools.buffer import Buffer
from sim.margin.tools.cap import Cap
from sim.margin.tools.cycle import Cycle
from sim.margin.tools.deadband import Deadband
from sim.margin.tools.floor import Floor
from sim.margin.tools.liquidity import Liquidity
from sim.margin.tools.speed import Speed
from sim.margin.tools.stress import Stress

TOOLS = {
    "buffer": Buffer,
    "stress": Stress,
    "floor": Floor,
    "cap": Cap,
    "speed": Speed,
    "deadband": Deadband,
    "cycle": Cycle,
    "liquidity": Liquidity,
}
"""Every tool that a scenario, or a policy string as ``ewma+floor``, can name."""
