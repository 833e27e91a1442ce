"""What an address asks for: filters, place and form, checked before anything is read."""

from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import QueryParams

from schemas.keys import parse_post_key
from schemas.query.errors import QueryError
from schemas.query.parser import parse
from schemas.query.tree import Node, Silent, leaves
from schemas.times import DAY_MS, HOUR_MS
from web.errors import RefusedRequestError
from web.pages import address
from web.presentation.words import language_name

PAGE: Final = 50
MOST: Final = 1_000
MOST_TEXT: Final = 2_000
"""Characters of a query."""
LARGEST: Final = (1 << 63) - 1
"""Of the numbers of a database."""
SINCE: Final = {"1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
SPANS: Final = ("24h", "7d", "30d")
"""Spans of time that numbers over time are shown of."""
LISTS: Final = ("html", "rss", "atom", "json", "jsonl", "csv")
"""Forms of a list."""
POSTS: Final = (*LISTS, "parquet")
"""Forms of a list of posts."""
_HAS: Final = ("media", "quotes", "citations", "links")


def cursor(params: QueryParams, name: str = "before") -> int | None:
    """A place in a list; RefusedRequestError for what is none."""
    return whole(params, name, None, least=0, most=LARGEST)


def whole(params: QueryParams, name: str, default: int | None, *, least: int, most: int) -> int | None:
    """A whole number within bounds; RefusedRequestError for anything else."""
    given = params.get(name)
    if not given:
        return default
    if not (given.isascii() and given.isdecimal()) or len(given) > 19 or not least <= int(given) <= most:
        raise RefusedRequestError(400, f"{name}: a whole number from {least:,} to {most:,} was expected")
    return int(given)


def after(params: QueryParams, *parts: type[int] | type[str]) -> tuple[Any, ...] | None:
    """The cursor of a list: the numbers and post keys that ``place`` has written of the last row before it."""
    given = params.get("after")
    if not given:
        return None
    values = given.split(".")
    if len(values) != len(parts) or not all(map(_is_part, values, parts)):
        raise RefusedRequestError(400, "after: expected the place that the list before ended with, as its next has it")
    return tuple(int(value) if part is int else value for value, part in zip(values, parts, strict=True))


def following(path: str, params: QueryParams, last: str | int, name: str = "after") -> str:
    """The address of what follows a list: the same question, behind its last row."""
    kept = [(key, value) for key, value in params.multi_items() if key != name]
    return address(path, *kept, (name, last))


def place(*parts: int | str) -> str:
    """The text of a place in a list, as the parameter ``after`` has it."""
    return ".".join(map(str, parts))


def _is_part(value: str, part: type[int] | type[str]) -> bool:
    if part is int:
        return value.isascii() and value.isdecimal() and len(value) <= 19 and int(value) <= LARGEST
    try:
        parse_post_key(value)
    except ValueError:
        return False
    return True


def limit(params: QueryParams, default: int = PAGE) -> int:
    """The number of entries that a request asks for."""
    found = whole(params, "limit", default, least=1, most=MOST)
    assert found is not None
    return found


def one_of(params: QueryParams, name: str, choices: tuple[str, ...], default: str) -> str:
    """The value of a parameter with few choices; RefusedRequestError for another one."""
    given = params.get(name) or default
    if given not in choices:
        raise RefusedRequestError(400, f"{name}: expected one of {', '.join(choices)}")
    return given


def form_of(params: QueryParams, forms: tuple[str, ...] = POSTS) -> str:
    """The form in which a view is wanted; RefusedRequestError for one that it does not have."""
    return one_of(params, "format", forms, "html")


def read_query(text: str) -> Node:
    """A query as a tree; RefusedRequestError shows where it is wrong."""
    try:
        tree = parse(text)
        silent = next((leaf for leaf in leaves(tree) if isinstance(leaf, Silent)), None)
        if silent is not None:
            raise QueryError("silent: is a condition of alerts: no post has it", text, silent.column)
    except QueryError as error:
        raise RefusedRequestError(400, f"Column {error.column}: {error.message}", pointed=error.pointed()) from None
    return tree


@dataclass(frozen=True, slots=True)
class FeedFilters:
    """The filters of the feed, as an address has them."""

    language: str = ""
    channel: str = ""
    since: str = ""
    is_first: bool = False
    has: tuple[str, ...] = field(default=())

    @property
    def query(self) -> str:
        """The filters as a query; empty: all posts."""
        parts = [
            f"lang:{self.language}" if self.language else "",
            f"channel:{self.channel}" if self.channel else "",
            f"age:<{self.since}" if self.since else "",
            "is:first" if self.is_first else "",
            *(f"has:{part}" for part in self.has),
        ]
        return " ".join(filter(None, parts))

    @property
    def pairs(self) -> list[tuple[str, object]]:
        """The filters as parameters of an address."""
        return [
            ("lang", self.language),
            ("channel", self.channel),
            ("since", self.since),
            ("is", "first" if self.is_first else ""),
            *(("has", part) for part in self.has),
        ]

    @property
    def in_words(self) -> str:
        """The filters in words, for their folded list."""
        words = [
            language_name(self.language) if self.language else "all languages",
            self.channel,
            SINCE.get(self.since, ""),
            "first senders" if self.is_first else "",
            *(f"with {part}" for part in self.has),
        ]
        return ", ".join(filter(None, words))


def feed_filters(params: QueryParams) -> FeedFilters:
    """The filters of an address; RefusedRequestError names one that is not understood."""
    since = one_of(params, "since", ("", *SINCE), "")
    one_of(params, "is", ("", "first"), "")
    chosen = [part for part in params.getlist("has") if part]
    if any(part not in _HAS for part in chosen):
        raise RefusedRequestError(400, f"has: expected some of {', '.join(_HAS)}")
    language, channel = params.get("lang", ""), params.get("channel", "")
    for name, value in (("lang", language), ("channel", channel)):
        if any(character.isspace() or character in '"()' for character in value):
            raise RefusedRequestError(400, f"{name}: not understood")
    filters = FeedFilters(language, channel, since, params.get("is") == "first", tuple(dict.fromkeys(chosen)))
    if filters.query:
        read_query(filters.query)
    return filters


def span_ms(params: QueryParams, default: str, choices: tuple[str, ...] = tuple(SINCE)) -> tuple[str, int]:
    """A span of time that ends now: its name and its length."""
    name = one_of(params, "since", choices, default)
    return name, int(name[:-1]) * {"h": HOUR_MS, "d": DAY_MS}[name[-1]]
