"""Reads the settings: defaults < a TOML file < the environment. Every problem names its place, and all are shown.

The file is the given one, else the one that ``TGWIRE_CONFIG`` names, else ``./tgwire.toml`` when it exists.
A setting's variable is ``TGWIRE_<TABLE>__<KEY>``; ``KAFKA_BOOTSTRAP_SERVERS`` stands for
``kafka.bootstrap_servers`` where ``TGWIRE_KAFKA__BOOTSTRAP_SERVERS`` is not set.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from schemas.config import Settings
from schemas.settings_example import rows_of
from tgwire.errors import ConfigurationError

__all__ = ["ConfigurationError", "load_settings"]

DEFAULT_FILE = Path("tgwire.toml")
FILE_VARIABLE = "TGWIRE_CONFIG"
BROKERS_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"
PREFIX = "TGWIRE_"

Field = tuple[str, ...]


class _GivenSettings(Settings):
    """The settings as given: the environment is read here alone, where each variable is known by name."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str
    values: dict[str, Any]

    def place(self, field: Field) -> str | None:
        """File and line of a field or of the table around it; None when the file does not set it."""
        if not _holds(self.values, field):
            return None
        return f"{self.name}:{_line_of(self.text, field)}"


@dataclass(frozen=True, slots=True)
class _Environment:
    variables: dict[Field, str]
    """Variable that sets each field."""
    values: dict[Field, str]
    problems: list[str]

    def place(self, field: Field) -> str | None:
        """The variables that set a field, or anything under it."""
        return ", ".join(name for set_field, name in self.variables.items() if set_field[: len(field)] == field) or None


def load_settings(path: Path | None = None) -> Settings:
    """The settings of this process; ConfigurationError lists everything that is wrong with them."""
    environment = _read_environment(os.environ)
    file = _read_file(path)
    try:
        settings = _GivenSettings(**_merged(file.values, environment.values))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise ConfigurationError([*environment.problems, *_problems(details, file, environment)]) from None
    if environment.problems:
        raise ConfigurationError(environment.problems)
    return Settings.model_construct(**dict(settings))


def _read_file(path: Path | None) -> _File:
    path, named_by = _which_file(path)
    if path is None:
        return _File("", "", {})
    try:
        text = path.read_text(encoding="utf-8")
        return _File(str(path), text, tomllib.loads(text))
    except OSError as error:
        problem = f"{path}: cannot be read{named_by}: {error.strerror}"
    except UnicodeDecodeError as error:
        problem = f"{path}:{error.object[: error.start].count(10) + 1}: not UTF-8"
    except tomllib.TOMLDecodeError as error:
        problem = f"{path}:{_syntax_problem(str(error), text)}"
    raise ConfigurationError([problem])


def _which_file(path: Path | None) -> tuple[Path | None, str]:
    if path is not None:
        return path, ""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named), f" ({FILE_VARIABLE} names it)"
    return (DEFAULT_FILE, "") if DEFAULT_FILE.exists() else (None, "")


def _syntax_problem(message: str, text: str) -> str:
    # Python 3.14 gives the position as attributes, 3.11 in the message alone.
    if match := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL):
        return f"{match[2]}: {match[1]} (column {match[3]})"
    return f"{len(text.splitlines())}: {message}"


def _holds(values: Mapping[str, Any], field: Field) -> bool:
    node: Any = values
    for part in field:
        if isinstance(node, list) and part.isdigit() and int(part) < len(node):  # a row of an array of tables
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            return False
    return True


def _line_of(text: str, field: Field) -> int:
    """Line (from 1) of the statement that first sets a field.

    The parser itself finds it: the statement is in the first stretch of whole lines that parses and has the field,
    and begins after the last one that parses without it. tomllib and tomlkit tell no positions of values.
    """
    lines = text.splitlines(keepends=True)
    begin = 1
    for count in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if _holds(values, field):
            break
        begin = count + 1
    return begin


def _read_environment(environ: Mapping[str, str]) -> _Environment:
    fields = {PREFIX + "__".join(field).upper(): field for field in _settable()}
    variables = {fields[name]: name for name in environ if name in fields}
    brokers = ("kafka", "bootstrap_servers")
    if environ.get(BROKERS_VARIABLE):
        variables.setdefault(brokers, BROKERS_VARIABLE)
    problems = [
        _unknown(f"{name}: no such setting", name.upper(), fields)
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name not in fields and name != FILE_VARIABLE
    ]
    return _Environment(variables, {field: environ[name] for field, name in variables.items()}, problems)


def _settable() -> Iterator[Field]:
    for table, info in Settings.model_fields.items():
        branch = cast("type[BaseModel]", info.annotation)
        yield from ((table, key) for key, field in branch.model_fields.items() if rows_of(field) is None)


def _merged(values: Mapping[str, Any], overrides: Mapping[Field, str]) -> dict[str, Any]:
    merged = {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
    for (table, key), value in overrides.items():
        if isinstance(merged.setdefault(table, {}), dict):  # else the file's own error is told
            merged[table][key] = value
    return merged


def _problems(details: list[ErrorDetails], file: _File, environment: _Environment) -> Iterator[str]:
    for detail in details:
        field = tuple(str(part) for part in detail["loc"])
        place = environment.place(field) if field in environment.values else file.place(field)
        name = ".".join(field)
        if detail["type"] == "extra_forbidden":
            known = [*Settings.model_fields, *(".".join(known) for known in _settable())]
            yield _unknown(f"{place}: {name}: no such setting", name, known)
        else:
            message = detail["msg"].removeprefix("Value error, ")
            yield f"{place or environment.place(field)}: {name}: {message}"


def _unknown(problem: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{problem}; did you mean {close[0]}?" if close else problem
