"""Traders who sell options for the premium, and buy them back when it hurts."""

from dataclasses import dataclass

import numpy as np

from agents.calls import CUT_NOW, awake, kept_share, restore, split, trade_down
from agents.population import Moment, Population
from agents.seats import whole
from sim.arrays import Floats, Ints
from sim.errors import check
from sim.orders import Orders, Transfers


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionWriting:
    """How much writers sell, and when they give up.

    Parameters
    ----------
    checks_per_hour : looks of one writer at the market an hour, >= 0.
    write_usd : notional that a writer in calm adds to its short at a look, USD, >= 0.
    exposure_limit : short notional at most, times the equity, > 0.
    stop_multiple : price over the mean price sold at, from which a look leads to buying
        everything back, > 1; ``inf`` for writers who sit it out.
    top_up_share, cut_share : shares of writers who meet calls from their reserve and by buying
        back, each in [0, 1] and at most 1 together; the rest ignore calls.
    delay_seconds : mean time from a call to the answer, seconds, >= 0.
    target_ratio : equity over maintenance requirement that an answer aims at, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    checks_per_hour: float = 1.0
    write_usd: float = 0.0
    exposure_limit: float = 5.0
    stop_multiple: float = 3.0
    top_up_share: float = 0.3
    cut_share: float = 0.3
    delay_seconds: float = 300.0
    target_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.checks_per_hour >= 0, "checks_per_hour must be >= 0 an hour"),
            (self.write_usd >= 0, "write_usd must be >= 0 USD"),
            (self.exposure_limit > 0, "exposure_limit must be > 0"),
            (self.stop_multiple > 1, "stop_multiple must be > 1"),
            (0 <= self.top_up_share <= 1, "top_up_share must lie in [0, 1]"),
            (0 <= self.cut_share <= 1, "cut_share must lie in [0, 1]"),
            (self.top_up_share + self.cut_share <= 1, "top_up_share + cut_share must be <= 1"),
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
        )


class OptionWriters(Population[OptionWriting]):
    """Hold short options for the premium; a short that has grown too dear is bought back.

    The stop is what makes many of them buy at once when volatility jumps, in a market that
    is dear and thin already. Where behaviour is cut they hold what they have.
    """

    parameters = OptionWriting

    def decide(self, now: Moment) -> Orders | None:
        """Return purchases of those who stop, and sales of those who write on."""
        if not now.view.behaviour or self.settings.checks_per_hour == 0.0:
            return None
        rows = self.active(now, self.settings.checks_per_hour)
        if not rows.size:
            return None
        held = now.seat.held(now.venue, rows)
        entry = now.venue.accounts.entry[now.seat.instrument, rows]
        stopped = (held < 0.0) & (now.price >= self.settings.stop_multiple * entry)
        quantity = np.where(stopped, -held, -self._more(now, rows, held))
        trading = quantity != 0.0
        rows = rows[trading]
        return Orders.of(
            now.seat.venue,
            rows,
            now.seat.instrument,
            quantity[trading],
            arrival=self.arrivals(now, rows),
        )

    def answer(self, now: Moment, called: Ints) -> tuple[Transfers | None, Orders | None]:
        """Return deposits and purchases of those whose answer to a call falls in this step."""
        if not called.size:
            return None, None
        settings = self.settings
        payers, cutters = split(now, called, settings.top_up_share, settings.cut_share)
        cutters = awake(now, cutters, settings.delay_seconds, CUT_NOW)
        equity, required = now.venue.margin(cutters)
        keep = kept_share(equity, required, settings.target_ratio)
        trigger = now.venue.accounts.trigger[cutters]
        paid = restore(now, payers, settings.target_ratio, settings.delay_seconds)
        return paid, trade_down(now, cutters, keep, trigger)

    def _more(self, now: Moment, rows: Ints, held: Floats) -> Floats:
        """Return contracts that writers sell on top of what they hold, (n,), >= 0."""
        if self.settings.write_usd == 0.0:
            return np.zeros(rows.size)
        _, sell = now.seat.room(now.venue, rows, now.exposed, self.settings.exposure_limit)
        room = np.where(held <= 0.0, sell, 0.0)
        return whole(np.minimum(self.settings.write_usd / now.usd, room))
