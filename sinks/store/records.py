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

JsonId = Annotated[int, Meta(gt=0, lt=ID_LIMIT)]
JsonCount = Annotated[int, Meta(ge=0, lt=1 << 31)]
JsonSize = Annotated[int, Meta(ge=0, lt=ID_LIMIT)]
JsonMoment = Annotated[datetime, Meta(tz=True)]
JsonRank = tuple[Annotated[int, Meta(ge=0, lt=1 << 53)], Annotated[int, Meta(ge=0, le=1)]]

_REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FIELD = re.compile(r"`\$([^`]*)`")


class RefusedError(Exception):
    """A value that cannot be kept: it becomes a dead letter."""

    def __init__(self, reason: RejectReason, message: str, field: str | None = None) -> None:
        self.reason, self.message, self.field = reason, message, field
        super().__init__(message)


class StoreChannel(Struct, gc=False):
    """The channel of a post."""

    id: JsonId
    username: str | None = None
    title: str | None = None


class StoreLanguage(Struct, gc=False):
    """Language of a text."""

    code: str


class StoreSpan(Struct, gc=False):
    """A piece of the text."""

    text: str
    start: JsonCount
    end: JsonCount


class StoreOutlet(Struct, gc=False):
    """A news outlet."""

    name: str
    id: str | None = None


class StoreQuote(Struct):
    """One item of a media-quote list."""

    position: JsonCount
    text: str
    start: JsonCount
    end: JsonCount
    outlets: tuple[StoreOutlet, ...]
    kind: str | None = None
    cue: StoreSpan | None = None
    topic: StoreSpan | None = None
    confidence: float | None = None


class StoreQuoteList(Struct):
    """A run of items."""

    items: tuple[StoreQuote, ...]


class StoreCitation(Struct):
    """A statement, and the outlets that it is attributed to."""

    position: JsonCount
    text: str
    start: JsonCount
    end: JsonCount
    outlets: tuple[StoreOutlet, ...]
    kind: str | None = None
    cue: StoreSpan | None = None
    cited: tuple[StoreSpan, ...] = ()
    is_own: bool = False
    confidence: float | None = None


class StoreForward(Struct, gc=False):
    """Where a forwarded post comes from."""

    channel_id: JsonId | None = None


class StoreCounters(Struct):
    """Counts as seen at one moment."""

    observed_at: JsonMoment | None = None
    views: JsonCount | None = None
    forwards: JsonCount | None = None
    replies: JsonCount | None = None
    reactions: dict[str, JsonCount] | None = None
    is_exact: bool | None = None


class StoreProvenance(Struct, gc=False):
    """Where a record comes from."""

    rank: JsonRank
    collected_at: JsonMoment | None = None


class StorePost(Struct, tag_field="type", tag="post"):
    """A post, cleaned and understood."""

    schema_version: int
    key: str
    revision: str
    channel: StoreChannel
    message_id: JsonId
    text: str
    language: StoreLanguage
    provenance: StoreProvenance
    posted_at: JsonMoment | None = None
    edited_at: JsonMoment | None = None
    quote_lists: tuple[StoreQuoteList, ...] = ()
    citations: tuple[StoreCitation, ...] = ()
    forward: StoreForward | None = None
    media: tuple[msgspec.Raw, ...] = ()
    links: tuple[msgspec.Raw, ...] = ()
    counters: StoreCounters | None = None


class StoreTombstone(Struct, tag_field="type", tag="tombstone"):
    """A post was deleted."""

    schema_version: int
    key: str
    channel: StoreChannel
    message_id: JsonId
    provenance: StoreProvenance
    last_seen_at: JsonMoment | None = None


class StoreLink(Struct):
    """The earlier post that a post repeats."""

    of: str
    kind: str
    similarity: float


class StoreVerdict(Struct, tag_field="type", tag="duplicate"):
    """What a post repeats, as known now."""

    schema_version: int
    key: str
    revision: str
    duplicate: StoreLink | None
    rank: JsonRank | None = None
    posted_at: JsonMoment | None = None
    original_posted_at: JsonMoment | None = None


class StoreNewestPost(Struct):
    """The newest post of a channel."""

    posted_at: JsonMoment | None = None


class StoreChannelGap(Struct):
    """Ids of a channel that are not read yet."""

    size: JsonSize


class StoreBackfill(Struct):
    """How far the history of a channel is collected."""

    reached: JsonSize
    up_to: JsonSize

    @property
    def progress(self) -> float:
        """The collected share of its ids."""
        return 1.0 if self.reached >= self.up_to else self.reached / self.up_to


class StoreChannelState(Struct, tag_field="type", tag="channel_state"):
    """How a watched channel is."""

    schema_version: int
    channel: StoreChannel
    condition: str
    since: JsonMoment
    observed_at: JsonMoment
    reason: str | None = None
    last_post: StoreNewestPost | None = None
    usual_interval_s: float | None = None
    gap: StoreChannelGap | None = None
    backfill: StoreBackfill | None = None


class StoreCounterUpdate(Struct, tag_field="type", tag="counters"):
    """Fresh counts of a post."""

    schema_version: int
    key: str
    counters: StoreCounters


T = TypeVar("T", StorePost | StoreTombstone, StoreVerdict, StoreCounterUpdate, StoreChannelState)


class _RankedRecord(Struct):
    provenance: StoreProvenance


_RANKED: Final = msgspec.json.Decoder(_RankedRecord)
_STATES: Final = msgspec.json.Decoder(StorePost | StoreTombstone)
_VERDICTS: Final = msgspec.json.Decoder(StoreVerdict)
_CHANNELS: Final = msgspec.json.Decoder(StoreChannelState)
_COUNTERS: Final = msgspec.json.Decoder(StoreCounterUpdate)


def read_state(value: bytes) -> tuple[StorePost | StoreTombstone, bytes]:
    """A value of ``posts.normalized``, and its bytes as they are kept; RefusedError for what is none."""
    state, value = _read(_STATES, value)
    if state.key != post_key(state.channel.id, state.message_id):
        raise RefusedError(RejectReason.INVALID_FIELD, "key: not that of channel.id and message_id", "key")
    return state, value


def read_verdict(value: bytes) -> StoreVerdict:
    """A value of ``posts.duplicates``; RefusedError for what is none."""
    verdict, _ = _read(_VERDICTS, value)
    _check_key(verdict.key, "key")
    if verdict.duplicate is not None:
        _check_key(verdict.duplicate.of, "duplicate.of")
    return verdict


def read_counters(value: bytes) -> StoreCounterUpdate:
    """A value of ``posts.counters``; RefusedError for what is none."""
    update, _ = _read(_COUNTERS, value)
    _check_key(update.key, "key")
    return update


def read_channel_state(value: bytes) -> StoreChannelState:
    """A value of ``channels.state``; RefusedError for what is none."""
    state, _ = _read(_CHANNELS, value)
    return state


def provenance_of(value: bytes) -> StoreProvenance:
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
    """The name of an outlet in the store: its id, or a name that the registry does not have."""
    return outlet_id or f"?{name.casefold()}"
