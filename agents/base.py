"""What every agent is: it sees a view, says what it wants, and changes nothing."""

from collections.abc import Sequence
from typing import Any, ClassVar

import mesa

from agents.seats import Seat
from sim.clock import Clock
from sim.errors import ConfigError
from sim.orders import Bids, Orders, OutsideTrade, Transfers
from sim.streams import Draws
from sim.view import View

type Model = mesa.Model[Any, Any]
"""The model that agents live in, named here so that nobody else imports mesa."""


class Desk[S](mesa.Agent[mesa.Model[Any, Any]]):
    """One mesa agent: a population of traders, an institution, or a single trader.

    A desk answers four questions a step, each with nothing unless a subclass says
    otherwise. It may remember what it did, never write into what it is shown, and never
    read the model behind the view. All randomness is handed in.

    Parameters
    ----------
    model : where the agent is registered.
    name : as scenarios, draws and results call it.
    entity : index of who it is; its wallet and, for an institution, all its accounts.
    seats : its accounts, one seat an instrument it trades.
    settings : its parameters, an instance of the class's ``parameters``.
    clock : steps and seconds.
    """

    parameters: ClassVar[type]
    """The frozen dataclass of the desk's parameters; every field has a default."""

    priority: ClassVar[int] = 1
    """Who speaks first in a step: 0 makers, 1 everybody else."""

    def __init__(
        self,
        model: Model,
        name: str,
        entity: int,
        seats: tuple[Seat, ...],
        settings: S,
        clock: Clock,
    ) -> None:
        super().__init__(model)
        self.name = name
        self.entity = entity
        self.seats = seats
        self.settings = settings
        self.clock = clock
        self.begin()

    def begin(self) -> None:
        """Make room for what the desk will remember; called once, at the end of set-up."""

    def __init_subclass__(cls, **options: object) -> None:
        """Let mesa prepare the class; the call stands here because mesa's is untyped."""
        super().__init_subclass__(**options)  # type: ignore[no-untyped-call]

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:  # noqa: ARG002
        """Return orders for the venues, at most one batch an instrument."""
        return ()

    def cure(
        self,
        view: View,  # noqa: ARG002
        draws: Draws,  # noqa: ARG002
    ) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits, and trades that make margin calls smaller."""
        return (), ()

    def bids(self, view: View) -> Sequence[Bids]:  # noqa: ARG002
        """Return offers to repay the debt of borrowers who can be liquidated."""
        return ()

    def outside(self, view: View, draws: Draws) -> Sequence[OutsideTrade]:  # noqa: ARG002
        """Return trades on the outside market."""
        return ()

    def command(self, order: str, **values: object) -> None:  # noqa: ARG002
        """Do what a shock tells the desk to do.

        Raises
        ------
        ConfigError
            If the desk does not know the order; the plain desk knows none.
        """
        raise ConfigError(f"{self.name} does not know the order {order!r}")
