"""The command ``marginquake network``."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sim.errors import ConfigError

if TYPE_CHECKING:
    from experiments.network_study import Case, NetworkStudy
    from experiments.progress import Bar
    from sim.network.exposures import Exposures
    from sim.network.roles import Clearing, Generator

EPILOG = """\
examples:
  marginquake network EXPOSURES.csv --shock 3AC --algorithm eisenberg_noe
  marginquake network EXPOSURES.csv --shock 3AC --amount 2.5e9 --set algorithm.method=fixed_point
  marginquake network --generate core_periphery --n 60 --seed 1 --rank debtrank
  marginquake network --generate core_periphery --n 60 --draws 200 --share 0.05
  marginquake network --generate scale_free --n 300 --shock E001 --write net.graphml

EXPOSURES.csv has the columns debtor, creditor, amount_usd and, where known, kind, collateral_usd
and haircut. Balance sheets stand beside it in EXPOSURES_entities.csv: entity, outside_assets_usd
(or total_assets_usd), outside_liabilities_usd (or total_liabilities_usd). Parquet and GraphML are
read and written too. --totals reads entity, claims_usd, debts_usd, outside_assets_usd and
outside_liabilities_usd, and max_entropy or min_density draws claims that add up to them.
"""
DESCRIPTION = """\
Clear a network of exposures after a shock, without a market: who cannot pay, in which wave, and
who bears the loss; rank entities by DebtRank; or draw losses over seeds."""
MEAN_SHARE = 0.05


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
    add("--n", type=int, default=60, help="entities to draw (default 60)")
    add("--seed", type=int, default=0, help="of all randomness (default 0)")
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
    add("--draws", type=int, default=0, metavar="K", help="losses over K seeds, from --seed on")
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

    clearing, generator = _parts(options)
    with Bar(quiet=options.quiet) as bar:
        exposures = _exposures(options, generator)
        found = _study(options, exposures, clearing, generator, bar)
        bar.say("writing results")
        folder = save(found, options.out / "network" / found.name / found.digest)
        if options.write is not None:
            write(exposures, options.write)
    print(summary_text(found))
    print(f"\nresults  {folder}/")


def _parts(options: Namespace) -> tuple["Clearing", "Generator | None"]:
    """Return the algorithm and the generator, after all that can be checked without a network.

    Raises
    ------
    ConfigError
        Naming everything that makes no sense.
    """
    from sim.network.clearing import CLEARING
    from sim.network.generators import GENERATORS

    problems = _problems(options)
    settings, wrong = _settings(options.settings)
    made: dict[str, object] = {}
    asked = {"algorithm": options.algorithm, "generate": options.generate}
    known: dict[str, Mapping[str, type]] = {"algorithm": CLEARING, "generate": GENERATORS}
    for part, name in asked.items():
        if name is None:
            wrong += [f"--set {part}.{key}: only with --{part}" for key in settings[part]]
            continue
        try:
            made[part] = _made(part, name, known[part], settings[part])
        except ConfigError as error:
            wrong += error.problems
    if problems or wrong:
        raise ConfigError(*problems, *wrong)
    return cast("Clearing", made["algorithm"]), cast("Generator | None", made.get("generate"))


def _problems(options: Namespace) -> list[str]:
    """Return what does not fit together."""
    from experiments.network_study import RANKINGS

    problems = []
    if (options.file is None) == (options.generate is None):
        problems.append("give a file of exposures, or --generate NAME, one of the two")
    if options.totals is not None and options.generate is None:
        problems.append("--totals: only with --generate max_entropy or min_density")
    if options.rank is not None and options.rank not in RANKINGS:
        problems.append(f"--rank {options.rank}: there are {', '.join(RANKINGS)}")
    if options.draws < 0:
        problems.append(f"--draws must be >= 0, not {options.draws}")
    if options.draws and options.shock and options.file is not None:
        problems.append("--draws with --shock on a file draws one loss over and over")
    if options.amount is not None and not options.shock:
        problems.append("--amount: only together with --shock ENTITY")
    if options.share is not None and not (options.shock or options.draws):
        problems.append("--share: only together with --shock ENTITY or --draws K")
    if options.share is not None and not 0 <= options.share <= 1:
        problems.append(f"--share must lie in [0, 1], not {options.share:g}")
    if options.out.exists() and not options.out.is_dir():
        problems.append(f"--out {options.out} is a file; results need a folder")
    return problems


def _settings(given: Sequence[str]) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Return settings by part as nested values, and what is wrong with the others."""
    parts: dict[str, dict[str, object]] = {"algorithm": {}, "generate": {}}
    wrong = []
    for each in given:
        key, equals, value = each.partition("=")
        part, *path = key.strip().split(".")
        if part not in parts or not path or not equals:
            wrong.append(f"--set {each}: it must read algorithm.NAME=VALUE or generate.NAME=VALUE")
            continue
        inner = parts[part]
        for step in path[:-1]:
            inner = cast("dict[str, object]", inner.setdefault(step, {}))
        inner[path[-1]] = value.split(",") if path[-1] == "failed" else value
    return parts, wrong


def _made(
    part: str, name: str, known: Mapping[str, type], settings: Mapping[str, object]
) -> object:
    """Return a part by name, with its settings.

    Raises
    ------
    ConfigError
        If there is none of that name, or naming every setting that does not fit.
    """
    from dataclasses import fields

    from pydantic import TypeAdapter, ValidationError

    if name not in known:
        raise ConfigError(f"--{part} {name}: there are {', '.join(known)}")
    allowed = [each.name for each in fields(known[name])]
    strangers = [key for key in settings if key not in allowed]
    if strangers:
        raise ConfigError(
            *(
                f"{part}.{key}: {name} has {', '.join(allowed) or 'no settings'}"
                for key in strangers
            )
        )
    try:
        return TypeAdapter(known[name]).validate_python(dict(settings))
    except ValidationError as error:
        raise ConfigError(
            *(
                f"{part}.{'.'.join(map(str, each['loc']))}: {each['msg']}, not {each['input']!r}"
                for each in error.errors()
            )
        ) from error


def _exposures(options: Namespace, generator: "Generator | None") -> "Exposures":
    """Read or draw the network, or take it from a finished run."""
    from sim.network.files import read

    if generator is None and options.file.is_dir():
        from experiments.network_grown import exposures_of_run
        from experiments.record import load

        return exposures_of_run(load(options.file))
    if generator is None:
        return read(options.file, options.entities)
    return _generated(options, generator, options.seed)


def _generated(options: Namespace, generator: "Generator", seed: int) -> "Exposures":
    """Draw a network, with totals from a file where one is given."""
    from sim.network.generators.max_entropy import MaxEntropy
    from sim.network.generators.min_density import MinDensity
    from sim.network.totals import read_totals

    if options.totals is None:
        return generator.generate(options.n, seed)
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
    from experiments.network_study import (
        NetworkStudy,
        cleared,
        draw_losses,
        ranked,
        shock_of,
        whom_it_hurts,
    )

    random = bool(options.draws) and not options.shock
    mean = (MEAN_SHARE if options.share is None else options.share) if random else 0.0
    shock = shock_of(exposures, options.shock, options.amount, None if random else options.share)
    case = cleared(exposures, clearing, shock)
    seeds, cases = range(options.seed, options.seed + options.draws), []
    for seed in seeds:
        cases.append(_drawn(options, exposures, clearing, generator, seed))
        bar.show("drawing", len(cases), options.draws)
    return NetworkStudy(
        name=f"{options.generate}-{len(exposures)}-{options.seed}"
        if generator
        else options.file.stem,
        algorithm=repr(clearing),
        case=case,
        ranked=ranked(exposures, options.rank, bar.show) if options.rank else None,
        rank_by=options.rank or "",
        hurt=whom_it_hurts(exposures, clearing, bar.show),
        draws=draw_losses(cases, seeds, mean) if cases else None,
    )


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
