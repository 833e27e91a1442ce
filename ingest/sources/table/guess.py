"""A layout guessed from the names of columns, and from what is in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean

from ingest.sources.channel_fields import parse_id
from ingest.sources.format import InvalidRecordError
from ingest.sources.table import cells, dates, written_out
from ingest.sources.table.columns import Layout
from ingest.sources.table.names import NAMES, bare_name, is_wrapped, plain_name, rank_of
from ingest.sources.tdlib.message_ids import STEP
from schemas.keys import ID_LIMIT

CellsByColumn = Mapping[str, object]
SAMPLE_ROWS = 100
_SURE = frozenset(("id", "messageid", "msgid", "postid", "date", "datetime", "messagedate", "postedat"))
"""Names that nobody gives to anything else."""
_DATES = ("date", "observed", "forward_date")
_IDS = ("id", "reply_to", "forward_message_id")
_PERSONS = re.compile(r"sender|first_?name|last_?name|from_?user|user_?id|author", re.IGNORECASE)
_PLATFORMS = frozenset(
    ("telegram", "tg", "twitter", "x", "vk", "facebook", "instagram", "reddit", "youtube", "web", "rss")
)
_EVIDENCE = ("id", "date", "channel_id", "channel", "views", "forwards", "replies", "reactions", "reply_to", "album")
"""Fields whose names show, two together, that rows are posts; of ``channel`` those that are not for anything else."""
_CHANNEL = re.compile("chan|chat|telegram|tg|канал")
_MAY_BE_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
_IS_USERNAME = re.compile(r"_|^[a-z0-9]+$")
_AT_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|(?:https?://)?t\.me/(?:s/)?[A-Za-z][A-Za-z0-9_]{3,31}/?")
_NO_CHANNEL = re.compile(r"mention|repl|forward|fwd", re.IGNORECASE)
_OF_TELEGRAM = re.compile(
    r"channel|chat|telegram|^tg|канал|\bt_?me\b|forward|fwd|grouped|peer|(?:message|msg)[ _]?(?:id|date)", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"tweet|reddit|review|rating|stars?$|helpful|^asin$|product|price|salary|employer|listing"
    r"|e_?mail|phone|mobile|password|access_?hash|first_?name|last_?name|gender|birth|^age$|^role$|^bio$",
    re.IGNORECASE,
)
"""Columns of tweets, reviews, offers, and of persons: users, members, contacts."""
_OF_THINGS = re.compile(r"tweet|reddit|review|rating|stars?$|helpful|^asin$|^ownerid$|^timestampms$", re.IGNORECASE)
"""Those that messages beside what was read out of them, and their senders, do not have either."""
_WEB = re.compile(r"https?://")
_FEW_ROWS = 2
_LONG_TEXT = 12
_OBJECT = re.compile(
    r"\s*(?:\{\s*['\"][^'\"]{1,80}['\"]\s*:.*\}|[A-Z]\w+\([a-z_]+=.*\)|\[(?!.*['\"]text['\"]\s*:)\s*['\"{].*\])\s*",
    re.DOTALL | re.ASCII,
)
"""An object or a list as JSON, or as Python writes it; not the parts of a text that Telegram Desktop has."""
_CLASS_NAME = re.compile(r"(?:[A-Za-z]+\.)*[A-Za-z][a-z0-9]*(?:[A-Z][a-z0-9]+)+", re.ASCII)
"""``messageText``, ``types.MessageService``: what an object is, and no text of a post."""
_NO_BLANK = re.compile("[!-~]+")
"""A link, an address or a name in code: texts in Latin letters have blanks."""


def guess(columns: Sequence[str], rows: Sequence[CellsByColumn]) -> Layout:
    """Which columns are which, as far as names and values agree."""
    sample = {name: _values(rows, name) for name in columns}
    found: dict[str, str] = {}
    plain = {name: plain_name(name) for name in columns}
    for field, names in NAMES.items():
        ranks = {name: rank for name in columns if (rank := rank_of(plain[name], names.split())) is not None}
        candidates = sorted(
            (name for name in ranks if name not in found.values()),
            key=lambda name: (ranks[name], is_wrapped(name)),
        )
        chosen = _best(field, candidates, sample)
        if chosen is not None and not (field == "username" and _is_a_persons(chosen, columns)):
            found[field] = chosen
    _drop_namesakes(found, plain, sample, rows)
    _by_values(columns, plain, sample, found)
    orders = {name: order for name in columns if (order := dates.order_of(sample[name])) is not None}
    tdlib_ids = frozenset(name for name in columns if _are_tdlib_ids(sample[name]))
    usernames = frozenset(name for name in columns if _are_usernames(sample[name]))
    objection = _objection(found, columns, sample)
    fields = {field: found[field] for field in NAMES if field in found}
    return Layout(tuple(columns), fields, orders, tdlib_ids, usernames, objection)


def _objection(found: dict[str, str], columns: Sequence[str], sample: Mapping[str, list[object]]) -> str:
    """What shows that rows are no posts of Telegram, though a text and an id or a date are there; empty for nothing.
    A column of ids that are of something else is taken back.
    """
    ids = sample[found["id"]] if "id" in found else []
    if len(ids) >= _FEW_ROWS and not any(map(_may_be_telegrams, ids)):
        return f"its column {found.pop('id')} holds no ids of messages of Telegram"
    if _is_of_telegram(found, columns):
        return ""
    for name in columns:
        if _OF_THINGS.search(plain_name(name)):
            return f"such columns as {name} are not of posts, and none is of Telegram"
        if _are_links_elsewhere(name, sample[name], len(ids)):
            return f"its column {name} holds links to something else than posts of Telegram"
    return ""


def _are_links_elsewhere(name: str, values: Sequence[object], count: int) -> bool:
    """Whether each row has its own link, as articles and listings have."""
    is_link = bare_name(plain_name(name)) in ("url", "link", "permalink", "href")
    links = {value for value in values if isinstance(value, str) and _WEB.match(value)}
    return is_link and len(links) == len(values) >= max(count, _FEW_ROWS)


def _may_be_telegrams(value: object) -> bool:
    """Whether a message may have such an id; one that a spreadsheet has cut off may."""
    try:
        number = parse_id(cells.whole(value, ""))
    except InvalidRecordError:
        return True
    return type(number) is int and (abs(number) < ID_LIMIT or not number % STEP)


def _is_of_telegram(fields: Mapping[str, str], columns: Iterable[str]) -> bool:
    return "link" in fields or any(_OF_TELEGRAM.search(name) for name in columns)


def _is_a_persons(name: str, columns: Iterable[str]) -> bool:
    """``username`` beside the sender's other columns is the sender's."""
    return bare_name(plain_name(name)) == "username" and any(_PERSONS.search(other) for other in columns)


def _drop_namesakes(
    found: dict[str, str], plain: Mapping[str, str], sample: Mapping[str, list[object]], rows: Sequence[CellsByColumn]
) -> None:
    """Take back columns that are called as a field is, and hold something else: keys of a script's own beside links to
    the posts, headlines, the platform.
    """
    if "id" in found and "link" in found and not any(map(_CHECKS["id"], sample[found["id"]])):
        del found["id"]
    if "title" in found and bare_name(plain[found["title"]]) == "title" and _are_headlines(found, rows):
        del found["title"]
    source = found.get("channel")
    if source is not None and plain[source].startswith("source") and _all(sample[source], _is_a_platform):
        del found["channel"]


def _are_headlines(found: Mapping[str, str], rows: Sequence[CellsByColumn]) -> bool:
    """Whether one channel has several titles; where nothing else names channels, whether most rows have their own."""
    by_channel: dict[str, set[str]] = {}
    count = 0
    for row in rows:
        title = cells.known(value_of(row, found["title"]))
        if title is not None:
            count += 1
            by_channel.setdefault(_called(found, row), set()).add(str(title))
    if set(by_channel) == {""}:
        return count > 1 and len(by_channel[""]) * 2 > count
    return any(len(titles) > 1 for channel, titles in by_channel.items() if channel)


def _called(found: Mapping[str, str], row: CellsByColumn) -> str:
    """What a row calls its channel beside the title; empty for nothing."""
    for field in ("channel_id", "username", "channel"):
        value = cells.known(value_of(row, found[field])) if field in found else None
        if value is not None:
            return str(value)
    link = cells.link(value_of(row, found["link"])) if "link" in found else None
    return "" if link is None else str(link.username or link.channel_id)


def _is_a_platform(value: object) -> bool:
    return str(value).strip().lower() in _PLATFORMS


def _are_usernames(values: Sequence[object]) -> bool:
    """Whether all may be usernames, and some cannot be titles."""
    return _all(values, lambda value: _MAY_BE_USERNAME.fullmatch(str(value).strip()) is not None) and any(
        _IS_USERNAME.search(str(value).strip()) is not None for value in values
    )


def _values(rows: Sequence[CellsByColumn], name: str) -> list[object]:
    return [value for row in rows if (value := cells.known(value_of(row, name))) is not None]


def value_of(row: CellsByColumn, column: str) -> object:
    """The value of a column; with dots, of an object within others."""
    value = row.get(column)
    if value is None and "." in column and column not in row:
        found: object = row
        for part in column.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found
    return value


def _best(field: str, candidates: Sequence[str], sample: Mapping[str, list[object]]) -> str | None:
    """The first candidate whose values fit: one that is not empty, and of dates one with a zone, before others."""
    fitting = [name for name in candidates if _fits(field, sample[name])]
    if not fitting and field in ("id", "date"):  # rows with broken ones are rejected, not read without
        candidates = [name for name in candidates if not _all(sample[name], _CHECKS["link"])]
        fitting = [name for name in candidates if plain_name(name) in _SURE or any(map(_CHECKS[field], sample[name]))]
    fitting.sort(key=lambda name: not sample[name])  # "message" may be empty beside "cleaned_message"
    if field == "date":
        fitting.sort(key=lambda name: not (sample[name] and all(map(cells.has_zone, sample[name][:5]))))
    return fitting[0] if fitting else None


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(_DATES, cells.is_date),
    "id": lambda value: _id_or_cut(value),
    "text": lambda value: isinstance(value, list) or _may_be_text(value),
    "entities": lambda value: isinstance(value, list) or str(value).startswith("["),
    "caption": lambda value: isinstance(value, str),
    "channel_id": lambda value: type(parse_id(value)) is int or written_out.class_of(value) == "PeerChannel",
    "link": lambda value: cells.link(value) is not None,
    "username": lambda value: isinstance(value, str),
    "title": lambda value: isinstance(value, str) and not value.startswith("@"),
    "channel": lambda value: isinstance(value, str | int),
    "sender_id": lambda value: str(value).strip().startswith("-100"),
    "kind": lambda value: isinstance(value, str | bool | int),
    "media": lambda value: isinstance(value, str | bool | int | dict | list),
    "file_name": lambda value: isinstance(value, str),
    **dict.fromkeys(
        ("views", "forwards", "replies", "reply_to", "forward", "forward_channel_id", "forward_message_id", "album"),
        lambda value: not isinstance(value, dict | list),
    ),
}


def _id_or_cut(value: object) -> bool:
    try:
        return type(parse_id(cells.whole(value, ""))) is int
    except InvalidRecordError:
        return True  # 1.23E+09: an id, of which the rows are rejected


def _fits(field: str, values: list[object]) -> bool:
    check = _CHECKS.get(field)
    if check is None:
        return True
    if not values:
        return field not in ("id", "date", "link")
    return sum(map(check, values)) * 2 > len(values)


def _by_values(
    columns: Sequence[str], plain: Mapping[str, str], sample: Mapping[str, list[object]], found: dict[str, str]
) -> None:
    """Id, date and text by what is in columns whose names say nothing, where enough is found beside them."""
    evidence = {field for field in _EVIDENCE if field in found}
    if "channel" in found and not _CHANNEL.search(plain[found["channel"]]):
        evidence.discard("channel")
    is_headless = all(name.isdigit() for name in columns)
    free = [name for name in columns if name not in found.values() and sample[name]]
    if "link" not in found:
        _take(found, "link", [name for name in free if _all(sample[name], _CHECKS["link"])])
    if not {"channel_id", "channel", "username", "link"} & set(found):
        _take(found, "channel", [name for name in free if _names_channels(name, sample[name])])
    if "date" not in found:
        _take(found, "date", [name for name in free if _all(sample[name], cells.is_date)])
    free = [name for name in free if name not in found.values()]
    if not {"id", "link"} & set(found) and (is_headless or evidence or "date" in found):
        _take(found, "id", [name for name in free if _are_ids(sample[name])])
    is_shown = is_headless or "link" in found or {"id", "date"} <= set(found)
    is_shown |= len(evidence) > 1 and not evidence.isdisjoint(("id", "date"))
    is_of_others = not _is_of_telegram(found, columns) and any(map(_OF_OTHERS.search, plain.values()))
    if "text" not in found and is_shown and not is_of_others:
        free = [
            name for name in free if not _all(sample[name], lambda value: _NO_BLANK.fullmatch(str(value)) is not None)
        ]
        texts = {name: mean(map(len, sample[name])) for name in free if _all(sample[name], _is_text)}  # type: ignore[arg-type]
        longest = max(texts, key=texts.__getitem__, default=None)
        if longest is not None and texts[longest] >= _LONG_TEXT:
            found["text"] = longest


def _names_channels(name: str, values: Sequence[object]) -> bool:
    """Whether all are @names or links to channels, and not those of persons or of other channels."""
    is_of_others = _PERSONS.search(name) is not None or _NO_CHANNEL.search(name) is not None
    return not is_of_others and _all(values, lambda value: _AT_NAME.fullmatch(str(value).strip()) is not None)


def _take(found: dict[str, str], field: str, candidates: Sequence[str]) -> None:
    """A guess by values needs to be the only one."""
    if len(candidates) == 1:
        found[field] = candidates[0]


def _all(values: Sequence[object], check: Callable[[object], bool]) -> bool:
    return bool(values) and all(map(check, values))


def _are_ids(values: Sequence[object]) -> bool:
    if not _all(values, cells.is_id):
        return False
    numbers = [int(str(parse_id(cells.whole(value, "")))) for value in values]
    return len(set(numbers)) == len(numbers) > 1 and (numbers == sorted(numbers) or numbers == sorted(numbers)[::-1])


def _are_tdlib_ids(values: Sequence[object]) -> bool:
    """Whether most are multiples of 2^20, which of Telegram's own ids hardly one is; the others are local messages."""
    numbers = [parse_id(value) for value in values]
    return sum(type(number) is int and number > 0 and not number % STEP for number in numbers) * 2 > len(values)


def _is_text(value: object) -> bool:
    return _may_be_text(value) and not cells.is_date(value) and type(parse_id(value)) is not int


def _may_be_text(value: object) -> bool:
    return isinstance(value, str) and not _OBJECT.fullmatch(value) and not _CLASS_NAME.fullmatch(value)


def flat_columns(rows: Sequence[CellsByColumn]) -> tuple[str, ...]:
    """Names of all columns of rows of objects; those of objects within them with dots, two levels deep."""
    names: dict[str, None] = {}
    for row in rows:
        _flatten(row, "", 0, names)
    return tuple(names)


def _flatten(row: CellsByColumn, prefix: str, depth: int, names: dict[str, None]) -> None:
    for key, value in row.items():
        name = f"{prefix}{key}"
        names[name] = None
        if isinstance(value, dict) and depth < 2:
            _flatten(value, f"{name}.", depth + 1, names)
