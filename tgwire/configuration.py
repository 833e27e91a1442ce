"""Reads the settings: defaults < a TOML file < the environment. Every problem names its place, and all are shown.

The file is the given one, else the one that ``TGWIRE_CONFIG`` names, else ``./tgwire.toml`` when it exists.
A setting's variable is ``TGWIRE_<TABLE>__<KEY>``; ``KAFKA_BOOTSTRAP_SERVERS`` stands for
``kafka.bootstrap_servers`` where ``TGWIRE_KAFKA__BOOTSTRAP_SERVERS`` is not set.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from schemas.config import Settings
from schemas.settings_example import rows_of
from tgwire.errors import ConfigurationError
from tgwire.toml_files import Field, TomlFile, read_toml, unknown

__all__ = ["ConfigurationError", "load_settings"]

DEFAULT_FILE = Path("tgwire.toml")
FILE_VARIABLE = "TGWIRE_CONFIG"
BROKERS_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"
PREFIX = "TGWIRE_"


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


def _read_file(path: Path | None) -> TomlFile:
    path, named_by = _which_file(path)
    return TomlFile("", "", {}) if path is None else read_toml(path, named_by)


def _which_file(path: Path | None) -> tuple[Path | None, str]:
    if path is not None:
        return path, ""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named), f" ({FILE_VARIABLE} names it)"
    return (DEFAULT_FILE, "") if DEFAULT_FILE.exists() else (None, "")


def _read_environment(environ: Mapping[str, str]) -> _Environment:
    fields = {PREFIX + "__".join(field).upper(): field for field in _settable()}
    variables = {fields[name]: name for name in environ if name in fields}
    brokers = ("kafka", "bootstrap_servers")
    if environ.get(BROKERS_VARIABLE):
        variables.setdefault(brokers, BROKERS_VARIABLE)
    problems = [
        unknown(f"{name}: no such setting", name.upper(), fields)
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


def _problems(details: list[ErrorDetails], file: TomlFile, environment: _Environment) -> Iterator[str]:
    for detail in details:
        field = tuple(str(part) for part in detail["loc"])
        place = environment.place(field) if field in environment.values else file.place(field)
        name = ".".join(field)
        if detail["type"] == "extra_forbidden":
            known = [*Settings.model_fields, *(".".join(known) for known in _settable())]
            yield unknown(f"{place}: {name}: no such setting", name, known)
        else:
            message = detail["msg"].removeprefix("Value error, ")
            yield f"{place or environment.place(field)}: {name}: {message}"
