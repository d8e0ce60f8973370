"""Which room may know which: the imports of every file, read and held to the rules.

The reader takes every import wherever it stands, in a function or under ``TYPE_CHECKING``
too: a rule about who knows whom is not about when.
"""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("sim", "agents", "oracles", "scenarios", "experiments")
FACE = "marginquake"
BELOW = {
    "sim": set[str](),
    "agents": {"sim"},
    "oracles": {"sim"},
    "scenarios": {"agents", "oracles", "sim"},
    "experiments": {"scenarios", "agents", "oracles", "sim"},
    FACE: {"experiments", "scenarios", "agents", "oracles", "sim"},
}
"""What each package may import besides itself."""
RUNNING = (
    *("sim.model", "sim.step", "sim.world", "agents", "oracles", "scenarios"),
    *("experiments.run", "experiments.compare", "experiments.cli", "experiments.studies"),
)
"""Code that runs a market; whoever reads results has no business with it."""
GENERATORS = {"Generator", "BitGenerator", "Philox", "SeedSequence"}
"""What of ``np.random`` holds no global state; benchmarks may also make a ``default_rng``."""


def paths() -> list[Path]:
    """Return every source file of the project, tests left out."""
    folders = chain.from_iterable((ROOT / name).rglob("*.py") for name in PACKAGES)
    benchmarks = (ROOT / "benchmarks").rglob("*.py")
    return sorted([*folders, *benchmarks, *ROOT.glob(f"{FACE}.py")])


def dotted(path: Path) -> str:
    """Return the name a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module, by its dotted name."""
    return {dotted(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths()}


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield what is imported anywhere in ``tree``: ``a.b`` or, of ``from a import b``, ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names)


def within(name: str, *homes: str) -> bool:
    """Tell whether a dotted name is one of ``homes`` or lies inside one."""
    return any(name == home or name.startswith(f"{home}.") for home in homes)


def offenders(inside: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    """Return who among ``inside`` imports something ``forbidden``, as readable lines."""
    return [
        f"{module} imports {name}"
        for module, tree in trees().items()
        if within(module, *inside)
        for name in imported(tree)
        if within(name, *forbidden)
    ]


def importers(library: str) -> set[str]:
    """Return the modules of the packages that import ``library``."""
    return {
        module
        for module, tree in trees().items()
        if within(module, *PACKAGES, FACE) and any(within(name, library) for name in imported(tree))
    }


def module_of(name: str) -> str | None:
    """Return the module of this project that an imported name lives in."""
    while name not in trees():
        name, _, last = name.rpartition(".")
        if not last:
            return None
    return name


def room(module: str) -> str:
    """Return the folder a module stands in, at most two levels deep."""
    parts = module.split(".")
    folder = parts if (ROOT / Path(*parts)).is_dir() else parts[:-1]
    return "/".join(folder[:2]) or module


def edges() -> dict[str, set[str]]:
    """Return, for every room, the other rooms whose modules it imports."""
    found: dict[str, set[str]] = {}
    for module, tree in trees().items():
        if within(module, *PACKAGES, FACE):
            targets = {room(home) for name in imported(tree) if (home := module_of(name))}
            found.setdefault(room(module), set()).update(targets)
    return {here: there - {here} for here, there in sorted(found.items())}


def drawing() -> str:
    """Return the block of the architecture page as the imports make it."""
    rows = {here: ", ".join(sorted(there)) or "-" for here, there in edges().items()}
    width = max(map(len, rows))
    return "\n".join(["```rooms", *(f"{a:<{width}} -> {b}" for a, b in rows.items()), "```"])


def attributes() -> Iterator[tuple[str, str, str]]:
    """Yield every ``x.y`` of the code: where it stands, and ``x`` and ``y`` as written."""
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                yield f"{module}:{node.lineno}", ast.unparse(node.value), node.attr


def test_the_reader_sees_imports_wherever_they_hide() -> None:
    source = """
import a.b as c
if TYPE_CHECKING:
    from d import e
def f():
    from .g import *
"""
    assert set(imported(ast.parse(source))) == {"a.b", "d.e", ".g.*"}


def test_the_reader_finds_the_whole_house() -> None:
    assert {"sim.step", "sim.kernels.random", "agents.base", "oracles", FACE} <= set(trees())
    assert module_of("sim.kernels.compiled.kernel") == "sim.kernels.compiled"
    assert module_of("numpy.random") is None
    assert room("sim.kernels") == room("sim.kernels.compiled") == "sim/kernels"


@pytest.mark.parametrize("package", BELOW)
def test_imports_run_one_way(package: str) -> None:
    above = tuple({*BELOW, "benchmarks", "tests"} - BELOW[package] - {package})
    assert not offenders((package,), above)


def test_the_machine_knows_no_sibling() -> None:
    assert not offenders(("sim",), ("agents", "oracles", "scenarios", "experiments", FACE))


def test_agents_and_oracles_never_know_each_other() -> None:
    assert not offenders(("agents",), ("oracles",))
    assert not offenders(("oracles",), ("agents",))


def test_a_kernel_imports_nothing_but_arrays_and_the_compiler() -> None:
    names_of_types = ("typing", "collections.abc")
    allowed = ("numpy", "numba", "math", "sim.arrays", "sim.kernels", *names_of_types)
    assert not [
        f"{module} imports {name}"
        for module, tree in trees().items()
        if within(module, "sim.kernels")
        for name in imported(tree)
        if not within(name, *allowed)
    ]


def test_nobody_but_kernels_meets_numba() -> None:
    strangers = {name for name in importers("numba") if not within(name, "sim.kernels")}
    assert not strangers
    assert "sim.kernels.compiled" in importers("numba")


def test_mesa_is_met_in_three_files() -> None:
    assert importers("mesa") <= {"sim.model", "agents.base", "oracles.base"}
    assert "sim.model" in importers("mesa")


def test_metrics_read_a_finished_run_and_never_the_model() -> None:
    assert not offenders(("experiments.metrics",), RUNNING)


def test_figures_import_no_running_code() -> None:
    assert not offenders(("experiments.figures",), RUNNING)


def test_nothing_is_imported_by_wildcard_or_by_relative_path() -> None:
    assert not [
        f"{module} imports {name}"
        for module, tree in trees().items()
        for name in imported(tree)
        if name.endswith(".*") or name.startswith(".")
    ]


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = nx.DiGraph(
        (module, home)
        for module, tree in trees().items()
        for statement in tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in imported(statement)
        if (home := module_of(name)) and home != module
    )
    assert not list(nx.simple_cycles(graph))


def test_no_file_is_a_drawer_for_leftovers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert not [path for path in paths() if path.stem in drawers or path.parent.name in drawers]


def test_every_package_says_in_its_first_line_what_it_is_for() -> None:
    assert not [module for module, tree in trees().items() if not ast.get_docstring(tree)]


def test_nobody_draws_from_a_generator_that_others_share() -> None:
    everywhere = (*PACKAGES, FACE, "benchmarks")
    assert not offenders(everywhere, ("random", "secrets"))
    named = [
        (line, line.rpartition(".")[2]) for line in offenders(everywhere, ("numpy.random",))
    ] + [
        (f"{where} {library}.{name}", name)
        for where, library, name in attributes()
        if library in {"np.random", "numpy.random"}
    ]
    assert not [
        line
        for line, name in named
        if name not in GENERATORS and not (name == "default_rng" and line.startswith("benchmarks"))
    ]


def test_no_result_hangs_on_the_generator_or_the_shuffling_of_mesa() -> None:
    assert not [
        f"{where} {owner}.{name}"
        for where, owner, name in attributes()
        if name == "shuffle_do" or (name == "random" and owner.endswith(("self", "model")))
    ]


def test_the_architecture_page_is_true_to_the_imports() -> None:
    assert drawing() in PAGE.read_text(encoding="utf-8"), (
        f"In docs/architecture.md the block of rooms should read:\n\n{drawing()}\n"
    )
