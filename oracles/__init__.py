"""Prices that venues believe: reporters, aggregators, feeds, mark prices and attacks on them."""

from oracles.aggregators import AGGREGATORS
from oracles.attacks import ATTACKS
from oracles.marks import MARKS

__all__ = ["AGGREGATORS", "ATTACKS", "MARKS"]
