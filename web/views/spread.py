"""Spread: who repeats whom, and how soon."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.counted import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import posts_by_channel
from sinks.store.reading.charts import Spread
from sinks.store.reading.charts import spread as pairs_of
from sinks.store.reading.outlets import channel_names
from web.pages import Pages, address, live_state
from web.presentation.gexf import Edge, Node, gexf
from web.presentation.moments import length
from web.presentation.words import percent, plain
from web.views.channel_changes import changing
from web.views.exports import as_table, attached
from web.views.parameters import SINCE, TABLES, form_of, limit, span_ms, whole
from web.views.relations import offers
from web.views.windows import Window, window

SPANS: Final = ("24h", "7d", "30d")
_MOST_DRAWN: Final = 60
"""Pairs of the graph on the page: more of them cannot be distinguished."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of channels within a window: some of them, with names, out of ``total``."""

    window: Window
    shown: list[Spread]
    names: dict[int, str]
    posts: dict[int, int]
    """Posts of each channel in that time."""
    total: int
    total_copies: int


def read_pairs(reader: Reader, dialect: Dialect, now_ms: int, span: int, least: int, size: int) -> Pairs:
    """The pairs with at least so many copies, most often first."""
    within = window(reader, now_ms, span)
    found = pairs_of(reader, dialect, within.since_ms, within.until_ms)
    shown = [pair for pair in found if pair.copies >= least][:size]
    ids = {each for pair in shown for each in (pair.from_channel, pair.to_channel)}
    return Pairs(
        within,
        shown,
        {number: plain(name) for number, name in channel_names(reader, ids).items()},
        posts_by_channel(reader, within.since_ms, within.until_ms, ids),
        len(found),
        sum(pair.copies for pair in found),
    )


async def kept_pairs(pages: Pages, now_ms: int, span: int, least: int, size: int) -> Pairs:
    """The same, some seconds old where somebody has just asked for it."""
    return await pages.read_cached(
        ("pairs", span, least, size), lambda rows, dialect: read_pairs(rows, dialect, now_ms, span, least, size)
    )


async def spread(request: Request) -> Response:
    """``/spread``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params, (*TABLES, "gexf"))
    name, span = span_ms(params, "7d", SPANS)
    least = whole(params, "copies", 3, least=1, most=100_000) or 1
    size = limit(params, 100)
    clock = pages.clock(request)
    found = await kept_pairs(pages, clock.now_ms, span, least, size)
    if form == "gexf":
        return attached(_graph(found), "gexf", "spread.gexf")
    if form != "html":
        return as_table(request, form, "spread", [flat(pair, found.names) for pair in found.shown])
    offered, live = await pages.read_cached(
        ("offers", span), lambda rows, _: (offers(rows, found.window.since_ms), live_state(rows, clock))
    )
    filters = [("since", name), ("copies", least)]
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
        links=[
            (title, address("/spread", *filters, format=kind, limit=1_000))
            for title, kind in (("GEXF", "gexf"), ("CSV", "csv"), ("JSON lines", "jsonl"))
        ],
        graph_url=address("/api/spread", *filters, limit=min(size, _MOST_DRAWN)),
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
    }


def _graph(found: Pairs) -> bytes:
    nodes = [Node(number, name, found.posts.get(number, 0)) for number, name in sorted(found.names.items())]
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
