"""Runs on disk: written whole or not at all."""

import json
import math
import os
import shutil
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from experiments.record import TABLES, Run
from sim.errors import UserError

FILES = ("scenario.yaml", "manifest.json", *(f"{table}.parquet" for table in TABLES))
"""What a folder must hold to be a run."""


def folder_of(run: Run, root: Path | str = "results") -> Path:
    """Return where a run belongs: ``root/<scenario>/<hash>-<seed>``.

    The hash is the manifest's, or else that of the resolved scenario.
    """
    digest = str(
        run.manifest.get("hash") or blake2b(run.scenario.encode(), digest_size=8).hexdigest()
    )
    return Path(root) / run.name / f"{digest[:12]}-{run.seed}"


def save(run: Run, folder: Path, *, report: bool = True) -> Path:
    """Write a run, its summary and its report; replace what the folder held before.

    Everything is written beside the folder and moved there at the end, so that whatever
    interrupts it leaves the folder as it was: the run of before, or none.
    """

    def write(new: Path) -> None:
        _write_tables(run, new)
        if report:
            from experiments.report import print_figures, write_figures, write_report

            prints = print_figures(run)
            write_report(run, new / "report.html", prints)
            write_figures(prints, new / "figures")

    write_folder(folder, write)
    return folder


def load(folder: Path) -> Run:
    """Read a run back.

    Raises
    ------
    UserError
        If files are missing or cannot be read, naming all of them.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder} is no run: it has no {', '.join(missing)}")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return Run(
            scenario=(folder / "scenario.yaml").read_text(encoding="utf-8"),
            name=str(manifest["name"]),
            title=str(manifest["title"]),
            seed=int(manifest["seed"]),
            manifest=manifest,
            twin_steps=_read(folder / "twin_steps.parquet"),
            adl_rounds=_read(folder / "adl_rounds.parquet"),
            **{table: pd.read_parquet(folder / f"{table}.parquet") for table in TABLES},
        )
    except (ValueError, KeyError, OSError, UserError) as error:
        raise UserError(f"{folder} holds a run that cannot be read: {error}") from error


def _read(path: Path) -> pd.DataFrame | None:
    """Return a frame that may not be there."""
    return pd.read_parquet(path) if path.is_file() else None


def plain(value: object) -> object:
    """Return a value as JSON can hold it: ``null`` for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _write_tables(run: Run, folder: Path) -> None:
    """Write everything but the report."""
    manifest = dict(run.manifest) | {"name": run.name, "title": run.title, "seed": run.seed}
    (folder / "scenario.yaml").write_text(run.scenario, encoding="utf-8")
    _write_json(folder / "manifest.json", manifest)
    _write_json(folder / "summary.json", run.summary)
    frames = {name: getattr(run, name) for name in (*TABLES, "twin_steps", "adl_rounds")}
    for name, frame in frames.items():
        if frame is not None:
            frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)


def _write_json(path: Path, values: Mapping[str, object]) -> None:
    """Write JSON that a person can read too."""
    text = json.dumps(plain(values), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def refuse_taken(out: Path, asked: str = "--out") -> None:
    """Say before the work, not after it, that its results cannot go where they should.

    Parameters
    ----------
    out : a folder, which need not be there; what is missing of it will be made.
    asked : how the user named it.

    Raises
    ------
    UserError
        If the folder, or one that it would stand in, is a file or lets nobody write.
    """
    try:
        there = next(each for each in (out, *out.absolute().parents) if each.exists())
        if not there.is_dir():
            raise UserError(f"{asked} {out}: {there} is a file; results need a folder")
        # Rights alone do not tell: not of file systems that are read-only, or no disks at all.
        with TemporaryDirectory(prefix=".marginquake.", dir=there):
            pass
    except OSError as error:
        said = f"nothing can be written there: {error.strerror}"
        raise UserError(f"{asked} {out}: {said}; name a folder of your own") from error


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder beside ``folder`` and swap the two; undo all of it on any interruption."""
    made = [parent for parent in folder.parents if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder.parent / f".{folder.name}.{os.getpid()}.new"
    old = folder.parent / f".{folder.name}.{os.getpid()}.old"
    try:
        new.mkdir()
        write(new)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        if not folder.exists():
            for parent in made:
                parent.rmdir()
