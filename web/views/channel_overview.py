"""Channels: what needs a look first, and those that are worth adding."""

from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import ChannelRow
from sinks.store.reading.channels import channels as channel_rows
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import meter
from web.presentation.words import percent
from web.views.channel_changes import Changing, changing, names_of, said
from web.views.channel_lines import GROUPS, ChannelLine, end_of_store, entry, flat, line_of
from web.views.exports import Syndication, as_table
from web.views.output_addresses import outputs
from web.views.parameters import LISTS, form_of, one_of, whole
from web.views.relations import Relations, relations

_PAGE: Final = 100
_SORTS: Final = {
    "trouble": "what needs attention",
    "posts": "posts of the day",
    "last": "last post",
    "copies": "copies",
    "first": "first sender",
}
_STATES: Final = {
    "": "all",
    "trouble": "need attention",
    "live": "live",
    "backfill": "backfill",
    "idle": "not collected",
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A channel with what is drawn of it."""

    line: ChannelLine
    meter: Markup
    first_share: str


async def channels(request: Request) -> Response:
    """``/channels``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params, LISTS)
    sort = one_of(params, "sort", tuple(_SORTS), "trouble")
    state = one_of(params, "state", tuple(_STATES), "")
    page = whole(params, "page", 1, least=1, most=100_000) or 1
    clock = pages.clock(request)

    def read(rows: Reader, _: Dialect) -> tuple[int, list[ChannelRow], LiveState]:
        until = end_of_store(rows, clock.now_ms)
        return until, channel_rows(rows, until), live_state(rows, clock)

    until, found, live = await pages.read(read)
    among = await relations(pages, clock)
    everything = sorted((line_of(row, clock) for row in found), key=lambda line: _order(line, sort, among))
    lines = [line for line in everything if not state or GROUPS[line.group] == state]
    if form != "html":
        syndication = Syndication("tgwire: channels", lambda base: (entry(line, base, clock) for line in lines))
        return as_table(request, form, "channels", [flat(line.row) for line in lines], syndication)
    allowed = await changing(request)
    filters = [("sort", sort if sort != "trouble" else ""), ("state", state)]
    return pages.html(
        request,
        "channels.html",
        nav="Channels",
        clock=clock,
        live=live,
        sort=sort,
        state=state,
        sort_choices=list(_SORTS.items()),
        state_choices=list(_STATES.items()),
        day_words="today" if until == clock.now_ms else "on the last day of the store",
        is_empty=not everything,
        said=said(params),
        changing=allowed,
        waiting=_waiting(allowed, found),
        offers=among.offers if among.is_known else None,
        limit_s=f"{pages.readers.timeout_s:g}",
        next_url=address("/channels", *filters, page=page + 1) if len(lines) > page * _PAGE else None,
        **outputs("/channels", filters),
        **_table(lines, everything, page, among),
    )


def _table(lines: list[ChannelLine], everything: list[ChannelLine], page: int, among: Relations) -> dict[str, Any]:
    counts = [sum(1 for line in everything if line.group == number) for number in range(len(GROUPS))]
    names = (
        f"{counted(counts[0], 'needs attention', 'need attention')}",
        f"{counts[1]:,} live",
        f"{counts[2]:,} in backfill",
        f"{counts[3]:,} not collected now",
    )
    most = max((line.row.posts_day for line in lines), default=1)
    shown = lines[(page - 1) * _PAGE : page * _PAGE]
    return {
        "names": names,
        "rows": [TableRow(line, _meter(line, most), percent(*among.firsts.get(line.row.id, (0, 0)))) for line in shown],
        "summary": f"{counted(len(everything), 'channel')}: "
        + (", ".join(name for name, count in zip(names, counts, strict=True) if count) or "none"),
        "shown": f"{len(shown)} of {len(lines):,} shown",
    }


def _waiting(allowed: Changing, found: list[ChannelRow]) -> list[str]:
    """Names of the list of which nothing is known yet."""
    known = {name for row in found for name in names_of(row.username, row.id, row.former)}
    return [name for name in allowed.listed if name.lower() not in known]


def _order(line: ChannelLine, sort: str, among: Relations) -> tuple[Any, ...]:
    row = line.row
    first = {
        "trouble": line.group,
        "posts": -row.posts_day,
        "last": -(row.last_post_ms or 0),
        "copies": -(row.copies / row.posts if row.posts else 0),
        "first": -_share(among.firsts.get(row.id, (0, 0))),
    }[sort]
    return first, -row.posts, line.name.casefold()


def _meter(line: ChannelLine, most: int) -> Markup:
    posts, mean = line.row.posts_day, line.mean
    return meter(posts, mean, max(most, mean), f"{counted(posts, 'post')}, mean {mean:.0f}")


def _share(firsts: tuple[int, int]) -> float:
    return firsts[0] / firsts[1] if firsts[1] else 0.0
