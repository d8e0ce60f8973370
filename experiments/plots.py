"""The figures of a run as methods, so that an editor completes their names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.figures.style import Picture
    from experiments.record import Run


@dataclass(frozen=True, eq=False)
class Plots:
    """Draws the figures of one run; matplotlib is imported when the first is asked for."""

    run: "Run"

    def overview(self) -> "Picture":
        """Price and oracle against time, with shocks, over the liquidations."""
        return self._draw("overview")

    def liquidations(self) -> "Picture":
        """Liquidations by venue and by generation, over time and in total."""
        return self._draw("liquidations")

    def cascade_tree(self) -> "Picture":
        """Which liquidations led to which."""
        return self._draw("cascade_tree")

    def margin(self) -> "Picture":
        """Margin rates, calls and cures."""
        return self._draw("margin")

    def depth(self) -> "Picture":
        """Depth of every order book, and its spread."""
        return self._draw("depth")

    def waterfall(self) -> "Picture":
        """Who bore the losses."""
        return self._draw("waterfall")

    def loss_flow(self) -> "Picture":
        """Losses on claims, from who failed first to who bore them."""
        return self._draw("loss_flow")

    def network(self) -> "Picture":
        """The entities and what they owe each other, before and after."""
        return self._draw("network")

    def truth(self) -> "Picture":
        """Which venue was hurt before and which after the false price became true."""
        return self._draw("truth")

    def _draw(self, name: str) -> "Picture":
        """Draw a figure by its name in the registry."""
        from experiments.figures import FIGURES

        return FIGURES[name](self.run)
