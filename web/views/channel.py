"""One channel: its days, its languages, its posts."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.keys import link_to_channel
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import ChannelRow, Day, channel_id_of, days_of
from sinks.store.reading.channels import channels as channel_rows
from sinks.store.reading.posts import StoredPost, feed
from web.errors import not_found
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import bars
from web.presentation.rows import ListedPost
from web.presentation.words import language_name, percent
from web.views.channel_changes import changing
from web.views.channel_lines import ChannelLine, end_of_store, line_of
from web.views.listing import exported, rows_of
from web.views.output_addresses import outputs
from web.views.parameters import cursor, form_of, limit

_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel's page, of one moment."""

    row: ChannelRow
    days: list[Day]
    posts: list[StoredPost]
    rows: list[ListedPost]
    live: LiveState


async def channel(request: Request) -> Response:
    """``/channels/{id or @name}``"""
    pages: Pages = request.app.state.pages
    given = request.path_params["channel"]
    form, before, size = form_of(request.query_params), cursor(request.query_params), limit(request.query_params, 30)
    clock = pages.clock(request)
    is_number = given.isascii() and given.isdecimal() and len(given) <= 18

    def read(rows: Reader, _: Dialect) -> _Channel | None:
        number = int(given) if is_number else channel_id_of(rows, given.removeprefix("@")[:64])
        if number is None:
            return None
        until = end_of_store(rows, clock.now_ms)
        known = channel_rows(rows, until, number)
        posts = feed(rows, limit=size + 1, before=before, channels=[number])
        if not known:
            return None
        return _Channel(
            known[0], days_of(rows, number, until, _DAYS), posts, rows_of(rows, posts[:size]), live_state(rows, clock)
        )

    found = await pages.read(read)
    if found is None:
        raise not_found("This channel")
    base = f"/channels/{found.row.id}"
    more = (
        address(base, before=found.posts[size - 1].id, format=form if form != "html" else "")
        if len(found.posts) > size
        else None
    )
    line = line_of(found.row, clock)
    if form != "html":
        return exported(request, form, found.posts[:size], f"tgwire: {line.name}", more)
    allowed = await changing(request)
    return pages.html(
        request,
        "channel.html",
        changing=allowed,
        listed_as=allowed.listed_as(found.row.username, found.row.id, found.row.former),
        nav="Channels",
        clock=clock,
        live=found.live,
        line=line,
        row=found.row,
        rows=found.rows,
        next_url=more,
        **_context(found, line, base),
    )


def _context(found: _Channel, line: ChannelLine, base: str) -> dict[str, Any]:
    row, days = found.row, found.days
    posts = [day.posts for day in days]
    whole_posts = sum(posts)
    copies = sum(day.copies for day in days)
    return {
        "original": link_to_channel(row.username),
        "stats": [
            ("posts in 30 days", f"{whole_posts:,}", ""),
            ("the day before", f"{posts[-2]:,}" if len(posts) > 1 else "0", f"mean {line.mean:.0f}"),
            ("repeats others", percent(copies, whole_posts), ""),
            ("edited", f"{sum(day.edited for day in days):,}", ""),
            ("deleted", f"{sum(day.deleted for day in days):,}", ""),
        ],
        "chart": bars(posts, f"Posts by day of the last {_DAYS} days: {', '.join(map(str, posts))}.", hot_last=True),
        "first_day_ms": days[0].day_ms,
        "last_day_ms": days[-1].day_ms,
        "languages": ", ".join(
            f"{language_name(code)} {percent(count, row.posts)}" for code, count in row.languages[:4]
        )
        or "unknown",
        **outputs(base),
    }
