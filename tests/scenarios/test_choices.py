"""Choices from a registry: checked against the dataclass behind the name."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from scenarios.choices import Registry, choose, keys_of
from scenarios.problems import Path, Problems
from scenarios.sections import Choice
from sim.errors import check


@dataclass(frozen=True, kw_only=True)
class Inner:
    """Something inside."""

    depth: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.depth > 0, "depth must be > 0"))


@dataclass(frozen=True, kw_only=True)
class Simple:
    """Something with parameters of several types."""

    rate: float
    rounds: int = 3
    points: tuple[tuple[str, float], ...] = ()
    inner: Inner = field(default_factory=Inner)
    limit: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.rate > 0, "rate must be > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )


@dataclass(frozen=True, kw_only=True)
class Wrapped:
    """Something with parameters of another registry beside its own."""

    feed: str
    what: Any = field(metadata={"inline": {"wrapped": Inner}})


class Agent:
    """Something whose parameters are a class of their own."""

    parameters: ClassVar[type] = Simple


THINGS: Registry = {"simple": Simple, "agent": Agent, "wrapped": Wrapped}


class Thing(Choice):
    """A choice with a key that all share."""

    registry: ClassVar[Registry] = THINGS

    kind: str = "simple"
    shared: int = 1


def problems(
    section: dict[str, object], path: Path = (), hidden: dict[str, object] | None = None
) -> list[tuple[str, str]]:
    """Return keys and sentences of what is wrong with a section."""
    with pytest.raises(Problems) as caught:
        choose(THINGS, section, path, hidden=hidden)
    return [(".".join(map(str, each.path)), each.text) for each in caught.value.found]


def test_a_choice_is_complete_with_its_defaults() -> None:
    chosen = choose(THINGS, {"kind": "simple", "rate": 2})
    assert chosen.value == Simple(rate=2.0)
    assert chosen.parameters == {
        "rate": 2.0,
        "rounds": 3,
        "points": [],
        "inner": {"depth": 1.0},
        "limit": None,
        "name": "",
    }


def test_plain_data_become_the_types_that_parameters_have() -> None:
    section = {
        "kind": "simple",
        "rate": 1,
        "points": [["a", 1], ["b", 2]],
        "inner": {"depth": 2},
        "limit": 3,
    }
    value = choose(THINGS, section).value
    assert value == Simple(
        rate=1.0, points=(("a", 1.0), ("b", 2.0)), inner=Inner(depth=2.0), limit=3.0
    )


def test_an_agent_is_chosen_by_its_parameters() -> None:
    assert choose(THINGS, {"kind": "agent", "rate": 1}).value == Simple(rate=1.0)


def test_inlined_parameters_stand_beside_the_others() -> None:
    chosen = choose(THINGS, {"kind": "wrapped", "feed": "btc", "depth": 3})
    assert chosen.value == Wrapped(feed="btc", what=Inner(depth=3.0))
    assert chosen.parameters == {"feed": "btc", "depth": 3.0}
    assert keys_of(Wrapped, "wrapped") == ["feed", "depth"]


def test_an_unknown_name_lists_the_known_nearest_first() -> None:
    ((key, text),) = problems({"kind": "simpel"})
    assert key == "kind"
    assert text.endswith("did you mean `simple`? known: simple, wrapped, agent")


def test_every_mistake_in_a_section_is_told() -> None:
    section: dict[str, object] = {
        "kind": "simple",
        "rounds": "three",
        "inner": {"deep": 1},
        "lmit": 3,
        "points": [["a"]],
    }
    keys = [key for key, _ in problems(section)]
    assert {"lmit", "rate", "rounds", "inner.deep"} <= set(keys)
    assert any(key.startswith("points.0") for key in keys)


def test_what_the_dataclass_refuses_is_told_at_its_key() -> None:
    assert problems({"kind": "simple", "rate": -1, "rounds": 0}) == [
        ("rate", "rate must be > 0"),
        ("rounds", "rounds must be > 0"),
    ]
    assert problems({"kind": "wrapped", "feed": "x", "depth": -1}) == [
        ("depth", "depth must be > 0")
    ]


def test_a_path_stands_before_every_problem() -> None:
    ((key, _),) = problems({"kind": "simple", "rate": -1}, path=("venues", "a"))
    assert key == "venues.a.rate"


def test_true_is_no_number() -> None:
    ((key, text),) = problems({"kind": "simple", "rate": True})
    assert (key, text) == ("rate", "must be a number, not True")


def test_what_the_program_gives_no_file_may() -> None:
    chosen = choose(THINGS, {"kind": "simple", "rate": 1}, hidden={"name": "x"})
    assert "name" not in chosen.parameters
    ((key, _),) = problems({"kind": "simple", "rate": 1, "name": "y"}, hidden={"name": "x"})
    assert key == "name"


def test_a_section_keeps_shared_keys_apart_and_writes_all_side_by_side() -> None:
    thing = Thing.model_validate({"kind": "simple", "rate": 2, "shared": 5, "limit": 1})
    assert thing.shared == 5
    assert "shared" not in thing.parameters
    written = thing.model_dump()
    assert written["rate"] == 2
    assert written["shared"] == 5
    assert Thing.model_validate(written) == thing
    assert thing.build() == Simple(rate=2.0, limit=1.0)


def test_a_section_builds_a_new_object_each_time() -> None:
    thing = Thing.model_validate({"kind": "wrapped", "feed": "x"})
    assert thing.build() == thing.build()
    assert thing.build() is not thing.build()


def test_a_name_alone_is_a_section() -> None:
    class Bare(Choice):
        """A choice without parameters."""

        registry: ClassVar[Registry] = {"inner": Inner}

        kind: str

    assert Bare.model_validate("inner").build() == Inner()
