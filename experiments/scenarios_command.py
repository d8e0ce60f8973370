"""The command ``marginquake scenarios``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

DESCRIPTION = "List the library, show one scenario in full, or check a file of your own."
EPILOG = """\
examples:
  marginquake scenarios
  marginquake scenarios show calm
  marginquake scenarios check mine.yaml"""


def add_scenarios(parser: ArgumentParser) -> None:
    """Add the arguments of ``scenarios``."""
    parser.set_defaults(command=list_library)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser(
        "show",
        help="print one scenario with every default",
        epilog="example:\n  marginquake scenarios show calm",
    )
    show.add_argument("scenario", help="name in the library, or path of a file")
    show.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a value first; may be repeated",
    )
    show.set_defaults(command=show_one)
    check = actions.add_parser(
        "check",
        help="check a scenario file",
        epilog="example:\n  marginquake scenarios check mine.yaml",
    )
    check.add_argument("file", type=Path, help="path of a YAML file")
    check.set_defaults(command=check_file)


def list_library(options: Namespace) -> None:  # noqa: ARG001 - every command takes the options
    """List the library."""
    from scenarios.load import load, names

    width = max(len(name) for name in names())
    for name in names():
        print(f"{name:{width}}  {load(name).title}")


def show_one(options: Namespace) -> None:
    """Print a scenario, complete with defaults."""
    from scenarios.load import load

    print(load(options.scenario, options.settings).resolved_yaml(), end="")


def check_file(options: Namespace) -> None:
    """Check a file, and build what it describes."""
    from scenarios.build import build
    from scenarios.load import load

    scenario = load(options.file)
    build(scenario, seed=0)
    print(f"{options.file}: a sound scenario, {scenario.title}")
