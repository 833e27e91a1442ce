"""Records about posts: links, deletions, counts, dead letters."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Record, UtcDatetime
from schemas.bounds import Count, Long, MessageId, PostKey, RankValue
from schemas.normalized import DuplicateLink, Provenance
from schemas.raw import Channel, Counters


class DuplicateRecord(Record):
    """What a post repeats, as known now: value of ``posts.duplicates``, an upsert by post key. Every post has one; a
    null value means that the post was deleted. It holds for the record whose revision and rank it names.
    """

    type: Literal["duplicate"] = Field(default="duplicate", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: PostKey = Field(description="Key of the post.", examples=["tg:1234567890:42"])
    revision: str = Field(description="Revision of the post that this is about.", examples=["9f86d081884c7d65"])
    rank: RankValue | None = Field(
        default=None,
        description="The post's provenance.rank; null: the post is older than duplicate detection remembers, and the "
        "link was found when it was read again.",
        examples=[[1764000000000000, 1]],
    )
    duplicate: DuplicateLink | None = Field(description="The post it repeats; null: none, and an earlier link ends.")
    posted_at: UtcDatetime | None = Field(default=None, description="When the post was posted (UTC); null is unknown.")
    original_posted_at: UtcDatetime | None = Field(
        default=None, description="When the post that it repeats was posted (UTC); null is unknown."
    )


class Tombstone(Record):
    """A post was deleted: travels on ``posts.normalized`` under the post's key."""

    type: Literal["tombstone"] = Field(default="tombstone", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: PostKey = Field(description="Key of the deleted post.", examples=["tg:1234567890:42"])
    channel: Channel = Field(description="Its channel.")
    message_id: MessageId = Field(description="Its message id.")
    last_seen_at: UtcDatetime | None = Field(
        default=None,
        description="When the post was last seen unchanged (UTC). It was deleted between then and "
        "provenance.collected_at; null: not known.",
    )
    provenance: Provenance = Field(description="Where the report of the deletion comes from.")


class CounterUpdate(Record):
    """Fresh counts of a post: value of ``posts.counters``."""

    type: Literal["counters"] = Field(default="counters", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: PostKey = Field(description="Key of the post.", examples=["tg:1234567890:42"])
    counters: Counters = Field(description="The counts and when they were read.")


class RejectReason(StrEnum):
    """Why a message cannot become a record."""

    INVALID_JSON = "invalid_json"
    INVALID_FIELD = "invalid_field"
    UNKNOWN_SCHEMA_VERSION = "unknown_schema_version"
    TOO_LARGE = "too_large"
    FAILED = "failed"
    TIME_BUDGET = "time_budget"
    WRONG_PARTITION = "wrong_partition"


class DeadLetter(Record):
    """Why a message was set aside. Travels in the ``tgwire-dead-letter`` header of a record on
    ``dead-letters`` whose key and value are the message's own bytes, so that a replay is exact.
    """

    type: Literal["dead_letter"] = Field(default="dead_letter", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    stage: str = Field(description="Stage that refused it.", examples=["analyze", "dedup"])
    topic: str = Field(description="Topic it came from.", examples=["posts.raw.live"])
    partition: Count = Field(description="Partition it came from.")
    offset: Long = Field(ge=0, description="Offset it came from.")
    reason: RejectReason = Field(description="Kind of error.")
    field: str | None = Field(default=None, description="Field at fault.", examples=["channel.id"])
    message: str = Field(description="What is wrong; holds no text of the post.")
    pipeline_version: str = Field(description="Version of the pipeline that refused it.")
    failed_at: UtcDatetime = Field(description="When (UTC).")
