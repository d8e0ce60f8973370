"""How every figure looks: colours, sizes, numbers, and how it is put on paper."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from os import PathLike
from pathlib import Path
from textwrap import fill
from typing import IO, Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.record import Run
from experiments.words import percent, usd
from sim.arrays import Floats

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE, BROWN = "#7A7A7A", "#D9D9D9", "#8A5A2B"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
"""Okabe and Ito (2008), "Color universal design": told apart by the colour blind."""

DOUBLE = 7.2
"""Width of two columns of a journal, inches."""

NEARLY_ALL = 0.97
"""Share of the liquidated notional up to which figures look closely."""

RC: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.1,
    "hatch.linewidth": 0.5,
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "svg.hashsalt": "marginquake",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": True,
}


UNIT = re.compile(r"(?<=\d) (?=(?:tn|bn|m|k|%)(?!\w))")
"""The blank between a number and its unit."""

type Window = tuple[np.datetime64, np.datetime64]
"""The first and last moment that a figure shows."""


class Picture(Figure):
    """A figure that looks the same wherever it is drawn, and shows itself in a notebook.

    It knows no pyplot, and takes no setting from outside and leaves none behind.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw with this style, not with the caller's."""
        with in_style():
            super().draw(renderer)

    def savefig(self, fname: str | PathLike[str] | IO[bytes], **options: Any) -> None:  # noqa: ANN401
        """Save with this style, not with the caller's; the same figure gives the same bytes."""
        with in_style():
            options.setdefault("metadata", _undated(fname, options))
            super().savefig(fname, **options)

    @property
    def says(self) -> str:
        """Its headline, in one line."""
        text = self.get_suptitle() or self.texts[0].get_text()
        return " ".join(text.split())

    @property
    def blank(self) -> bool:
        """Whether it only says why there is nothing to see."""
        return not self.axes

    def png(self) -> bytes:
        """Return the figure as the contents of a PNG file."""
        with BytesIO() as file:
            self.savefig(file, format="png", pil_kwargs={"compress_level": 2})
            return file.getvalue()

    def _repr_png_(self) -> bytes:
        """Show the figure in a notebook."""
        return self.png()


@contextmanager
def in_style() -> Iterator[None]:
    """Set the style for a while and put back what was there."""
    with rc_context(dict(RC)):  # type: ignore[arg-type] # names of settings are plain text here
        yield


def picture(height: float, width: float = DOUBLE) -> Picture:
    """Return an empty figure, inches."""
    return Picture(figsize=(width, height), layout="constrained")


def message(text: str) -> Picture:
    """Return a figure that only says why there is nothing to see."""
    figure = picture(1.2)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=10, color=GREY, style="italic")
    return figure


def headline(figure: Picture, text: str) -> None:
    """Say above the figure what one sees, in lines that part no number from its unit."""
    lines = fill(UNIT.sub("\u00a0", text), width=round(13 * figure.get_figwidth()))
    figure.suptitle(lines, x=0.01, ha="left", fontsize=9.5, fontweight="bold", parse_math=False)


def colours(names: Sequence[str]) -> dict[str, str]:
    """Give every venue its colour, the same in every figure of a run."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(names)}


def in_usd(axis: Axis) -> None:
    """Write the numbers of an axis in dollars."""
    axis.set_major_formatter(FuncFormatter(usd))


def in_percent(axis: Axis) -> None:
    """Write the numbers of an axis in per cent."""
    axis.set_major_formatter(FuncFormatter(percent))


def against_time(ax: Axes, window: Window) -> None:
    """Write times in UTC below the horizontal axis, and name the days."""
    first, last = window
    ax.set_xlim(first, last)  # type: ignore[arg-type] # dates are converted
    seconds = (last - first) / np.timedelta64(1, "s")
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    form = "%H:%M:%S" if seconds < 300 else "%H:%M" if seconds < 36 * 3600 else "%d %b\n%H:%M"
    ax.xaxis.set_major_formatter(DateFormatter(form))  # type: ignore[no-untyped-call]
    ax.set_xlabel(f"time, UTC ({_days(pd.Timestamp(first), pd.Timestamp(last))})")


def _days(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Name the day, or the first and the last of several."""
    whole = "%-d %B %Y"
    if first.date() == last.date():
        return f"{first:{whole}}"
    form = "%-d" if (first.year, first.month) == (last.year, last.month) else "%-d %B"
    return f"{first:{form if first.year == last.year else whole}} to {last:{whole}}"


def times_of(run: Run) -> np.ndarray:
    """Return when each step began, naive UTC, (n_steps,)."""
    return naive(run.markets[run.leading]["time"])


def naive(times: pd.Series) -> np.ndarray:
    """Return times as matplotlib draws them fast: numpy's own, in UTC."""
    return np.asarray(times.dt.tz_convert(None).to_numpy())


def cumulated(run: Run, events: pd.DataFrame) -> Floats:
    """Add up the dollars of some events since the start, at every recorded time, (n,)."""
    times = times_of(run)
    row = np.searchsorted(times, naive(events["time"]))
    sums = np.bincount(row, events["usd"], minlength=times.size)
    return np.cumsum(sums)[: times.size]


def window_of(run: Run) -> Window:
    """Return the span in which things happened, with some calm on both sides.

    From the first shock or liquidation to the moment by which nearly all has been liquidated,
    the attack is over and the false price has become true.
    """
    times, taken = times_of(run), run.cascade.liquidations
    moments = naive(run.shocks["start_time"]).tolist()[:1] if len(run.shocks) else []
    if len(taken):
        share = np.cumsum(taken["usd"].to_numpy()) / max(float(taken["usd"].sum()), 1e-12)
        when = naive(taken["time"])
        moments += [when[np.searchsorted(share, part)] for part in (0.0, NEARLY_ALL)]
    if run.truth is not None:
        moments.append(times[min(run.truth.end_step // _stride(run), times.size - 1)])
        if run.truth.time is not None:
            moments.append(np.datetime64(run.truth.time.replace(tzinfo=None)))
    if not moments:
        return times[0], times[-1]
    happened = np.array(moments, dtype="datetime64[us]")
    first, last = happened.min(), happened.max()
    least = np.timedelta64(round(15e6 * run.row_seconds), "us")
    pad = max((last - first) * 0.2, least)
    return max(times[0], first - pad), min(times[-1], last + pad)


def _stride(run: Run) -> int:
    """Return how many steps lie between two recorded ones."""
    return max(1, round(run.row_seconds / run.step_seconds))


def binned(
    times: np.ndarray, usd_: np.ndarray, window: Window, seconds: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Add up dollars in about a hundred bins of whole steps: n + 1 edges, n sums, seconds a bin."""
    first, last = window
    span = float((last - first) / np.timedelta64(1, "s"))
    width = seconds * max(1, round(span / seconds / 100))
    count = max(1, int(span // width) + 1)
    place = ((times - first) / np.timedelta64(round(width * 1e6), "us")).astype(np.int64)
    inside = (place >= 0) & (place < count)
    sums = np.bincount(place[inside], usd_[inside], minlength=count)
    edges = first + np.arange(count + 1) * np.timedelta64(round(width * 1e6), "us")
    return edges, sums, width


def stacked(
    ax: Axes,
    run: Run,
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]],
    palette: Mapping[str, str],
) -> float:
    """Stack the dollars of each part in intervals over time; return the seconds of one.

    Parameters
    ----------
    parts : times and dollars of the events of each part.
    palette : the colour of each part; its order is the order of the stack.
    """
    window, width = window_of(run), run.step_seconds
    base: np.ndarray | None = None
    for name, colour in palette.items():
        edges, sums, width = binned(*parts[name], window, run.step_seconds)
        top = sums if base is None else base + sums
        ax.stairs(
            top, edges, baseline=0.0 if base is None else base, fill=True, color=colour, label=name
        )
        base = top
    ax.set_ylim(0, 1.08 * float(1.0 if base is None else base.max()) or 1.0)
    return width


def _undated(fname: object, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata without the date of today."""
    form = str(options.get("format") or Path(str(fname)).suffix[1:])
    return {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form, {})
