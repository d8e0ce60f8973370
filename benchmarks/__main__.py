"""All benchmarks, one process each: ``python -m benchmarks [name ...]``."""

from argparse import ArgumentParser
from subprocess import run
from sys import executable
from sys import exit as leave

NAMES = (
    "matching",
    "margin_check",
    "portfolio_margin",
    "crash_step",
    "whole_loop",
    "network",
    "start_up",
)
"""Modules with a table of their own, in the order in which they are run."""


def main() -> int:
    """Run the benchmarks that were asked for; return 1 if one of them failed."""
    parser = ArgumentParser(
        prog="python -m benchmarks",
        description="Measure speed and memory; each table tells what is wanted.",
        epilog="example: python -m benchmarks matching crash_step",
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(NAMES)}; all without")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    failed = []
    for name in options.names or NAMES:
        print(f"\n== {name}\n", flush=True)
        done = run([executable, "-m", f"benchmarks.{name}"], check=False)  # noqa: S603 - our own
        failed += [name] if done.returncode else []
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    leave(main())
