"""Spread: who repeats whom, and how soon."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import posts_by_channel
from sinks.store.reading.charts import Spread, latest_copies
from sinks.store.reading.charts import spread as pairs_of
from sinks.store.reading.outlets import channel_names
from web.pages import Pages, address, live_state
from web.presentation.gexf import ChannelNode, Edge, gexf
from web.presentation.moments import length
from web.presentation.syndication import FeedEntry
from web.presentation.words import percent, plain
from web.views.channel_changes import changing
from web.views.exports import Syndication, as_table, attached
from web.views.output_addresses import FORMS, outputs
from web.views.parameters import LISTS, SINCE, SPANS, after, form_of, limit, place, span_ms, whole
from web.views.relations import offers
from web.views.time_windows import Window, window

_MOST_DRAWN: Final = 60
"""Pairs of the graph on the page: more of them cannot be distinguished."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of channels within a window: some of them, with names, out of ``total``; ``is_more``: others follow."""

    window: Window
    shown: list[Spread]
    names: dict[int, str]
    posts: dict[int, int]
    """Posts of each channel in that time."""
    total: int
    total_copies: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class WantedPairs:
    """Which pairs: of a window, with at least so many copies, so many of them, behind a pair (copies and channels)."""

    span_ms: int
    least: int
    size: int
    behind: tuple[int, ...] | None = None


def read_pairs(reader: Reader, dialect: Dialect, now_ms: int, wanted: WantedPairs) -> Pairs:
    """Pairs of channels of which one repeats the other, the most frequent first."""
    within = window(reader, now_ms, wanted.span_ms)
    found = pairs_of(reader, dialect, within.since_ms, within.until_ms)
    behind = None if wanted.behind is None else (-wanted.behind[0], *wanted.behind[1:])
    following = [
        pair
        for pair in found
        if pair.copies >= wanted.least
        and (behind is None or (-pair.copies, pair.from_channel, pair.to_channel) > behind)
    ]
    shown = following[: wanted.size]
    ids = {each for pair in shown for each in (pair.from_channel, pair.to_channel)}
    return Pairs(
        within,
        shown,
        {number: plain(name) for number, name in channel_names(reader, ids).items()},
        posts_by_channel(reader, within.since_ms, within.until_ms, ids),
        len(found),
        sum(pair.copies for pair in found),
        len(following) > len(shown),
    )


async def cached_pairs(pages: Pages, now_ms: int, wanted: WantedPairs) -> Pairs:
    """Pairs of channels as ``read_pairs`` gives them, some seconds old where somebody has just asked for them."""
    return await pages.read_cached(("pairs", wanted), lambda rows, dialect: read_pairs(rows, dialect, now_ms, wanted))


def place_of(pair: Spread) -> str:
    """The cursor behind a pair, where the next list goes on."""
    return place(pair.copies, pair.from_channel, pair.to_channel)


async def spread(request: Request) -> Response:
    """``/spread``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params, (*LISTS, "gexf"))
    name, span = span_ms(params, "7d", SPANS)
    least = whole(params, "copies", 3, least=1, most=100_000) or 1
    wanted = WantedPairs(span, least, limit(params, 100), after(params, int, int, int))
    clock = pages.clock(request)
    found = await cached_pairs(pages, clock.now_ms, wanted)
    if form == "gexf":
        return attached(_graph(found), "gexf", "spread.gexf")
    filters = [("since", name), ("copies", least)]
    next_url = None
    if found.is_more:
        kept = ("format", form if form != "html" else ""), ("limit", params.get("limit"))
        next_url = address("/spread", *filters, *kept, after=place_of(found.shown[-1]))
    if form != "html":
        return await _exported(request, form, found, filters, next_url)
    offered, live = await pages.read_cached(
        ("offers", span), lambda rows, _: (offers(rows, found.window.since_ms), live_state(rows, clock))
    )
    return pages.html(
        request,
        "spread.html",
        nav="Spread",
        clock=clock,
        live=live,
        offers=offered,
        changing=await changing(request),
        since=name,
        copies=str(least),
        since_choices=[(each, SINCE[each]) for each in SPANS],
        **outputs("/spread", filters, forms=(*FORMS, "gexf"), limit=1_000),
        graph_url=address("/api/spread", *filters, after=params.get("after"), limit=min(wanted.size, _MOST_DRAWN)),
        next_url=next_url,
        is_first=wanted.behind is None,
        **_context(found, SINCE[name]),
    )


def _context(found: Pairs, span: str) -> dict[str, Any]:
    names, posts = found.names, found.posts
    return {
        "pairs": [
            (
                pair,
                names[pair.from_channel],
                names[pair.to_channel],
                length(pair.median_lag_ms) if pair.median_lag_ms is not None else "unknown",
                percent(pair.copies, posts.get(pair.to_channel, 0)),
            )
            for pair in found.shown
        ],
        "summary": f"who repeats whom, and how fast; {counted(found.total_copies, 'copy', 'copies')} "
        f"{found.window.phrase(span)}, {counted(found.total, 'pair')} of channels",
        "drawn": min(len(found.shown), _MOST_DRAWN),
        "total": found.total,
        "shown": f"{counted(len(found.shown), 'pair')} shown",
    }


async def _exported(
    request: Request, form: str, found: Pairs, filters: list[tuple[str, object]], next_url: str | None
) -> Response:
    pages: Pages = request.app.state.pages
    within, latest = found.window, dict[tuple[int, int], int]()
    if form in ("rss", "atom"):
        latest = await pages.read_cached(
            ("latest copies", *filters), lambda rows, _: latest_copies(rows, within.since_ms, within.until_ms)
        )

    def entries(base: str) -> Iterator[FeedEntry]:
        for pair in found.shown:
            first, copier = found.names[pair.from_channel], found.names[pair.to_channel]
            lag = length(pair.median_lag_ms) if pair.median_lag_ms is not None else "unknown"
            moment = latest.get((pair.from_channel, pair.to_channel), within.since_ms)
            url = f"{base}{address('/spread', *filters)}#{pair.from_channel}-{pair.to_channel}"
            times = f"{counted(pair.copies, 'copy', 'copies')}, median lag {lag}"
            yield FeedEntry(url, f"{copier} repeats {first}: {times}", times, copier, moment, None)

    rows = [flat(pair, found.names) for pair in found.shown]
    return as_table(request, form, "spread", rows, Syndication("tgwire: spread", entries), next_url)


def _graph(found: Pairs) -> bytes:
    nodes = [ChannelNode(number, name, found.posts.get(number, 0)) for number, name in sorted(found.names.items())]
    edges = [
        Edge(pair.from_channel, pair.to_channel, pair.copies, _seconds(pair.median_lag_ms)) for pair in found.shown
    ]
    return gexf(nodes, edges)


def flat(pair: Spread, names: dict[int, str]) -> dict[str, object]:
    """A pair as a row of a table."""
    return {
        "first_channel_id": pair.from_channel,
        "first_channel": names[pair.from_channel],
        "copying_channel_id": pair.to_channel,
        "copying_channel": names[pair.to_channel],
        "copies": pair.copies,
        "median_lag_s": _seconds(pair.median_lag_ms),
    }


def _seconds(lag_ms: float | None) -> float | None:
    return None if lag_ms is None else lag_ms / 1000
