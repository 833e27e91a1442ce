"""Numbered files of SQL that bring a store to the layout of this version."""

import uuid
from importlib.resources import files
from typing import NamedTuple

from schemas.query.tokens import TOKENISER_VERSION
from sinks.store.errors import NewerStoreError


class Migration(NamedTuple):
    """One step of the tables' layout: its number and its SQL."""

    number: int
    sql: str


def migrations(dialect: str) -> list[Migration]:
    """All steps of a dialect in order."""
    folder = files("sinks.store").joinpath(dialect, "migrations")
    found = (
        Migration(int(file.name[:4]), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )
    return sorted(found)


def outstanding(dialect: str, name: str, layout: int) -> list[Migration]:
    """The steps that a store of this layout lacks; NewerStoreError for one that is ahead of this version."""
    steps = migrations(dialect)
    if layout > steps[-1].number:
        raise NewerStoreError(
            f"{name}: written by a newer tgwire (layout {layout}; this one knows {steps[-1].number}). "
            "Use that version, or set store.url to another store"
        )
    return [step for step in steps if step.number > layout]


def first_meta() -> list[tuple[str, str]]:
    """The rows of ``meta`` of a new store."""
    return [
        ("id", uuid.uuid4().hex),
        ("epoch", "1"),
        ("tokeniser", str(TOKENISER_VERSION)),
        ("horizon_ms", "0"),
        ("upkeep", "0"),
        ("links", "0"),
    ]
