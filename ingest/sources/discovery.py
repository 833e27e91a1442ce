"""From a path on the command line to sources, and to the files that are none."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from ingest.errors import SourceNotFoundError, SourceUnreadableError
from ingest.sources.base import Source
from ingest.sources.identity import readable_name
from ingest.sources.jsonl import JsonLinesSource
from ingest.sources.text import SIDECAR_SUFFIX, TextSource
from schemas import Lane
from schemas.files import NOT_REGULAR

TEXT_SUFFIXES = (".txt",)
JSON_LINES_SUFFIXES = (".jsonl", ".ndjson")
COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".rar", ".tar", ".tgz")
_KNOWN = ", ".join(f"*{suffix}" for suffix in (*TEXT_SUFFIXES, *JSON_LINES_SUFFIXES))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out."""

    name: str
    """``folder/file``, as sources are named."""
    reason: str
    is_hidden: bool = False
    """Its name begins with a dot: left out by custom, while any other may hold posts."""

    def __str__(self) -> str:
        return f"{readable_name(self.name)}: left out: {self.reason}"


class Discovery(NamedTuple):
    """What a path holds."""

    sources: list[Source]
    skipped: list[Skipped]


def open_sources(path: str | Path, lane: Lane, stdin: BinaryIO) -> Discovery:
    """The sources behind a path, in a fixed order; raises SourceNotFoundError and SourceUnreadableError.

    A file is one source; a folder is one for each regular file of a known kind in it and below, by name, and
    everything else there is listed as skipped; ``-`` is JSON lines from ``stdin``. Folders below the given one are
    channels named by their path from it.
    """
    if str(path) == "-":
        return Discovery([JsonLinesSource(stdin, "stdin", lane)], [])
    try:
        return _open_path(path, lane)
    except OSError as error:
        raise SourceUnreadableError(f"{error.filename or path}: cannot be read ({error.strerror}).") from error


def _open_path(path: str | Path, lane: Lane) -> Discovery:
    # Links are kept as they are: a mounted volume's files link to folders whose names change with every update.
    absolute = Path(os.path.normpath(Path.cwd() / path))
    if absolute.is_dir():
        found = Discovery([], [])
        for each in _walk(absolute, lane):
            found.skipped.append(each) if isinstance(each, Skipped) else found.sources.append(each)
        if not found.sources:
            names = "; ".join(f"{each.name}: {each.reason}" for each in found.skipped[:10])
            left_out = f" Left out: {len(found.skipped)} ({names}{'; ...' if found.skipped[10:] else ''})."
            raise SourceNotFoundError(f"{path}: the folder holds none of {_KNOWN}.{left_out if found.skipped else ''}")
        return found
    if not absolute.exists():
        raise SourceNotFoundError(f"{path}: no such file or folder.")
    source = _open_file(absolute, absolute.parent.name, lane)
    if isinstance(source, Skipped):
        hint = " - reads JSON lines from stdin." if source.reason == NOT_REGULAR else ""
        raise SourceNotFoundError(f"{path}: {source.reason}.{hint}")
    return Discovery([source], [])


def _open_file(path: Path, folder: str, lane: Lane) -> Source | Skipped:
    name, kind = f"{folder}/{path.name}", path.suffix.lower()
    if path.exists() and not path.is_file():
        return Skipped(name, NOT_REGULAR)
    if kind in TEXT_SUFFIXES:
        return TextSource(path, folder, lane)
    if kind in JSON_LINES_SUFFIXES:
        return JsonLinesSource(path, name, lane)
    if kind in COMPRESSED_SUFFIXES:
        return Skipped(name, "compressed; unpack it first")
    return Skipped(name, f"unknown kind of file; known are {_KNOWN}")


def _walk(root: Path, lane: Lane) -> Iterator[Source | Skipped]:
    for parent, folders, files in os.walk(root, onerror=_raise):
        here = Path(parent)
        folder = Path(root.name, here.relative_to(root)).as_posix()
        for name in sorted(folders):
            if name.startswith("."):
                yield Skipped(f"{folder}/{name}/", "hidden folder", is_hidden=True)
            elif (here / name).is_symlink():
                yield Skipped(f"{folder}/{name}/", "a link to a folder; give the folder itself")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        sidecars = {Path(name).stem for name in files if Path(name).suffix.lower() in TEXT_SUFFIXES}
        for name in sorted(files):
            if name.startswith("."):
                yield Skipped(f"{folder}/{name}", "hidden file", is_hidden=True)
            elif not (name.endswith(SIDECAR_SUFFIX) and Path(name).stem in sidecars):
                yield _open_file(here / name, folder, lane)


def _raise(error: OSError) -> NoReturn:
    raise error
