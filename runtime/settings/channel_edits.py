"""Changes to the file of channels that keep its comments and order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from runtime.atomic_file import replace_file
from runtime.errors import ConfigurationError
from runtime.settings.channel_list import ChannelEntry, ChannelFileError, parse_entry, read_channels

KEY = "channel"
_HEADER = re.compile(r"\s*\[\[\s*channel\s*\]\]")


def remove_channels(path: Path, entries: Iterable[ChannelEntry]) -> list[ChannelEntry]:
    """Take channels out of the file; returns those that it does not name.

    Raises ConfigurationError when the file is wrong already, ChannelFileError when it cannot be written.
    """
    present, wanted = _identities(path), list(entries)
    gone = {entry.identity for entry in wanted}
    numbers = [number for number, identity in enumerate(present) if identity in gone]
    if numbers:
        _write(path, _without_rows(path.read_text(encoding="utf-8"), numbers, len(present)))
    return [entry for entry in wanted if entry.identity not in present]


def set_channels(path: Path, entries: Iterable[ChannelEntry], changes: Mapping[str, Any]) -> list[ChannelEntry]:
    """Set fields of channels of the file; None takes a field out. Returns the entries that the file does not name.

    Raises ConfigurationError when the file is wrong already, ChannelFileError when it cannot be written.
    """
    present, wanted = _identities(path), list(entries)
    changed = {entry.identity for entry in wanted}
    document = _read(path)
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


def _identities(path: Path) -> list[str]:
    return [entry.identity for entry in read_channels(path)]


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, TOMLKitError) as error:
        raise ConfigurationError([f"{path}: {error}"]) from error


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())  # a collector may be reading it
    except OSError as error:
        raise ChannelFileError(f"{path}: cannot be written: {error.strerror}") from error
