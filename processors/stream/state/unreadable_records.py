"""Records of a log that a worker goes on without, up to a number of them."""

import structlog

from processors.core.outcomes import Reject
from processors.errors import StateLogError
from schemas import RejectReason

_HINTS = {
    RejectReason.UNKNOWN_SCHEMA_VERSION: "start the version that wrote them",
    RejectReason.TIME_BUDGET: "check what the posts have in common",
}
_log = structlog.stdlib.get_logger(__name__)


def skip_unreadable(
    event: str, place: tuple[str, int, int], why: Reject, count: int, limit: int, **more: str | None
) -> None:
    """Log a record that cannot be used, by topic, partition and offset. StateLogError when it is one of ``count``, and
    these are more than ``limit``.
    """
    topic, partition, offset = place
    _log.error(
        event,
        topic=topic,
        partition=partition,
        offset=offset,
        reason=why.reason.value,
        field=why.field,
        problem=why.message,
        **more,
    )
    if count > limit:
        hint = _HINTS.get(why.reason, "check what else writes to the topic")
        raise StateLogError(
            f"{topic}/{partition} offset {offset}: {why.field or 'the value'}: {why.message}; more than {limit} "
            f"records of this partition cannot be used: {hint}, or set dedup.max_unreadable higher"
        )
