"""Small worlds in which firms owe each other money."""

from collections.abc import Iterable

from scenarios.build import Built
from sim.world import World
from tests.sim.worlds import Plain, Value, data, exchange, make


def firm(cash: float = 0.0, *, other: float = 0.0, owed: float = 0.0, **more: Value) -> Plain:
    """Return a firm with money, other assets, and debts to nobody in the model."""
    sheet = {"other_assets_usd": other, "owed_outside_usd": owed}
    return {"kind": "firm", "cash_usd": cash} | sheet | more


def owes(borrower: str, lender: str, usd: float, **more: Value) -> Plain:
    """Return a loan; secured where collateral is given."""
    kind = "secured" if "collateral" in more else "unsecured"
    return {"lender": lender, "borrower": borrower, "usd": usd, "kind": kind} | more


def network(
    firms: Plain, loans: list[Plain], *, scenario: Plain | None = None, **more: Value
) -> Plain:
    """Return a scenario with one idle exchange, some firms, and what they owe each other."""
    plain = data({"x": exchange()}, accounts=3)
    plain |= {"institutions": firms, "network": {"kind": "bilateral", "loans": loans} | more}
    return plain | (scenario or {})


def built(firms: Plain, loans: list[Plain], *, check: bool = True, **more: Value) -> Built:
    """Build it, with books checked after every step."""
    return make(network(firms, loans, **more), check=check)


def who(world: World, name: str) -> int:
    """Return the index of an entity."""
    return world.entities.index(name)


def names_of(world: World, entities: Iterable[int]) -> list[str]:
    """Return the names of entities."""
    return [world.entities[entity] for entity in entities]
