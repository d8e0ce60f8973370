"""Exposures in files: CSV and Parquet with a table of entities beside, or GraphML by itself."""

import csv
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

import networkx as nx
import pandas as pd

from sim.errors import DataError
from sim.network.exposures import Exposures
from sim.network.table import HOLDS, USD, Table
from sim.network.tables import (
    ASSETS,
    CLAIMS,
    LIABILITIES,
    exposures_of,
    frames_of,
    wrong_alone,
)
from sim.price.findings import Findings
from sim.whole import write_whole

DEPTH = "depth_"
FORMS = (".csv", ".parquet", ".graphml")
"""Endings of files that can be read and written."""


HOLDING = {
    "claims": "it holds the claims: debtor, creditor, amount_usd and, where known, kind, "
    "collateral_usd, haircut",
    "entities": "it holds the entities' balance sheets: entity, outside_assets_usd or "
    "total_assets_usd, outside_liabilities_usd or total_liabilities_usd; --entities FILE names "
    "another",
}
"""What stands in the tables without which there is no network."""
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What columns may be separated by in a file that is not one of commas."""


def beside(file: Path, table: str) -> Path:
    """Return where the second tables of a file stand.

    Examples
    --------
    >>> beside(Path("data/q3.csv"), "entities").as_posix()
    'data/q3_entities.csv'
    """
    return file.with_name(f"{file.stem}_{table}{file.suffix}")


def check_form(file: Path) -> None:
    """Refuse a file in a form that is not known.

    Raises
    ------
    DataError
        If its name ends in none of ``FORMS``.
    """
    if file.suffix not in FORMS:
        raise DataError(f"{file}: the name must end in {', '.join(FORMS)}")


def read(file: Path, entities: Path | None = None) -> Exposures:
    """Read exposures.

    Parameters
    ----------
    file : claims, as CSV or Parquet, or a whole network as GraphML.
    entities : their balance sheets; ``<file>_entities`` beside the claims if not given. Depths of
        marketable assets are read from ``<file>_assets`` where there is one.

    Raises
    ------
    DataError
        Naming everything that is wrong, with file and line.
    """
    check_form(file)
    if file.suffix == ".graphml":
        return _read_graph(file)
    places = {
        "claims": file,
        "entities": entities or beside(file, "entities"),
        "assets": beside(file, "assets"),
    }
    found, problems = dict[str, Table](), list[str]()
    for name, path in places.items():
        if not path.is_file():
            problems += (
                [f"{path}: there is no such file; {HOLDING[name]}"] if name in HOLDING else []
            )
            continue
        try:
            found[name] = table_of(path)
        except DataError as error:
            problems += error.problems
    claims, sheets, assets = (found.get(name) for name in places)
    if problems or claims is None or sheets is None:
        raise DataError(*problems, *wrong_alone(claims, sheets, assets))
    return exposures_of(claims, sheets, assets)


def write(exposures: Exposures, file: Path) -> tuple[Path, ...]:
    """Write exposures so that ``read`` gives the same again; return the files written.

    Raises
    ------
    DataError
        If the ending of the file names no form that can be written.
    """
    check_form(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".graphml":
        write_whole(file, lambda new: nx.write_graphml(exposures.graph(), new))
        return (file,)
    written = []
    for table, frame in frames_of(exposures).items():
        path = file if table == "claims" else beside(file, table)
        write_whole(path, lambda new, frame=frame: _write_frame(frame, new))  # type: ignore[misc] # bound now
        written.append(path)
    return tuple(written)


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one table."""
    if ".parquet" in path.suffixes:
        frame.to_parquet(path, compression="zstd", index=False)
    else:
        frame.to_csv(path, index=False)


def table_of(path: Path) -> Table:
    """Return one table of a CSV or Parquet file as it is, without judging it."""
    if path.suffix == ".parquet":
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: no Parquet file that can be read: {error}") from error
        return Table(_rows(frame), [str(name) for name in frame.columns], Findings(str(path)))
    return _csv_of(path)


def _csv_of(path: Path) -> Table:
    """Return a CSV file as a table; note rows with more cells than there are columns."""
    findings = Findings(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            between = _separator(file.readline(), findings)
            file.seek(0)
            reader = csv.reader(file, delimiter=between, strict=True)
            found = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = " ".join(str(error).split())
        raise DataError(f"{path}: no CSV file that can be read: {said}") from error
    if not found:
        raise DataError(f"{path}: no CSV file that can be read: it is empty")
    columns = [name.strip() for name in found[0][1]]
    for name in dict.fromkeys(name for name in columns if columns.count(name) > 1):
        findings.add("columns", f"there is more than one column {name!r}", line=found[0][0])
    filled = [(line, cells) for line, cells in found[1:] if any(cells)]
    for line, cells in filled:
        if len(cells) > len(columns):
            said = f"{len(cells)} cells where the head has {len(columns)}; is a comma too many?"
            findings.add("rows with more cells than the head", said, line=line)
    rows: list[dict[str, object]] = [dict(zip(columns, cells, strict=False)) for _, cells in filled]
    return Table(rows, columns, findings, lambda row: filled[row][0])


def _separator(head: str, findings: Findings) -> str:
    """Return what separates the columns of a head; note it where it is no comma.

    The file is read by it, so that whatever else is wrong is told as well.
    """
    for between, name in SEPARATORS.items():
        if "," not in head and between in head:
            findings.add("separators", f"columns are separated by {name}, not by commas", line=1)
            return between
    return ","


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return a table as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _read_graph(file: Path) -> Exposures:
    """Read a network from GraphML."""
    try:
        graph = nx.read_graphml(file, force_multigraph=True)
    except (OSError, ParseError, nx.NetworkXError, ValueError, KeyError) as error:
        raise DataError(f"{file}: no GraphML file that can be read: {error}") from error
    if not graph.is_directed():
        raise DataError(f"{file}: the graph must be directed, from who owes to who is owed")
    entities = [{"entity": name, **data} for name, data in graph.nodes(data=True)]
    claims = [
        {"debtor": debtor, "creditor": creditor, **data}
        for debtor, creditor, _, data in _in_order(graph)
    ]
    depths: list[dict[str, object]] = [
        {"asset": key.removeprefix(DEPTH).removesuffix(USD), "depth_usd": value}
        for key, value in graph.graph.items()
        if key.startswith(DEPTH)
    ]
    holds = any(key.startswith(HOLDS) for row in entities for key in row)
    return exposures_of(
        _of_graph(claims, file, "edges", CLAIMS[:3]),
        _of_graph(entities, file, "nodes", ("entity", ASSETS, LIABILITIES)),
        _of_graph(depths, file, "graph", ()) if holds else None,
    )


def _in_order(graph: nx.MultiDiGraph) -> list[tuple[str, str, object, dict[str, object]]]:
    """Return edges with key and data, in the order of their keys where these tell them apart.

    A graph goes by nodes; ``write`` numbers claims so that they come back as they were.
    """
    edges = list(graph.edges(keys=True, data=True))
    place = {key: row for row, (_, _, key, _) in enumerate(edges) if isinstance(key, int)}
    return [edges[place[key]] for key in sorted(place)] if len(place) == len(edges) else edges


def _of_graph(
    rows: list[dict[str, object]], file: Path, part: str, columns: Sequence[str]
) -> Table:
    """Return one part of a graph as a table; one without rows has these columns."""
    found = dict.fromkeys(key for row in rows for key in row if key != "id")
    return Table(rows, list(found or columns), Findings(f"{file}, {part}"))
