"""Values of topics as the store reads them: the fields that have columns, without the cost of whole models.

The record itself is kept as its bytes; ``schemas`` has the models that wrote it.
"""

import json
import re
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from schemas.base import SCHEMA_VERSION
from schemas.events import RejectReason
from schemas.keys import ID_LIMIT, parse_post_key, post_key

Id = Annotated[int, Meta(gt=0, lt=ID_LIMIT)]
Count = Annotated[int, Meta(ge=0, lt=1 << 31)]
Size = Annotated[int, Meta(ge=0, lt=ID_LIMIT)]
Moment = Annotated[datetime, Meta(tz=True)]
Rank = tuple[Annotated[int, Meta(ge=0, lt=1 << 53)], Annotated[int, Meta(ge=0, le=1)]]

_REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FIELD = re.compile(r"`\$([^`]*)`")


class RefusedError(Exception):
    """A value that cannot be kept: it becomes a dead letter."""

    def __init__(self, reason: RejectReason, message: str, field: str | None = None) -> None:
        self.reason, self.message, self.field = reason, message, field
        super().__init__(message)


class Channel(Struct, gc=False):
    """The channel of a post."""

    id: Id
    username: str | None = None
    title: str | None = None


class Language(Struct, gc=False):
    """Language of a text."""

    code: str


class Span(Struct, gc=False):
    """A piece of the text."""

    text: str
    start: Count
    end: Count


class Outlet(Struct, gc=False):
    """A news outlet."""

    name: str
    id: str | None = None


class Quote(Struct):
    """One item of a media-quote list."""

    position: Count
    text: str
    start: Count
    end: Count
    outlets: tuple[Outlet, ...]
    kind: str | None = None
    cue: Span | None = None
    topic: Span | None = None
    confidence: float | None = None


class QuoteList(Struct):
    """A run of items."""

    items: tuple[Quote, ...]


class Citation(Struct):
    """A statement, and the outlets that it is attributed to."""

    position: Count
    text: str
    start: Count
    end: Count
    outlets: tuple[Outlet, ...]
    kind: str | None = None
    cue: Span | None = None
    cited: tuple[Span, ...] = ()
    is_own: bool = False
    confidence: float | None = None


class Forward(Struct, gc=False):
    """Where a forwarded post comes from."""

    channel_id: Id | None = None


class Counters(Struct):
    """Counts as seen at one moment."""

    observed_at: Moment | None = None
    views: Count | None = None
    forwards: Count | None = None
    replies: Count | None = None
    reactions: dict[str, Count] | None = None


class Provenance(Struct, gc=False):
    """Where a record comes from."""

    rank: Rank
    collected_at: Moment | None = None


class Post(Struct, tag_field="type", tag="post"):
    """A post, cleaned and understood."""

    schema_version: int
    key: str
    revision: str
    channel: Channel
    message_id: Id
    text: str
    language: Language
    provenance: Provenance
    posted_at: Moment | None = None
    edited_at: Moment | None = None
    quote_lists: tuple[QuoteList, ...] = ()
    citations: tuple[Citation, ...] = ()
    forward: Forward | None = None
    media: tuple[msgspec.Raw, ...] = ()
    links: tuple[msgspec.Raw, ...] = ()
    counters: Counters | None = None


class Tombstone(Struct, tag_field="type", tag="tombstone"):
    """A post was deleted."""

    schema_version: int
    key: str
    channel: Channel
    message_id: Id
    provenance: Provenance
    last_seen_at: Moment | None = None


class Link(Struct):
    """The earlier post that a post repeats."""

    of: str
    kind: str
    similarity: float


class Verdict(Struct, tag_field="type", tag="duplicate"):
    """What a post repeats, as known now."""

    schema_version: int
    key: str
    revision: str
    duplicate: Link | None
    rank: Rank | None = None
    posted_at: Moment | None = None
    original_posted_at: Moment | None = None


class NewestPost(Struct):
    """The newest post of a channel."""

    posted_at: Moment | None = None


class ChannelGap(Struct):
    """Ids of a channel that are not read yet."""

    size: Size


class Backfill(Struct):
    """How far the history of a channel is collected."""

    reached: Size
    up_to: Size

    @property
    def progress(self) -> float:
        """The collected share of its ids."""
        return 1.0 if self.reached >= self.up_to else self.reached / self.up_to


class ChannelState(Struct, tag_field="type", tag="channel_state"):
    """How a watched channel is."""

    schema_version: int
    channel: Channel
    condition: str
    since: Moment
    observed_at: Moment
    reason: str | None = None
    last_post: NewestPost | None = None
    usual_interval_s: float | None = None
    gap: ChannelGap | None = None
    backfill: Backfill | None = None


class CounterUpdate(Struct, tag_field="type", tag="counters"):
    """Fresh counts of a post."""

    schema_version: int
    key: str
    counters: Counters


T = TypeVar("T", Post | Tombstone, Verdict, CounterUpdate, ChannelState)


class _Ranked(Struct):
    provenance: Provenance


_RANKED: Final = msgspec.json.Decoder(_Ranked)
_STATES: Final = msgspec.json.Decoder(Post | Tombstone)
_VERDICTS: Final = msgspec.json.Decoder(Verdict)
_CHANNELS: Final = msgspec.json.Decoder(ChannelState)
_COUNTERS: Final = msgspec.json.Decoder(CounterUpdate)


def read_state(value: bytes) -> tuple[Post | Tombstone, bytes]:
    """A value of ``posts.normalized``, and its bytes as they are kept; RefusedError for what is none."""
    state, value = _read(_STATES, value)
    if state.key != post_key(state.channel.id, state.message_id):
        raise RefusedError(RejectReason.INVALID_FIELD, "key: not that of channel.id and message_id", "key")
    return state, value


def read_verdict(value: bytes) -> Verdict:
    """A value of ``posts.duplicates``; RefusedError for what is none."""
    verdict, _ = _read(_VERDICTS, value)
    _check_key(verdict.key, "key")
    if verdict.duplicate is not None:
        _check_key(verdict.duplicate.of, "duplicate.of")
    return verdict


def read_counters(value: bytes) -> CounterUpdate:
    """A value of ``posts.counters``; RefusedError for what is none."""
    update, _ = _read(_COUNTERS, value)
    _check_key(update.key, "key")
    return update


def read_channel_state(value: bytes) -> ChannelState:
    """A value of ``channels.state``; RefusedError for what is none."""
    state, _ = _read(_CHANNELS, value)
    return state


def provenance_of(value: bytes) -> Provenance:
    """Rank and time of a post whose record is kept."""
    return _RANKED.decode(value).provenance


class _Versioned(Struct):
    schema_version: int


def _read(decoder: "msgspec.json.Decoder[T]", value: bytes) -> tuple[T, bytes]:
    if b"\\u0000" in value:
        value = _storable(value)
    try:
        record = decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        cleaned = _storable(value)
        if cleaned != value:
            return _read(decoder, cleaned)
        raise _refusal(value, error) from None  # msgspec's text may hold a piece of the post
    if record.schema_version != SCHEMA_VERSION:
        raise _of_other_version(record.schema_version)
    return record, value


def _storable(value: bytes) -> bytes:
    """The value without NUL and lone surrogates, which neither database takes within texts; each becomes U+FFFD."""
    try:
        return json.dumps(_without_unstorable(json.loads(value)), ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return value


def _without_unstorable(value: object) -> object:
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_UNSTORABLE.sub(_REPLACEMENT, name): _without_unstorable(inner) for name, inner in value.items()}
    return [_without_unstorable(inner) for inner in value] if isinstance(value, list) else value


def _refusal(value: bytes, error: Exception) -> RefusedError:
    try:
        version = msgspec.json.decode(value, type=_Versioned).schema_version
    except (msgspec.MsgspecError, UnicodeDecodeError):
        version = SCHEMA_VERSION
    if version != SCHEMA_VERSION:
        return _of_other_version(version)
    if isinstance(error, msgspec.ValidationError):
        found = _FIELD.search(str(error))
        field = (found[1].lstrip(".") if found else "") or None
        return RefusedError(RejectReason.INVALID_FIELD, f"{field or 'value'}: not valid", field)
    return RefusedError(RejectReason.INVALID_JSON, "invalid JSON")


def _of_other_version(version: int) -> RefusedError:
    return RefusedError(
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        f"schema_version {version}: this tgwire reads {SCHEMA_VERSION}",
        "schema_version",
    )


def _check_key(key: str, field: str) -> None:
    try:
        parse_post_key(key)
    except ValueError:
        raise RefusedError(RejectReason.INVALID_FIELD, f"{field}: not a post key", field) from None


def known_as(outlet_id: str | None, name: str) -> str:
    """What an outlet goes by in the store: its id, or a name that the registry does not have."""
    return outlet_id or f"?{name.casefold()}"
