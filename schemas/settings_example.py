"""A TOML file of every setting with its default, generated so that it cannot go stale."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from schemas.config import Settings, SettingsModel

_HEAD = """\
# Every setting of tgwire with its default. Copy to tgwire.toml and keep only what you change.
# A setting's environment variable is TGWIRE_<TABLE>__<KEY>, e.g. TGWIRE_KAFKA__TOPIC_PREFIX; it wins over the file.
# Written by `python -m schemas.generate`.
"""


def settings_example() -> str:
    """The text of ``deploy/tgwire.toml.example``; a setting without a default is commented out."""
    return _HEAD + "".join(line + "\n" for line in _lines())


def _lines() -> Iterator[str]:
    for table, info in Settings.model_fields.items():
        yield from ("", f"# {info.description}", f"[{table}]")
        for name, field in cast("type[SettingsModel]", info.annotation).model_fields.items():
            yield f"# {field.description}{_limits(field)}"
            yield f"{name} = {_toml(field.default)}" if field.default is not None else f"# {name} = {_sample(field)}"


def _limits(field: FieldInfo) -> str:
    signs = {Ge: ">=", Gt: ">", Le: "<="}
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
