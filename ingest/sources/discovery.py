"""From a path on the command line to sources."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from ingest.errors import SourceNotFoundError, SourceUnreadableError
from ingest.sources.base import Source
from ingest.sources.jsonl import JsonLinesSource
from ingest.sources.text import TextSource
from schemas import Lane

TEXT_SUFFIXES = (".txt",)
JSON_LINES_SUFFIXES = (".jsonl", ".ndjson")
_KNOWN = ", ".join(f"*{suffix}" for suffix in (*TEXT_SUFFIXES, *JSON_LINES_SUFFIXES))


def open_sources(path: str | Path, lane: Lane, stdin: BinaryIO) -> list[Source]:
    """The sources behind a path, in a fixed order; raises SourceNotFoundError and SourceUnreadableError.

    A file is one source; a folder is one for each file of a known kind in it and below, by name, hidden ones left
    out; ``-`` is JSON lines from ``stdin``. Folders below the given one are channels named by their path from it.
    """
    if str(path) == "-":
        return [JsonLinesSource(stdin, "stdin", lane)]
    try:
        return _open_path(path, lane)
    except OSError as error:
        raise SourceUnreadableError(f"{error.filename or path}: cannot be read ({error.strerror}).") from error


def _open_path(path: str | Path, lane: Lane) -> list[Source]:
    # Links are kept as they are: a mounted volume's files link to folders whose names change with every update.
    absolute = Path(os.path.normpath(Path.cwd() / path))
    if absolute.is_dir():
        sources = list(_walk(absolute, lane))
        if not sources:
            raise SourceNotFoundError(f"{path}: the folder holds none of {_KNOWN}.")
        return sources
    if not absolute.exists():
        raise SourceNotFoundError(f"{path}: no such file or folder.")
    source = _open_file(absolute, absolute.parent.name, lane)
    if source is None:
        raise SourceNotFoundError(f"{path}: unknown kind of file; known are {_KNOWN}, a folder, and - for stdin.")
    return [source]


def _open_file(path: Path, folder: str, lane: Lane) -> Source | None:
    if path.suffix in TEXT_SUFFIXES:
        return TextSource(path, folder, lane)
    if path.suffix in JSON_LINES_SUFFIXES:
        return JsonLinesSource(path, f"{folder}/{path.name}", lane)
    return None


def _walk(root: Path, lane: Lane) -> Iterator[Source]:
    for parent, folders, files in os.walk(root, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(parent).relative_to(root)
        folder = Path(root.name, below).as_posix()
        for name in sorted(name for name in files if not name.startswith(".")):
            source = _open_file(Path(parent, name), folder, lane)
            if source is not None:
                yield source


def _raise(error: OSError) -> NoReturn:
    raise error
