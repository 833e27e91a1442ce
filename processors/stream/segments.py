"""A partition's duplicate index in local files, so that an assignment reads only the end of the state log.

``<folder>/manifest.json`` names the log offset that the files cover and the folder of each day's arrays. A folder is
written once and never changed; the manifest is replaced when all folders that it names are on the disk. What a crash
leaves behind is removed when the files are next opened.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from processors.core.dedup import DedupIndex
from processors.core.dedup.segment import LAYOUT, Arrays
from schemas.reasons import reason_of

FORMAT = 3
_MANIFEST = "manifest.json"
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Saved:
    """What the files hold."""

    offset: int
    """All records of the log below it are in the segments."""
    last: tuple[int, int]
    """``DedupIndex.last`` of the last record that is in them."""
    last_offset: int
    """Its offset; what lies between the two cannot be read."""
    unreadable: int
    """Records of the log that could not be read, and are missing."""
    segments: Mapping[int, Arrays]
    """Memory-mapped, read-only."""


class _Manifest(BaseModel):
    model_config = ConfigDict(strict=True)
    format: int
    generation: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    last: tuple[int, int]
    last_offset: Annotated[int, Field(ge=0)] | None = None
    unreadable: Annotated[int, Field(ge=0)] = 0
    segments: dict[int, Annotated[str, Field(pattern=r"^-?\d+\.\d+$")]]


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
            manifest = _Manifest.model_validate_json((self._folder / _MANIFEST).read_bytes())
            if manifest.format != FORMAT:
                raise ValueError(f"format {manifest.format}")
            last_offset = manifest.offset - 1 if manifest.last_offset is None else manifest.last_offset
            segments = {day: self._map(name) for day, name in manifest.segments.items()}
            saved = Saved(manifest.offset, manifest.last, last_offset, manifest.unreadable, segments)
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - numpy raises what it likes; the log has it all
            _log.warning(
                "local state is not usable, the log is read instead", folder=str(self._folder), problem=_words(error)
            )
            return None
        self._names, self._mapped, self._generation = manifest.segments, set(segments), manifest.generation
        self._remove_others()
        return saved

    def save(self, index: DedupIndex, offset: int, last_offset: int | None = None, unreadable: int = 0) -> None:
        """Write the segments that changed since they were saved last, and go on with those in files that did not:
        they are closed, and need no memory until they are asked for. What the disk does not take stays in memory alone.

        The index must hold what the log says below ``offset``, and must not change meanwhile. ``last_offset`` is that
        of the last record in it where records behind it cannot be read.
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
            self._write_manifest(index, offset, last_offset, unreadable)
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

    def _write_manifest(self, index: DedupIndex, offset: int, last_offset: int | None, unreadable: int) -> None:
        manifest = _Manifest(
            format=FORMAT,
            generation=self._generation,
            offset=offset,
            last=index.last,
            last_offset=last_offset,
            unreadable=unreadable,
            segments=self._names,
        )
        new = self._folder / f"{_MANIFEST}.new"
        with new.open("w", encoding="ascii") as file:
            file.write(manifest.model_dump_json())
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
    # Not np.load, which opens archives too. As a plain array: each access to a numpy.memmap runs Python code.
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{_MANIFEST}: {'.'.join(map(str, first['loc'])) or 'the whole'}: {reason_of(first)}"
    return str(error) or type(error).__name__
