"""Search: who wrote these words, narrowed by facets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from schemas.plurals import counted
from schemas.query.description import describe
from schemas.query.errors import QueryError
from schemas.query.keys import EXAMPLES, WITHIN
from schemas.query.parser import parse
from schemas.query.tree import Node, Or, Silent, leaves
from sinks.store.database import Dialect, Reader
from sinks.store.reading.outlets import channel_names
from sinks.store.search.changes import ChangeCursor, last_place
from sinks.store.search.names import ResolvedNames, look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection
from web.errors import RefusedRequestError
from web.pages import LiveState, Pages, address, live_state
from web.presentation.moments import Clock
from web.presentation.rows import ListedPost
from web.presentation.words import channel_key, language_name, plain
from web.views.listing import exported, posts_of, rows_of
from web.views.live import live_address
from web.views.output_addresses import outputs
from web.views.parameters import MOST_TEXT, cursor, form_of, limit, one_of, read_query

COUNTED: Final = 2_000
"""Newest hits that facets are counted in."""
_SHOWN: Final = 6
_EXAMPLES: Final = [
    (key, example if key != WITHIN else f"{EXAMPLES['story.channels']} {example}")
    for key, example in EXAMPLES.items()
    if key != "silent"  # a condition of alerts
]
_ORDERS: Final = {"newest": "newest", "oldest": "oldest", "relevance": "best match"}
_KINDS: Final = (
    ("with quotes", "has:quotes"),
    ("with media", "has:media"),
    ("first senders", "is:first"),
    ("copies", "is:copy"),
    ("edited", "is:edited"),
    ("deleted", "is:deleted"),
    ("forwards", "is:forward"),
)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, with the number of hits that have it."""

    name: str
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow the hits."""

    name: str
    choices: list[FacetValue]


@dataclass(frozen=True, slots=True)
class _HitCounts:
    """What the newest hits have in common."""

    total: int
    copies: int
    is_cut: bool
    languages: Counter[str]
    channels: Counter[int]
    channel_names: dict[int, str]
    usernames: dict[int, str | None]
    outlets: list[tuple[str, str, int]]
    kinds: list[int]


@dataclass(frozen=True, slots=True)
class _SearchPage:
    """A page of hits, of one moment."""

    rows: list[ListedPost]
    is_more: bool
    unknown: list[str]
    place: ChangeCursor
    live: LiveState


async def search(request: Request) -> Response:
    """``/search?q=...``"""
    pages: Pages = request.app.state.pages
    params = request.query_params
    text, form = params.get("q", "").strip(), form_of(params)
    order = one_of(params, "order", tuple(_ORDERS), "newest")
    size, before = limit(params), cursor(params)
    clock = pages.clock(request)
    if len(text) > MOST_TEXT:
        raise RefusedRequestError(400, f"A query has at most {MOST_TEXT:,} characters")
    if form != "html":
        tree = read_query(text)
        posts = await pages.read(
            lambda rows, dialect: posts_of(rows, dialect, tree, size + 1, before, clock.now_ms, order)
        )
        more = len(posts) > size and order != "relevance"
        next_url = (
            address("/search", q=text, order=order, format=form, limit=params.get("limit"), before=posts[size - 1].id)
            if more
            else None
        )
        return exported(request, form, posts[:size], f"tgwire: {text}", next_url)
    if not text:
        live = await pages.read(lambda rows, _: live_state(rows, clock))
        return pages.html(request, "search.html", clock=clock, live=live, q="", problem=None, examples=_EXAMPLES)
    try:
        parsed = _parsed(text)
    except QueryError as problem:
        live = await pages.read(lambda rows, _: live_state(rows, clock))
        return pages.html(
            request, "search.html", status=400, clock=clock, live=live, q=text, problem=problem, examples=_EXAMPLES
        )
    found = await pages.read(lambda rows, dialect: _read(rows, dialect, parsed, size, before, clock, order))
    counts = await pages.search_counts.read(
        text, lambda rows, dialect: _read_counts(rows, dialect, parsed, clock.now_ms)
    )
    return pages.html(request, "search.html", clock=clock, **_context(found, counts, text, parsed, order, before))


def _parsed(text: str) -> Node:
    tree = parse(text)
    for leaf in leaves(tree):
        if isinstance(leaf, Silent):
            raise QueryError("silent: is a condition of alerts: no post has it", text, leaf.column)
    return tree


def _read(
    reader: Reader, dialect: Dialect, tree: Node, size: int, before: int | None, clock: Clock, order: str
) -> _SearchPage:
    posts = posts_of(reader, dialect, tree, size + 1, before, clock.now_ms, order)
    return _SearchPage(
        rows_of(reader, posts[:size], tree),
        len(posts) > size,
        list(look_up(reader, tree).unknown(tree)),
        last_place(reader, dialect),
        live_state(reader, clock),
    )


def _read_counts(reader: Reader, dialect: Dialect, tree: Node, now_ms: int) -> _HitCounts:
    ids = find_ids(reader, dialect, tree, look_up(reader, tree), HitSelection(COUNTED + 1), now_ms)
    return _counts(reader, dialect, ids[:COUNTED], len(ids) > COUNTED)


def _counts(reader: Reader, dialect: Dialect, ids: Sequence[int], is_cut: bool) -> _HitCounts:
    posts = reader.among(
        "SELECT p.key, p.language, p.channel_id, p.quotes, p.media, p.edits, p.edited_ms, p.deleted_ms, "
        "p.forward_channel_id, l.target FROM posts p LEFT JOIN links l ON l.key = p.key WHERE p.id",
        ids,
        "ORDER BY p.id DESC",
    )
    channels = Counter(row[2] for row in posts)
    quoted = reader.among(
        "SELECT q.outlet_id, min(q.outlet_name), count(DISTINCT q.key) FROM quotes q WHERE q.key",
        [row[0] for row in posts if row[3]],
        "GROUP BY q.outlet_id ORDER BY 3 DESC, 1",
    )
    shown = {number for number, _ in channels.most_common(_SHOWN)}
    usernames: dict[int, str | None] = dict(reader.among("SELECT id, username FROM channels WHERE id", sorted(shown)))
    kinds = [
        sum(1 for row in posts if row[3] > 0),
        sum(1 for row in posts if row[4] > 0),
        len(find_ids(reader, dialect, parse("is:first"), ResolvedNames(), HitSelection(len(ids), among=tuple(ids)), 0)),
        copies := sum(1 for row in posts if row[9] is not None),
        sum(1 for row in posts if row[5] > 0 or row[6] is not None),
        sum(1 for row in posts if row[7] is not None),
        sum(1 for row in posts if row[8] is not None),
    ]
    return _HitCounts(
        len(posts),
        copies,
        is_cut,
        Counter(row[1] for row in posts),
        channels,
        channel_names(reader, shown),
        usernames,
        [(outlet, name, count) for outlet, name, count in quoted[:_SHOWN]],
        kinds,
    )


def _context(
    found: _SearchPage, counts: _HitCounts, text: str, tree: Node, order: str, before: int | None
) -> dict[str, Any]:
    copies = counts.copies
    total = f"{counts.total:,}+ posts" if counts.is_cut else counted(counts.total, "post")
    next_url = None
    if found.is_more and order != "relevance":
        next_url = address("/search", q=text, order=order if order != "newest" else "", before=found.rows[-1].post.id)
    return {
        "q": text,
        "problem": None,
        "said": plain(describe(tree)),
        "unknown": [plain(name) for name in found.unknown],
        "rows": found.rows,
        "has_days": order != "relevance",
        "total_words": total + (f", {counts.total - copies:,} without copies" if copies and not counts.is_cut else ""),
        "counted_in": f"Counted in the newest {COUNTED:,} hits."
        if counts.is_cut
        else f"Counted in all {counted(counts.total, 'hit')}.",
        "facets": list(_facets(counts, text, order)),
        "orders": [
            (name, None if key == order else address("/search", q=text, order=key)) for key, name in _ORDERS.items()
        ],
        **outputs("/search", [("q", text), ("order", order if order != "newest" else "")]),
        "live_url": _live_url(found, text) if order == "newest" and before is None else None,
        "next_url": next_url,
        "next_words": "Newer hits" if order == "oldest" else "Older hits",
        "live": found.live,
    }


def _live_url(found: _SearchPage, text: str) -> str:
    return live_address(text, found.place, [row.post.id for row in found.rows], is_more=found.is_more)


def _facets(counts: _HitCounts, text: str, order: str) -> Iterable[Facet]:
    is_or = isinstance(parse(text), Or)

    def choice(name: str, count: int, condition: str) -> FacetValue:
        is_chosen = not is_or and f" {condition} " in f" {text} "
        without = f" {text} ".replace(f" {condition} ", " ").strip()
        narrowed = without if is_chosen else f"({text}) {condition}" if is_or else f"{text} {condition}"
        return FacetValue(
            name, count, address("/search", q=narrowed, order=order if order != "newest" else ""), is_chosen
        )

    yield Facet(
        "Language",
        [choice(language_name(code), count, f"lang:{code}") for code, count in counts.languages.most_common(_SHOWN)],
    )
    yield Facet(
        "Kind",
        [
            choice(name, count, condition)
            for (name, condition), count in zip(_KINDS, counts.kinds, strict=True)
            if count
        ],
    )
    yield Facet(
        "Outlet", [choice(plain(name), count, f'outlet:"{_quotable(name)}"') for _, name, count in counts.outlets]
    )
    keys = {number: channel_key(counts.usernames.get(number), number) for number in counts.channels}
    yield Facet(
        "Channel",
        [
            choice(plain(counts.channel_names[number]), count, f"channel:{keys[number]}")
            for number, count in counts.channels.most_common(_SHOWN)
        ],
    )


def _quotable(name: str) -> str:
    return plain(name).replace('"', " ").replace("\\", " ")
