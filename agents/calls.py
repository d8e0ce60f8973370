"""What traders can do about a margin call: pay, trade down, or let it pass."""

from math import exp

import numpy as np

from agents.population import Moment
from sim.arrays import Bools, Floats, Ints
from sim.orders import OrderKind, Orders, Transfers

RULE, PAY_NOW, CUT_NOW = 101, 102, 103
"""Lanes, far above those that the kinds of traders use themselves."""


def split(now: Moment, rows: Ints, pay_share: float, cut_share: float) -> tuple[Ints, Ints]:
    """Return who among ``rows`` meets calls with money and who trades down.

    The rule is drawn once a trader and stays with it; whoever has neither ignores calls.
    """
    rule = now.traits.uniform(now.seat.numbers(rows), RULE)
    return rows[rule < pay_share], rows[(rule >= pay_share) & (rule < pay_share + cut_share)]


def awake(now: Moment, rows: Ints, delay_seconds: float, lane: int) -> Ints:
    """Return who acts in this step, where acting takes ``delay_seconds`` on average.

    Reaction times are exponential, so that nothing need be remembered: somebody who has
    not acted yet is as likely to act now as a moment ago.
    """
    if delay_seconds <= 0.0:
        return rows
    chance = 1.0 - exp(-now.view.step_seconds / delay_seconds)
    return rows[now.draws.uniform(now.seat.numbers(rows), lane) < chance]


def pay(now: Moment, rows: Ints, missing: Floats) -> Transfers:
    """Deposit what is missing, USD, or as much of it as the reserve holds."""
    amount = np.minimum(missing, now.venue.accounts.reserve[rows])
    paying = amount > 0.0
    return Transfers(now.seat.venue, rows[paying], amount[paying])


def restore(now: Moment, rows: Ints, target_ratio: float, delay_seconds: float) -> Transfers:
    """Deposit, with a delay that congestion stretches, what brings equity to the target."""
    rows = awake(now, rows, delay_seconds * now.view.congestion, PAY_NOW)
    equity, required = now.venue.margin(rows)
    return pay(now, rows, target_ratio * required - equity)


def trade_down(now: Moment, rows: Ints, keep: Floats, cause: Ints | int) -> Orders:
    """Close at the market all but the share ``keep`` of each position."""
    held = now.seat.held(now.venue, rows)
    wanted = np.ceil(np.abs(held) * (1.0 - keep.clip(0.0, 1.0)) - 1e-9)
    closing = np.sign(held) * np.minimum(wanted, np.floor(np.abs(held)))
    trading = closing != 0.0
    return Orders.of(
        now.seat.venue,
        rows[trading],
        now.seat.instrument,
        -closing[trading],
        kind=OrderKind.MARKET,
        cause=np.broadcast_to(np.asarray(cause, dtype=np.int64), rows.shape)[trading],
    )


def kept_share(equity: Floats, required: Floats, target: float) -> Floats:
    """Return the share of a position whose requirement equity covers ``target`` times."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.maximum(equity, 0.0) / (target * required)
    return np.where(required > 0.0, share, 1.0).clip(0.0, 1.0)


def uneasy(equity: Floats, required: Floats, comfort: float) -> Bools:
    """Tell where equity covers the requirement less than ``comfort`` times."""
    return np.asarray(equity < comfort * required)
