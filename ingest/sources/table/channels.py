"""The channel of a row: its columns, else the name of the file."""

import re
from functools import lru_cache

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import entities, ids
from ingest.sources.table import cells
from ingest.sources.table.columns import Layout
from ingest.sources.table.guess import CellsByColumn, value_of
from schemas import Channel
from schemas.channel_names import channel_name, telegram_path

_MARKED = re.compile(r"(?<![0-9])-?100([1-9][0-9]{9,11})(?![0-9])")
_CALLED = re.compile(r"(?:channel|chat)[_ -]?([1-9][0-9]{8,11})(?![0-9])", re.IGNORECASE)
_AT_NAME = re.compile(r"@([A-Za-z][A-Za-z0-9_]{3,31})")
_USERNAME = re.compile(r"[a-z][a-z0-9_]{4,31}", re.ASCII)
_MAY_BE_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}", re.ASCII)
_STEM = re.compile(r"^(.*?)(?:\.(?:csv|tsv|tab|psv|jsonl|ndjson|json|parquet|pq|txt))*$", re.IGNORECASE)
GENERIC_NAME = re.compile(
    r"[\W_0-9]*(?:(?:telegram|tg|channel|channels|all|items|rows|records|list|raw|clean|cleaned|data|dataset|messages?|posts?|export|exported|"
    r"output|result|results|history|dump|chat|part|train|test|scraped|search|df|file|preview|stdin)[\W_0-9]*)+",
    re.IGNORECASE,
)
"""Names that say nothing of the channel; posts of two such files in two folders must not get the same keys."""


Identity = tuple[int | None, str | None, str | None]
"""Id, username and title of a channel, as far as they are known."""
NOBODY: Identity = (None, None, None)


_FIELDS = ("channel_id", "username", "title", "channel", "sender_id")
"""Those that a channel is found by; and the link, which differs in each row."""
_MOST_REMEMBERED = 10_000
_LONGEST_REMEMBERED = 64
"""Characters: names are shorter, and a cell may hold megabytes."""


class RowChannels:
    """Finds the channel of each row of one file."""

    def __init__(self, layout: Layout, context: ReadContext) -> None:
        self._fields = layout.fields
        self._has_usernames = layout.fields.get("channel") in layout.usernames
        self._columns = [layout.fields[field] for field in (*_FIELDS, "link") if field in layout.fields]
        self._found: dict[tuple[object, ...], Channel] = {}
        self._context = context
        self.around: Identity = NOBODY
        """From around the rows: completes what a row says."""
        self.key: Identity = NOBODY
        """From the key of a list of rows, which may be any word: used where nothing else names a channel."""
        self._file_id, self._file_username, self._fallback = _of_file_name(context)

    def of(self, row: CellsByColumn) -> Channel:
        """The channel; raises InvalidRecordError for an id that cannot be one."""
        key = (self.around, self.key, *(str(value_of(row, column)) for column in self._columns))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._find(row)
        return found

    def _find(self, row: CellsByColumn) -> Channel:
        channel_id = self._id(row)
        name = username(self._get(row, "username"))
        title = entities.optional_text(cells.known(self._get(row, "title")))
        link = cells.link(self._get(row, "link")) if "link" in self._fields else None
        if link is not None:
            channel_id, name = channel_id or link.channel_id, name or link.username
        if "channel" in self._fields:
            its_id, its_name, its_title = self._written(self._get(row, "channel"))
            channel_id, name, title = channel_id or its_id, name or its_name, title or its_title
        around_id, around_name, around_title = self.around
        name, title = name or around_name, title or around_title
        channel_id = channel_id or around_id or self._sender(row)
        if (channel_id, name, title) == NOBODY:
            channel_id, name, title = self.key
        channel_id = channel_id or self._file_id
        if channel_id is None and name is None and title is None:
            name = self._file_username
        return self._context.channel(channel_id=channel_id, username=name, title=title, fallback=self._fallback)

    def _get(self, row: CellsByColumn, field: str) -> object:
        column = self._fields.get(field)
        return None if column is None else value_of(row, column)

    def _id(self, row: CellsByColumn) -> int | None:
        column = self._fields.get("channel_id")
        return None if column is None else cells.channel_id(value_of(row, column), column)

    def _sender(self, row: CellsByColumn) -> int | None:
        """A sender that is a channel; a person's id is none of ours."""
        value = self._get(row, "sender_id")
        return ids.optional_channel_id(value) if str(value).strip().startswith("-100") else None

    def _written(self, value: object) -> tuple[int | None, str | None, str | None]:
        """Id, username and title of what a column calls the channel."""
        value = cells.known(value)
        if value is None:
            return None, None, None
        column = self._fields["channel"]
        number = cells.whole(value, column)
        if isinstance(number, int | float) or str(number).lstrip("-").isdigit():
            return cells.channel_id(value, column), None, None
        if not isinstance(value, str):
            raise InvalidRecordError("expected a channel's id, name or link", column)
        name = _name(value)
        if name is not None:
            return (int(name), None, None) if name.isdigit() else (None, name, None)
        written = value.strip()
        is_username = (
            (self._has_usernames and _MAY_BE_USERNAME.fullmatch(written))
            or _USERNAME.fullmatch(written)
            or self._context.options.directory.find(username=written)
        )
        return (None, written, None) if is_username else (None, None, written)


def _name(value: object) -> str | None:
    """A username (or the digits of an id) from @name, a link or a bare name of a column of usernames."""
    value = cells.known(value)
    if not isinstance(value, str):
        return None
    written = value.strip()
    is_marked = written.startswith("@") or telegram_path(written) is not None
    try:
        found = channel_name(written)
    except ValueError:
        return None
    return found.removeprefix("@") if is_marked else None


def username(value: object) -> str | None:
    """A username from @name, a link or the bare name; None for what cannot be one."""
    if not isinstance(value, str):
        return None
    return _remembered_username(value) if len(value) <= _LONGEST_REMEMBERED else _username(value)


def _username(written: str) -> str | None:
    found = _name(written if "/" in written or "@" in written else f"@{written.strip()}")
    return None if found is None or found.isdigit() else found


_remembered_username = lru_cache(_MOST_REMEMBERED)(_username)


def _of_file_name(context: ReadContext) -> tuple[int | None, str | None, str]:
    """Id, username and a name to derive an id from."""
    file = context.file
    match = _STEM.match(file.base_name)
    stem = (match[1] if match else "") or file.base_name
    for pattern in (_MARKED, _CALLED):
        if found := pattern.search(stem):
            return int(found[1]), None, stem
    if found := _AT_NAME.search(stem):
        return None, found[1], stem
    if len(context.options.directory.find(username=stem)) == 1:
        return None, stem, stem
    is_generic = GENERIC_NAME.fullmatch(stem) is not None
    return None, None, f"{file.folder}/{stem}".strip("/") if is_generic else stem
