"""Changes to the file of channels that keep its comments and order, by one process at a time."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from runtime.atomic_file import replace_file
from runtime.errors import ConfigurationError
from runtime.file_lock import FileLock
from runtime.settings.channel_list import ChannelEntry, ChannelFileError, parse_entry, read_channels

KEY = "channel"
LOCK_WAIT_S: Final = 10.0
"""A change takes milliseconds: whoever holds the lock for longer is frozen."""
_LOCK_POLL_S: Final = 0.02
_HEADER = re.compile(r"\s*\[\[\s*channel\s*\]\]")


def add_channels(path: Path, entries: Iterable[ChannelEntry]) -> list[ChannelEntry]:
    """Append the channels that the file does not name yet, and return them; what it holds stays as it is.

    Raises ConfigurationError when the file is wrong already, ChannelFileError when it cannot be written.
    """
    wanted: dict[str, ChannelEntry] = {}
    for entry in entries:
        wanted.setdefault(entry.identity, entry)
    with _writing_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _changing(path):
        is_new = not path.exists()
        known = set[str]() if is_new else set(_identities(path))
        added = [entry for identity, entry in wanted.items() if identity not in known]
        if added:
            _write(path, _with_rows("" if is_new else path.read_text(encoding="utf-8"), added))
    return added


def remove_channels(path: Path, entries: Iterable[ChannelEntry]) -> list[ChannelEntry]:
    """Take channels out of the file; returns those that it does not name.

    Raises ConfigurationError when the file is wrong already, ChannelFileError when it cannot be written.
    """
    wanted = list(entries)
    gone = {entry.identity for entry in wanted}
    with _changing(path):
        present = _identities(path)
        numbers = [number for number, identity in enumerate(present) if identity in gone]
        if numbers:
            _write(path, _without_rows(path.read_text(encoding="utf-8"), numbers, len(present)))
    return [entry for entry in wanted if entry.identity not in present]


def set_channels(path: Path, entries: Iterable[ChannelEntry], changes: Mapping[str, Any]) -> list[ChannelEntry]:
    """Set fields of channels of the file; None takes a field out. Returns the entries that the file does not name.

    Raises ConfigurationError when the file is wrong already, ChannelFileError when it cannot be written.
    """
    wanted = list(entries)
    changed = {entry.identity for entry in wanted}
    with _changing(path):
        present, document = _identities(path), _read(path)
        for identity, row in zip(present, document.get(KEY, []), strict=True):
            if identity in changed:
                _change(row, changes)
        if changed & set(present):
            _write(path, tomlkit.dumps(document))
    return [entry for entry in wanted if entry.identity not in present]


def parse_names(names: Iterable[str]) -> tuple[list[ChannelEntry], list[ConfigurationError]]:
    """Channels as a person names them, and what is wrong with the other names."""
    entries, problems = [], []
    for number, name in enumerate(names, 1):
        try:
            entries.append(parse_entry(name, f"argument {number}"))
        except ConfigurationError as error:
            problems.append(error)
    return entries, problems


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Read and write the file while nobody else changes it: a page and commands may do so at the same time.

    The lock is on its folder: the file itself is replaced, and a file for the lock would stay behind.
    """
    folder = path.resolve().parent
    if not folder.exists():  # nor is the file: whoever reads it says so
        yield
        return
    with _writing_errors(path):
        lock = _locked(folder)
    try:
        yield
    finally:
        lock.close()


@contextmanager
def _writing_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BlockingIOError as error:
        raise ChannelFileError(
            f"{path}: another process has been changing it for {LOCK_WAIT_S:g} s and may be frozen. End it"
        ) from error
    except OSError as error:
        raise ChannelFileError(f"{path}: cannot be written: {error.strerror}") from error


def _locked(folder: Path) -> FileLock:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            return FileLock(folder)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_POLL_S)


def _identities(path: Path) -> list[str]:
    return [entry.identity for entry in read_channels(path)]


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, TOMLKitError) as error:
        raise ConfigurationError([f"{path}: {error}"]) from error


def _with_rows(text: str, entries: Sequence[ChannelEntry]) -> str:
    document = tomlkit.document()
    rows = tomlkit.aot()
    for entry in entries:
        row = tomlkit.table()
        row.update(entry.model_dump(exclude_defaults=True))
        rows.append(row)
    document.append(KEY, rows)
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return text + gap + tomlkit.dumps(document)


def _without_rows(text: str, numbers: Sequence[int], count: int) -> str:
    """The text without some of its rows. Comments between rows stay: which row they speak of is not known."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    if len(starts) != count:  # written in line, as an array
        document = tomlkit.parse(text)
        for number in reversed(numbers):
            del document[KEY][number]
        return tomlkit.dumps(document)
    ends = [*starts[1:], len(lines)]
    for number in reversed(numbers):
        last = starts[number]
        for place in range(last, ends[number]):
            if lines[place].strip() and not lines[place].lstrip().startswith("#"):
                last = place
        if last + 1 < len(lines) and not lines[last + 1].strip():
            last += 1
        del lines[starts[number] : last + 1]
    return "".join(lines)


def _change(row: Any, changes: Mapping[str, Any]) -> None:  # noqa: ANN401 - tomlkit's table or inline table
    for name, value in changes.items():
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value


def _write(path: Path, text: str) -> None:
    with _writing_errors(path):
        replace_file(path, text.encode())  # a collector may be reading it
