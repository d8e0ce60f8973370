"""A policy's figures in the shape in which clearing houses disclose theirs."""

import numpy as np
import pandas as pd

from experiments.margin_study import MarginStudy
from experiments.margin_table import row_of_policy
from experiments.measures.procyclicality import largest_call

ITEMS = {
    "6.1": "initial margin required for one unit of notional, mean",
    "6.4.4": "confidence, single-tailed",
    "6.4.5": "look-back period, returns",
    "6.4.7": "close-out period, bars",
    "6.5.1": "times that loss exceeded margin",
    "6.5.2": "observations",
    "6.5.3": "achieved coverage",
    "6.5.4": "peak uncovered loss, share of notional",
    "6.5.5": "average uncovered loss, share of notional",
    "6.6": "variation margin of a bar, average, share of notional",
    "6.7": "variation margin of a bar, maximum, share of notional",
    "6.8": "initial margin call of a day, maximum, share of notional",
    "6.9": "responsiveness (proposed): % of margin for each % of volatility",
}
"""Items of the public quantitative disclosure that a price path can fill; see the docs."""


def disclosure(study: MarginStudy) -> pd.DataFrame:
    """Return one row an item and one column a policy, over the whole window.

    A clearing house reports on its members' positions over twelve months; this is a position of
    one unit of notional over the window. Margin is the maintenance rate where breaches are
    counted, and the initial one where it is named.

    References
    ----------
    CPMI and IOSCO (2015), Public quantitative disclosure standards for central counterparties.
    """
    columns: dict[str, list[object]] = {
        "item": list(ITEMS),
        "what": list(ITEMS.values()),
    }
    moves = np.abs(np.diff(np.log(study.price)))
    day = study.bars_in(1)
    for name, path in study.paths.items():
        row = row_of_policy(study, name)
        columns[name] = [
            row["mean_initial"],
            path.confidence,
            path.section.composed().history,
            study.horizon,
            *(row[each] for each in ("breaches", "observations", "coverage")),
            *(row[each] for each in ("largest_shortfall", "mean_shortfall")),
            float(moves.mean()),
            float(moves.max()),
            np.nan if day is None else largest_call(path.initial, day).rise,
            row["responsiveness"],
        ]
    return pd.DataFrame(columns)
