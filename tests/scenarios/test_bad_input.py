"""A file's mistakes are told all at once, and so is a file that is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.load import load, parse
from sim.errors import ConfigError

type Told = Callable[[str], tuple[str, ...]]


def test_the_small_scenario_has_no_mistake(small: str) -> None:
    parse(small)


def test_ten_mistakes_are_told_at_once_in_the_order_of_the_file(small: str, told: Told) -> None:
    text = small
    for old, new in (
        ("title: small", "title: small\ncolour: red"),
        ("step_seconds: 10", "step_seconds: -10"),
        ("{noise: 0.001}", "{noize: 0.001}"),
        ("policy: fixed", "policy: fixd"),
        ("target_ratio: 1.2", "target_ratio: 0.2"),
        ("BTC: {haircut: 0.1}", "BTX: {haircut: 0.1}"),
        ("leverage: 5", "leverage: {pareto: [5]}"),
        ("loan_to_value: 0.5", "loan_to_value: 0.9"),
        ("share: 0.4", "share: 1.5"),
        ("reporters: 2", "reporters: 9"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    problems = told(text)
    assert len(problems) == 10, problems
    for problem, key in zip(
        problems,
        (
            "colour",
            "step_seconds",
            "feeds.btc.sources.a.noize",
            "venues.perp.collateral.BTX",
            "venues.perp.margin.policy",
            "venues.perp.liquidation.target_ratio",
            "crowd.longs.leverage",
            "crowd.borrowers.loan_to_value",
            "pledges[0].share",
            "shocks[0].reporters",
        ),
        strict=True,
    ):
        assert f": {key}: " in problem
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)


def test_mistakes_in_several_entries_of_a_list_keep_their_numbers(small: str, told: Told) -> None:
    text = small.replace("kind: capture", "kind: captur").replace(
        "asset: BTC, size", "asset: X, size"
    )
    problems = told(text)
    assert [problem.split(": ")[1] for problem in problems] == ["shocks[0].kind", "shocks[1].asset"]


def test_a_file_that_is_not_yaml_is_told_with_its_line(told: Told) -> None:
    (problem,) = told("title: small\nsteps: [1, 2\nassets: 3\n")
    assert problem.startswith("small.yaml:3: is not valid YAML")


def test_a_key_given_twice_is_told_with_its_line(small: str, told: Told) -> None:
    (problem,) = told(small.replace("title: small\n", "title: small\ntitle: again\n"))
    assert problem.startswith("small.yaml:2: is not valid YAML")
    assert "title" in problem


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_a_file_without_sections_is_refused(told: Told, text: str) -> None:
    (problem,) = told(text)
    assert "must be a section" in problem


def test_an_unknown_scenario_lists_the_library_nearest_first() -> None:
    with pytest.raises(ConfigError, match="did you mean `oracle_compromise`") as caught:
        load("oracle_compromized")
    listed = str(caught.value).partition("known: ")[2].split(", ")
    assert listed[0] == "oracle_compromise"
    assert "black_thursday" in listed


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "nothing.yaml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"\xff\xfe\x00title")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)
