"""Finished runs on disk, so that an interrupted comparison goes on where it stopped."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import UserError
from sim.whole import write_whole

FOLDER = "parts"


def put(folder: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write some rows as one part, whole or not at all; each has a ``key``."""
    there = folder / FOLDER
    there.mkdir(parents=True, exist_ok=True)
    keys = "".join(str(row["key"]) for row in rows)
    path = there / f"{sha256(keys.encode()).hexdigest()[:16]}.parquet"
    table = pd.DataFrame(list(rows))
    write_whole(path, lambda new: table.to_parquet(new, compression="zstd", index=False))


def finished(folder: Path) -> dict[str, dict[str, object]]:
    """Return the rows of all parts, by their keys.

    Raises
    ------
    UserError
        If a part cannot be read, naming it.
    """
    rows: dict[str, dict[str, object]] = {}
    for path in sorted((folder / FOLDER).glob("[!.]*.parquet")):
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path} cannot be read ({error}); remove it and start again"
            ) from error
        for row in frame.to_dict("records"):
            rows[str(row["key"])] = {str(name): _plain(value) for name, value in row.items()}
    return rows


def _plain(value: object) -> object:
    """Return arrays as numbers of Python's own, so that what is read equals what was written."""
    return [float(each) for each in value] if isinstance(value, np.ndarray) else value
