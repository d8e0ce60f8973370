"""A study of a network on disk and in words: tables, summary and pictures, whole or not at all."""

import json
from functools import partial
from math import isinf, isnan
from pathlib import Path

import pandas as pd

from experiments.network_measures import amplification_of_mean, mean_amplification
from experiments.network_study import NetworkStudy
from experiments.store import plain, write_folder
from experiments.words import listed, percent, usd
from sim.network.checks import twice_pledged

NAMED = 8
"""Defaulters that are named before the rest is counted."""


def save(study: NetworkStudy, folder: Path) -> Path:
    """Write tables, pictures and the network itself; return the folder."""
    write_folder(folder, partial(_fill, study))
    return folder


def _fill(study: NetworkStudy, folder: Path) -> None:
    """Write everything into an empty folder."""
    from experiments.figures.contagion import PICTURES
    from sim.network.files import write

    study.entities().to_csv(folder / "clearing.csv", index=False)
    study.losses().to_csv(folder / "losses.csv", index=False)
    if study.ranked is not None:
        study.ranked.to_csv(folder / "ranking.csv", index=False)
    if study.hurt is not None:
        names = list(study.case.exposures.names)
        hurt = pd.DataFrame(study.hurt, index=pd.Index(names, name="is_hurt"), columns=names)
        hurt.to_csv(folder / "who_is_hurt.csv")
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
    return "\n".join(
        [
            *_of_network(study),
            *_of_shock(study),
            *_of_ranking(study),
            *_of_draws(study),
        ]
    )


def _of_network(study: NetworkStudy) -> list[str]:
    """Return what the network is, how it was cleared, and what in it may be a mistake."""
    exposures = study.case.exposures
    count, owed = exposures.amount.size, float(exposures.amount.sum())
    assets = float((exposures.outside_assets + exposures.posted() + exposures.claims()).sum())
    claims = f"{count:,} claims of {usd(owed)}, {percent(owed / assets)} of all assets"
    lines = [
        f"{study.name}: {len(exposures):,} entities, {claims if count else 'no claims'}",
        f"cleared by {study.algorithm}",
    ]
    for client, holder, amount in twice_pledged(exposures)[:NAMED]:
        lines.append(
            f"note: {client} has posted {usd(amount)} with {holder}, and {holder} owes it a pledge "
            "of as much: if that is the same collateral, give the pledge alone"
        )
    return lines


def _of_shock(study: NetworkStudy) -> list[str]:
    """Return what the shock led to; nothing where none was asked for and nobody fails."""
    case, found, words = study.case, study.case.contagion, study.case.wording
    names = case.exposures.names
    lines = []
    if case.shock.any():
        hit = [names[i] for i in case.shock.nonzero()[0]]
        who = listed(hit) if len(hit) <= NAMED else f"{len(hit):,} entities"
        lines.append(f"{usd(float(case.shock.sum()))} lost by {who}")
    elif not found.waves:
        other = study.ranked is not None or study.draws is not None
        return (
            [] if other else [f"no shock was asked for (--shock ENTITY), and nobody {words.fails}"]
        )
    if found.costs.any():
        lines.append(f"{usd(float(found.costs.sum()))} {words.destroyed}")
    poor = set(case.insolvent_before().tolist())
    for wave, members in enumerate(found.waves):
        some = [
            f"{names[i]} (insolvent before any shock)" if i in poor else names[i]
            for i in members[:NAMED].tolist()
        ]
        more = f" and {len(members) - NAMED:,} more" if len(members) > NAMED else ""
        what = ", all equity lost" if words.distress else ""
        lines.append(f"wave {wave + 1}{what}: {', '.join(some)}{more}")
    if not found.waves:
        return [*lines, f"nobody {words.fails}", *(_of_loss(study) if words.distress else [])]
    if not case.failed_by_others().size:
        lines.append(f"nobody else {words.fails}")
    return [*lines, *_of_loss(study), *_of_amplification(study)]


def _of_loss(study: NetworkStudy) -> list[str]:
    """Return what was not paid, or what claims were marked down by."""
    found = study.case.contagion
    lost, outside = (usd(float(each.sum())) for each in (found.shortfall, found.outside_losses))
    if study.case.wording.distress:
        return [f"claims marked down by {lost}"]
    return [f"{lost} not paid, {outside} of it to outsiders"]


def _of_amplification(study: NetworkStudy) -> list[str]:
    """Return by how much what is not paid exceeds the shock, with and without outsiders."""
    numbers = study.summary()
    ratio, within = numbers["amplification"], numbers["amplification_within_network"]
    if not study.case.shock.any():
        return []
    most = _bound(numbers["amplification_bound"])
    return [f"amplification {ratio:.3f}{most}; on claims within the network alone {within:.3f}"]


def _bound(most: object) -> str:
    """Say what amplification cannot exceed without costs of default."""
    assert isinstance(most, float)  # noqa: S101 - as summary makes it
    if isnan(most):
        return ""
    if isinf(most):
        return " (no Glasserman–Young bound: somebody owes within the network alone)"
    return f" (Glasserman–Young bound without default costs {most:.3f})"


def _of_draws(study: NetworkStudy) -> list[str]:
    """Return what was lost over seeds."""
    if study.draws is None:
        return []
    numbers = study.summary()
    loss, count = numbers["systemic_loss_usd"], len(study.draws)
    assert isinstance(loss, dict)  # noqa: S101 - as summary makes it
    average, worst = usd(loss["mean"]), usd(loss["tail_mean_95"])
    if study.case.wording.distress:
        lost = f"claims are marked down by {average} on average, by {worst}"
    else:
        lost = f"{average} are not paid on average, {worst}"
    lines = [f"over {count} seeds {lost} in the worst twentieth"]
    mean, of_mean = mean_amplification(study.draws), amplification_of_mean(study.draws)
    if isnan(mean):
        return [*lines, "nobody loses anything directly: there is nothing to amplify"]
    most = _bound(numbers["expected_amplification_bound"])
    lines.append(f"amplification of each seed {mean:.3f} on average")
    lines.append(f"mean loss over mean direct loss {of_mean:.3f}{most}")
    return lines


def _of_ranking(study: NetworkStudy) -> list[str]:
    """Return the heads of the ranking."""
    if study.ranked is None:
        return []
    lines = [f"{study.rank_by}: share of all equity that others lose if an entity fails"]
    for row in study.ranked.head(NAMED).to_dict("records"):
        reach, prone = percent(float(row["debt_rank"])), percent(float(row["vulnerability"]))
        lines.append(f"  {row['entity']:<20} {reach:>8}   own vulnerability {prone:>8}")
    return lines
