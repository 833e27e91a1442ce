"""A partition's duplicate index in local files, so that an assignment reads only the end of the state log.

``<folder>/manifest.json`` names the log offset that the files cover and the folder of each day's arrays. A folder is
written once and never changed; the manifest is replaced when all folders that it names are on the disk. What a crash
leaves behind is removed when the files are next opened.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from processors.core.dedup import DedupIndex
from processors.core.dedup.segment import LAYOUT, Arrays

FORMAT = 3
_MANIFEST = "manifest.json"
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Saved:
    """What the files hold."""

    offset: int
    """All records of the log below it are in the segments."""
    last: tuple[int, int]
    """``DedupIndex.last`` of the record before it."""
    segments: Mapping[int, Arrays]
    """Memory-mapped, read-only."""


class SegmentFiles:
    """The files of one partition."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[int, str] = {}
        self._mapped: set[int] = set()
        self._generation = 0

    def open(self) -> Saved | None:
        """What was saved; None when there is nothing, or nothing that this version can read."""
        try:
            manifest = json.loads((self._folder / _MANIFEST).read_bytes())
            if manifest["format"] != FORMAT:
                raise ValueError(f"format {manifest['format']}")
            names = {int(day): str(name) for day, name in manifest["segments"].items()}
            identity, revision = manifest["last"]
            saved = Saved(manifest["offset"], (identity, revision), {day: self._map(names[day]) for day in names})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("local state is not usable, the log is read instead", problem=str(error))
            return None
        self._names, self._mapped, self._generation = names, set(names), int(manifest["generation"])
        self._remove_others()
        return saved

    def save(self, index: DedupIndex, offset: int) -> None:
        """Write the segments that changed since they were saved last, and go on with those in files that did not:
        they are closed, and need no memory until they are asked for. What the disk does not take stays in memory alone.

        The index must hold what the log says below ``offset``, and must not change meanwhile.
        """
        self._generation += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for day, segment in index.segments.items():
                if segment.is_changed or day not in self._names:
                    self._names[day] = self._write(day, segment.arrays())
                    self._mapped.discard(day)
                    segment.is_changed = False
                elif day not in self._mapped:
                    index.replace(day, self._map(self._names[day]))
                    self._mapped.add(day)
            self._names = {day: name for day, name in self._names.items() if day in index.segments}
            self._write_manifest(index, offset)
            self._remove_others()
        except OSError as error:
            self._names = {}
            _log.warning("duplicate index not saved; the log has it", folder=str(self._folder), problem=error.strerror)

    def remove(self) -> None:
        """Forget what was saved."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._names, self._mapped = {}, set()

    def _map(self, name: str) -> Arrays:
        folder = self._folder / name
        arrays = {part: _load(folder / f"{part}.npy") for part in LAYOUT}
        for part, dtype in LAYOUT.items():
            if arrays[part].dtype != dtype:
                raise ValueError(f"{folder.name}/{part}.npy is of another layout")
        return arrays

    def _write(self, day: int, arrays: Arrays) -> str:
        name = f"{day}.{self._generation}"
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        for part, array in arrays.items():
            with (folder / f"{part}.npy").open("wb") as file:
                np.save(file, array)
                file.flush()
                os.fsync(file.fileno())
        return name

    def _write_manifest(self, index: DedupIndex, offset: int) -> None:
        manifest = {
            "format": FORMAT,
            "generation": self._generation,
            "offset": offset,
            "last": index.last,
            "segments": self._names,
        }
        new = self._folder / f"{_MANIFEST}.new"
        with new.open("w", encoding="ascii") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / _MANIFEST)

    def _remove_others(self) -> None:
        """Folders that the manifest does not name. What is still mapped from one stays readable until it is let go."""
        names = set(self._names.values())
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in names:
                shutil.rmtree(folder)


def _load(path: Path) -> NDArray[np.generic]:
    # As a plain array: each access to a numpy.memmap runs Python code.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
