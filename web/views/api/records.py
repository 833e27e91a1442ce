"""``/api``: the same reads as the pages, as JSON. A list ends with ``next``, the address of what follows, or null."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from schemas.keys import parse_post_key
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import channels as channel_rows
from sinks.store.reading.details import counter_history
from sinks.store.reading.outlets import OutletItem, items
from sinks.store.reading.post_json import iso
from sinks.store.reading.posts import post_by_key, record, revisions
from sinks.store.reading.posts import story as posts_of_story
from sinks.store.reading.stories import Ranking, StoryRow, place_in
from sinks.store.reading.stories import stories as ranked
from web.errors import RefusedRequestError, not_found
from web.pages import Pages
from web.views.channel_lines import end_of_store
from web.views.channel_lines import flat as flat_channel
from web.views.listing import as_json, posts_of
from web.views.parameters import (
    LARGEST,
    MOST,
    MOST_TEXT,
    PAGE,
    SINCE,
    after,
    cursor,
    following,
    limit,
    one_of,
    place,
    read_query,
    span_ms,
    whole,
)
from web.views.quote_items import flat as flat_quote
from web.views.quote_items import wanted
from web.views.spread import WantedPairs as WantedPairs
from web.views.spread import cached_pairs, place_of
from web.views.stories import first_behind
from web.views.time_windows import window


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
    next_url = following("/api/posts", params, found[size - 1].id, "before") if len(found) > size else None
    return _json({"posts": [as_json(each) for each in found[:size]], "next": next_url})


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
                "is_exact": each.is_exact,
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
    size, behind = limit(params), after(params, int, int, int, int)

    def read(rows: Reader, _: Dialect) -> list[StoryRow]:
        within = window(rows, pages.now_ms(), span)
        found = ranked(rows, within.since_ms, within.until_ms, ranking=ranking, least_channels=least).rows
        return found[first_behind(found, behind, ranking) :][: size + 1]

    found = await pages.read_cached(("api stories", span, ranking, least, size, behind), read)
    is_more = len(found) > size
    return _json(
        {
            "stories": [_story(each) for each in found[:size]],
            "next": following("/api/stories", params, place(*place_in(ranking, found[size - 1]))) if is_more else None,
        }
    )


def _story(row: StoryRow) -> dict[str, object]:
    return {
        "story": row.number,
        "channels": row.channels,
        "languages": row.languages,
        "posts": row.posts,
        "views": row.views,
        "recent_channels": row.recent_channels,
        "first_at": iso(row.first_ms),
        "last_at": iso(row.last_ms),
    }


async def story(request: Request) -> Response:
    """``/api/stories/{number}``"""
    pages: Pages = request.app.state.pages
    number, params = request.path_params["number"], request.query_params
    if number > LARGEST:
        raise not_found("A story of that number")
    size, behind = limit(params, MOST), after(params, int, str)
    found = await pages.read(lambda rows, _: posts_of_story(rows, number, limit=size + 1, behind=behind))
    if not found and behind is None:
        raise not_found("This story")
    next_url = None
    if len(found) > size:
        last = found[size - 1]
        next_url = following(f"/api/stories/{number}", params, place(last.posted_ms, last.key))
    return _json({"story": number, "posts": [as_json(each) for each in found[:size]], "next": next_url})


async def quotes(request: Request) -> Response:
    """``/api/quotes?outlet=ID``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    asked = wanted(params, PAGE, tuple(SINCE))
    if not asked.outlet:
        raise RefusedRequestError(400, "outlet: the id of an outlet was expected, as financial-times")

    def read(rows: Reader, _: Dialect) -> list[OutletItem]:
        within = window(rows, pages.now_ms(), asked.span_ms)
        return items(rows, asked.outlet, within.since_ms, within.until_ms, asked.narrowing, **asked.list)

    found = await pages.read_cached(("api quotes", asked), read)
    is_more = len(found) > asked.size
    return _json(
        {
            "quotes": [flat_quote(item) for item in found[: asked.size]],
            "next": following("/api/quotes", params, place(*found[asked.size - 1].place)) if is_more else None,
        }
    )


async def spread(request: Request) -> Response:
    """``/api/spread``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    _, span = span_ms(params, "7d")
    least = whole(params, "copies", 1, least=1, most=100_000) or 1
    found = await cached_pairs(
        pages, pages.now_ms(), WantedPairs(span, least, limit(params), after(params, int, int, int))
    )
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
    next_url = following("/api/spread", params, place_of(found.shown[-1])) if found.is_more else None
    return _json({"pairs": pairs, "total": found.total, "next": next_url})


async def channels(request: Request) -> Response:
    """``/api/channels``, by their ids."""
    pages: Pages = request.app.state.pages
    params = request.query_params
    size, behind = limit(params, MOST), after(params, int) or (0,)
    now_ms = pages.now_ms()
    found = await pages.read_cached("api channels", lambda rows, _: channel_rows(rows, end_of_store(rows, now_ms)))
    listed = [row for row in found if row.id > behind[0]]
    next_url = following("/api/channels", params, place(listed[size - 1].id)) if len(listed) > size else None
    return _json({"channels": [flat_channel(row) for row in listed[:size]], "next": next_url})
