"""``/api``: the same reads as the pages, as JSON. A list ends with ``next``, the address of what follows, or null."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from schemas.keys import parse_post_key
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import channels as channel_rows
from sinks.store.reading.details import counter_history
from sinks.store.reading.outlets import Narrowing, items
from sinks.store.reading.post_json import iso
from sinks.store.reading.posts import post_by_key, record, revisions
from sinks.store.reading.posts import story as posts_of_story
from sinks.store.reading.stories import Ranking
from sinks.store.reading.stories import stories as ranked
from web.errors import RefusedRequestError, not_found
from web.pages import Pages, address
from web.views.channel_lines import flat as flat_channel
from web.views.listing import as_json, posts_of
from web.views.parameters import MOST, MOST_TEXT, cursor, limit, one_of, read_query, span_ms, whole
from web.views.quotes import flat as flat_quote
from web.views.spread import kept_pairs
from web.views.windows import window

_LARGEST: Final = (1 << 63) - 1


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


async def posts(request: Request) -> Response:
    """``/api/posts``: the newest posts, or those of a query."""
    pages: Pages = request.app.state.pages
    params = request.query_params
    text = params.get("q", "").strip()
    if len(text) > MOST_TEXT:
        raise RefusedRequestError(400, f"A query has at most {MOST_TEXT:,} characters")
    tree = read_query(text) if text else None
    order = one_of(params, "order", ("newest", "oldest"), "newest") if tree is not None else "newest"
    size, before = limit(params), cursor(params)
    found = await pages.read(
        lambda rows, dialect: posts_of(rows, dialect, tree, size + 1, before, pages.now_ms(), order)
    )
    following = None
    if len(found) > size:
        following = address("/api/posts", q=text, order=params.get("order"), limit=size, before=found[size - 1].id)
    return _json({"posts": [as_json(each) for each in found[:size]], "next": following})


async def post(request: Request) -> Response:
    """``/api/posts/{key}``: a post with its whole record, revisions and counts."""
    pages: Pages = request.app.state.pages
    key = request.path_params["key"]
    try:
        parse_post_key(key)
    except ValueError:
        raise not_found("A post of that key") from None

    def read(rows: Reader, _: Dialect) -> dict[str, Any] | None:
        found = post_by_key(rows, key)
        if found is None:
            return None
        before = [
            {
                "what": each.what,
                "revision": each.revision,
                "seen_at": iso(each.seen_ms),
                "text": each.text,
                "last_seen_at": iso(each.last_seen_ms),
                "edited_at": iso(each.edited_ms),
            }
            for each in revisions(rows, key)
        ]
        counts = [
            {
                "observed_at": iso(each.observed_ms),
                "views": each.views,
                "forwards": each.forwards,
                "replies": each.replies,
                "reactions": each.reactions,
            }
            for each in counter_history(rows, key)
        ]
        return as_json(found) | {"record": record(rows, key), "revisions": before, "counters": counts}

    found = await pages.read(read)
    if found is None:
        raise not_found("This post")
    return _json(found)


async def stories(request: Request) -> Response:
    """``/api/stories``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    _, span = span_ms(params, "24h")
    ranking = Ranking(one_of(params, "by", tuple(Ranking), "channels"))
    least = whole(params, "channels", 2, least=1, most=1_000) or 2
    size = limit(params)

    def read(rows: Reader, _: Dialect) -> list[dict[str, object]]:
        within = window(rows, pages.now_ms(), span)
        found = ranked(rows, within.since_ms, within.until_ms, ranking=ranking, least_channels=least, limit=size)
        return [
            {
                "story": each.number,
                "channels": each.channels,
                "languages": each.languages,
                "posts": each.posts,
                "views": each.views,
                "recent_channels": each.recent_channels,
                "first_at": iso(each.first_ms),
                "last_at": iso(each.last_ms),
            }
            for each in found
        ]

    key = ("api stories", span, ranking, least, size)
    return _json({"stories": await pages.read_cached(key, read)})


async def story(request: Request) -> Response:
    """``/api/stories/{number}``"""
    pages: Pages = request.app.state.pages
    number = request.path_params["number"]
    if number > _LARGEST:
        raise not_found("A story of that number")
    found = await pages.read(lambda rows, _: posts_of_story(rows, number, limit=MOST))
    if not found:
        raise not_found("This story")
    return _json({"story": number, "posts": [as_json(each) for each in found]})


async def quotes(request: Request) -> Response:
    """``/api/quotes?outlet=ID``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    outlet = params.get("outlet", "")
    if not outlet:
        raise RefusedRequestError(400, "outlet: the id of an outlet was expected, as financial-times")
    _, span = span_ms(params, "7d")
    size = limit(params)

    def read(rows: Reader, _: Dialect) -> list[dict[str, object]]:
        within = window(rows, pages.now_ms(), span)
        return [
            flat_quote(item) for item in items(rows, outlet, within.since_ms, within.until_ms, Narrowing(), limit=size)
        ]

    return _json({"quotes": await pages.read(read)})


async def spread(request: Request) -> Response:
    """``/api/spread``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    _, span = span_ms(params, "7d")
    least = whole(params, "copies", 1, least=1, most=100_000) or 1
    size = limit(params)
    found = await kept_pairs(pages, pages.now_ms(), span, least, size)
    pairs = [
        {
            "from_channel": pair.from_channel,
            "from_name": found.names[pair.from_channel],
            "to_channel": pair.to_channel,
            "to_name": found.names[pair.to_channel],
            "copies": pair.copies,
            "median_lag_ms": pair.median_lag_ms,
        }
        for pair in found.shown
    ]
    return _json({"pairs": pairs, "total": found.total})


async def channels(request: Request) -> Response:
    """``/api/channels``"""
    pages: Pages = request.app.state.pages
    found = await pages.read(lambda rows, _: channel_rows(rows, pages.now_ms()))
    return _json({"channels": [flat_channel(row) for row in found]})
