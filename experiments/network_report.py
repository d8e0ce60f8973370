"""A study of a network on disk and in words: tables, summary and pictures, whole or not at all."""

import json
from functools import partial
from math import isfinite
from pathlib import Path

from experiments.network_study import NetworkStudy
from experiments.store import plain, write_whole
from experiments.words import listed, percent, usd

NAMED = 8
"""Defaulters that are named before the rest is counted."""


def save(study: NetworkStudy, folder: Path) -> Path:
    """Write tables, pictures and the network itself; return the folder."""
    write_whole(folder, partial(_fill, study))
    return folder


def _fill(study: NetworkStudy, folder: Path) -> None:
    """Write everything into an empty folder."""
    from experiments.figures.contagion import PICTURES
    from sim.network.files import write

    study.entities().to_csv(folder / "clearing.csv", index=False)
    study.losses().to_csv(folder / "losses.csv", index=False)
    if study.ranked is not None:
        study.ranked.to_csv(folder / "ranking.csv", index=False)
    if study.draws is not None:
        study.draws.to_csv(folder / "draws.csv", index=False)
    write(study.case.exposures, folder / "exposures.csv")
    text = json.dumps(plain(study.summary()), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "summary.json").write_text(f"{text}\n", encoding="utf-8")
    for name, draw in PICTURES.items():
        picture = draw(study)
        if picture is not None:
            picture.savefig(folder / f"{name}.png")


def summary_text(study: NetworkStudy) -> str:
    """Say what came of it in a few lines."""
    numbers, case = study.summary(), study.case
    claims, owed = len(case.exposures.amount), usd(float(case.exposures.amount.sum()))
    lines = [
        f"{study.name}: {len(case.exposures):,} entities, {claims:,} claims of {owed}",
        f"cleared by {study.algorithm}",
        *_of_shock(study),
        *_of_ranking(study),
    ]
    if study.draws is not None:
        loss = numbers["systemic_loss_usd"]
        assert isinstance(loss, dict)  # noqa: S101 - as summary makes it
        lines.append(
            f"over {len(study.draws)} seeds {usd(loss['mean'])} are not paid on average, "
            f"{usd(loss['tail_mean_95'])} in the worst twentieth"
        )
        added, most = numbers["mean_amplification"], numbers["expected_amplification_bound"]
        lines.append(f"mean amplification {added:.3f}{_bound(most)}")
    return "\n".join(lines)


def _of_shock(study: NetworkStudy) -> list[str]:
    """Return what the shock led to."""
    case, numbers = study.case, study.summary()
    names, found = case.exposures.names, case.contagion
    lines = []
    if case.shock.any():
        hit = [names[i] for i in case.shock.nonzero()[0]]
        who = listed(hit) if len(hit) <= NAMED else f"{len(hit):,} entities"
        lines.append(f"{usd(float(case.shock.sum()))} lost by {who}")
    for wave, members in enumerate(found.waves):
        some = ", ".join(names[i] for i in members[:NAMED])
        more = f" and {len(members) - NAMED:,} more" if len(members) > NAMED else ""
        lines.append(f"wave {wave + 1}: {some}{more}")
    if not found.waves:
        lines.append("nobody defaults")
        return lines
    outside = usd(float(found.outside_losses.sum()))
    lines.append(f"{usd(float(found.shortfall.sum()))} not paid, {outside} of it to outsiders")
    if case.shock.any():
        ratio, most = numbers["amplification"], numbers["amplification_bound"]
        lines.append(f"amplification {ratio:.3f}{_bound(most)}")
    return lines


def _bound(most: object) -> str:
    """Say what amplification cannot exceed without costs of default, where that is known."""
    if not isinstance(most, float) or not isfinite(most):
        return ""
    return f" (Glasserman–Young bound without default costs {most:.3f})"


def _of_ranking(study: NetworkStudy) -> list[str]:
    """Return the heads of the ranking."""
    if study.ranked is None:
        return []
    lines = [f"{study.rank_by}: share of all equity that others lose if an entity fails"]
    for row in study.ranked.head(NAMED).to_dict("records"):
        reach, prone = percent(float(row["debt_rank"])), percent(float(row["vulnerability"]))
        lines.append(f"  {row['entity']:<20} {reach:>8}   own vulnerability {prone:>8}")
    return lines
