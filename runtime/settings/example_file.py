"""A TOML file of every setting with its default, generated so that it cannot go stale."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from runtime.settings.base import SettingsModel
from runtime.settings.tree import Settings

_HEAD = """\
# Every setting of tgwire with its default. Copy to tgwire.toml and keep only what you change.
# Paths that are not absolute are taken from the folder of that file, those of variables from the working folder.
# A setting's environment variable is TGWIRE_<TABLE>__<KEY>, e.g. TGWIRE_KAFKA__TOPIC_PREFIX; it wins over the file.
# Written by `python -m tgwire.generate`.
"""
_TEMPLATE_HEAD = """\
# Settings of tgwire. What is commented out has its default; take the # away from what you change.
# Paths that are not absolute are taken from the folder of this file.
# A setting's environment variable is TGWIRE_<TABLE>__<KEY>, e.g. TGWIRE_KAFKA__TOPIC_PREFIX; it wins over this file.
# `tgwire check` shows whether everything is in order, and where each file and folder is.
"""
_SETTING = re.compile(r"[a-z_0-9]+ = ")


def settings_example() -> str:
    """The text of ``deploy/tgwire.toml.example``; a setting without a default is commented out."""
    return _HEAD + "".join(line + "\n" for line in _lines())


def settings_template() -> str:
    """A file to begin with: every setting commented out (``#name = value``), so that its default goes on holding."""
    return _TEMPLATE_HEAD + "".join(f"{_commented_out(line)}\n" for line in _lines())


def _commented_out(line: str) -> str:
    if not line or line.startswith(("# [", "[")):
        return line
    setting = line.removeprefix("# ")
    return f"#{setting}" if _SETTING.match(setting) else line


def _lines() -> Iterator[str]:
    for table, info in Settings.model_fields.items():
        yield from _table(table, info)


def _table(name: str, info: FieldInfo) -> Iterator[str]:
    yield from ("", f"# {info.description}", f"[{name}]")
    fields = cast("type[SettingsModel]", info.annotation).model_fields
    for key, field in fields.items():
        if rows_of(field) is None and table_of(field) is None:
            yield from _setting(key, field)
    for key, field in fields.items():
        if table_of(field) is not None:
            yield from _table(f"{name}.{key}", field)
        elif rows := rows_of(field):
            yield from ("", f"# {field.description}", f"# [[{name}.{key}]]")
            for row_name, row_field in rows.model_fields.items():
                comment, setting = _setting(row_name, row_field)
                yield from (comment, f"# {setting.removeprefix('# ')}")


def rows_of(field: FieldInfo) -> type[SettingsModel] | None:
    """The model of a field's rows when it is an array of tables, which no environment variable can set."""
    row = next(iter(get_args(field.annotation)), None)
    return row if isinstance(row, type) and issubclass(row, SettingsModel) else None


def table_of(field: FieldInfo) -> type[SettingsModel] | None:
    """The model of a field that is a table of its own within its table."""
    model = field.annotation
    return model if isinstance(model, type) and issubclass(model, SettingsModel) else None


def _setting(name: str, field: FieldInfo) -> tuple[str, str]:
    has_default = field.default is not None and field.default_factory is None
    value = f"{name} = {_toml(field.default)}" if has_default else f"# {name} = {_sample(field)}"
    return f"# {field.description}{_limits(field)}", value


def _limits(field: FieldInfo) -> str:
    signs = {Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}
    limits = [
        f"{signs[type(limit)]} {getattr(limit, type(limit).__name__.lower())}"
        for limit in field.metadata
        if type(limit) in signs
    ]
    if get_origin(field.annotation) is Literal:
        limits.append(" | ".join(get_args(field.annotation)))
    return f" ({', '.join(limits)})" if limits else ""


def _sample(field: FieldInfo) -> str:
    if field.examples:
        return _toml(field.examples[0])
    if SecretStr in get_args(field.annotation):
        return _toml("...")
    return _toml("/path/to/file.pem" if Path in get_args(field.annotation) else "")


def _toml(value: Any) -> str:  # noqa: ANN401 - a setting's default
    # JSON's strings, numbers and booleans are TOML's as well.
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
