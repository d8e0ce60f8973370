"""A margin study on disk: tables, figures, and one HTML file that needs nothing else."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from experiments.figures.style import Picture
from experiments.margin_disclosure import disclosure
from experiments.margin_study import MarginStudy
from experiments.margin_table import conventions
from experiments.margin_text import number, short_table
from experiments.report import Print, write_figures
from experiments.report_page import (
    STYLE,
    figure,
    folded_manifest,
    html_table,
    plain_page,
    section,
    sentences,
)
from experiments.store import plain, write_folder

WIDE = "body { max-width: 70rem; }\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the report: its title, its caption and the picture."""

    title: str
    caption: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Page:
    """What a report says, in order.

    Parameters
    ----------
    title, lead : at its top.
    told : sentences of the verdict.
    tables : by what they are called, each (table as text, caption).
    figures : by the names of their files.
    manifest : what is needed to get the same again.
    conventions : what the digits mean.
    numbers : more that the summary holds.
    """

    title: str
    lead: str
    told: Sequence[str]
    tables: Mapping[str, tuple[pd.DataFrame, str]]
    figures: Mapping[str, Figure]
    manifest: Mapping[str, object]
    conventions: Sequence[str]
    numbers: Mapping[str, object] = field(default_factory=dict)


def folder_of(study: MarginStudy, root: Path, kind: str) -> Path:
    """Return where a study belongs: ``root/<kind>/<prices>/<hash>``."""
    return root / kind / Path(study.source).stem / study.digest


def save(folder: Path, page: Page, frames: Mapping[str, pd.DataFrame]) -> Path:
    """Write frames as CSV and Parquet, figures and the page; the whole folder or nothing."""
    prints = {
        name: Print(each.picture.png(), each.picture.says) for name, each in page.figures.items()
    }

    def write(new: Path) -> None:
        for name, frame in frames.items():
            frame.to_csv(new / f"{name}.csv", index=False)
            frame.to_parquet(new / f"{name}.parquet", compression="zstd", index=False)
        summary = {
            "verdict": list(page.told),
            "conventions": list(page.conventions),
            "policies": frames["table"].to_dict("records"),
            **page.numbers,
        }
        for name, values in (("summary", summary), ("manifest", dict(page.manifest))):
            text = json.dumps(plain(values), indent=2, ensure_ascii=False, allow_nan=False)
            (new / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        write_figures(prints, new / "figures")
        (new / "report.html").write_text(html(page, prints), encoding="utf-8")

    write_folder(folder, write)
    return folder


def html(page: Page, prints: Mapping[str, Print]) -> str:
    """Return the page."""
    parts = [section("In words", sentences(page.told))]
    for title, (frame, caption) in page.tables.items():
        rows = frame.itertuples(index=False)
        parts.append(section(title, html_table(frame.columns, rows, caption)))
    for name, each in page.figures.items():
        drawn = prints[name]
        parts.append(section(each.title, figure(drawn.png, drawn.says, each.caption)))
    parts += [section("How the digits are made", sentences(page.conventions))]
    parts += [folded_manifest(page.manifest)]
    return plain_page(page.title, page.lead, parts, STYLE + WIDE)


def paths_frame(study: MarginStudy) -> pd.DataFrame:
    """Return one row an update: time, price, and each policy's maintenance and initial rate."""
    columns: dict[str, object] = {"time": study.time, "price": study.price}
    for name, path in study.paths.items():
        columns |= {f"{name} maintenance": path.maintenance, f"{name} initial": path.initial}
    return pd.DataFrame(columns)


def frames_of(study: MarginStudy, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return every table of a study, by the names of its files."""
    return {"table": table, "paths": paths_frame(study), "disclosure": disclosure(study)}


def tables_of(study: MarginStudy, table: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, str]]:
    """Return the tables of the page."""
    shape = disclosure(study)
    return {
        "Policies side by side": (
            short_table(study, table),
            (
                "Breaches with the number asked for in brackets; calls and margins as shares of "
                "notional; p the probability of a statistic as large, were the model right."
            ),
        ),
        "In the shape of a disclosure": (
            shape.map(number),
            (
                "Items of the public quantitative disclosure of clearing houses, for one unit of "
                "notional over the window."
            ),
        ),
        "Every measure": (
            table.set_index("policy").T.map(number).reset_index(names="measure"),
            "Fractions of notional where no other unit is named.",
        ),
    }


def manifest_of(study: MarginStudy) -> dict[str, object]:
    """Return what is needed to get the same digits again."""
    closes = study.closes
    return {
        "prices": study.source,
        "interval_seconds": closes.interval_seconds,
        "trading_days": closes.trading_days,
        "first_margin": str(study.time[0]),
        "last_margin": str(study.time[-1]),
        "horizon_bars": study.horizon,
        "side": study.side,
        "stress": study.stress
        and [str(study.time[study.stress[0]]), str(study.time[study.stress[1] - 1])],
        "baseline": study.baseline,
        "policies": {
            name: path.section.model_dump(exclude={"call_ratio", "grace_seconds"})
            for name, path in study.paths.items()
        },
        "valid_since": {name: path.valid for name, path in study.paths.items()},
        "hash": study.digest,
        "marginquake": version("marginquake"),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("numpy", "pandas", "scipy")},
    }


def said(table: pd.DataFrame) -> list[str]:
    """Return a sentence a policy."""
    return [
        f"{row['policy']}: {row['breaches']:,} breaches in {row['observations']:,} periods, "
        f"{row['expected_breaches']:,.1f} asked for: {row['verdict']}; highest margin "
        f"{row['peak_to_trough']:.2f} times the lowest; {row['calls_not_needed']:,} of "
        f"{row['calls_made']:,} calls were not needed"
        for row in table.to_dict("records")
    ]


def study_page(
    study: MarginStudy, table: pd.DataFrame, extra: Mapping[str, Figure] | None = None
) -> Page:
    """Return the report of a study."""
    from experiments.figures.margin_history import SHEETS

    figures = {
        name: Figure(sheet.title, sheet.caption, sheet.draw(study, table))
        for name, sheet in SHEETS.items()
    }
    return Page(
        title=f"Margin along {study.source}",
        lead=f"{len(study.paths)} policies, {study.time.size:,} margins, {study.side} position.",
        told=said(table),
        tables=tables_of(study, table),
        figures=dict(extra or {}) | figures,
        manifest=manifest_of(study),
        conventions=conventions(study),
    )
