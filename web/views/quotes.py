"""Quotes: what outlets are quoted with, and by whom."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from schemas.quotes import QuoteKind
from sinks.store.database import Dialect, Reader
from sinks.store.reading.outlets import OutletItem, OutletRow, Overview, items, most_cited, overview
from sinks.store.reading.overview import languages
from sinks.store.reading.posts import records_by_key
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import spark
from web.presentation.marked_text import MarkedPiece, marked_item
from web.presentation.words import channel_name, language_name, plain
from web.views.exports import Syndication, as_table
from web.views.output_addresses import outputs
from web.views.parameters import LISTS, SINCE, SPANS, form_of, place
from web.views.quote_items import ORDERS, WantedItems, entry, flat, wanted
from web.views.time_windows import Window, window

_COLUMNS: Final = 6
_ROWS: Final = 20
_LEVELS: Final = (0.6, 0.35, 0.15)
_MOST_SHOWN: Final = 700
"""Characters of an item."""


@dataclass(frozen=True, slots=True)
class _QuotesPage:
    """All that the page shows, of one moment."""

    window: Window
    overview: Overview
    items: list[OutletItem]
    texts: dict[tuple[str, int], list[MarkedPiece]]
    """Of each item with its marks."""
    is_more: bool
    chosen: OutletRow | None
    cited: dict[str, str]
    languages: list[str]
    live: LiveState


async def quotes(request: Request) -> Response:
    """``/quotes``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form, asked, clock = form_of(params, LISTS), wanted(params), pages.clock(request)

    def read(rows: Reader, _: Dialect) -> _QuotesPage:
        within = window(rows, clock.now_ms, asked.span_ms)
        found = overview(rows, within.since_ms, within.until_ms, asked.narrowing)
        outlet = asked.outlet or (found.outlets[0].outlet_id if found.outlets else "")
        listed = items(rows, outlet, within.since_ms, within.until_ms, asked.narrowing, **asked.list)
        shown = listed[: asked.size]
        return _QuotesPage(
            within,
            found,
            shown,
            _texts(rows, shown) if form == "html" else {},
            len(listed) > asked.size,
            next((row for row in found.outlets if row.outlet_id == outlet), None),
            most_cited(rows, found.newest),
            languages(rows, within.since_ms),
            live_state(rows, clock),
        )

    found = await pages.read_cached(("quotes", form == "html", asked), read)
    outlet = found.chosen.outlet_id if found.chosen else asked.outlet
    next_url = None
    if found.is_more:
        kept = ("format", form if form != "html" else ""), ("limit", params.get("limit"))
        next_url = address("/quotes", *asked.filters(outlet), *kept, after=place(*found.items[-1].place))
    if form != "html":
        title = f"tgwire: quotes of {plain(_name(found, asked.outlet))}"
        syndication = Syndication(title, lambda base: (entry(item, base) for item in found.items))
        return as_table(request, form, "quotes", [flat(item) for item in found.items], syndication, next_url)
    return pages.html(
        request,
        "quotes.html",
        nav="Quotes",
        clock=clock,
        live=found.live,
        asked=asked,
        next_url=next_url,
        **_choices(found, asked, outlet),
        **_context(found, asked, outlet),
    )


def _texts(reader: Reader, shown: list[OutletItem]) -> dict[tuple[str, int], list[MarkedPiece]]:
    """The items as their posts have them; one whose record was erased as the list has it."""
    texts = {(item.key, item.ordinal): [MarkedPiece(plain(item.text[:_MOST_SHOWN]))] for item in shown}
    for key, record in records_by_key(reader, sorted({item.key for item in shown})).items():
        for item in (item for found in record.get("quote_lists") or () for item in found.get("items") or ()):
            if (key, item.get("position")) in texts:
                texts[key, item["position"]] = marked_item(item, _MOST_SHOWN)
    return texts


def _name(found: _QuotesPage, outlet: str) -> str:
    return found.chosen.name if found.chosen else found.items[0].outlet_name if found.items else outlet


def _choices(found: _QuotesPage, asked: WantedItems, outlet: str) -> Mapping[str, Any]:
    """What each filter can be."""
    codes = dict.fromkeys([*found.languages, *filter(None, [asked.narrowing.language])])
    known = {row.outlet_id: plain(row.name) for row in found.overview.outlets}
    if outlet and outlet not in known:
        known[outlet] = plain(_name(found, outlet))
    return {
        "outlet_choices": list(known.items()),
        "since_choices": [(each, SINCE[each]) for each in SPANS],
        "language_choices": [("", "all"), *((code, language_name(code)) for code in codes)],
        "kind_choices": [("", "any"), *((each.value, each.value) for each in QuoteKind)],
        "order_choices": list(ORDERS.items()),
    }


def _context(found: _QuotesPage, asked: WantedItems, outlet: str) -> dict[str, Any]:
    shown, channel, chosen = found.overview, asked.channel, found.chosen
    name = plain(_name(found, outlet))
    by = f" in {plain(shown.channels.get(channel, f'channel {channel}'))}" if channel is not None else ""
    count = len(found.items) if channel is not None or chosen is None else chosen.items
    is_least = found.is_more and (channel is not None or chosen is None)
    words = f"{count}+ items" if is_least else counted(count, "item")
    return {
        "summary": "what outlets are quoted with, and by whom; "
        f"{counted(shown.total, 'item')} {found.window.phrase(SINCE[asked.since])}, a copied list counts once",
        "outlets": [
            (
                row,
                plain(row.name),
                _by_day(row),
                plain(found.cited.get(row.outlet_id, "")),
                address("/quotes", *asked.kept, outlet=row.outlet_id),
                row is chosen,
            )
            for row in shown.outlets
        ],
        "chosen": outlet,
        "has_cited": bool(found.cited),
        "items_title": f"{name}{by}: {words}" if name else "Items",
        "every_channel": address("/quotes", *asked.kept, outlet=outlet) if channel is not None else None,
        "items": [
            (item, found.texts[item.key, item.ordinal], channel_name(item.username, item.title, item.channel_id))
            for item in found.items
        ],
        "matrix_outlets": [(row, plain(row.name)) for row in shown.outlets[:_COLUMNS]],
        "matrix": _matrix(shown, asked.kept),
        **outputs("/quotes", asked.filters(outlet), limit=1_000),
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
