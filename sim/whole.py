"""Files that are written whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, fill: Callable[[Path], object]) -> None:
    """Write a file beside ``path`` and move it there; whatever interrupts it leaves nothing new.

    Parameters
    ----------
    path : where the file belongs; its folder is there.
    fill : writes the file that it is given.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fill(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
