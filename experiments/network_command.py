"""The command ``marginquake network``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ConfigError, DataError, UserError

if TYPE_CHECKING:
    from experiments.network_study import Case, NetworkStudy
    from experiments.progress import Bar
    from sim.network.exposures import Exposures
    from sim.network.roles import Clearing, Generator

EPILOG = """\
examples:
  marginquake network docs/examples/exposures.csv --shock 3AC --algorithm eisenberg_noe
  marginquake network docs/examples/exposures.csv --shock 3AC --amount 2.5e9 --algorithm furfine
  marginquake network --generate core_periphery --n 60 --seed 1 --rank debtrank
  marginquake network --generate core_periphery --n 60 --draws 200 --share 0.05
  marginquake network --generate scale_free --n 300 --shock E001 --write net.graphml

A file of claims has the columns debtor, creditor, amount_usd and, where known, kind,
collateral_usd and haircut. Balance sheets stand beside it, in its name plus _entities: entity,
outside_assets_usd (or total_assets_usd), outside_liabilities_usd (or total_liabilities_usd).
Parquet and GraphML are read and written too; folders that are missing are made. --totals reads
entity, claims_usd, debts_usd, outside_assets_usd and outside_liabilities_usd, and max_entropy or
min_density draws claims that add up to them.
"""
DESCRIPTION = """\
Clear a network of exposures after a shock, without a market: who cannot pay, in which wave, and
who bears the loss; rank entities by DebtRank; or draw losses over seeds."""
MEAN_SHARE, ENTITIES = 0.05, 60


def add_network(parser: ArgumentParser) -> None:
    """Add the arguments of ``network``."""
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        type=Path,
        metavar="EXPOSURES",
        help="claims: CSV, Parquet or GraphML; or a run's folder",
    )
    add("--entities", type=Path, metavar="FILE", help="balance sheets (default beside the claims)")
    add("--generate", metavar="NAME", help="draw a network instead, e.g. core_periphery")
    add("--totals", type=Path, metavar="FILE", help="claims_usd and debts_usd of each, to be met")
    add("--n", type=int, help=f"entities to draw (default {ENTITIES})")
    add("--seed", type=int, help="of drawn networks and shocks (default 0)")
    add("--shock", action="append", default=[], metavar="ENTITY", help="who is hit; repeatable")
    add("--amount", type=float, metavar="USD", help="what each of them loses")
    add(
        "--share",
        type=float,
        help="share of outside assets that each of them loses (default 1); with --draws and "
        f"without --shock the mean share that everybody loses (default {MEAN_SHARE})",
    )
    add(
        "--algorithm",
        default="eisenberg_noe",
        metavar="NAME",
        help="how claims are cleared (default eisenberg_noe); an unknown name lists all",
    )
    add("--rank", metavar="NAME", help="rank entities by debtrank or linear_debtrank")
    add("--draws", type=int, metavar="K", help="losses over K seeds, from --seed on")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="algorithm.NAME=VALUE or generate.NAME=VALUE, e.g. algorithm.tau=0.5; repeatable",
    )
    add("--write", type=Path, metavar="FILE", help="also write the network here, in its form")
    add("--out", type=Path, default=Path("results"), metavar="FOLDER", help="default results/")
    add("--quiet", action="store_true", help="show no progress")
    parser.set_defaults(command=study_network)


def study_network(options: Namespace) -> None:
    """Work out what was asked, save it, and print what came of it."""
    from experiments.network_report import save, summary_text
    from experiments.progress import Bar
    from sim.network.files import write

    with Bar(quiet=options.quiet) as bar:
        clearing, generator, exposures = _asked(options)
        found = _study(options, exposures, clearing, generator, bar)
        bar.say("writing results")
        folder = save(found, options.out / "network" / found.name / found.digest)
        if options.write is not None:
            write(exposures, options.write)
    print(summary_text(found))
    print(f"\nresults  {folder}/")


def _asked(options: Namespace) -> "tuple[Clearing, Generator | None, Exposures]":
    """Return how to clear what.

    Raises
    ------
    ConfigError
        Naming everything that makes no sense: in the options, in the network as far as it is
        clear which one, and in the names of who is hit.
    """
    from experiments.network_options import parts
    from experiments.network_study import strangers

    asked = parts(options)
    problems, exposures = list(asked.problems), None
    options.seed = options.seed or 0
    if asked.source(options) and options.seed >= 0:
        try:
            exposures = _exposures(options, asked.generator)
            problems += strangers(exposures, options.shock)
        except UserError as error:
            problems += getattr(error, "problems", (str(error),))
    if problems or asked.clearing is None or exposures is None:
        raise ConfigError(*problems)
    return asked.clearing, asked.generator, exposures


def _exposures(options: Namespace, generator: "Generator | None") -> "Exposures":
    """Read or draw the network, or take it from a finished run."""
    from sim.network.files import FORMS, read

    if generator is None and options.file.is_dir():
        from experiments.network_grown import exposures_of_run
        from experiments.record import load

        return exposures_of_run(load(options.file))
    if generator is None:
        if options.file.suffix not in FORMS and not options.file.exists():
            raise DataError(
                f"{options.file}: there is no such file or folder; give a file of claims, whose "
                f"name ends in {', '.join(FORMS)}, or the folder of a run"
            )
        return read(options.file, options.entities)
    return _generated(options, generator, options.seed)


def _generated(options: Namespace, generator: "Generator", seed: int) -> "Exposures":
    """Draw a network, with totals from a file where one is given."""
    from sim.network.generators.max_entropy import MaxEntropy
    from sim.network.generators.min_density import MinDensity
    from sim.network.totals import read_totals

    if options.totals is None:
        return generator.generate(ENTITIES if options.n is None else options.n, seed)
    if not isinstance(generator, MaxEntropy | MinDensity):
        raise ConfigError("--totals can be met by max_entropy and min_density only")
    return generator.reconstruct(read_totals(options.totals), seed)


def _study(
    options: Namespace,
    exposures: "Exposures",
    clearing: "Clearing",
    generator: "Generator | None",
    bar: "Bar",
) -> "NetworkStudy":
    """Work everything out."""
    from experiments.network_options import in_words
    from experiments.network_study import (
        NetworkStudy,
        cleared,
        draw_losses,
        ranked,
        shock_of,
        whom_it_hurts,
    )

    count = options.draws or 0
    random = count > 0 and not options.shock
    mean = (MEAN_SHARE if options.share is None else options.share) if random else 0.0
    shock = shock_of(exposures, options.shock, options.amount, None if random else options.share)
    case = cleared(exposures, clearing, shock)
    seeds, cases = range(options.seed, options.seed + count), []
    for seed in seeds:
        cases.append(_drawn(options, exposures, clearing, generator, seed))
        bar.show("drawing", len(cases), count)
    return NetworkStudy(
        name=_name(options, exposures),
        algorithm=in_words(options.algorithm, clearing),
        case=case,
        ranked=ranked(exposures, options.rank, bar.show) if options.rank else None,
        rank_by=options.rank or "",
        hurt=whom_it_hurts(exposures, clearing, bar.show),
        draws=draw_losses(cases, seeds, mean) if cases else None,
    )


def _name(options: Namespace, exposures: "Exposures") -> str:
    """Return what to call the network: its generator, its file, or its run with the scenario."""
    if options.generate is not None:
        return f"{options.generate}-{len(exposures)}-{options.seed}"
    place = options.file.resolve()
    if not place.is_dir():
        return str(place.stem)
    from experiments.record import load

    return f"{load(options.file).name}-{place.name}"


def _drawn(
    options: Namespace,
    exposures: "Exposures",
    clearing: "Clearing",
    generator: "Generator | None",
    seed: int,
) -> "Case":
    """Clear one drawn network, or the same network under one drawn shock."""
    from experiments.network_study import cleared, random_shock, shock_of

    network = _generated(options, generator, seed) if generator else exposures
    if options.shock:
        shock = shock_of(network, options.shock, options.amount, options.share)
    else:
        share = MEAN_SHARE if options.share is None else options.share
        shock = random_shock(network, share, seed)
    return cleared(network, clearing, shock)
