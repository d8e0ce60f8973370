"""How several reports become one answer: one file each, listed here."""

from oracles.aggregators.ema import Ema
from oracles.aggregators.mean import Mean
from oracles.aggregators.median import Median
from oracles.aggregators.stake_weighted_median import StakeWeightedMedian
from oracles.aggregators.trimmed_mean import TrimmedMean
from oracles.aggregators.twap import Twap
from oracles.aggregators.volume_weighted import VolumeWeighted

AGGREGATORS = {
    "median": Median,
    "mean": Mean,
    "trimmed_mean": TrimmedMean,
    "twap": Twap,
    "ema": Ema,
    "volume_weighted": VolumeWeighted,
    "stake_weighted_median": StakeWeightedMedian,
}
"""Every aggregator that a scenario can name."""
