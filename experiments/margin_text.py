"""Margin studies in words and numbers, as a terminal and a page show them."""

from math import isnan

import pandas as pd

from experiments.margin_study import MarginStudy
from experiments.margin_table import CALL_DAYS

HEADS = {
    "policy": "policy",
    "mean_margin": "mean margin",
    "cost": "cost",
    "peak_to_trough": "P2T",
    "peak_to_trough_directed": "P2T directed",
    **{f"call_{days}d": f"call {days} d" for days in CALL_DAYS},
    **{f"stressed_call_{days}d": f"stress {days} d" for days in CALL_DAYS},
    "breaches": "breaches",
    "coverage": "coverage",
    "kupiec_p": "Kupiec p",
    "independence_p": "indep. p",
    "conditional_p": "joint p",
    "responsiveness": "resp.",
}
"""Columns of the short table, and what they are called there."""
RATIOS = ("peak_to_trough", "peak_to_trough_directed", "responsiveness")
CHANCES = ("kupiec_p", "independence_p", "conditional_p")


def short_table(study: MarginStudy, table: pd.DataFrame) -> pd.DataFrame:
    """Return the table that is read first, as text."""
    columns = [
        name
        for name in HEADS
        if study.stress is not None or not name.startswith("stressed")
        if bool(table[name].notna().any())
    ]
    rows = [
        {HEADS[name]: _cell(name, value, row) for name, value in row.items() if name in columns}
        for row in table[[*columns, "expected_breaches"]].to_dict("records")
    ]
    return pd.DataFrame(rows, columns=[HEADS[name] for name in columns])


def _cell(name: object, value: object, row: dict[object, object]) -> str:
    """Write one number."""
    if isinstance(value, str):
        return value
    number_ = float(str(value))
    if isnan(number_):
        return "–"
    if name == "breaches":
        return f"{number_:,.0f} ({float(str(row['expected_breaches'])):,.0f})"
    if name in CHANCES:
        return "< 0.001" if number_ < 0.001 else f"{number_:.3f}"
    return f"{number_:.2f}" if name in RATIOS else f"{100 * number_:.2f} %"


def number(value: object) -> str:
    """Write a number of a long table with the digits that another person can compare."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return "–" if isnan(value) else f"{value:.6g}"
