"""How much each policy is scaled so that all cost the same, or never ask for more than the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from sim.arrays import Floats
from sim.errors import ConfigError, check
from sim.margin.model import HIGHEST_RATE

AS_ASKED, SAME_MEAN, SAME_CAP = "as asked", "same mean margin", "same cap"
NORMALISATIONS: Mapping[str, str] = {"none": AS_ASKED, "mean": SAME_MEAN, "cap": SAME_CAP}
"""What a user may ask for, and what it is called."""
CLOSE = 1e-9
"""Relative distance from the target at which a search ends."""
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Search:
    """How a scale was found.

    Parameters
    ----------
    policy, normalisation : for what.
    target : margin to be met, fraction of notional.
    tried : every scale tried, and the margin that it gave.
    """

    policy: str
    normalisation: str
    target: float
    tried: tuple[tuple[float, float], ...]

    @property
    def scale(self) -> float:
        """The scale that met the target."""
        return self.tried[-1][0]


def scaled_rates(rates: Floats, scale: float) -> Floats:
    """Return margin rates as a scaled policy asks for them: never more than the notional."""
    return np.minimum(scale * rates, HIGHEST_RATE)


def mean_margin(paths: Sequence[Floats], scale: float = 1.0) -> float:
    """Return the margin averaged over time and seeds, fraction of notional.

    Parameters
    ----------
    paths : one a seed, maintenance rate at each update on the outside path.
    scale : of the policy.
    """
    return float(np.mean([scaled_rates(path, scale).mean() for path in paths]))


def highest_margin(paths: Sequence[Floats], scale: float = 1.0) -> float:
    """Return the highest margin at any time on any seed, fraction of notional."""
    return float(max(scaled_rates(path, scale).max() for path in paths))


MEASURES: Mapping[str, Callable[[Sequence[Floats], float], float]] = {
    SAME_MEAN: mean_margin,
    SAME_CAP: highest_margin,
}


def find_scales(
    paths: Mapping[str, Sequence[Floats]],
    normalisations: Sequence[str],
    baseline: str,
    cap: float | None = None,
) -> list[Search]:
    """Return the search for every policy under every normalisation.

    *Same mean margin*: the mean over time and seeds, on the outside path, is that of the
    ``baseline``. *Same cap*: the highest rate ever asked for on the outside path is the same for
    all, ``cap``, or without one the median over policies of the highest rate they reach
    at the same mean margin. Outside paths and not those of the runs are used, so that
    normalising needs no runs and what feedback does to cost is left to be seen.

    Parameters
    ----------
    paths : by policy, one a seed, maintenance rates at each update.
    normalisations : of ``NORMALISATIONS``' values.
    baseline : whose mean is met.
    cap : fraction of notional, in (0, 1].

    Raises
    ------
    ConfigError
        If a policy cannot meet a target at any scale.
    """
    check(
        *(
            (mean_margin(own) > 0.0, f"policy {policy!r} asks for nothing and cannot be scaled")
            for policy, own in paths.items()
        )
    )
    mean = mean_margin(paths[baseline])
    if cap is None:
        peaks = [highest_margin(own, mean / mean_margin(own)) for own in paths.values()]
        cap = float(np.median(peaks))
    targets = {SAME_MEAN: mean, SAME_CAP: cap}
    return [
        _search(policy, normalisation, own, targets.get(normalisation))
        for normalisation in normalisations
        for policy, own in paths.items()
    ]


def _search(
    policy: str, normalisation: str, paths: Sequence[Floats], target: float | None
) -> Search:
    """Find the scale at which a policy meets a target, by secants in logarithms."""
    if target is None:
        return Search(policy, normalisation, mean_margin(paths), ((1.0, mean_margin(paths)),))
    measure = MEASURES[normalisation]
    scale, tried = 1.0, list[tuple[float, float]]()
    for _ in range(MOST_STEPS):
        found = measure(paths, scale)
        tried.append((scale, found))
        if abs(found / target - 1.0) <= CLOSE:
            return Search(policy, normalisation, target, tuple(tried))
        scale = exp(log(scale) + _slope(tried) * log(target / found))
    raise ConfigError(
        f"policy {policy!r} cannot be scaled to {normalisation} of {target:.4g}: "
        f"at a scale of {tried[-1][0]:.4g} it asks for {tried[-1][1]:.4g}"
    )


def _slope(tried: Sequence[tuple[float, float]]) -> float:
    """Return how much the logarithm of the scale moves with that of the margin, at least 1."""
    if len(tried) < 2:
        return 1.0
    (scale_0, found_0), (scale_1, found_1) = tried[-2:]
    rise = log(found_1 / found_0)
    return max(1.0, log(scale_1 / scale_0) / rise) if rise != 0.0 else 1.0
