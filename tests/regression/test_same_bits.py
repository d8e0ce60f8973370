"""Same inputs, same bits: in another process, another order of importing, another interpreter."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.regression.digests import RUNS, digests

ROOT = Path(__file__).parents[2]
SCRIPT = "tests/regression/digests.py"

BACKWARDS = """
import experiments.run, marginquake, pandas, scipy.stats
import agents.whale, agents, oracles.feed, oracles, sim.watch, sim.step, sim.kernels.book
import scenarios.schema, scenarios.load
import sys
sys.argv = ["digests"]
from tests.regression.digests import digests
print("\\n".join(digests()))
"""


@cache
def here() -> list[str]:
    """Return the states that this process comes to."""
    return digests()


def elsewhere(*command: str, **environment: str) -> list[str]:
    """Return the states that a process of its own comes to."""
    done = subprocess.run(  # noqa: S603 - our own program
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[: len(RUNS)]


def test_a_run_repeated_in_the_same_process_ends_in_the_same_state() -> None:
    assert digests() == here()


def test_another_process_ends_in_the_same_state() -> None:
    """With other hashes of strings, and so another order of sets."""
    assert elsewhere(sys.executable, SCRIPT, PYTHONHASHSEED="12345") == here()


def test_another_order_of_importing_ends_in_the_same_state() -> None:
    assert elsewhere(sys.executable, "-c", BACKWARDS, PYTHONHASHSEED="1") == here()


def test_another_processor_ends_in_the_same_state() -> None:
    """Neither the library of linear algebra nor wider instructions may round otherwise."""
    plain = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "X86_V3"}
    assert elsewhere(sys.executable, "-W", "ignore", SCRIPT, **plain) == here()


def other_python() -> str | None:
    """Return a Python of another version that has the packages, ``None`` if there is none."""
    named = os.environ.get("MARGINQUAKE_OTHER_PYTHON")
    for candidate in (named, str(ROOT / ".venv313" / "bin" / "python")):
        if candidate and Path(candidate).is_file():
            return candidate
    return None


def test_another_version_of_python_ends_in_the_same_state(tmp_path: Path) -> None:
    other = other_python()
    if other is None:
        pytest.skip("no other Python: set MARGINQUAKE_OTHER_PYTHON, or make .venv313")
    told = elsewhere(other, "-c", "import sys; print(*sys.version_info[:2])")
    assert told[0].split() != [str(part) for part in sys.version_info[:2]]
    assert elsewhere(other, SCRIPT, NUMBA_CACHE_DIR=str(tmp_path)) == here()
