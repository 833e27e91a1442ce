"""Tables in another form than a page."""

from collections.abc import Mapping, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response

from web.errors import RefusedRequestError
from web.presentation.tables import csv_table
from web.views.listing import TYPES


def as_table(request: Request, form: str, name: str, rows: Sequence[Mapping[str, object]]) -> Response:
    """Rows as CSV, JSON or JSON lines; a table is no feed."""
    if form == "json":
        return Response(orjson.dumps({name: rows}), media_type=TYPES["json"])
    if form == "jsonl":
        return Response(b"".join(orjson.dumps(row) + b"\n" for row in rows), media_type=TYPES["jsonl"])
    if form != "csv":
        raise RefusedRequestError(400, f"{request.url.path} is a table: format is csv, json or jsonl")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_table(rows, list(rows[0]) if rows else []), media_type=TYPES["csv"], headers=headers)
