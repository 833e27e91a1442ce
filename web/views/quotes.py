"""Quotes: what outlets are quoted with, and by whom."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schemas.counted import counted
from schemas.quotes import QuoteKind
from sinks.store.database import Dialect, Reader
from sinks.store.reading.outlets import Item, Narrowing, OutletRow, Overview, items, overview
from sinks.store.reading.overview import languages
from web.errors import RefusedRequestError
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import spark
from web.presentation.syndication import Entry
from web.presentation.words import channel_name, language_name, plain
from web.views.exports import Feed, as_table
from web.views.parameters import LISTS, SINCE, form_of, limit, one_of, span_ms, whole
from web.views.windows import Window, window

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_SPANS: Final = ("24h", "7d", "30d")
_COLUMNS: Final = 6
_ROWS: Final = 20
_LEVELS: Final = (0.6, 0.35, 0.15)
_MOST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class _Read:
    window: Window
    overview: Overview
    items: list[Item]
    chosen: OutletRow | None
    languages: list[str]
    live: LiveState


async def quotes(request: Request) -> Response:
    """``/quotes``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params, LISTS)
    name, span = span_ms(params, "7d", _SPANS)
    kind = one_of(params, "kind", ("", *QuoteKind), "")
    language = params.get("lang", "")
    if language and not _LANGUAGE.fullmatch(language):
        raise RefusedRequestError(400, "lang: the code of a language was expected, as en or ru")
    narrowing = Narrowing(kind or None, language or None)
    outlet, channel = params.get("outlet", "")[:_MOST_NAME], whole(params, "channel", None, least=1, most=(1 << 63) - 1)
    size = limit(params, 30)
    clock = pages.clock(request)

    def read(rows: Reader, _: Dialect) -> _Read:
        within = window(rows, clock.now_ms, span)
        found = overview(rows, within.since_ms, within.until_ms, narrowing)
        wanted = outlet or (found.outlets[0].outlet_id if found.outlets else "")
        chosen = next((row for row in found.outlets if row.outlet_id == wanted), None)
        listed = items(rows, wanted, within.since_ms, within.until_ms, narrowing, channel_id=channel, limit=size)
        spoken = languages(rows, within.since_ms)
        return _Read(within, found, listed, chosen, spoken, live_state(rows, clock))

    found = await pages.read_cached(("quotes", name, kind, language, outlet, channel, size), read)
    if form != "html":
        feed = Feed(f"tgwire: quotes of {outlet}", lambda base: (_entry(item, base) for item in found.items))
        return as_table(request, form, "quotes", [flat(item) for item in found.items], feed)
    filters: list[tuple[str, object]] = [("since", name), ("kind", kind), ("lang", language)]
    return pages.html(
        request,
        "quotes.html",
        nav="Quotes",
        clock=clock,
        live=found.live,
        since=name,
        kind=kind,
        language=language,
        since_choices=[(each, SINCE[each]) for each in _SPANS],
        language_choices=[
            ("", "all"),
            *((code, language_name(code)) for code in dict.fromkeys([*found.languages, *filter(None, [language])])),
        ],
        kind_choices=[("", "any"), *((each.value, each.value) for each in QuoteKind)],
        **_context(found, filters, outlet, channel, SINCE[name]),
    )


def _context(
    found: _Read, filters: list[tuple[str, object]], outlet: str, channel: int | None, span: str
) -> dict[str, Any]:
    shown = found.overview
    chosen = found.chosen
    name = plain(chosen.name if chosen else found.items[0].outlet_name if found.items else outlet)
    wanted = chosen.outlet_id if chosen else outlet
    by = f" in {plain(shown.channels.get(channel, f'channel {channel}'))}" if channel is not None else ""
    return {
        "summary": "what outlets are quoted with, and by whom; "
        f"{counted(shown.total, 'item')} {found.window.phrase(span)}, a copied list counts once",
        "outlets": [
            (row, plain(row.name), _by_day(row), address("/quotes", *filters, outlet=row.outlet_id), row is chosen)
            for row in shown.outlets
        ],
        "chosen": wanted,
        "items_title": f"{name}{by}: {counted(len(found.items) if channel or not chosen else chosen.items, 'item')}"
        if name
        else "Items",
        "items": [(item, channel_name(item.username, item.title, item.channel_id)) for item in found.items],
        "matrix_outlets": [(row, plain(row.name)) for row in shown.outlets[:_COLUMNS]],
        "matrix": _matrix(shown, filters),
        "links": [
            (title, address("/quotes", *filters, outlet=wanted, channel=channel, format=form, limit=1_000))
            for title, form in (("RSS", "rss"), ("Atom", "atom"), ("CSV", "csv"), ("JSON lines", "jsonl"))
        ],
        "feeds": [
            (form, address("/quotes", *filters, outlet=wanted, channel=channel, format=form))
            for form in ("rss", "atom")
        ],
        "language_name": language_name,
    }


def _by_day(row: OutletRow) -> Markup:
    return spark(row.by_day, f"{plain(row.name)}, by day: {', '.join(map(str, row.by_day))}")


def _matrix(shown: Overview, filters: list[tuple[str, object]]) -> list[dict[str, Any]]:
    columns = [row.outlet_id for row in shown.outlets[:_COLUMNS]]
    totals: Counter[int] = Counter()
    for (channel, _), count in shown.cells.items():
        totals[channel] += count
    most = max(shown.cells.values(), default=1)
    return [
        {
            "name": plain(shown.channels[channel]),
            "cells": [
                (
                    count := shown.cells.get((channel, outlet), 0),
                    _level(count, most),
                    address("/quotes", *filters, outlet=outlet, channel=channel),
                )
                for outlet in columns
            ],
            "total": total,
        }
        for channel, total in totals.most_common(_ROWS)
    ]


def _level(count: int, most: int) -> str:
    if not count:
        return "h0"
    return f"h{4 - sum(count / most < level for level in _LEVELS)}"


def _entry(item: Item, base: str) -> Entry:
    by = channel_name(item.username, item.title, item.channel_id)
    url = f"{base}/post/{item.key}#item-{item.ordinal + 1}"
    return Entry(url, f"{plain(item.outlet_name)}, in {by}", item.text, by, item.posted_ms, None)


def flat(item: Item) -> dict[str, object]:
    """An item as a row of a table."""
    return {
        "post": item.key,
        "position": item.ordinal,
        "posted_ms": item.posted_ms,
        "channel_id": item.channel_id,
        "channel": item.username,
        "language": item.language,
        "outlet": item.outlet_id,
        "outlet_name": item.outlet_name,
        "kind": item.kind,
        "cue": item.cue,
        "text": item.text,
        "repeated_by": item.repeated_by,
    }
