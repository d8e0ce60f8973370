"""What the pages promise: their Python runs, their commands exist, their links lead somewhere."""

import re
import shlex
from itertools import chain
from pathlib import Path

import pytest

from experiments.cli import build_parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
every_page = pytest.mark.parametrize("page", PAGES, ids=[path.name for path in PAGES])


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def commands(page: Path, program: str) -> list[list[str]]:
    """Return every call of ``program`` in the shell blocks of a page, split into words."""
    lines = chain.from_iterable(block.splitlines() for block in blocks(page, "sh"))
    calls = (shlex.split(line, comments=True) for line in lines)
    return [words[1:] for words in calls if words and Path(words[0]).name == program]


def test_the_readme_shows_both_python_and_commands() -> None:
    readme = PAGES[0]
    assert blocks(readme, "python")
    assert commands(readme, "marginquake")
    assert commands(readme, "make")


@every_page
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), names)  # noqa: S102 - our own pages
    assert "mq" in names or not blocks(page, "python")


@every_page
def test_every_command_of_a_page_is_understood(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = []
    for words in commands(page, "marginquake"):
        try:
            build_parser().parse_args(words)
        except SystemExit as end:
            if end.code != 0:
                refused.append((words, capsys.readouterr().err))
    assert not refused


@every_page
def test_every_target_of_a_page_is_in_the_makefile(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = {word for words in commands(page, "make") for word in words if "=" not in word}
    assert named <= targets


@every_page
def test_every_scenario_that_a_page_runs_is_in_the_library(page: Path) -> None:
    library = {path.stem for path in (ROOT / "scenarios" / "library").glob("*.yaml")}
    named = {
        words[1]
        for words in commands(page, "marginquake")
        if words[:1] in (["run"], ["compare"]) and not words[1].endswith(".yaml")
    }
    assert named <= library


@every_page
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [target for target in targets if "://" not in target]
    assert not [target for target in local if not (page.parent / target).exists()]


def test_every_part_that_can_be_added_has_its_dict_and_its_contract() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"`([A-Z]+)` in `([\w/.]+)` \| `([\w/.]+)` \|$", text, flags=re.MULTILINE)
    assert len(rows) >= 6
    missing = [
        f"{name} in {home}, {contract}"
        for name, home, contract in rows
        if not (ROOT / contract).exists()
        or not re.search(rf"^{name}\b", (ROOT / home).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not missing
