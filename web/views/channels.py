"""Channels: what needs a look first; and one channel."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.channel_state import ChannelCondition
from schemas.counted import counted
from schemas.keys import channel_link
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import ChannelRow, Day, channel_id_of, days_of
from sinks.store.reading.channels import channels as channel_rows
from sinks.store.reading.overview import newest_post
from sinks.store.reading.post_json import iso
from sinks.store.reading.posts import StoredPost, feed
from web.errors import not_found
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import bars, meter
from web.presentation.moments import Clock, length
from web.presentation.rows import Row
from web.presentation.words import channel_name, handle, language_name, percent, plain
from web.views.exports import as_table
from web.views.listing import exported, rows_of
from web.views.parameters import cursor, form_of, limit, one_of, whole

_PAGE: Final = 100
_DAYS: Final = 30
_QUIET: Final = 6
"""Times the usual interval without a post, after which a channel is called quiet."""
_LEAST_QUIET_S: Final = 3_600
_GOOD: Final = (ChannelCondition.LIVE, ChannelCondition.STARTING)
_SORTS: Final = ("trouble", "posts", "last", "copies")


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel in the table."""

    row: ChannelRow
    name: str
    handle: str
    trouble: str = ""
    trouble_more: str = ""
    trouble_css: str = "s-edit"
    trouble_icon: str = "gap"
    since_ms: int | None = None
    backfill: str = ""
    is_live: bool = False

    @property
    def group(self) -> int:
        """0: needs a look; then live, backfill, and those that nobody collects."""
        return 0 if self.trouble else 2 if self.backfill else 1 if self.is_live else 3

    @property
    def mean(self) -> float:
        """Posts a day of the week before."""
        return self.row.posts_week / 7


async def channels(request: Request) -> Response:
    """``/channels``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params)
    sort = one_of(params, "sort", _SORTS, "trouble")
    page = whole(params, "page", 1, least=1, most=100_000) or 1
    clock = pages.clock(request)

    def read(rows: Reader, _: Dialect) -> tuple[int, list[ChannelRow], LiveState]:
        until = _until(rows, clock)
        return until, channel_rows(rows, until), live_state(rows, clock)

    until, found, live = await pages.read(read)
    lines = sorted((_line(row, clock) for row in found), key=lambda line: _order(line, sort))
    if form != "html":
        return as_table(request, form, "channels", [flat(line.row) for line in lines])
    groups = [sum(1 for line in lines if line.group == number) for number in range(4)]
    names = (
        f"{counted(groups[0], 'needs a look', 'need a look')}",
        f"{groups[1]:,} live",
        f"{groups[2]:,} in backfill",
        f"{groups[3]:,} not collected now",
    )
    shown = lines[(page - 1) * _PAGE : page * _PAGE]
    return pages.html(
        request,
        "channels.html",
        nav="Channels",
        clock=clock,
        live=live,
        sort=sort,
        names=names,
        lines=[(line, _meter(line, max((each.row.posts_day for each in lines), default=1))) for line in shown],
        summary=f"{counted(len(lines), 'channel')}: "
        + (", ".join(name for name, count in zip(names, groups, strict=True) if count) or "none"),
        day_words="today" if until == clock.now_ms else "on the last day of the store",
        sort_choices=[
            ("trouble", "what needs a look"),
            ("posts", "posts of the day"),
            ("last", "last post"),
            ("copies", "copies"),
        ],
        next_url=address("/channels", sort=sort, page=page + 1) if len(lines) > page * _PAGE else None,
        shown=f"{len(shown)} of {len(lines):,} shown",
        links=[("CSV", address("/channels", format="csv")), ("JSON lines", address("/channels", format="jsonl"))],
    )


def _until(reader: Reader, clock: Clock) -> int:
    """Now; of an archive its newest post."""
    newest = newest_post(reader)
    is_old = newest is not None and newest.posted_ms < clock.now_ms - 2 * 86_400_000
    return newest.posted_ms if newest is not None and is_old else clock.now_ms


def _order(line: ChannelLine, sort: str) -> tuple[Any, ...]:
    row = line.row
    first = {
        "trouble": line.group,
        "posts": -row.posts_day,
        "last": -(row.last_post_ms or 0),
        "copies": -(row.copies / row.posts if row.posts else 0),
    }[sort]
    return first, -row.posts, line.name.casefold()


def _line(row: ChannelRow, clock: Clock) -> ChannelLine:
    name, public = channel_name(row.username, row.title, row.id), handle(row.username, row.id)
    if row.state is None:
        return ChannelLine(row, name, public)
    if row.state not in _GOOD:
        reason = f": {plain(row.reason)}" if row.reason else ""
        return ChannelLine(row, name, public, row.state, reason, "s-del", "off", row.state_ms)
    if row.gap:
        return ChannelLine(row, name, public, "gap open", f", {counted(row.gap, 'post')} may be missing")
    usual = row.usual_interval_s
    silent_s = (clock.now_ms - row.last_post_ms) / 1000 if row.last_post_ms else 0
    if usual and silent_s > max(_LEAST_QUIET_S, _QUIET * usual):
        return ChannelLine(row, name, public, "quiet", f", usually every {length(usual * 1000)}", "s-edit", "pause")
    if row.backfill_progress is not None and row.backfill_progress < 1:
        return ChannelLine(row, name, public, backfill=f"backfill, {row.backfill_progress:.0%}", is_live=True)
    return ChannelLine(row, name, public, is_live=True)


def _meter(line: ChannelLine, most: int) -> Any:  # noqa: ANN401 - Markup
    posts, mean = line.row.posts_day, line.mean
    return meter(posts, mean, max(most, mean), f"{counted(posts, 'post')}, mean {mean:.0f}")


def flat(row: ChannelRow) -> dict[str, object]:
    """A channel as a row of a table."""
    return {
        "channel_id": row.id,
        "channel": row.username,
        "title": row.title,
        "state": row.state,
        "reason": row.reason,
        "gap": row.gap,
        "last_post_at": iso(row.last_post_ms),
        "posts_today": row.posts_day,
        "posts_7_days_before": row.posts_week,
        "edited": row.edited,
        "deleted": row.deleted,
        "copies": row.copies,
    }


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel's page, of one moment."""

    row: ChannelRow
    days: list[Day]
    posts: list[StoredPost]
    rows: list[Row]
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
        until = _until(rows, clock)
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
    line = _line(found.row, clock)
    if form != "html":
        return exported(request, form, found.posts[:size], f"tgwire: {line.name}", more)
    return pages.html(
        request,
        "channel.html",
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
        "original": channel_link(row.username),
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
        "links": [
            (name, address(base, format=form)) for name, form in (("RSS", "rss"), ("Atom", "atom"), ("CSV", "csv"))
        ],
        "feeds": [("rss", address(base, format="rss")), ("atom", address(base, format="atom"))],
    }
