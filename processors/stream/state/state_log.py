"""Records of ``posts.states``, and the rows that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from processors.core.outcomes import Reject
from processors.stream.kafka_message import LogRecord
from processors.stream.state.state_table import NEVER, VOID, PostId, StateRow
from schemas import RejectReason, parse_post_key, post_key
from schemas.keys import ID_LIMIT
from schemas.states import UNKNOWN_TOPIC, PostState, StateValueError
from schemas.times import HOUR_MS

_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record of ``posts.states`` that cannot be read and was skipped."""

    number: int
    record: LogRecord
    why: Reject


def row_of(record: LogRecord, mark: bytes) -> tuple[PostId, StateRow | None]:
    """The row that a record makes in a table whose topic has this mark; StateValueError when it cannot be read."""
    key = _post_id(record.key)
    if record.value is None:
        return key, None
    other, state = PostState.unpack_marked(record.value)
    if other != mark and UNKNOWN_TOPIC not in (other, mark):
        return key, StateRow(VOID, record.value)
    return key, StateRow(_hour(state, record.timestamp), record.value)


def rows_of(states: Mapping[PostId, PostState | None], mark: bytes, at_ms: int) -> dict[PostId, StateRow | None]:
    """The rows of states that were sent; ``at_ms`` is the broker's time."""
    return {
        key: None if state is None else StateRow(_hour(state, at_ms), state.pack(mark)) for key, state in states.items()
    }


def digest_of(record: LogRecord) -> bytes:
    """What distinguishes the last record from another at its offset. Not its time, which its writer cannot know."""
    return _digest(record.key, record.value)


def digest_of_row(key: PostId, row: StateRow | None) -> bytes:
    """The digest of the record that a row was sent as."""
    return _digest(post_key(*key).encode(), None if row is None else row.value)


def _hour(state: PostState, at_ms: int | None) -> int:
    """Hour of the last write, after that of void states; a record without a time never expires."""
    if state.is_deleted or at_ms is None or at_ms < 0:
        return NEVER
    return min(max(at_ms // HOUR_MS, VOID + 1), NEVER)


def _post_id(key: bytes | None) -> PostId:
    try:
        channel, message = parse_post_key((key or b"").decode())
    except ValueError:
        raise StateValueError(RejectReason.INVALID_FIELD, "is no post key", "key") from None
    if max(channel, message) >= ID_LIMIT:
        raise StateValueError(RejectReason.INVALID_FIELD, "is no post key: an id is out of range", "key")
    return channel, message


def _digest(key: bytes | None, value: bytes | None) -> bytes:
    return blake2b(repr((key, value)).encode(), digest_size=_DIGEST_BYTES).digest()
