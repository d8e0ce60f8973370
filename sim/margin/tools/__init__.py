"""What is laid over a margin policy so that it moves less, or less abruptly."""

from sim.margin.tools.cap import Cap
from sim.margin.tools.floor import Floor

TOOLS = {
    "floor": Floor,
    "cap": Cap,
}
"""Every tool that a scenario, or a policy string as ``ewma+floor``, can name."""
