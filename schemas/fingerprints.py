"""Value of ``posts.fingerprints``: the input of duplicate detection, and the log of its index.

A record holds the posts of a slice that have one home, column by column, as MessagePack: 294 bytes of sketch and about
50 others a post. JSON would take twice as many, and four times as long to read.
"""

import re
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Annotated, NamedTuple, NoReturn, Self, TypeVar

import msgspec
from msgspec import Meta

from schemas.base import LIMIT_US
from schemas.keys import ID_LIMIT, post_key
from schemas.packed import PackedValue
from schemas.rank import Rank, StateClass
from schemas.raw import Lane

FORMAT = 1
"""Of the bytes; a reader refuses any other."""
SKETCH_BYTES = 294
MAX_POSTS = 10_000
"""Posts of one record, and names."""
MAX_NAME = 64
"""Characters of a channel's public name: Telegram's have up to 32."""
MAX_LANGUAGE = 32
"""Characters of a language's code."""

_EXACT_BYTES = 8
_LANES = tuple(Lane)
_COLLECTED, _DELETED, _STALE, _REPEAT, _HAS_WORDS, _HAS_SKETCH, _LANE = (1 << bit for bit in range(7))
_FLAGS = _LANE << 1
_PATH = re.compile(r"`\$\[([0-9]+)\]")
T = TypeVar("T")


class FingerprintError(ValueError):
    """Bytes that are no batch of fingerprints; holds no piece of a post."""

    def __init__(self, message: str, field: str | None = None, *, is_other_version: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        """Field at fault, if it is known."""
        self.is_other_version = is_other_version


class Fingerprint(NamedTuple):
    """What duplicate detection compares of a text."""

    exact: int | None
    """64-bit hash of the folded words; None when no word is left to compare."""
    sketch: bytes | None = None
    """MinHash signature, numbers, first words and length, by which near-duplicates are found: ``SKETCH_BYTES``."""


PackedId = Annotated[int, Meta(ge=1, lt=ID_LIMIT)]
Microseconds = Annotated[int, Meta(ge=0, lt=LIMIT_US)]
PackedPosition = Annotated[int, Meta(ge=0, lt=MAX_POSTS)]
PackedUsername = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class Origin(NamedTuple):
    """The post that a forward repeats."""

    channel_id: PackedId
    message_id: PackedId
    posted_us: Microseconds | None = None
    """When it was posted, in microseconds since 1970."""


class NamedOrigin(NamedTuple):
    """The origin of a forward, where its channel is known by its name alone."""

    username: PackedUsername
    """Public name of the channel, in lower case, without @."""
    message_id: PackedId
    seen_us: Microseconds | None = None
    """When the forward was seen, in microseconds since 1970."""


class ChannelName(NamedTuple):
    """A channel's public name, since a forward may name its origin by it alone. It is sent to every partition."""

    username: PackedUsername
    """In lower case, without @."""
    channel_id: PackedId
    seen_us: Microseconds | None = None
    """When the channel was seen with it, in microseconds since 1970."""


class PostFingerprint(NamedTuple):
    """A state of a post, as duplicate detection needs it."""

    channel_id: int
    message_id: int
    revision: int
    """The post's revision as a number; 0 for a deletion."""
    rank: Rank
    language: str
    """Of this text; posts are compared within one."""
    posted_us: int | None
    """When it was posted, in microseconds since 1970."""
    fingerprint: Fingerprint | None
    """None for a deletion."""
    origin: Origin | None = None
    named_origin: NamedOrigin | None = None
    is_stale: bool = False
    """Whether the analysis knows a newer state: its text is one of the post's, but there is no verdict on it."""
    is_repeat: bool = False
    """Whether the analysis has known this very state for longer than duplicate detection keeps posts. If it is not
    known there any more, a link that is found is sent, but not that there is none.
    """
    raw_at_ms: int = 0
    """The broker's time of the raw record, in milliseconds since 1970, for the latency of the whole way."""
    lane: Lane = Lane.LIVE

    @property
    def key(self) -> str:
        """Key of the post."""
        return post_key(self.channel_id, self.message_id)

    @property
    def is_deleted(self) -> bool:
        """Whether this is a deletion."""
        return self.fingerprint is None


class FingerprintBatch(NamedTuple):
    """A record of ``posts.fingerprints``. Its names are folded before its posts."""

    version: int
    """Of the fingerprints: those of two versions are not comparable."""
    epoch: int
    """Of the table of homes."""
    posts: Sequence[PostFingerprint] = ()
    names: Sequence[ChannelName] = ()

    def to_bytes(self) -> bytes:
        """The record's value. ValueError for more than ``MAX_POSTS`` posts or names."""
        if max(len(self.posts), len(self.names)) > MAX_POSTS:
            raise ValueError(f"more than {MAX_POSTS} posts or names in one record")
        return _ENCODER.encode(_packed(self))

    @classmethod
    def read(cls, value: bytes) -> Self:
        """The batch that ``to_bytes`` wrote; FingerprintError for anything else."""
        try:
            packed = _DECODER.decode(value)
        except msgspec.ValidationError as error:
            _refuse(str(error))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            reason = "too deep" if isinstance(error, RecursionError) else str(error)
            raise FingerprintError(f"no MessagePack of this form: {reason}") from None
        if packed.format != FORMAT:
            raise FingerprintError(f"format {packed.format} is not known here", "format", is_other_version=True)
        return cls(packed.version, packed.epoch, _posts(packed), tuple(packed.names))


Number = Annotated[int, Meta(ge=0, lt=1 << 32)]
_Column = Annotated[list[T], Meta(max_length=MAX_POSTS)]


class _Packed(msgspec.Struct, array_like=True):
    """The bytes: a column for each field, and rows of what few posts have, led by the post's position."""

    format: Number
    version: Number
    epoch: Number
    raw_base_ms: Annotated[int, Meta(ge=0, lt=1 << 53)]
    languages: Annotated[list[Annotated[str, Meta(max_length=MAX_LANGUAGE)]], Meta(max_length=MAX_POSTS)]
    channel_id: _Column[PackedId]
    message_id: _Column[PackedId]
    revision: _Column[Annotated[int, Meta(ge=0)]]
    moment_us: _Column[Annotated[int, Meta(ge=0, lt=1 << 53)]]
    flags: _Column[Annotated[int, Meta(ge=0, lt=_FLAGS)]]
    language: _Column[PackedPosition]
    posted_us: _Column[Microseconds | None]
    raw_at_ms: _Column[Annotated[int, Meta(ge=0, lt=1 << 53)]]
    """Less ``raw_base_ms``."""
    exact: bytes
    """Of the posts that have words, 8 bytes each, little-endian."""
    sketch: bytes
    """Of the posts that have one."""
    origins: _Column[tuple[PackedPosition, Origin]]
    named_origins: _Column[tuple[PackedPosition, NamedOrigin]]
    names: _Column[ChannelName]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)
_FIELDS = _Packed.__struct_fields__
_LENGTHS = ("channel_id", "message_id", "revision", "moment_us", "flags", "language", "posted_us", "raw_at_ms")


def _packed(batch: FingerprintBatch) -> _Packed:
    posts = batch.posts
    languages = list(dict.fromkeys([post.language for post in posts]))
    numbers = {language: number for number, language in enumerate(languages)}
    base_ms = min([post.raw_at_ms for post in posts], default=0)
    found = [post.fingerprint for post in posts if post.fingerprint is not None]
    return _Packed(
        format=FORMAT,
        version=batch.version,
        epoch=batch.epoch,
        raw_base_ms=base_ms,
        languages=languages,
        channel_id=[post.channel_id for post in posts],
        message_id=[post.message_id for post in posts],
        revision=[post.revision for post in posts],
        moment_us=[post.rank.moment_us for post in posts],
        flags=[_flags(post) for post in posts],
        language=[numbers[post.language] for post in posts],
        posted_us=[post.posted_us for post in posts],
        raw_at_ms=[post.raw_at_ms - base_ms for post in posts],
        exact=b"".join([one.exact.to_bytes(_EXACT_BYTES, "little") for one in found if one.exact is not None]),
        sketch=b"".join([one.sketch for one in found if one.sketch is not None]),
        origins=[(position, post.origin) for position, post in enumerate(posts) if post.origin],
        named_origins=[(position, post.named_origin) for position, post in enumerate(posts) if post.named_origin],
        names=list(batch.names),
    )


def _flags(post: PostFingerprint) -> int:
    flags = int(post.rank.state_class) | post.is_stale * _STALE | post.is_repeat * _REPEAT
    if post.lane is not _LANES[0]:
        flags |= _LANE
    if post.fingerprint is None:
        return flags | _DELETED
    exact, sketch = post.fingerprint
    return flags | (exact is not None) * _HAS_WORDS | (sketch is not None) * _HAS_SKETCH


def _posts(packed: _Packed) -> list[PostFingerprint]:
    count = len(packed.flags)
    for name in _LENGTHS:
        if len(column := getattr(packed, name)) != count:
            raise FingerprintError(f"{len(column)} values for {count} posts", name)
    if max(packed.language, default=0) >= max(len(packed.languages), 1):
        raise FingerprintError("names no language of the record", "language")
    exact = _each(packed.exact, _EXACT_BYTES, packed.flags, _HAS_WORDS, "exact", _exact)
    sketch = _each(packed.sketch, SKETCH_BYTES, packed.flags, _HAS_SKETCH, "sketch", bytes)
    origins, named = _rows(packed.origins, count, "origins"), _rows(packed.named_origins, count, "named_origins")
    return [
        PostFingerprint(
            channel_id,
            message_id,
            revision,
            Rank(moment_us, _CLASSES[flags & _COLLECTED]),
            packed.languages[language],
            posted_us,
            None if flags & _DELETED else Fingerprint(exact[position], sketch[position]),
            origins.get(position),
            named.get(position),
            flags & _STALE != 0,
            flags & _REPEAT != 0,
            raw_at_ms + packed.raw_base_ms,
            _LANES[flags & _LANE != 0],
        )
        for position, (channel_id, message_id, revision, moment_us, flags, language, posted_us, raw_at_ms) in enumerate(
            zip(*(getattr(packed, name) for name in _LENGTHS), strict=True)
        )
    ]


_CLASSES = (StateClass.ARCHIVED, StateClass.COLLECTED)


def _exact(piece: bytes) -> int:
    return int.from_bytes(piece, "little")


def _each(
    data: bytes, size: int, flags: list[int], bit: int, name: str, read: Callable[[bytes], T]
) -> Sequence[T | None]:
    """For each post its piece of the data, if its flags show that it has one."""
    has = [flag & bit for flag in flags]
    owners = list(compress(range(len(flags)), has))
    if len(data) != size * len(owners):
        raise FingerprintError(f"{len(data)} bytes for {len(owners)} posts, {size} each", name)
    pieces = [read(data[start : start + size]) for start in range(0, len(data), size)]
    if len(owners) == len(flags):
        return pieces
    found: list[T | None] = [None] * len(flags)
    for owner, piece in zip(owners, pieces, strict=True):
        found[owner] = piece
    return found


def _rows(rows: list[tuple[int, T]], count: int, name: str) -> dict[int, T]:
    found = dict(rows)
    if len(found) != len(rows) or max(found, default=-1) >= count:
        raise FingerprintError("names a post twice, or none of the record", name)
    return found


def _refuse(message: str) -> NoReturn:
    """Name the field in an error of msgspec, which gives its number; its messages hold no values."""
    what, _, path = message.partition(" - at ")
    found = _PATH.match(path)
    number = int(found[1]) if found else len(_FIELDS)
    raise FingerprintError(what.replace("`", ""), _FIELDS[number] if number < len(_FIELDS) else None) from None


FINGERPRINT_BATCH = PackedValue(
    "fingerprints",
    FingerprintBatch.__name__,
    "MessagePack array: format, version of the fingerprints, epoch of homes, then a column for each field of the "
    "posts; schemas/fingerprints.py names them in order.",
    FingerprintBatch(
        1,
        1,
        (
            PostFingerprint(
                1234567890,
                42,
                0x9F86D081884C7D65,
                Rank(1741944415120000, StateClass.COLLECTED),
                "en",
                1741944413000000,
                Fingerprint(0x1F3A5C7E9B2D4F60),
            ),
        ),
    ).to_bytes(),
)
