"""Ways to draw a network of exposures, where the true one is not known."""

from collections.abc import Mapping

from sim.network.generators.core_periphery import CorePeriphery
from sim.network.generators.erdos_renyi import ErdosRenyi
from sim.network.generators.max_entropy import MaxEntropy
from sim.network.generators.min_density import MinDensity
from sim.network.generators.scale_free import ScaleFree
from sim.network.generators.small_world import SmallWorld
from sim.network.roles import Generator

GENERATORS: Mapping[str, type[Generator]] = {
    "erdos_renyi": ErdosRenyi,
    "core_periphery": CorePeriphery,
    "scale_free": ScaleFree,
    "small_world": SmallWorld,
    "max_entropy": MaxEntropy,
    "min_density": MinDensity,
}
"""Every generator by the name that the command line calls it by."""
