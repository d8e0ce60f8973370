"""Loans between entities, and how lenders answer a loss: plain data, no behaviour."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.arrays import NONE, Floats
from sim.errors import check

if TYPE_CHECKING:
    from sim.credit.house import House
    from sim.network.roles import Clearing


@dataclass(slots=True, kw_only=True, eq=False)
class Loan:
    """Money that one entity owes another.

    Collateral passes to the lender, who may use it and owes it back: it lies in the lender's
    wallet, or wherever the lender has pledged it again.

    Parameters
    ----------
    lender, borrower : entities.
    usd : owed now, USD.
    units : (n_assets,) collateral that the lender owes back.
    haircut : share of the collateral's value that does not count, in [0, 1).
    cover : share of the debt that collateral must cover, 0 for an unsecured loan.
    notice_steps : from a call to its deadline.
    lost : of ``usd``, what has been booked as lost since the borrower failed.
    called, deadline : what is called and until which step it must be paid, USD.
    cause : event of the open call.
    tightened : event after which the lender raised the haircut, ``NONE`` where it never did.
    """

    lender: int
    borrower: int
    usd: float
    units: Floats
    haircut: float = 0.0
    cover: float = 0.0
    notice_steps: int = 1
    lost: float = 0.0
    called: float = 0.0
    deadline: int = NONE
    cause: int = NONE
    tightened: int = NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Funding:
    """What lenders do when a loss has hit them.

    Parameters
    ----------
    alarm : loss, as a share of the lender's equity before, from which it acts, >= 0.
    recall : of its unsecured loans it calls this share for each share of equity lost, >= 0.
    tighten : by this much for each share of equity lost its haircuts rise, >= 0.
    sale_hours : over which seized collateral is sold, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    alarm: float = 0.05
    recall: float = 1.0
    tighten: float = 0.5
    sale_hours: float = 6.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.alarm >= 0, "alarm must be >= 0"),
            (self.recall >= 0, "recall must be >= 0"),
            (self.tighten >= 0, "tighten must be >= 0"),
            (self.sale_hours > 0, "sale_hours must be > 0 hours"),
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Credit:
    """Who owes whom beyond the venues, and by which rules it is settled.

    Parameters
    ----------
    clearing : what decides who fails with whom.
    funding : how lenders answer losses.
    loans : between entities; none is ever taken out of the list.
    other_assets, owed_outside : (n_entities,) what each has beyond wallet and venues and never
        sells, and what it owes to nobody in the model, USD.
    patient : whether an entity fails only by not paying what is called, or with somebody else,
        and not by owing more than it has alone.
    houses : clearing houses by venue.
    reference : (n_entities,) what each was worth when the network had last been cleared, what
        venues have no recourse for left out, USD.
    defaults : the event at which each entity failed whose loans have been closed out.
    outside_lost : what creditors outside the model have been booked to lose on each, USD.
    costs : what the failure of each has destroyed, USD.
    sale_units : of what a lender has seized, the units of an asset that it sells a step.
    """

    clearing: "Clearing"
    funding: Funding
    loans: list[Loan]
    other_assets: Floats
    owed_outside: Floats
    patient: bool = False
    houses: "dict[int, House]" = field(default_factory=dict)
    reference: Floats | None = None
    defaults: dict[int, int] = field(default_factory=dict)
    outside_lost: dict[int, float] = field(default_factory=dict)
    costs: dict[int, float] = field(default_factory=dict)
    sale_units: dict[tuple[int, int], float] = field(default_factory=dict)
