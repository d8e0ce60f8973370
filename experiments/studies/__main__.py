"""The studies' command line: ``python -m experiments.studies [name ...]``."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from sys import exit as leave
from time import perf_counter

from experiments.progress import Bar
from experiments.studies import STUDIES
from experiments.studies.study import Effort, Findings
from sim.errors import UserError

README_PICTURE = Path("docs/images/threshold.png")
DESCRIPTION = "Run studies; print what they found and whether their claims hold."
EXAMPLE = """
example:
  python -m experiments.studies threshold --quick

exit code: 0 if all claims hold, 1 if one does not, 2 for a mistake in the command
"""


def parser() -> ArgumentParser:
    """Return what understands the command line."""
    names = "".join(f"\n  {name:<16}{study.question}" for name, study in STUDIES.items())
    made = ArgumentParser(
        prog="python -m experiments.studies",
        description=f"{DESCRIPTION}\n\nstudies:{names}",
        epilog=EXAMPLE,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument("names", nargs="*", metavar="name", help="studies to run; all without")
    made.add_argument(
        "--quick",
        action="store_true",
        help="coarse grids and three seeds: minutes less, no verdict",
    )
    made.add_argument("--workers", type=int, help="processes; all processors without")
    made.add_argument("--out", type=Path, default=Path("results"), help="where results go")
    made.add_argument(
        "--readme", action="store_true", help=f"also save threshold's figure as {README_PICTURE}"
    )
    made.add_argument("--quiet", action="store_true", help="no progress")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies that were asked for and return the exit code."""
    reader = parser()
    options = reader.parse_args(arguments)
    unknown = [name for name in options.names if name not in STUDIES]
    if unknown:
        reader.error(f"no study {', '.join(unknown)}; there are {', '.join(STUDIES)}")
    if options.workers is not None and options.workers < 1:
        reader.error("--workers must be >= 1")
    try:
        hold = [_conduct(name, options) for name in options.names or STUDIES]
    except UserError as error:
        reader.exit(2, f"{error}\n")
    return 0 if all(hold) or options.quick else 1


def _conduct(name: str, options: Namespace) -> bool:
    """Run one study, print and save what it found; tell whether its claims hold."""
    study = STUDIES[name]
    print(f"\n{name}: {study.question}\n")
    begun = perf_counter()
    with Bar(quiet=options.quiet) as bar:
        effort = Effort(quick=options.quick, workers=options.workers, progress=bar.show)
        found = study.conduct(effort)
    folder = options.out / "studies" / name
    found.save(folder, name)
    if options.readme and name == "threshold":
        README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
        found.picture.savefig(README_PICTURE, dpi=300)
    _print(found)
    seconds = perf_counter() - begun
    runs, seeds = len(found.runs), found.runs["seed"].nunique()
    print(f"{runs:,} runs, {seeds} seeds, {seconds:,.0f} s; written to {folder}")
    return found.hold


def _print(found: Findings) -> None:
    """Print the table and the verdict on each claim."""
    print(found.table.to_string(index=False))
    print("\nIn brackets: 90 % interval of the mean over seeds.\n")
    for claim in found.claims:
        print(f"{'holds' if claim.holds else 'DOES NOT HOLD':<14}{claim.text}")
        print(f"{'':<14}{claim.evidence}")
    print(f"\nverdict: {'holds' if found.hold else 'does not hold'}")


if __name__ == "__main__":
    leave(main())
