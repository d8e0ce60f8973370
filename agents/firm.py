"""A firm: a balance sheet that reaches beyond the venues, and perhaps a position on one."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.institution import Institution
from sim.errors import check
from sim.orders import Orders, Transfers
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceSheet:
    """What a firm has and owes elsewhere, and how it meets margin calls.

    Parameters
    ----------
    other_assets_usd : what it owns besides wallet, accounts and loans and does not sell within
        a run, USD, >= 0.
    owed_outside_usd : what it owes to nobody in the model, deposits of its clients for one,
        USD, >= 0. They rank with its other creditors.
    delay_seconds : mean time from a margin call to the deposit, seconds, >= 0.
    target_ratio : equity over maintenance requirement that a deposit aims at, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    other_assets_usd: float = 0.0
    owed_outside_usd: float = 0.0
    delay_seconds: float = 300.0
    target_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.other_assets_usd >= 0, "other_assets_usd must be >= 0 USD"),
            (self.owed_outside_usd >= 0, "owed_outside_usd must be >= 0 USD"),
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
        )


class Firm(Institution[BalanceSheet]):
    """Lend and borrow under the loans of the scenario; a fund, a broker, a lending company.

    It needs no account on a venue. Where it has one it holds its first position and meets
    margin calls out of its wallet. Loans are called, paid and seized by their terms, not by
    its decision.
    """

    parameters = BalanceSheet

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits that meet open calls."""
        settings = self.settings
        purse = float(view.wallets[0, self.entity])
        return (
            self.meet_calls(
                view, draws, settings.target_ratio, settings.delay_seconds, purse=purse
            ),
            (),
        )
