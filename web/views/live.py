"""``/live``: how many new posts a page has missed, as server-sent events."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple

from jinja2 import Template
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schemas.query.parser import parse
from sinks.store.search.changes import ChangeCursor
from web.errors import RefusedRequestError
from web.pages import LiveState, Pages, address, live_state_of
from web.serving.event_stream import BEAT_S, HEADERS, EventStream
from web.serving.followed_query import AWAY, FAILED, TOO_SLOW, Follower, decisive_changes
from web.serving.news import TooManyError
from web.views.parameters import MOST_TEXT, cursor, feed_filters, read_query

_WHY: Final = {
    TOO_SLOW: "Looking for new hits takes longer than {limit_s:g} s, or they come faster than that",
    FAILED: "Looking for new hits fails",
    AWAY: "More has changed since this page than the store remembers, or the store has been restored",
}
_SHOWN: Final = re.compile(r"[0-9a-f]{1,16}(\.[0-9a-f]{1,16}){0,99}", re.ASCII)
_MOST_SHOWN: Final = 100
FIRST_S: Final = 3.0
"""By then the store has been asked what a page has missed."""


class _Response(Response):
    """An event stream with the end of its place among the followers."""

    def __init__(self, stream: EventStream, stack: AsyncExitStack) -> None:
        super().__init__()
        self._stream, self._stack = stream, stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await self._stream(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Followed:
    """The query whose posts are news, the page that shows them, and what it calls them."""

    query: str
    url: str
    word: str


class _EventData(NamedTuple):
    """The values of an event of the stream, as its template names them."""

    has_count: bool
    new: int
    problem: str
    why: str
    time: str
    live: LiveState
    is_reachable: bool


@lru_cache(maxsize=256)
def _rendered(template: Template, followed: _Followed, message: _EventData) -> str:
    """A message. Pages with the same filters get the same one at the same time, and there may be a thousand of them."""
    return template.render(url=followed.url, word=followed.word, **message._asdict())


def live_address(query: str, place: ChangeCursor, shown: Sequence[int], *, is_more: bool) -> str:
    """The address at which the page of a search learns of new hits; ``shown``: ids of the hits on it, the newest first.

    Those that a later change could bring up again go with it: the newest hundred.
    """
    is_judged_again = any(decisive_changes(parse(query)))
    hits = ".".join(f"{number:x}" for number in shown[:_MOST_SHOWN]) if is_judged_again else ""
    return address("/live", ("place", place), ("from", shown[-1] if is_more else 0), q=query, shown=hits)


async def live(request: Request) -> Response:
    """``/live?place=0-12&from=ID`` and the filters of the feed, or ``q`` with the query of a search."""
    pages: Pages = request.app.state.pages
    params = request.query_params
    followed = _followed(params)
    place, shown = _place(params.get("place", "")), _shown(params.get("shown", ""))
    if request.method == "HEAD":
        return Response(headers=HEADERS)
    stack = AsyncExitStack()
    try:
        follower = await stack.enter_async_context(
            pages.news.following(followed.query, cursor(params, "from") or 0, place, shown)
        )
    except TooManyError as error:
        message = f"data: <span>{error}</span>\n\n"  # pages show what comes as events, and nothing else
        return Response(message, HTTPStatus.SERVICE_UNAVAILABLE, HEADERS | {"retry-after": "60"})
    return _Response(EventStream(lambda: _messages(pages, request, follower, followed)), stack)


def _followed(params: QueryParams) -> _Followed:
    text = params.get("q", "").strip()
    if not text:
        filters = feed_filters(params)
        return _Followed(filters.query, address("/", *filters.pairs), "new post")
    if len(text) > MOST_TEXT:
        raise RefusedRequestError(400, f"A query has at most {MOST_TEXT:,} characters")
    read_query(text)
    return _Followed(text, address("/search", q=text), "new hit")


def _place(text: str) -> ChangeCursor:
    try:
        return ChangeCursor.parse(text)
    except ValueError:
        raise RefusedRequestError(400, "place: expected two numbers, as 0-12, and on PostgreSQL more") from None


def _shown(text: str) -> frozenset[int]:
    if text and not _SHOWN.fullmatch(text):
        raise RefusedRequestError(400, f"shown: expected up to {_MOST_SHOWN} hexadecimal ids with dots between them")
    return frozenset(int(number, 16) for number in text.split(".") if number)


async def _messages(
    pages: Pages, request: Request, follower: Follower, followed: _Followed
) -> AsyncIterator[str | None]:
    """A message at first and at each change, and how live the page is at each beat."""
    yield None
    template = pages.templates.get_template("news.html")
    await _is_woken(follower, FIRST_S)
    has_count = True
    while not pages.news.is_over:
        clock = pages.clock(request)
        state = live_state_of(pages.news.newest_ms, clock)
        if not pages.news.is_reachable:
            state = LiveState("off", "del", "not live", "The store does not answer")
        why = _WHY.get(follower.problem, "").format(limit_s=pages.readers.timeout_s)
        time, is_reachable = clock.time(clock.now_ms), pages.news.is_reachable
        message = _EventData(has_count, follower.new, follower.problem, why, time, state, is_reachable)
        yield _rendered(template, followed, message)
        has_count = await _is_woken(follower, BEAT_S)


async def _is_woken(follower: Follower, longest_s: float) -> bool:
    """Wait for a change; False: none has come."""
    try:
        async with asyncio.timeout(longest_s):
            await follower.wakes.wait()
    except TimeoutError:
        return False
    follower.wakes.clear()
    return True
