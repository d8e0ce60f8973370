"""What a committee may conclude from a comparison, in plain words."""

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from experiments.paired import Estimate, estimate, seeds_needed, simultaneous
from experiments.words import listed, percent, usd
from sim.arrays import Floats

if TYPE_CHECKING:
    from experiments.comparison import Comparison

LOSS, SWING, GAP = "loss_usd", "peak_to_trough", "endogeneity_gap"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy stands in a ranking.

    Parameters
    ----------
    policy : its name.
    mean : mean loss over seeds, USD, with its 95 % interval.
    behind : paired difference from the policy that loses least, USD; its interval holds
        for all comparisons with that one together (Bonferroni).
    enough : whether there are seeds enough to tell so many policies apart.
    """

    policy: str
    mean: Estimate
    behind: Estimate
    enough: bool

    @property
    def told_apart(self) -> bool:
        """Whether it is significantly worse than the one that loses least."""
        return self.enough and self.behind.low > 0.0


def ranking(comparison: "Comparison", normalisation: str) -> list[Place]:
    """Return all policies, the one with the smallest mean loss first."""
    losses = comparison.values(LOSS, normalisation)
    order = sorted(losses, key=lambda name: float(losses[name].mean()))
    level = simultaneous(len(order) - 1)
    draws, best = comparison.draws, losses[order[0]]
    enough = best.size >= seeds_needed(level)
    return [
        Place(
            name,
            estimate(losses[name], draws),
            estimate(losses[name] - best, draws, level),
            enough,
        )
        for name in order
    ]


def verdict(comparison: "Comparison") -> list[str]:
    """Return what may be concluded, in sentences."""
    told, winners = [], dict[str, list[str]]()
    for normalisation, places in comparison.places.items():
        winners[normalisation] = [each.policy for each in places if not each.told_apart]
        told += [_of_loss(normalisation, places), _of_swing(comparison, normalisation)]
    told.append(_of_pairs(comparison))
    told.append(_of_normalisations(winners))
    return [sentence for sentence in told if sentence]


def _of_loss(normalisation: str, places: list[Place]) -> str:
    """Say who loses least, and whether that is more than luck."""
    best, rest = places[0], places[1:]
    text = f"{_opening(normalisation)} {best.policy} loses least, {_usd(best.mean)} a run"
    alike = [each.policy for each in rest if not each.told_apart]
    worse = [each for each in rest if each.told_apart]
    if not rest:
        return f"{text}."
    if all(each.behind.low == each.behind.high == 0.0 for each in rest):
        return f"{_opening(normalisation)} every policy loses the same, {_usd(best.mean)} a run."
    if not best.enough:
        needed = seeds_needed(simultaneous(len(rest)))
        return (
            f"{text}, but the ranking is not significant: to tell {len(places)} policies apart "
            f"takes {needed} seeds at least."
        )
    if not worse:
        return (
            f"{text}, but the ranking is not significant: no other policy's loss can be told "
            "from it on these seeds."
        )
    last = worse[-1]
    end = f"the worst, {last.policy}, loses {_usd(last.behind)} more on the same seeds"
    if not alike:
        return f"{text}, significantly less than every other policy; {end}."
    return f"{text}; {listed(alike)} cannot be told from it, the others are worse, and {end}."


def _of_swing(comparison: "Comparison", normalisation: str) -> str:
    """Say whose margin moves least and most, and what feedback adds to it."""
    swings = _means(comparison.values(SWING, normalisation))
    moving = {name: swing for name, swing in swings.items() if swing > 1.0 + 1e-9}
    endless = [name for name, swing in swings.items() if isnan(swing)]
    fallen = f"The margin of {listed(endless)} falls to nothing: no peak over a trough of 0."
    if not moving:
        return fallen if endless else "No policy's margin moves."
    least, most = min(moving, key=moving.__getitem__), max(moving, key=moving.__getitem__)
    still = [name for name in swings if name not in moving and name not in endless]
    text = f"{fallen} " if endless else ""
    text += f"The margin of {listed(still)} never moves; " if still else ""
    if least == most:
        text += f"that of {most} does" if still else f"Margin of {most} moves"
        text += f" (peak to trough {moving[most]:.2f})."
    else:
        text += f"of the rest that of {least}" if still else f"Margin of {least}"
        text += f" moves least (peak to trough {moving[least]:.2f}) and that of {most} "
        text += f"most ({moving[most]:.2f})."
    return f"{text} {_of_feedback(comparison, normalisation, list(moving))}"


def _of_feedback(comparison: "Comparison", normalisation: str, moving: list[str]) -> str:
    """Say to whose swing feedback adds most, of those to which it adds more than luck would."""
    gaps, level = comparison.values(GAP, normalisation), simultaneous(len(moving))
    found = {name: estimate(gaps[name] - 1.0, comparison.draws, level) for name in moving}
    enough = comparison.draws.shape[1] >= seeds_needed(level)
    raised = {name: each.value for name, each in found.items() if enough and each.low > 0.0}
    if not raised:
        return "No policy's swing is significantly larger with feedback than without."
    most = max(raised, key=raised.__getitem__)
    return f"Feedback adds most to {most}: {percent(raised[most])} on top of its swing."


def _of_pairs(comparison: "Comparison") -> str:
    """Say what running on the same seeds was worth."""
    table = comparison.table
    mine = table[(table["measure"] == LOSS) & (table["policy"] != comparison.baseline)]
    ratios = mine["variance_ratio"].dropna()
    if not len(ratios):
        return ""
    return (
        f"Pairing seeds makes the variance of a difference in losses {ratios.median():.0f} times "
        f"smaller than separate seeds would (median over policies; least {ratios.min():.1f})."
    )


def _of_normalisations(winners: dict[str, list[str]]) -> str:
    """Say whether the choice hangs on how policies were made comparable."""
    if len(winners) < 2:
        return ""
    common = set.intersection(*(set(names) for names in winners.values()))
    if not common:
        return (
            "Which policy is best hangs on the normalisation: decide first whether members can "
            "bear the same margin on average, or the same at most."
        )
    kept = [name for name in next(iter(winners.values())) if name in common]
    are = "is" if len(kept) == 1 else "are"
    return f"Under every normalisation {listed(kept)} {are} among the best."


def _opening(normalisation: str) -> str:
    """Begin a sentence."""
    return {"as asked": "With every policy as it is,"}.get(
        normalisation, f"At the {normalisation},"
    )


def _usd(found: Estimate) -> str:
    """Write dollars with their interval."""
    return f"{usd(found.value)} [{usd(found.low)}, {usd(found.high)}]"


def _means(values: dict[str, Floats]) -> dict[str, float]:
    """Return means over the seeds that have the measure, ``nan`` where none has."""
    known = {name: each[np.isfinite(each)] for name, each in values.items()}
    return {name: float(each.mean()) if each.size else nan for name, each in known.items()}
