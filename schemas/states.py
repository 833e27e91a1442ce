"""The state of one post, as the analysis knows it: value of ``posts.states``, packed.

The topic is the log of the analysis' table of states: compacted, keyed by post, a null where a state has expired.
There is a record for each post, and a new machine reads them all: hence bytes and not JSON.
"""

import re
from hashlib import blake2b
from struct import Struct, error
from typing import NamedTuple, Self

from schemas.events import RejectReason
from schemas.packed import PackedValue
from schemas.rank import Rank, State, StateClass

VERSION = 1
"""First byte of a value. Another layout gets another version; a reader refuses those that it does not know."""

_LAYOUT = Struct(">BB4sQHBHH8s")
"""Version, flags, mark of the topic, moment, home, epoch, quotes, citations, revision."""
_COLLECTED, _DELETED, _HAS_HOME, _IS_TEXT = 1, 2, 4, 8
_FLAGS = 15
_MOMENT_LIMIT = 1 << 53
_HEX = re.compile("[0-9a-f]{16}")
_NO_DIGITS = bytes(8)
_MAX_TEXT_BYTES = 255
_CLASSES = (StateClass.ARCHIVED, StateClass.COLLECTED)

UNKNOWN_TOPIC = bytes(4)
"""The mark of a topic without an id: it counts as that of any topic."""


def topic_mark(topic_id: str) -> bytes:
    """Four bytes that distinguish a topic from an earlier one of the same name; ``UNKNOWN_TOPIC`` for an empty id."""
    return blake2b(topic_id.encode(), digest_size=4).digest() if topic_id else UNKNOWN_TOPIC


class StateValueError(ValueError):
    """A value of ``posts.states`` cannot be read; the text gives the reason, and holds nothing of the value."""

    def __init__(self, reason: RejectReason, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field


class PostState(NamedTuple):
    """What is known of a post that was analyzed."""

    rank: Rank
    revision: str
    """Empty for a deletion."""
    is_deleted: bool = False
    home: int | None = None
    """Partition of ``posts.fingerprints`` that its first text of four words or more chose; None before there is one."""
    epoch: int = 0
    """Of the table of homes that chose it; 0 without a home."""
    quotes: int = 0
    """Records on ``quotes``."""
    citations: int = 0
    """Records on ``citations``."""

    @property
    def state(self) -> State:
        """Rank, revision and whether it is a deletion, as ``schemas.rank.compare`` takes them."""
        return State(self.rank, self.revision, self.is_deleted)

    def pack(self, topic: bytes = UNKNOWN_TOPIC) -> bytes:
        """The value of the log; ``topic`` is the mark of the ``posts.normalized`` that the post was sent to.

        ValueError for a number or a revision that the layout has no room for.
        """
        moment_us, state_class = self.rank
        flags = state_class | (_DELETED if self.is_deleted else 0) | (0 if self.home is None else _HAS_HOME)
        revision, text = _NO_DIGITS, b""
        if _HEX.fullmatch(self.revision):
            revision = bytes.fromhex(self.revision)
        else:
            flags, text = flags | _IS_TEXT, self.revision.encode()
        if not 0 <= moment_us < _MOMENT_LIMIT or len(text) > _MAX_TEXT_BYTES:
            raise ValueError("rank or revision is beyond the layout of posts.states")
        numbers = (self.home or 0, self.epoch, self.quotes, self.citations)
        try:
            return _LAYOUT.pack(VERSION, flags, topic, moment_us, *numbers, revision) + text
        except error as problem:
            raise ValueError(f"home, epoch or count is beyond the layout of posts.states: {problem}") from None

    @classmethod
    def unpack(cls, value: bytes) -> Self:
        """The state that a value holds; StateValueError when it holds none."""
        return cls.unpack_marked(value)[1]

    @classmethod
    def unpack_marked(cls, value: bytes) -> tuple[bytes, Self]:
        """The mark of the topic that a value names, and the state in it; StateValueError when it holds none."""
        if value[:1] != _VERSION:
            raise _other_version(value)
        try:
            _, flags, topic, moment_us, home, epoch, quotes, citations, digits = _LAYOUT.unpack_from(value)
        except error:
            raise StateValueError(RejectReason.INVALID_FIELD, f"the value ends after {len(value)} bytes") from None
        if flags > _FLAGS:
            raise StateValueError(RejectReason.INVALID_FIELD, f"flags {flags} are not known here", "flags")
        if moment_us >= _MOMENT_LIMIT:
            raise StateValueError(RejectReason.INVALID_FIELD, "the moment is out of range", "rank")
        if flags & _IS_TEXT:
            revision = _text(digits, value[_LAYOUT.size :])
        elif len(value) == _LAYOUT.size:
            revision = digits.hex()
        else:
            more = len(value) - _LAYOUT.size
            raise StateValueError(RejectReason.INVALID_FIELD, f"the value has {more} bytes too many")
        rank = Rank(moment_us, _CLASSES[flags & _COLLECTED])
        known_home = home if flags & _HAS_HOME else None
        return topic, cls(rank, revision, flags & _DELETED != 0, known_home, epoch, quotes, citations)


_VERSION = bytes((VERSION,))


def _other_version(value: bytes) -> StateValueError:
    if not value:
        return StateValueError(RejectReason.INVALID_FIELD, "the value is empty")
    message = f"version {value[0]} is not known here"
    return StateValueError(RejectReason.UNKNOWN_SCHEMA_VERSION, message, "version")


def _text(digits: bytes, text: bytes) -> str:
    if digits != _NO_DIGITS:
        raise StateValueError(RejectReason.INVALID_FIELD, "is given twice", "revision")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise StateValueError(RejectReason.INVALID_FIELD, "is no UTF-8", "revision") from None


EXAMPLE_TOPIC_ID = "246421cc-205f-4318-a133-406d090fa8e2"
EXAMPLE = PostState(Rank(1741944415120000, StateClass.COLLECTED), "9f86d081884c7d65", home=3, epoch=1, quotes=1)

POST_STATE = PackedValue(
    "post_state",
    PostState.__name__,
    f"Big-endian. 1 byte: version, {VERSION}. 1 byte of flags: 1 collected (else archived), 2 deleted, 4 has a home, "
    "8 the revision is text. 4 bytes: mark of the posts.normalized that the post was sent to, BLAKE2b of the topic's "
    "id; 0 where the cluster has no ids. 8 bytes: moment of the rank, microseconds since 1970. 2 bytes: home, a "
    "partition of posts.fingerprints. 1 byte: epoch of the table of homes. 2 bytes each: number of quotes and of "
    "citations. 8 bytes: revision; where it is text, these are 0 and the rest is its UTF-8, empty for a deletion.",
    EXAMPLE.pack(topic_mark(EXAMPLE_TOPIC_ID)),
)
