"""Leveraged traders with a view, and what they do when it goes against them."""

from dataclasses import dataclass

from agents.calls import CUT_NOW, awake, kept_share, restore, split, trade_down, uneasy
from agents.population import Moment, Population
from sim.arrays import NONE, Ints
from sim.errors import check
from sim.orders import Orders, Transfers


@dataclass(frozen=True, kw_only=True, slots=True)
class Directional:
    """How leveraged traders meet margin calls, and when they lose their nerve.

    Parameters
    ----------
    top_up_share, cut_share : shares of traders who meet calls from their reserve and by
        trading down, each in [0, 1] and at most 1 together; the rest ignore calls.
    delay_seconds : mean time from a call to the answer, seconds, >= 0; deposits take longer
        by the congestion.
    target_ratio : equity over maintenance requirement that an answer aims at, > 1.
    nervous_per_hour : looks at the own margin an hour, >= 0; 0 for traders who never panic.
    comfort_ratio : equity over requirement below which a look leads to trading down, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    top_up_share: float = 0.3
    cut_share: float = 0.3
    delay_seconds: float = 300.0
    target_ratio: float = 2.0
    nervous_per_hour: float = 0.5
    comfort_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.top_up_share <= 1, "top_up_share must lie in [0, 1]"),
            (0 <= self.cut_share <= 1, "cut_share must lie in [0, 1]"),
            (self.top_up_share + self.cut_share <= 1, "top_up_share + cut_share must be <= 1"),
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
            (self.nervous_per_hour >= 0, "nervous_per_hour must be >= 0 an hour"),
            (self.comfort_ratio >= 0, "comfort_ratio must be >= 0"),
        )


class DirectionalTraders(Population[Directional]):
    """Hold the position they came with until margin or nerves force them out of it.

    Trading down before the venue does it is what makes a crowd of them run for the same
    door: the sales that nobody forced move the price for those who hold on.
    """

    parameters = Directional

    def decide(self, now: Moment) -> Orders | None:
        """Return market orders of those who look at their margin and do not like it."""
        if not now.view.behaviour or self.settings.nervous_per_hour == 0.0:
            return None
        rows = self.active(now, self.settings.nervous_per_hour)
        rows = rows[now.seat.held(now.venue, rows) != 0.0]
        equity, required = now.venue.margin(rows)
        afraid = uneasy(equity, required, self.settings.comfort_ratio)
        if not afraid.any():
            return None
        keep = kept_share(equity[afraid], required[afraid], self.settings.target_ratio)
        orders = trade_down(now, rows[afraid], keep, NONE)
        return orders if orders.size else None

    def answer(self, now: Moment, called: Ints) -> tuple[Transfers | None, Orders | None]:
        """Return deposits and sales of those whose answer to a call falls in this step."""
        if not called.size:
            return None, None
        payers, cutters = split(now, called, self.settings.top_up_share, self.settings.cut_share)
        cutters = awake(now, cutters, self.settings.delay_seconds, CUT_NOW)
        paid = restore(now, payers, self.settings.target_ratio, self.settings.delay_seconds)
        return paid, self._cut(now, cutters)

    def _cut(self, now: Moment, rows: Ints) -> Orders:
        """Bring requirements back under equity; the call is what forces these sales."""
        equity, required = now.venue.margin(rows)
        keep = kept_share(equity, required, self.settings.target_ratio)
        return trade_down(now, rows, keep, now.venue.accounts.trigger[rows])
