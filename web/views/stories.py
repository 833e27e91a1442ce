"""Stories: posts of several channels that repeat each other; and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.posts import StoredPost
from sinks.store.reading.posts import story as posts_of_story
from sinks.store.reading.stories import Ranking, StoryRow, moments, place_in
from sinks.store.reading.stories import stories as ranked
from web.errors import RefusedRequestError, not_found
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import Dot, spark, time_line
from web.presentation.differing_numbers import DifferingNumber, differing
from web.presentation.headlines import excerpt
from web.presentation.moments import length
from web.presentation.rows import ListedPost, pieces
from web.presentation.syndication import FeedEntry
from web.presentation.words import channel_name, handle, language_name, short, without_controls
from web.views.exports import Syndication, as_table
from web.views.listing import exported, rows_of
from web.views.output_addresses import outputs
from web.views.parameters import LARGEST, LISTS, SINCE, after, following, form_of, limit, one_of, place, span_ms, whole
from web.views.time_windows import Window, window

_SIDE_BY_SIDE: Final = 3
_MOST_POSTS: Final = 500
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class _RankedStories:
    """A page of the ranking: stories from ``start`` on, of ``total``; ``more`` is "+" where others were not ranked."""

    window: Window
    lines: "list[StoryLine]"
    start: int
    total: int
    more: str
    live: LiveState


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story as a row of the table, with all that the row shows."""

    story: StoryRow
    title: str
    language: str
    first: str
    differs: str
    chart: Markup
    age: str
    speed: str


async def stories(request: Request) -> Response:
    """``/stories``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    form = form_of(params, LISTS)
    name, span = span_ms(params, "24h")
    ranking = Ranking(one_of(params, "by", tuple(Ranking), "channels"))
    least = whole(params, "channels", 2, least=1, most=1_000) or 2
    languages = whole(params, "languages", 1, least=1, most=100) or 1
    size, behind = limit(params), after(params, int, int, int, int)
    clock = pages.clock(request)

    def read(rows: Reader, _: Dialect) -> _RankedStories:
        within = window(rows, clock.now_ms, span)
        best = ranked(
            rows, within.since_ms, within.until_ms, ranking=ranking, least_channels=least, least_languages=languages
        )
        found, more = best.rows, "+" if best.is_cut else ""
        start = first_behind(found, behind, ranking)
        shown = found[start : start + size]
        return _RankedStories(within, _lines(rows, shown, within), start, len(found), more, live_state(rows, clock))

    key = ("stories", name, ranking, least, languages, size, behind)
    found = await pages.read_cached(key, read)
    within, lines = found.window, found.lines
    filters = [("since", name), ("by", ranking.value), ("channels", least), ("languages", languages)]
    number = f"{found.total:,}+ stories" if found.more else counted(found.total, "story", "stories")
    next_url = None
    if found.start + len(lines) < found.total:
        last = place(*place_in(ranking, lines[-1].story))
        kept = ("format", form if form != "html" else ""), ("limit", params.get("limit"))
        next_url = address("/stories", *filters, *kept, after=last)
    if form != "html":
        syndication = Syndication("tgwire: stories", lambda base: (_entry(line, base) for line in lines))
        return as_table(request, form, "stories", [_flat(line) for line in lines], syndication, next_url)
    return pages.html(
        request,
        "stories.html",
        nav="Stories",
        clock=clock,
        live=found.live,
        lines=lines,
        start=found.start,
        next_url=next_url,
        shown=f"{found.start + 1:,} to {found.start + len(lines):,} of {found.total:,}{found.more}",
        since=name,
        by=ranking.value,
        least=str(least),
        languages=str(languages),
        summary=f"{number} of {least} or more channels {within.phrase(SINCE[name])}",
        since_choices=list(SINCE.items()),
        by_choices=[(each.value, each.value) for each in Ranking],
        **outputs("/stories", filters),
    )


def first_behind(found: list[StoryRow], behind: tuple[int, ...] | None, ranking: Ranking) -> int:
    """The index of the first story behind a place in the ranking."""
    if behind is None:
        return 0
    return next((at for at, row in enumerate(found) if place_in(ranking, row) < behind), len(found))


def _lines(reader: Reader, found: list[StoryRow], within: Window) -> list[StoryLine]:
    times = moments(reader, [row.number for row in found], within.since_ms, within.until_ms)
    return [_line(row, posts_of_story(reader, row.number, limit=40), times[row.number], within) for row in found]


def _line(row: StoryRow, posts: list[StoredPost], times: list[int], within: Window) -> StoryLine:
    shown = next((post for post in posts if post.text.strip()), posts[0])
    values = within.eighths(times)
    numbers = differing([post.text for post in _distinct(posts)])
    return StoryLine(
        row,
        excerpt(shown.text).headline or "no text",
        shown.language,
        channel_name(posts[0].username, posts[0].title, posts[0].channel_id),
        _differs(numbers[0]) if numbers else "",
        spark(values, f"Posts in eight steps of the window: {', '.join(map(str, values))}"),
        length(within.until_ms - row.first_ms),
        f"+{row.recent_channels} in {length((within.until_ms - within.since_ms) / 6)}"
        if row.recent_channels
        else "slowing",
    )


def _distinct(posts: Sequence[StoredPost]) -> list[StoredPost]:
    """Of posts with the same text the first."""
    return list({" ".join(post.text.split()): post for post in reversed(posts)}.values())[::-1]


def _differs(number: DifferingNumber) -> str:
    return f"{number.label}: {' or '.join(reading.value for reading in number.readings[:3])}"


def _flat(line: StoryLine) -> dict[str, object]:
    row = line.story
    return {
        "story": row.number,
        "title": line.title,
        "first_channel": line.first,
        "channels": row.channels,
        "languages": " ".join(row.languages),
        "posts": row.posts,
        "views": row.views,
        "recent_channels": row.recent_channels,
        "numbers_differ": line.differs,
    }


def _entry(line: StoryLine, base: str) -> FeedEntry:
    row = line.story
    words = [
        f"{counted(row.channels, 'channel')}, {counted(row.posts, 'post')}",
        ", ".join(map(language_name, row.languages)),
        line.differs,
    ]
    text = ". ".join(each for each in words if each)
    return FeedEntry(f"{base}/story/{row.number}", line.title, text, line.first, row.first_ms, row.last_ms)


@dataclass(frozen=True, slots=True)
class _Story:
    """A story's page, of one moment."""

    posts: list[StoredPost]
    rows: list[ListedPost]
    live: LiveState


async def story(request: Request) -> Response:
    """``/story/{number}``"""
    pages: Pages = request.app.state.pages
    number, form = request.path_params["number"], form_of(request.query_params)
    page = whole(request.query_params, "page", 1, least=1, most=1_000) or 1
    if number > LARGEST:
        raise not_found("A story of that number")
    if form != "html":
        return await _exported(request, number, form)
    clock = pages.clock(request)

    def read(rows: Reader, _: Dialect) -> _Story:
        posts = posts_of_story(rows, number, limit=_MOST_POSTS)
        shown = posts[(page - 1) * _SHOWN : page * _SHOWN]
        return _Story(posts, rows_of(rows, shown), live_state(rows, clock))

    found = await pages.read(read)
    if not found.posts:
        raise not_found("This story")
    if not found.rows:
        raise RefusedRequestError(404, f"The story has {counted(len(found.posts), 'post')}, and no such page")
    return pages.html(
        request,
        "story.html",
        nav="Stories",
        clock=clock,
        live=found.live,
        number=number,
        page=page,
        **_story_context(found, number, page),
    )


async def _exported(request: Request, number: int, form: str) -> Response:
    """The posts of a story, 500 at a time."""
    pages: Pages = request.app.state.pages
    params = request.query_params
    size, behind = limit(params, _MOST_POSTS), after(params, int, str)
    posts = await pages.read(lambda rows, _: posts_of_story(rows, number, limit=size + 1, behind=behind))
    if not posts and behind is None:
        raise not_found("This story")
    last = posts[size - 1] if len(posts) > size else None
    more = following(f"/story/{number}", params, place(last.posted_ms, last.key)) if last is not None else None
    return exported(request, form, posts[:size], f"tgwire: story {number}", more)


def _story_context(found: _Story, number: int, page: int) -> dict[str, Any]:
    posts = found.posts
    begin = posts[0].posted_ms
    distinct = _distinct(posts)
    numbers = differing([post.text for post in distinct])
    groups: dict[str, list[StoredPost]] = {}
    for post in posts:
        groups.setdefault(post.language, []).append(post)
    rows = [
        (code.upper()[:4], [Dot(each.posted_ms - begin, at == 0) for at, each in enumerate(of)])
        for code, of in list(groups.items())[:12]
    ]
    views = [post.views for post in posts if post.views is not None]
    titled = next((post for post in posts if post.text.strip()), posts[0])
    label = "Posts over time, a row for each language. " + " ".join(
        f"{language_name(code)}: {length(of[0].posted_ms - begin)} after the first." for code, of in groups.items()
    )
    channels = {post.channel_id for post in posts}
    return {
        "title": excerpt(titled.text).headline or "no text",
        "language": titled.language,
        "stats": [
            ("channels", f"{len(channels):,}", ""),
            ("languages", str(len(groups)), ""),
            (
                "posts",
                f"{len(posts):,}" + ("+" if len(posts) == _MOST_POSTS else ""),
                f"{len(distinct):,} without copies word for word",
            ),
            ("from first to last", length(posts[-1].posted_ms - begin), ""),
            ("views", short(sum(views)) if views else "unknown", ""),
        ],
        "chart": time_line(rows, label),
        "numbers": [
            (
                each.label,
                [(reading.value, len(reading.posts), distinct[reading.posts[-1]]) for reading in each.readings],
            )
            for each in numbers
        ],
        "firsts": [
            (
                language_name(code),
                of[0],
                channel_name(of[0].username, of[0].title, of[0].channel_id),
                length(of[0].posted_ms - begin),
                len(of),
            )
            for code, of in groups.items()
        ],
        "beside": [_beside(post, numbers) for post in _representatives(groups, distinct)],
        "heading": counted(len(posts), "post") if len(posts) < _MOST_POSTS else f"The first {_MOST_POSTS} posts",
        "rows": found.rows,
        "next_url": address(f"/story/{number}", page=page + 1) if len(posts) > page * _SHOWN else None,
        **outputs(f"/story/{number}"),
    }


def _representatives(groups: dict[str, list[StoredPost]], distinct: list[StoredPost]) -> list[StoredPost]:
    """The first of each language, then other texts."""
    firsts = [of[0] for of in groups.values() if of[0].text.strip()]
    others = [post for post in distinct if post not in firsts and post.text.strip()]
    return (firsts + others)[:_SIDE_BY_SIDE]


def _beside(post: StoredPost, numbers: list[DifferingNumber]) -> dict[str, Any]:
    text = without_controls(post.text[:700])
    found = [
        (at, at + len(reading.value))
        for each in numbers
        for reading in each.readings
        if (at := text.find(f"{reading.value} ")) >= 0
        and text[at + len(reading.value) + 1 :].casefold().startswith(each.label)
    ]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return {
        "post": post,
        "name": channel_name(post.username, post.title, post.channel_id),
        "handle": handle(post.username, post.channel_id),
        "parts": pieces(text, apart),
        "is_cut": len(post.text) > len(text),
    }
