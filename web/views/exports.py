"""Tables in another form than a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from web.presentation.csv_tables import csv_table
from web.presentation.syndication import FeedEntry
from web.views.listing import TYPES, linked, syndicated


@dataclass(frozen=True, slots=True)
class Syndication:
    """A table for readers of feeds: its title, and the entries that its rows make, given the address of these pages."""

    title: str
    entries: Callable[[str], Iterable[FeedEntry]]


def as_table(
    request: Request,
    form: str,
    name: str,
    rows: Sequence[Mapping[str, object]],
    syndication: Syndication,
    next_url: str | None = None,
) -> Response:
    """Rows as CSV, JSON or JSON lines, or as RSS or Atom; ``next_url``: the address of those that follow."""
    base = str(request.base_url).rstrip("/")
    headers = linked(base, next_url)
    if form == "json":
        body = orjson.dumps({name: rows, "next": next_url})
    elif form == "jsonl":
        body = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    elif form == "csv":
        body = csv_table(rows, list(rows[0]) if rows else [])
        headers |= _kept_as(f"{name}.csv")
    else:
        body = syndicated(request, form, syndication.title, syndication.entries(base))
    return Response(body, media_type=TYPES[form], headers=headers)


def attached(body: bytes, form: str, name: str) -> Response:
    """A response that the browser keeps as a file."""
    return Response(body, media_type=TYPES[form], headers=_kept_as(name))


def _kept_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
