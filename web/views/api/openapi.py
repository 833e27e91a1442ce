"""The description of the API, in OpenAPI 3.1."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.quotes import QuoteKind
from sinks.store.reading.outlets import ItemOrder
from web.errors import RefusedRequestError
from web.presentation.words import plain
from web.views.parameters import MOST, PAGE, SINCE

_LIMIT: Final = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_SINCE: Final = {"type": "string", "enum": list(SINCE)}


def _parameter(name: str, schema: dict[str, Any], description: str, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema, "description": description, "required": where == "path"}


def _path(summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    answers = {
        "200": {"description": "Found.", "content": {"application/json": {"schema": {"type": "object"}}}},
        "400": {"description": "Not understood: `error` says what, `pointed` shows where in a query."},
        "404": {"description": "Not in the store."},
        "503": {"description": "The store does not answer, or the query took too long."},
    }
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": answers}}


_AFTER: Final = _parameter("after", _TEXT, "Where to begin: `next` of the list before has it.")

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "tgwire",
        "version": "1",
        "description": "A store, read only. `next` is the address of what follows.",
    },
    "paths": {
        "/api/posts": _path(
            "Posts, the newest first",
            _parameter("q", _TEXT, "A query, as in docs/query.md."),
            _parameter("order", {"type": "string", "enum": ["newest", "oldest"]}, "Of a query."),
            _parameter("before", _NUMBER, "`cursor` of the last post that you have: what follows it."),
            _parameter("limit", _LIMIT, "How many."),
        ),
        "/api/posts/{key}": _path(
            "A post with its record, revisions and counts", _parameter("key", _TEXT, "As tg:1234567890:42.", "path")
        ),
        "/api/stories": _path(
            "Stories, those of most channels first",
            _parameter("since", _SINCE, "Window, up to now."),
            _parameter("by", {"type": "string", "enum": ["channels", "speed", "views"]}, "Ranking."),
            _parameter("channels", _NUMBER, "At least so many channels."),
            _AFTER,
            _parameter("limit", _LIMIT, "How many."),
        ),
        "/api/stories/{number}": _path(
            "Posts of a story, the earliest first",
            _parameter("number", _NUMBER, "Its number.", "path"),
            _AFTER,
            _parameter("limit", _LIMIT | {"default": MOST}, "How many."),
        ),
        "/api/quotes": _path(
            "What an outlet is quoted with",
            _parameter("outlet", _TEXT, "Id of the outlet.", "query"),
            _parameter("since", _SINCE, "Window, up to now."),
            _parameter("kind", {"type": "string", "enum": list(QuoteKind)}, "Of the quotes."),
            _parameter("lang", _TEXT, "Language of the posts, as en."),
            _parameter("channel", _NUMBER, "Id of the channel that quotes it."),
            _parameter("order", {"type": "string", "enum": list(ItemOrder)}, "The newest first, or the most repeated."),
            _AFTER,
            _parameter("limit", _LIMIT, "How many."),
        ),
        "/api/spread": _path(
            "Who repeats whom",
            _parameter("since", _SINCE, "Window, up to now."),
            _parameter("copies", _NUMBER, "Pairs with at least so many copies."),
            _AFTER,
            _parameter("limit", _LIMIT, "How many."),
        ),
        "/api/channels": _path(
            "Channels, and how they are, by their ids",
            _AFTER,
            _parameter("limit", _LIMIT | {"default": MOST}, "How many."),
        ),
    },
}


Handler = Callable[[Request], Awaitable[Response]]


def described(path: str, answer: Handler) -> Route:
    """A read of the API, which takes the parameters of its description and no others."""
    known = [each["name"] for each in DOCUMENT["paths"][path]["get"]["parameters"] if each["in"] == "query"]

    async def checked(request: Request) -> Response:
        for name in request.query_params:
            if name not in known:
                others = f"known: {', '.join(known)}" if known else "it takes none"
                raise RefusedRequestError(400, f"{plain(name)[:80]}: no such parameter; {others}")
        return await answer(request)

    return Route(path.replace("{number}", "{number:int}"), checked, methods=["GET"])


async def openapi(_: Request) -> Response:
    """``/api/openapi.json``"""
    return Response(orjson.dumps(DOCUMENT), media_type="application/json")
