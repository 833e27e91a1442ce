"""Spread: who repeats whom, and how soon."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.counted import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import Origin, posts_by_channel, unwatched_origins
from sinks.store.reading.charts import Spread
from sinks.store.reading.charts import spread as pairs_of
from sinks.store.reading.outlets import channel_names
from web.pages import LiveState, Pages, address, live_state
from web.presentation.moments import length
from web.presentation.words import channel_name, percent, plain
from web.views.exports import as_table
from web.views.parameters import SINCE, form_of, limit, span_ms, whole
from web.views.windows import Window, window

_SPANS: Final = ("24h", "7d", "30d")


async def spread(request: Request) -> Response:
    """``/spread``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params)
    name, span = span_ms(params, "7d", _SPANS)
    least = whole(params, "copies", 3, least=1, most=100_000) or 1
    size = limit(params, 100)
    clock = pages.clock(request)

    def read(
        rows: Reader, dialect: Dialect
    ) -> tuple[Window, list[Spread], dict[int, str], dict[int, int], list[Origin], LiveState]:
        within = window(rows, clock.now_ms, span)
        found = pairs_of(rows, dialect, within.since_ms, within.until_ms)
        shown = [pair for pair in found if pair.copies >= least]
        ids = {each for pair in shown[:size] for each in (pair.from_channel, pair.to_channel)}
        return (
            within,
            found,
            channel_names(rows, ids),
            posts_by_channel(rows, within.since_ms, within.until_ms, ids),
            unwatched_origins(rows, within.since_ms),
            live_state(rows, clock),
        )

    within, found, names, posts, origins, live = await pages.read_or_repeat(("spread", name, least, size), read)
    shown = [pair for pair in found if pair.copies >= least][:size]
    table = [
        (
            pair,
            plain(names[pair.from_channel]),
            plain(names[pair.to_channel]),
            length(pair.median_lag_ms) if pair.median_lag_ms is not None else "unknown",
            percent(pair.copies, posts.get(pair.to_channel, 0)),
        )
        for pair in shown
    ]
    if form != "html":
        return as_table(request, form, "spread", [_flat(pair, first, by) for pair, first, by, *_ in table])
    return pages.html(
        request,
        "spread.html",
        nav="Spread",
        clock=clock,
        live=live,
        pairs=table,
        since=name,
        copies=str(least),
        summary=f"who repeats whom, and how fast; {counted(sum(pair.copies for pair in found), 'copy', 'copies')} "
        f"{within.phrase(SINCE[name])}, {counted(len(found), 'pair')} of channels",
        since_choices=[(each, SINCE[each]) for each in _SPANS],
        origins=[
            (
                origin,
                channel_name(origin.username, origin.title, origin.id)
                if origin.title or origin.username
                else "name unknown",
            )
            for origin in origins
        ],
        links=[
            (title, address("/spread", since=name, copies=least, format=kind, limit=1_000))
            for title, kind in (("CSV", "csv"), ("JSON lines", "jsonl"))
        ],
    )


def _flat(pair: Spread, first: str, by: str) -> dict[str, object]:
    return {
        "first_channel_id": pair.from_channel,
        "first_channel": first,
        "copying_channel_id": pair.to_channel,
        "copying_channel": by,
        "copies": pair.copies,
        "median_lag_s": None if pair.median_lag_ms is None else pair.median_lag_ms / 1000,
    }
