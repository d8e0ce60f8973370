"""Studies: whether the model behaves as theory and common sense demand, with intervals."""

from collections.abc import Mapping

from experiments.studies import (
    calm,
    channels,
    deleveraging,
    disposal,
    monotone,
    network,
    phase_order,
    second_exchange,
    threshold,
)
from experiments.studies.study import Study

STUDIES: Mapping[str, Study] = {
    "calm": Study(calm.QUESTION, calm.conduct),
    "threshold": Study(threshold.QUESTION, threshold.conduct),
    "monotone": Study(monotone.QUESTION, monotone.conduct),
    "second_exchange": Study(second_exchange.QUESTION, second_exchange.conduct),
    "channels": Study(channels.QUESTION, channels.conduct),
    "network": Study(network.QUESTION, network.conduct),
    "phase_order": Study(phase_order.QUESTION, phase_order.conduct),
    "deleveraging": Study(deleveraging.QUESTION, deleveraging.conduct),
    "disposal": Study(disposal.QUESTION, disposal.conduct),
}
"""Every study, in the order in which they are run."""
