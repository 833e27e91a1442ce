"""The interface of publishers of raw posts. One contract suite tests all of them."""

from types import TracebackType
from typing import Protocol, Self

from ingest.errors import PostTooLargeError
from runtime.kafka.errors import PublishError
from schemas import ChannelState, CounterUpdate, Lane, RawPost, post_key
from schemas.topics import MAX_RAW_BYTES


class Delivery(Protocol):
    """A record in flight. Settled once: acknowledged or failed."""

    @property
    def is_settled(self) -> bool:
        """True when its fate is known; ``error`` is final then."""

    @property
    def error(self) -> PublishError | None:
        """Why it was not acknowledged; None when it was, or is still in flight."""


class Publisher(Protocol):
    """Sends raw posts and counts, and reports the outcome of each.

    The posts of a channel are acknowledged in order. After one delivery has failed, ``publish`` raises its error:
    what was sent behind it may or may not have arrived, and is to be sent again by a new publisher.
    """

    def destination(self, lane: Lane) -> str:
        """Identifies where posts of a lane go, also over restarts: another cluster or a recreated topic differs."""

    def publish(self, post: RawPost) -> Delivery:
        """Send a post; blocks while too much is in flight.

        Raises PostTooLargeError, after which others can be sent, and every other PublishError for good.
        """

    def publish_counters(self, update: CounterUpdate) -> Delivery:
        """Send fresh counts of a post; blocks and raises as ``publish`` does."""

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Delivery:
        """Send how a channel is; None: it is watched no more. Blocks and raises as ``publish`` does."""

    def flush(self) -> None:
        """Block until all is settled; DeliveryTimeoutError when that takes longer than ``delivery_timeout_s``."""

    def stop(self) -> None:
        """Cut waits short from now on: ``publish`` raises PublishStoppedError rather than block, ``flush`` gives
        the broker a few seconds. Safe in a signal handler.
        """

    def close(self) -> None:
        """Close the connection. What is not settled by then counts as not sent."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def encode(post: RawPost) -> tuple[bytes, bytes]:
    """Key and value of a post's record; raises PostTooLargeError."""
    value = post.to_json()
    if len(value) > MAX_RAW_BYTES:
        raise PostTooLargeError(
            f"{post_key(post.channel.id, post.message_id)} from {_origin(post)}: "
            f"{len(value)} bytes, and at most {MAX_RAW_BYTES} are published"
        )
    return str(post.channel.id).encode(), value


def encode_counters(update: CounterUpdate) -> tuple[bytes, bytes]:
    """Key and value of a record of counts; raises PostTooLargeError."""
    value = update.to_json()
    if len(value) > MAX_RAW_BYTES:
        raise PostTooLargeError(
            f"counts of {update.key}: {len(value)} bytes, and at most {MAX_RAW_BYTES} are published"
        )
    return update.key.encode(), value


def encode_state(channel_id: int, state: ChannelState | None) -> tuple[bytes, bytes | None]:
    """Key and value of a record of ``channels.state``; its few short fields are never too large."""
    return str(channel_id).encode(), None if state is None else state.to_json()


def _origin(post: RawPost) -> str:
    name, position = post.source.name or post.source.kind, post.source.position
    return name if position is None else f"{name}, line {position}"
