"""Tables in another form than a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from web.presentation.syndication import Entry
from web.presentation.tables import csv_table
from web.views.listing import TYPES, feed_of


@dataclass(frozen=True, slots=True)
class Feed:
    """A table as a feed: its title, and the entries that its rows make, given the address of these pages."""

    title: str
    entries: Callable[[str], Iterable[Entry]]


def as_table(
    request: Request, form: str, name: str, rows: Sequence[Mapping[str, object]], feed: Feed | None = None
) -> Response:
    """Rows as CSV, JSON or JSON lines; as RSS or Atom where they have a ``feed``."""
    if form == "json":
        return Response(orjson.dumps({name: rows}), media_type=TYPES["json"])
    if form == "jsonl":
        return Response(b"".join(orjson.dumps(row) + b"\n" for row in rows), media_type=TYPES["jsonl"])
    if feed is not None and form in ("rss", "atom"):
        entries = feed.entries(str(request.base_url).rstrip("/"))
        return Response(feed_of(request, form, feed.title, entries), media_type=TYPES[form])
    return attached(csv_table(rows, list(rows[0]) if rows else []), "csv", f"{name}.csv")


def attached(body: bytes, form: str, name: str) -> Response:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=TYPES[form], headers=headers)
