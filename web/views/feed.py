"""The feed: what is new."""

from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from schemas.times import HOUR_MS
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import choices
from sinks.store.reading.overview import Volume, languages, newest_post, volume
from sinks.store.reading.posts import StoredPost
from sinks.store.search.changes import ChangeCursor, last_place
from web.pages import LiveState, Pages, address, live_state_of
from web.presentation.charts import bars
from web.presentation.moments import Clock
from web.presentation.rows import ListedPost
from web.presentation.words import channel_key, language_name, plain
from web.views.listing import exported, posts_of, rows_of
from web.views.output_addresses import outputs
from web.views.parameters import SINCE, FeedFilters, cursor, feed_filters, form_of, limit, read_query

HOURS: Final = 24
_MOST_CHANNELS: Final = 300
_LEAST_S: Final = 5.0
"""How long what there is to choose from is kept."""


@dataclass(frozen=True, slots=True)
class _FeedPage:
    """All that a page of the feed shows, of one moment."""

    posts: list[StoredPost]
    rows: list[ListedPost]
    newest_ms: int | None
    place: ChangeCursor
    volume: Volume
    first_hour: int


@dataclass(frozen=True, slots=True)
class _Filters:
    """What there is to choose from."""

    languages: list[str]
    channels: list[tuple[str, str]]


async def feed(request: Request) -> Response:
    """``/``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    filters, form, before = feed_filters(params), form_of(params), cursor(params)
    clock = pages.clock(request)
    tree = read_query(filters.query) if filters.query else None
    size = limit(params)

    if form != "html":
        posts = await pages.read(lambda rows, dialect: posts_of(rows, dialect, tree, size + 1, before, clock.now_ms))
        more = _older(filters, posts[:size], len(posts) > size, ("format", form), ("limit", params.get("limit")))
        return exported(request, form, posts[:size], _title(filters), more)

    found = await pages.read(lambda rows, dialect: _read(rows, dialect, clock, filters, size, before))
    if found.newest_ms is None:
        return pages.html(
            request, "empty.html", nav="Feed", clock=clock, live=_live(found, clock), store=pages.store_name
        )
    hour = found.first_hour + HOURS
    known = await pages.read_cached(("filters", hour), lambda rows, _: _read_filters(rows, hour), least_s=_LEAST_S)
    context = _context(found, known, clock, filters, size, before)
    return pages.html(request, "feed.html", nav="Feed", clock=clock, **context)


def _read(
    rows: Reader, dialect: Dialect, clock: Clock, filters: FeedFilters, size: int, before: int | None
) -> _FeedPage:
    tree = read_query(filters.query) if filters.query else None
    posts = posts_of(rows, dialect, tree, size + 1, before, clock.now_ms)
    newest = newest_post(rows)
    last_hour = clock.now_ms // HOUR_MS
    if newest is not None and newest.posted_ms // HOUR_MS < last_hour - HOURS:
        last_hour = newest.posted_ms // HOUR_MS  # of an archive the last day that it has
    first_hour = last_hour - HOURS + 1
    return _FeedPage(
        posts,
        rows_of(rows, posts[:size]),
        newest.posted_ms if newest else None,
        last_place(rows, dialect),
        volume(rows, first_hour, HOURS),
        first_hour,
    )


def _read_filters(rows: Reader, hour: int) -> _Filters:
    named = [
        (channel_key(name, number), plain(title or name)) for number, name, title in choices(rows, _MOST_CHANNELS + 1)
    ]
    found = languages(rows, (hour - 30 * 24) * HOUR_MS) or languages(rows, 0)
    return _Filters(found, named if len(named) <= _MOST_CHANNELS else [])


def _context(
    found: _FeedPage, known: _Filters, clock: Clock, filters: FeedFilters, size: int, before: int | None
) -> dict[str, Any]:
    span = "24 h" if found.first_hour + HOURS > clock.now_ms // HOUR_MS else "the last 24 h of the store"
    posts, copied = found.volume.posts, found.volume.copies
    codes = list(dict.fromkeys([*known.languages, *filter(None, [filters.language])]))
    channels = [*known.channels]
    if filters.channel and filters.channel not in dict(channels):
        channels.append((filters.channel, filters.channel))
    live_url = address(
        "/live",
        ("place", found.place),
        ("from", found.posts[size - 1].id if len(found.posts) >= size else 0),
        *filters.pairs,
    )
    forms = outputs("/", filters.pairs)
    search = ("Search this", address("/search", q=filters.query)) if filters.query else ("Search", "/search")
    return {
        "filters": filters,
        "rows": found.rows,
        "summary": f"{counted(posts, 'post')} in {span}, {posts - min(posts, copied):,} of them no copies",
        "copies_words": f"{counted(copied, 'copy', 'copies')} in {span}",
        "chart": _chart(found, clock),
        "is_open": found.first_hour + HOURS > clock.now_ms // HOUR_MS,
        "hours": [found.first_hour + at for at in range(HOURS)],
        "values": list(found.volume.by_hour),
        "chart_query": replace(filters, since="").query,
        "ticks": _ticks(found.first_hour, clock),
        "language_choices": [("", "all"), *((code, language_name(code)) for code in codes)],
        "channel_choices": [("", f"all {len(known.channels)}"), *channels] if channels else [],
        "since_choices": [("", "any time"), *SINCE.items()],
        "is_top": before is None,
        "top_url": address("/", *filters.pairs),
        "live_url": live_url,
        "next_url": _older(filters, found.posts[:size], len(found.posts) > size),
        **forms | {"links": [search, *forms["links"]]},
        "live": _live(found, clock),
    }


def _live(found: _FeedPage, clock: Clock) -> LiveState:
    return live_state_of(found.newest_ms, clock)


def _older(filters: FeedFilters, posts: list[StoredPost], is_more: bool, *others: tuple[str, object]) -> str | None:
    return address("/", *filters.pairs, *others, before=posts[-1].id) if is_more and posts else None


def _title(filters: FeedFilters) -> str:
    return f"tgwire: {filters.query}" if filters.query else "tgwire: feed"


def _chart(found: _FeedPage, clock: Clock) -> Markup:
    values = found.volume.by_hour
    most = max(range(HOURS), key=lambda at: values[at])
    fewest = min(range(HOURS), key=lambda at: values[at])
    hour = [f"{clock.local((found.first_hour + at) * HOUR_MS):%H:%M}" for at in range(HOURS)]
    is_open = found.first_hour + HOURS > clock.now_ms // HOUR_MS
    label = (
        f"Posts by hour: fewest {values[fewest]:,} from {hour[fewest]} on, most {values[most]:,} from {hour[most]} on."
        + (" The last hour is not over yet." if is_open else "")
    )
    return bars(values, label, hot_last=is_open)


def _ticks(first_hour: int, clock: Clock) -> list[str]:
    hours = [f"{clock.local((first_hour + at) * HOUR_MS):%H:%M}" for at in range(0, HOURS, 4)]
    last = first_hour + HOURS
    begin = clock.local(first_hour * HOUR_MS)
    end = "now" if last > clock.now_ms // HOUR_MS else f"{clock.local(last * HOUR_MS):%H:%M}"
    return [f"{begin.day} {begin:%b} {hours[0]}", *hours[1:], end]
