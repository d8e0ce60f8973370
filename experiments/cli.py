"""The command line: ``marginquake run``, ``compare``, ``margin`` and the others.

Nothing heavy is imported before it is known what is wanted, so that help comes at once.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from experiments import (
    compare_command,
    margin_command,
    network_command,
    run_command,
    scenarios_command,
)
from sim.errors import UserError

USER_ERROR = 2
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """What can be asked for.

    Parameters
    ----------
    help : a line in the list of commands.
    description, epilog : of its own help; the epilog has an example.
    add : adds its arguments and says what does it.
    """

    help: str
    description: str
    epilog: str
    add: Callable[[ArgumentParser], None]


COMMANDS = {
    "run": Command(
        "run a scenario and write its results",
        run_command.DESCRIPTION,
        run_command.EPILOG,
        run_command.add_run,
    ),
    "scenarios": Command(
        "list, show and check scenarios",
        scenarios_command.DESCRIPTION,
        scenarios_command.EPILOG,
        scenarios_command.add_scenarios,
    ),
    "compare": Command(
        "compare margin policies on the same seeds",
        compare_command.DESCRIPTION,
        compare_command.EPILOG,
        compare_command.add_compare,
    ),
    "margin": Command(
        "what margin policies ask for, without agents",
        margin_command.DESCRIPTION,
        margin_command.EPILOG,
        margin_command.add_margin,
    ),
    "backtest": Command(
        "test whether a policy's margin covered what it should",
        margin_command.BACKTEST_DESCRIPTION,
        margin_command.BACKTEST_EPILOG,
        margin_command.add_backtest,
    ),
    "network": Command(
        "clear a network of exposures, or rank its entities",
        network_command.DESCRIPTION,
        network_command.EPILOG,
        network_command.add_network,
    ),
    "report": Command(
        "rebuild the report of a finished run",
        run_command.REPORT_DESCRIPTION,
        run_command.REPORT_EPILOG,
        run_command.add_report,
    ),
}
"""Every command, in the order in which help lists them."""


class Parser(ArgumentParser):
    """An argument parser that keeps the examples as they are laid out."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", RawDescriptionHelpFormatter)
        super().__init__(**options)  # type: ignore[arg-type]  # argparse's own keywords

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, point to the help, and exit with 2."""
        self.exit(USER_ERROR, f"{self.prog}: {message}\nsee {self.prog} --help\n")


def build_parser() -> ArgumentParser:
    """Return the parser with every command."""
    parser = Parser(
        prog="marginquake",
        description="Let a shock loose on a crypto-derivatives market and trace the damage.",
        epilog="example:\n  marginquake run oracle_compromise --seed 7 --set margin.policy=ewma",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.add(
            commands.add_parser(
                name,
                help=command.help,
                description=command.description,
                epilog=command.epilog,
            )
        )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, or 2 for a mistake of the user."""
    options = build_parser().parse_args(arguments)
    try:
        options.command(options)
    except UserError as error:
        problems = getattr(error, "problems", (str(error),))
        print("marginquake: " + "\n  ".join(problems), file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt as interruption:
        kept = str(interruption) or "nothing was written"
        print(f"\nmarginquake: interrupted; {kept}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
