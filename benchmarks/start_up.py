"""How soon the program answers: ``python -m benchmarks.start_up``.

Whole processes, on the wall: ``marginquake --help``, and ``make demo`` when everything has been
set up and compiled by an earlier one.
"""

from argparse import ArgumentParser
from pathlib import Path
from shutil import which
from statistics import median
from subprocess import run
from sys import executable
from time import perf_counter

ROOT = Path(__file__).parents[1]


def seconds(command: list[str]) -> float:
    """Return how long a command takes.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    begun = perf_counter()
    run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - commands of this file
    return perf_counter() - begun


def main() -> None:
    """Measure and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-demo", action="store_true", help="leave make demo out")
    options = parser.parse_args()
    script = Path(executable).with_name("marginquake")
    help_ = [str(script) if script.exists() else which("marginquake") or "marginquake", "--help"]
    bare = median(seconds([executable, "-c", "pass"]) for _ in range(options.repeats))
    seconds(help_)
    helped = median(seconds(help_) for _ in range(options.repeats))
    print(f"{'':44}{'seconds':>10}  wanted")
    print(f"  {'python, doing nothing':<42}{bare:>10.2f}")
    print(f"  {'marginquake --help':<42}{helped:>10.2f}  below 0.5")
    make = which("make")
    if options.no_demo or make is None:
        return
    seconds([make, "demo"])
    print(f"  {'make demo, the second time':<42}{seconds([make, 'demo']):>10.2f}  below 20")


if __name__ == "__main__":
    main()
