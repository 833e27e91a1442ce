"""The fields that a column can be read as, ``--map``, and a layout: which column is which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.errors import InvalidMapError, UnknownColumnsError
from ingest.sources.table.dates import DateOrder

FIELDS: Mapping[str, str] = {
    "id": "id of the message",
    "text": "text",
    "date": "when it was posted",
    "edited": "when it was edited",
    "channel": "channel: an id, @name, link or title",
    "channel_id": "id of the channel",
    "username": "username of the channel",
    "title": "title of the channel",
    "link": "link to the post",
    "views": "views",
    "forwards": "forwards",
    "replies": "comments",
    "reactions": "reactions",
    "observed": "when the counts were read",
    "reply_to": "id of the message answered",
    "forward": "origin of a forward: a link, @name, id or name",
    "forward_channel_id": "id of its channel",
    "forward_username": "username of its channel",
    "forward_message_id": "id of its message",
    "forward_name": "name of its origin",
    "forward_date": "when it was posted there",
    "album": "id of the album",
    "media": "kind of attachment",
    "file_name": "name of the file",
    "mime_type": "MIME type of the file",
    "kind": "kind of message: service messages are left out",
    "sender_id": "id of the sender; a channel's, -100..., names the channel",
    "caption": "text where the text is empty",
    "entities": "entities of the text, with offsets in UTF-16 units",
}
"""Names on the left of ``--map``, with what they mean."""

_ALIASES = {
    "message_id": "id",
    "msg_id": "id",
    "message": "text",
    "posted_at": "date",
    "edited_at": "edited",
    "observed_at": "observed",
    "channel.id": "channel_id",
    "channel.username": "username",
    "channel.title": "title",
    "channel_username": "username",
    "channel_title": "title",
    "counters.views": "views",
    "counters.forwards": "forwards",
    "counters.replies": "replies",
    "counters.reactions": "reactions",
    "counters.observed_at": "observed",
    "reply_to.message_id": "reply_to",
    "reply_to_message_id": "reply_to",
    "forward.channel_id": "forward_channel_id",
    "forward.channel_username": "forward_username",
    "forward.message_id": "forward_message_id",
    "forward.name": "forward_name",
    "forward.posted_at": "forward_date",
    "album_id": "album",
    "media.kind": "media",
    "media.file_name": "file_name",
    "media.mime_type": "mime_type",
    "url": "link",
}
"""The names that RawPost has for them, and others that people try."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column each field is read from."""

    columns: tuple[str, ...]
    """All columns, as the file names them; those of nested objects with dots."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field -> column."""
    date_orders: Mapping[str, DateOrder] = field(default_factory=dict)
    """Column -> what comes first in its dates such as 05/06/2024, where its values show it."""

    tdlib_ids: frozenset[str] = frozenset()
    """Columns of ids that are those of TDLib: Telegram's times 2^20."""
    usernames: frozenset[str] = frozenset()
    """Columns whose values are usernames without @: no title has an underscore, or small letters alone."""
    objection: str = ""
    """What shows that rows are no posts all the same; empty for nothing."""

    @property
    def has_tdlib_ids(self) -> bool:
        """Whether the ids of messages are such."""
        return self.fields.get("id") in self.tdlib_ids

    @property
    def is_usable(self) -> bool:
        """Whether rows are posts: a text, and what distinguishes them."""
        return not self.objection and self.has_posts

    @property
    def has_posts(self) -> bool:
        """The same by the columns alone, whatever is objected."""
        return "text" in self.fields and bool({"id", "date", "link"} & set(self.fields))

    def as_map(self) -> str:
        """The ``--map`` that says the same."""
        return ",".join(f"{name}={_quoted(column)}" for name, column in self.fields.items())

    def __str__(self) -> str:
        read, reactions = set(self.fields.values()), self.fields.get("reactions")
        whole = f"{reactions}." if reactions else None  # an object of emoji is read with all that is in it
        unused = [each for each in self.columns if each and each not in read and not (whole and each.startswith(whole))]
        rest = f"; not read: {', '.join(unused)}" if unused else ""
        return f"{', '.join(f'{name} from {column}' for name, column in self.fields.items())}{rest}"


def parse_map(given: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of field and column from the values of ``--map``: ``text=message,date="sent at"``.

    An empty column leaves the field out. Raises InvalidMapError.
    """
    pairs: dict[str, str] = {}
    for option in given:
        for part in _parts(option):
            name, equals, column = part.partition("=")
            name = _ALIASES.get(name.strip().lower(), name.strip().lower())
            if not equals:
                raise InvalidMapError(f"--map: {part.strip()!r} is no FIELD=COLUMN.")
            if name not in FIELDS:
                raise InvalidMapError(f"--map: there is no field {name!r}; fields are {', '.join(FIELDS)}.")
            if name in pairs:
                raise InvalidMapError(f"--map: {name} is given twice.")
            pairs[name] = column.strip()
    return tuple(pairs.items())


def _parts(option: str) -> list[str]:
    """Split at commas outside of quotes; quotes may be around the column alone: ``text="a, b"``."""
    parts, is_quoted = [""], False
    for character in option:
        if character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            parts.append("")
        else:
            parts[-1] += character
    if is_quoted:
        raise InvalidMapError("--map: a quote is not closed.")
    return [part for part in parts if part.strip()]


def with_map(guessed: Layout, given: Sequence[tuple[str, str]], name: str) -> Layout:
    """A layout in which ``--map`` goes before what was guessed; UnknownColumnsError for a column that is not there."""
    fields = dict(guessed.fields)
    known = {column.strip().lower(): column for column in reversed(guessed.columns)}
    for field_name, column in given:
        fields.pop(field_name, None)
        if not column:
            continue
        if column not in guessed.columns and column.lower() not in known and "." not in column:
            listed = ", ".join(filter(None, guessed.columns))
            raise UnknownColumnsError(f"{name}: --map: there is no column {column!r}; columns are {listed}.")
        fields[field_name] = column if column in guessed.columns else known.get(column.lower(), column)
    taken = {column for _, column in given if column}
    explicit = {field_name for field_name, _ in given}
    kept = {key: value for key, value in fields.items() if key in explicit or value not in taken}
    return replace(guessed, fields=kept)


def checked(layout: Layout, given: Sequence[tuple[str, str]], name: str) -> Layout:
    """The layout, if posts can be read by it; else UnknownColumnsError, which shows a ``--map`` to fill in.

    With a map, the fields that it names are enough.
    """
    if layout.is_usable or (given and layout.fields):
        return layout
    listed = ", ".join(column or '""' for column in layout.columns) or "none"
    found = [f"{key}={_quoted(column)}" for key, column in layout.fields.items()]
    if layout.has_posts:
        what, say = layout.objection, f"If they are posts, --map '{','.join(found)}' reads them"
    else:
        what = "its columns cannot be recognised as posts"
        missing = [f"{key}=COLUMN" for key in ("id", "text", "date") if key not in layout.fields]
        say = f"Say which is which: --map '{','.join([*found, *missing])}'"
    raise UnknownColumnsError(f"{name}: {what}: {listed}. {say}")


def _quoted(column: str) -> str:
    return f'"{column}"' if "," in column or column != column.strip() else column


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, those that repeat with a number behind them."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        name = name.strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(names)
