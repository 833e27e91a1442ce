"""TOML files written by people, read with the line of every field, for error messages."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import ConfigurationError
from schemas.regular_files import read_regular

Field = tuple[str, ...]
"""Path of a field; a row of an array of tables counts by its number, from "0"."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file of TOML that was parsed, with its text for the lines of fields."""

    name: str
    text: str
    values: dict[str, Any]

    def place(self, field: Field) -> str | None:
        """File and line of a field or of the table around it; None when the file does not set it."""
        return f"{self.name}:{_line_of(self.text, field)}" if _holds(self.values, field) else None


def read_toml(path: Path, named_by: str = "") -> TomlFile:
    """Read a file; ConfigurationError, with ``named_by`` in it, when it cannot be read or does not parse."""
    try:
        text = read_regular(path).decode("utf-8")
        return TomlFile(str(path), text, tomllib.loads(text))
    except OSError as error:
        problem = f"{path}: cannot be read{named_by}: {error.strerror}"
    except UnicodeDecodeError as error:
        problem = f"{path}:{error.object[: error.start].count(10) + 1}: not UTF-8"
    except tomllib.TOMLDecodeError as error:
        problem = f"{path}:{_syntax_problem(str(error), text)}"
    raise ConfigurationError([problem])


def unknown(problem: str, name: str, known: Iterable[str]) -> str:
    """A problem with a name that is not known, and the one that was probably meant."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{problem}; did you mean {close[0]}?" if close else problem


def _syntax_problem(message: str, text: str) -> str:
    # Python 3.14 gives the position as attributes, 3.11 in the message alone.
    if match := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL):
        return f"{match[2]}: {match[1]} (column {match[3]})"
    return f"{len(text.splitlines())}: {message}"


def _holds(values: Mapping[str, Any], field: Field) -> bool:
    node: Any = values
    for part in field:
        if isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            return False
    return True


def _line_of(text: str, field: Field) -> int:
    """Line (from 1) of the statement that first sets a field.

    The parser itself finds it: the statement is in the first stretch of whole lines that parses and has the field,
    and begins after the last one that parses without it. tomllib and tomlkit give no positions of values.
    """
    lines = text.splitlines(keepends=True)
    first, field = _row_start(lines, field)
    begin = first + 1
    for count in range(first + 1, len(lines) + 1):
        try:
            values = tomllib.loads("".join(lines[first:count]))
        except tomllib.TOMLDecodeError:
            continue
        if _holds(values, field):
            break
        begin = count + 1
    return begin


def _row_start(lines: list[str], field: Field) -> tuple[int, Field]:
    """Index of the header of the row that a field is in, and the field as it reads from there.

    Without it the search would take minutes in a list of a thousand channels.
    """
    number = next((index for index, part in enumerate(field) if part.isdigit()), None)
    if number is None:
        return 0, field
    header = re.compile(r"\s*\[\[\s*" + r"\s*\.\s*".join(map(re.escape, field[:number])) + r"\s*\]\]")
    rows = [index for index, line in enumerate(lines) if header.match(line)]
    if int(field[number]) >= len(rows):  # written in line, as an array
        return 0, field
    return rows[int(field[number])], (*field[:number], "0", *field[number + 1 :])
