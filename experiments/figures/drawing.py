"""What a figure is: how it is drawn, its title, and what a reader should know to read it."""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.figures.style import Picture, in_style
from experiments.record import Run


@dataclass(frozen=True, slots=True)
class Drawing:
    """A function that draws a finished run, with its title and caption.

    Parameters
    ----------
    draw : the function.
    title : what it is called in the report.
    caption : how to read it; a function where that depends on what there is to be seen.
    """

    draw: Callable[[Run], Picture]
    title: str
    caption: str | Callable[[Run], str]

    def __call__(self, run: Run) -> Picture:
        """Draw the figure in the style of all of them."""
        with in_style():
            return self.draw(run)

    def explain(self, run: Run) -> str:
        """Return how to read the figure of a run."""
        return self.caption if isinstance(self.caption, str) else self.caption(run)
