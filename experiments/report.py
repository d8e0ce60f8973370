"""The report of a run: one HTML file that needs nothing else."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from experiments.metrics import METRICS
from experiments.record import Run
from experiments.report_page import PAGE, STYLE, figure, sentences
from experiments.story import tell
from experiments.words import duration, percent, usd
from sim.whole import write_whole

KEY = {
    "price_fall": "fall of the price",
    "amplification": "amplified by forced sales",
    "liquidated_usd": "liquidated",
    "liquidated_share_of_open_interest": "of open interest",
    "generations": "generations",
    "loss_usd": "lost in all",
    "insurance_draw_usd": "paid by insurance",
    "bad_debt_usd": "bad debt at lenders",
}
"""Numbers shown at the top, and what they are called there."""


@dataclass(frozen=True, slots=True)
class Print:
    """A figure on paper.

    Parameters
    ----------
    png : contents of the file, empty where there is nothing to see.
    says : its headline, for those who cannot see it, or why there is nothing.
    """

    png: bytes
    says: str


def print_figures(run: Run) -> dict[str, Print]:
    """Draw every figure of a run."""
    from experiments.figures import FIGURES

    pictures = {name: draw(run) for name, draw in FIGURES.items()}
    return {
        name: Print(b"" if picture.blank else picture.png(), picture.says)
        for name, picture in pictures.items()
    }


def write_figures(prints: Mapping[str, Print], folder: Path) -> None:
    """Write figures as PNG files, those that show something."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, printed in prints.items():
        if printed.png:
            (folder / f"{name}.png").write_bytes(printed.png)


def write_report(run: Run, path: Path, prints: Mapping[str, Print] | None = None) -> Path:
    """Write the report of a run, whole or not at all, and return its path.

    Parameters
    ----------
    run : just finished or loaded from disk; the same run gives the same bytes.
    path : of the HTML file.
    prints : the figures, where they have been drawn already.
    """
    page = PAGE.substitute(
        style=STYLE,
        title=escape(run.title),
        lead=escape(_lead(run)),
        key="\n".join(_key(run)),
        story="\n".join(
            f"<li><time>{escape(s.time)} UTC</time><span>{escape(s.text)}</span></li>"
            for s in tell(run)
        ),
        figures="\n".join(_figures(run, print_figures(run) if prints is None else prints)),
        numbers="\n".join(_numbers(run)),
        manifest="\n".join(_manifest(run)),
        scenario=escape(run.scenario),
    )
    write_whole(path, lambda new: new.write_text(page, encoding="utf-8"))
    return path


def shown(value: object, unit: str) -> str:
    """Write a number in its unit, or a dash where there is none.

    Examples
    --------
    >>> shown(0.256, "fraction"), shown(12_345_678.0, "USD"), shown(float("nan"), "ratio")
    ('25.6 %', '$12.3 m', '–')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if not math.isfinite(value):
        return "–"
    forms: dict[str, Callable[[float], str]] = {
        "USD": usd,
        "fraction": percent,
        "seconds": duration,
        "count": "{:,}".format,
    }
    return forms.get(unit, "{:.3g}".format)(value)


def _lead(run: Run) -> str:
    """Say in a line what the run was."""
    times = run.markets[run.leading]["time"]
    first, last = (f"{time:%-d %B %Y %H:%M}" for time in (times.iloc[0], times.iloc[-1]))
    return (
        f"Scenario {run.name}, seed {run.seed}: {len(times):,} records, one every "
        f"{duration(run.row_seconds)}, from {first} to {last} UTC."
    )


def _key(run: Run) -> list[str]:
    """Return the tiles at the top."""
    tiles = []
    for name, label in KEY.items():
        text = shown(run.summary[name], METRICS[name].unit)
        times = " ×" if METRICS[name].unit == "ratio" and text != "–" else ""
        tiles.append(f"<div><dt>{escape(label)}</dt><dd>{escape(text + times)}</dd></div>")
    return tiles


def _figures(run: Run, prints: Mapping[str, Print]) -> list[str]:
    """Return the figures with their captions, and in words for those who cannot see them."""
    from experiments.figures import FIGURES

    parts, missing = [], []
    for name, printed in prints.items():
        title = FIGURES[name].title
        if not printed.png:
            missing.append(f"{title}: {printed.says}.")
            continue
        caption = FIGURES[name].explain(run)
        parts.append(f'<h2 id="{name}">{escape(title)}</h2>')
        parts.append(figure(printed.png, f"{printed.says}. {caption}", caption))
    if missing:
        parts += ["<h2>Not drawn</h2>", sentences(missing)]
    return parts


def _numbers(run: Run) -> list[str]:
    """Return a row for every number of the summary."""
    return [
        f'<tr><th scope="row">{escape(name.replace("_", " "))}</th>'
        f'<td class="number">{_cell(run.summary[name], metric.unit)}</td>'
        f"<td>{escape(metric.meaning)}</td></tr>"
        for name, metric in METRICS.items()
    ]


def _cell(value: object, unit: str) -> str:
    """Write a number, or a list of them."""
    if not isinstance(value, Mapping):
        return escape(shown(value, unit))
    items = (
        f"<li>{escape(str(k).replace('_', ' '))}: {_cell(v, unit)}</li>" for k, v in value.items()
    )
    return f"<ul>{''.join(items)}</ul>" if value else "–"


def _manifest(run: Run) -> list[str]:
    """Return a row for every entry of the manifest."""
    entries = {"name": run.name, "title": run.title, "seed": run.seed}
    entries |= {key: value for key, value in run.manifest.items() if key not in entries}
    return [
        f'<tr><th scope="row">{escape(str(key).replace("_", " "))}</th>'
        f"<td>{_cell(_written(value), _unit(str(key)))}</td></tr>"
        for key, value in entries.items()
    ]


def _written(value: object) -> object:
    """Return whole numbers and lists as text, and nothing as a dash."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "–"
    return str(value) or "–" if isinstance(value, int | str) else value


def _unit(key: str) -> str:
    """Return the unit that the name of an entry ends in."""
    return {"usd": "USD", "seconds": "seconds"}.get(key.rsplit("_", 1)[-1], "")
