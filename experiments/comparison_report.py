"""A comparison on disk and on a page: tables, figures, one HTML file that needs nothing else."""

import json
from collections.abc import Mapping
from functools import partial
from math import isnan
from pathlib import Path

import pandas as pd

from experiments.comparison import HARM, MEASURES, SWING, Comparison
from experiments.report import Print, shown, write_figures
from experiments.report_page import (
    figure,
    folded,
    folded_manifest,
    html_table,
    plain_page,
    section,
    sentences,
)
from experiments.store import plain
from experiments.words import percent, usd
from sim.whole import write_whole

TABLES = ("runs", "table", "searches", "dominance")
HEADS = (
    *("", "policy", "mean margin", "losses, 95 %", "more than the best", "bad day (q90)"),
    *("shortfall", "P2T", "gap", "frontier", "pairing"),
)
WORDS = ("normalisation", "policy", "told_from_best")
"""Columns of the ranked table that are no numbers."""
RANKED = (
    "By mean loss, lowest first. “More than the best” is the paired difference with a 95 % "
    "interval adjusted for all comparisons with the best; * significant, n.s. not. “Frontier”: "
    "chance that no other policy costs no more and loses no more. “Pairing”: how many times the "
    "same seeds shrink the variance of the difference from the baseline."
)


def save(comparison: Comparison, folder: Path) -> Path:
    """Write tables, figures, summary and report; each file whole or not at all."""
    from experiments.figures.comparison import PICTURES

    pictures = comparison.pictures
    prints = {name: Print(pictures[name].png(), pictures[name].says) for name in PICTURES}
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        frame: pd.DataFrame = getattr(comparison, name)
        write_whole(folder / f"{name}.parquet", partial(frame.to_parquet, index=False))
    write_figures(prints, folder / "figures")
    _write(folder / "report.html", report(comparison, prints))
    summary = {"verdict": comparison.verdict, "ranking": ranking_table(comparison)}
    for name, values in (("summary", summary), ("manifest", dict(comparison.manifest))):
        text = json.dumps(plain(values), indent=2, ensure_ascii=False)
        _write(folder / f"{name}.json", f"{text}\n")
    return folder


def _write(path: Path, text: str) -> None:
    """Write text whole or not at all."""
    write_whole(path, lambda new: new.write_text(text, encoding="utf-8"))


def ranking_table(comparison: Comparison) -> list[dict[str, object]]:
    """Return the ranked table, one row a normalisation and policy, losses in USD."""
    rows: list[dict[str, object]] = []
    cells = comparison.cells
    chances = comparison.dominance.set_index(["normalisation", "harm", "policy"])["not_dominated"]
    for normalisation, places in comparison.places.items():
        for rank, place in enumerate(places, 1):
            of = {name: cells[normalisation, place.policy, name] for name in MEASURES}
            rows.append(
                {
                    "normalisation": normalisation,
                    "rank": rank,
                    "policy": place.policy,
                    "mean_maintenance": of["mean_maintenance"]["mean"],
                    "loss_usd": place.mean.value,
                    "loss_usd_low": place.mean.low,
                    "loss_usd_high": place.mean.high,
                    "behind_best_usd": place.behind.value,
                    "behind_best_low": place.behind.low,
                    "behind_best_high": place.behind.high,
                    "told_from_best": rank > 1 and place.told_apart,
                    "loss_tail_usd": of["loss_usd"]["tail"],
                    "shortfall_usd": of["shortfall_usd"]["mean"],
                    "peak_to_trough": of["peak_to_trough"]["mean"],
                    "endogeneity_gap": of["endogeneity_gap"]["mean"],
                    "margin_called_usd": of["margin_called_usd"]["mean"],
                    "on_frontier_of_loss": chances[normalisation, HARM, place.policy],
                    "on_frontier_of_swing": chances[normalisation, SWING, place.policy],
                    "variance_ratio": of["loss_usd"]["variance_ratio"],
                }
            )
    return rows


def ranking_text(comparison: Comparison) -> str:
    """Return the ranked table as a terminal shows it, the verdict beneath."""
    lines = []
    for normalisation, rows in _by_normalisation(comparison).items():
        frame = pd.DataFrame(rows, columns=list(HEADS))
        lines += [f"\n{normalisation}", frame.to_string(index=False)]
    lines += ["", *comparison.verdict]
    return "\n".join(lines)


def _by_normalisation(comparison: Comparison) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of the ranked table as text, normalisation by normalisation."""
    rows: dict[str, list[tuple[str, ...]]] = {each: [] for each in comparison.normalisations}
    for row in ranking_table(comparison):
        rows[str(row["normalisation"])].append(_cells(row))
    return rows


def _cells(row: Mapping[str, object]) -> tuple[str, ...]:
    """Return a row of the ranked table as text."""
    number = {name: float(str(value)) for name, value in row.items() if name not in WORDS}
    best = row["rank"] == 1
    mark = "" if best else "  *" if row["told_from_best"] else "  n.s."
    behind = [number[f"behind_best_{end}"] for end in ("usd", "low", "high")]
    return (
        str(row["rank"]),
        str(row["policy"]),
        percent(number["mean_maintenance"]),
        _interval(*(number[f"loss_usd{end}"] for end in ("", "_low", "_high"))),
        "–" if best else _interval(*behind) + mark,
        usd(number["loss_tail_usd"]),
        usd(number["shortfall_usd"]),
        _known(number["peak_to_trough"], "{:.2f}"),
        _known(number["endogeneity_gap"], "{:.3f}"),
        _known(number["on_frontier_of_loss"], "{:.0%}"),
        _known(number["variance_ratio"], "{:.0f}×"),
    )


def _known(number: float, form: str) -> str:
    """Write a number; a dash for one that there is not."""
    return "–" if isnan(number) else form.format(number)


def report(comparison: Comparison, prints: Mapping[str, Print]) -> str:
    """Return the page: verdict, ranked table, figures, measures, searches, manifest."""
    manifest = comparison.manifest
    lead = (
        f"Scenario {manifest['scenario']}, {manifest['seeds']} paired seeds, "
        f"{len(comparison.policies)} policies, baseline {comparison.baseline}."
    )
    parts = [
        section("Verdict", sentences(comparison.verdict)),
        *_ranked(comparison),
        *_figures(prints),
        _measures(comparison),
        _searched(comparison),
        folded_manifest(manifest),
    ]
    return plain_page(f"Margin policies compared: {manifest['title']}", lead, parts)


def _ranked(comparison: Comparison) -> list[str]:
    """Return one ranked table a normalisation."""
    return [
        section(f"Ranked: {normalisation}", html_table(HEADS, rows, RANKED))
        for normalisation, rows in _by_normalisation(comparison).items()
    ]


def _figures(prints: Mapping[str, Print]) -> list[str]:
    """Return the figures with title and caption."""
    from experiments.figures.comparison import PICTURES

    return [
        section(PICTURES[name].title, figure(each.png, each.says, PICTURES[name].caption))
        for name, each in prints.items()
    ]


def _measures(comparison: Comparison) -> str:
    """Return every measure of every policy."""
    found = comparison.cells
    rows = []
    for normalisation in comparison.normalisations:
        for name, measure in MEASURES.items():
            cells = []
            for policy in comparison.policies:
                row = found[normalisation, policy, name]
                ends = (
                    shown(float(row[f"mean{end}"]), measure.unit) for end in ("", "_low", "_high")
                )
                cells.append(_interval_text(*ends))
            rows.append((normalisation, measure.text, *cells))
    heads = ("normalisation", "measure", *comparison.policies)
    caption = "Means over seeds with 95 % bootstrap intervals."
    return folded("Every measure", html_table(heads, rows, caption))


def _searched(comparison: Comparison) -> str:
    """Return the searches for scales."""
    rows = (
        (str(n), str(p), f"{t:.6g}", str(k), f"{s:.8g}", f"{m:.8g}")
        for n, p, t, k, s, m in comparison.searches[
            ["normalisation", "policy", "target", "trial", "scale", "margin"]
        ].itertuples(index=False)
    )
    heads = ("normalisation", "policy", "target", "trial", "scale", "margin found")
    caption = "How each policy was scaled, on the outside paths of all seeds."
    return folded("The search for scales", html_table(heads, rows, caption))


def _interval(value: float, low: float, high: float) -> str:
    """Write dollars with their interval."""
    return _interval_text(usd(value), usd(low), usd(high))


def _interval_text(value: str, low: str, high: str) -> str:
    """Write a number with its interval; the number alone where the interval is a point."""
    return value if low == high == value else f"{value} [{low}, {high}]"
