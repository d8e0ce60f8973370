"""Borrowers against collateral."""

from dataclasses import dataclass
from math import exp

import numpy as np

from agents.calls import PAY_NOW, awake, pay, split
from agents.population import Moment, Population
from agents.seats import loan_of
from sim.arrays import Floats, Ints
from sim.errors import check
from sim.orders import Orders, Transfers


@dataclass(frozen=True, kw_only=True, slots=True)
class Borrower:
    """How borrowers watch their loans and what they do about them.

    The cushion is what a loan stands above its liquidation threshold, as a share of debt.

    Parameters
    ----------
    repay_share : share of borrowers who repay out of their reserve, in [0, 1]; the rest
        let it happen.
    checks_per_hour : looks of one borrower at its loan an hour, >= 0. A lender gives no
        notice: without a look the loan is liquidated.
    alarm : cushion below which a look leads to action, share of debt, >= 0.
    target : cushion that action aims at, share of debt, > alarm.
    delay_seconds : mean time from an open call, where the lender gives one, to the answer.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    repay_share: float = 0.5
    checks_per_hour: float = 1.0
    alarm: float = 0.05
    target: float = 0.15
    delay_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.repay_share <= 1, "repay_share must lie in [0, 1]"),
            (self.checks_per_hour >= 0, "checks_per_hour must be >= 0 an hour"),
            (self.alarm >= 0, "alarm must be >= 0"),
            (self.target > self.alarm, "target must be > alarm"),
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
        )


class Borrowers(Population[Borrower]):
    """Owe money against collateral; look after it now and then, or do not.

    The answer is USD out of the reserve: what is paid in at a lender repays debt.
    """

    parameters = Borrower

    def answer(self, now: Moment, called: Ints) -> tuple[Transfers | None, Orders | None]:
        """Return repayments of those who act in this step."""
        slow = self.settings.delay_seconds * now.view.congestion
        rows = np.union1d(awake(now, called, slow, PAY_NOW), self._alarmed(now))
        payers, _ = split(now, rows, self.settings.repay_share, 0.0)
        return pay(now, payers, self._missing(now, payers)), None

    def _alarmed(self, now: Moment) -> Ints:
        """Return who looks at a loan in this step and finds it in danger."""
        chance = 1.0 - exp(-self.settings.checks_per_hour * now.view.step_seconds / 3600.0)
        rows = now.seat.rows[now.draws.chosen(now.seat.rows.size, chance)]
        debt, slack = _debt_and_slack(now, rows)
        return np.asarray(rows[(debt > 0) & (slack < self.settings.alarm * debt)])

    def _missing(self, now: Moment, rows: Ints) -> Floats:
        """Return the repayment that brings the cushion to its target, USD, (n,)."""
        debt, slack = _debt_and_slack(now, rows)
        # A repayment adds to the slack and takes from the debt that it is compared with.
        return np.minimum(
            (self.settings.target * debt - slack) / (1.0 + self.settings.target), debt
        )


def _debt_and_slack(now: Moment, rows: Ints) -> tuple[Floats, Floats]:
    """Return debt, and what the loan stands above its threshold, USD, (n,) each."""
    equity, required = now.venue.margin(rows)
    price = float(now.venue.valuation.prices[loan_of(now.venue, now.seat).settlement])
    debt = np.maximum(-now.seat.held(now.venue, rows), 0.0) * price
    return debt, equity - required
