"""Reads the settings: defaults < a TOML file < the environment. Every problem names its place, and all are shown.

``runtime.settings.places`` finds the file. A path in it that is not absolute is taken from the file's folder, so that a
command means the same in every folder; one in a variable is taken from the working folder.

A setting's variable is ``TGWIRE_<TABLE>__<KEY>``, of a table within another ``TGWIRE_<TABLE>__<INNER>__<KEY>``;
``KAFKA_BOOTSTRAP_SERVERS`` is another name of ``kafka.bootstrap_servers`` where ``TGWIRE_KAFKA__BOOTSTRAP_SERVERS`` is
not set.
"""

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from runtime.errors import ConfigurationError
from runtime.settings.base import FolderOrAddress
from runtime.settings.example_file import rows_of, table_of
from runtime.settings.places import CONFIG_VARIABLE, ChosenPath, default_state_dir, find_config
from runtime.settings.toml_file import Field, TomlFile, read_toml, unknown
from runtime.settings.tree import Settings
from schemas.validation_messages import reason_of

__all__ = ["ConfigurationError", "load_settings"]

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
    place = find_config(path)
    file = _read_file(place)
    values = file.values if place is None else _from_folder(file.values, place.path.parent)
    try:
        settings = _GivenSettings(**_with_places(_merged(values, environment.values), place))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise ConfigurationError([*environment.problems, *_problems(details, file, environment)]) from None
    if environment.problems:
        raise ConfigurationError(environment.problems)
    return Settings.model_construct(**dict(settings))


def _read_file(place: ChosenPath | None) -> TomlFile:
    if place is None:
        return TomlFile("", "", {})
    return read_toml(place.path, f" ({place.reason})" if CONFIG_VARIABLE in place.reason else "")


def _from_folder(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a file, with its paths taken from its folder."""
    tables = {name: cast("type[BaseModel]", info.annotation) for name, info in Settings.model_fields.items()}
    return {name: _paths_from(value, tables.get(name), folder) for name, value in values.items()}


def _paths_from(value: Any, model: type[BaseModel] | None, folder: Path) -> Any:  # noqa: ANN401 - as TOML has it
    if model is None or not isinstance(value, dict):
        return value
    changed = dict(value)
    for name, field in model.model_fields.items():
        given, rows = value.get(name), rows_of(field)
        if isinstance(given, dict):
            changed[name] = _paths_from(given, table_of(field), folder)
        elif isinstance(given, str) and _is_path(field, given):
            changed[name] = str(folder / Path(given).expanduser())
        elif rows is not None and isinstance(given, list):
            changed[name] = [_paths_from(row, rows, folder) for row in given]
    return changed


def _is_path(field: FieldInfo, given: str) -> bool:
    if FolderOrAddress in field.metadata:
        return "://" not in given
    return Path in (field.annotation, *get_args(field.annotation))


def _with_places(values: dict[str, Any], config: ChosenPath | None) -> dict[str, Any]:
    """The values, with the folders and files that nobody has set."""
    ingest, worker, collect = (values.setdefault(table, {}) for table in ("ingest", "worker", "collect"))
    if not all(isinstance(table, dict) for table in (ingest, worker, collect)):
        return values  # the file's own error is reported
    state_dir = ingest.setdefault("state_dir", str(default_state_dir(config).path))
    if isinstance(state_dir, str):
        worker.setdefault("data_dir", str(Path(state_dir, "worker")))
        collect.setdefault("media_dir", str(Path(state_dir, "media")))
        _with_folders_of_sinks(values, state_dir)
    if config is not None:
        collect.setdefault("channels", str(config.path.parent / "channels.toml"))
    return values


def _with_folders_of_sinks(values: dict[str, Any], state_dir: str) -> None:
    sink = values.setdefault("sink", {})
    for name, key in (("jsonl", "folder"), ("parquet", "place")):
        if isinstance(sink, dict) and isinstance(sink.setdefault(name, {}), dict):
            sink[name].setdefault(key, str(Path(state_dir, name)))


def _read_environment(environ: Mapping[str, str]) -> _Environment:
    fields = {PREFIX + "__".join(field).upper(): field for field in _settable()}
    variables = {fields[name]: name for name in environ if name in fields}
    brokers = ("kafka", "bootstrap_servers")
    if environ.get(BROKERS_VARIABLE):
        variables.setdefault(brokers, BROKERS_VARIABLE)
    problems = [
        unknown(f"{name}: no such setting", name.upper(), fields)
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name not in fields and name != CONFIG_VARIABLE
    ]
    return _Environment(variables, {field: environ[name] for field, name in variables.items()}, problems)


def _settable() -> Iterator[Field]:
    for table, info in Settings.model_fields.items():
        yield from _settable_in((table,), cast("type[BaseModel]", info.annotation))


def _settable_in(table: Field, model: type[BaseModel]) -> Iterator[Field]:
    for key, field in model.model_fields.items():
        if inner := table_of(field):
            yield from _settable_in((*table, key), inner)
        elif rows_of(field) is None:
            yield (*table, key)


def _merged(values: Mapping[str, Any], overrides: Mapping[Field, str]) -> dict[str, Any]:
    merged = deepcopy(dict(values))
    for (*tables, key), value in overrides.items():
        node: Any = merged
        for table in tables:
            node = node.setdefault(table, {})
            if not isinstance(node, dict):
                break  # the file's own error is raised
        else:
            node[key] = value
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
            message = reason_of(detail)
            yield f"{place or environment.place(field)}: {name}: {message}"
