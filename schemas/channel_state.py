"""``ChannelState``: the state of a watched channel, by its collector."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Record, UtcDatetime
from schemas.bounds import MessageId, Size
from schemas.raw import Channel


class ChannelCondition(StrEnum):
    """Whether a channel can be read, or why it cannot."""

    STARTING = "starting"
    LIVE = "live"
    UNKNOWN = "unknown"
    PRIVATE = "private"
    BANNED = "banned"
    RENAMED = "renamed"
    MIGRATED = "migrated"
    INVALID = "invalid"


class NewestPost(Record):
    """The newest post that was collected of a channel, or seen in it at a look."""

    message_id: MessageId = Field(description="Its message id; of an album, that of its first part.")
    posted_at: UtcDatetime | None = Field(description="When it was posted (UTC); null is unknown.")


class ChannelGap(Record):
    """Message ids that are known to be there and are not collected yet: they are read in order."""

    first: MessageId = Field(description="The first of them.", examples=[42])
    last: MessageId = Field(description="The last that is known.", examples=[60])
    size: Size = Field(description="How many; some may turn out to have no post.", examples=[19])
    since: UtcDatetime = Field(description="When it was found (UTC).")


class BackfillProgress(Record):
    """How far the history of a channel is collected: what was posted before it was watched."""

    reached: Size = Field(description="Every id up to here is read, or left out; 0: none yet.", examples=[1200])
    up_to: Size = Field(description="The last id of the history: live collection begins behind it.", examples=[4800])
    skipped: Size = Field(default=0, description="Ids below reached that the bounds of a backfill left out.")
    is_complete: bool = Field(description="Whether reached is up_to.")


class ChannelState(Record):
    """How a watched channel is: value of ``channels.state``, an upsert by channel id. It is written when something of
    it has changed, not at fixed times; null: the channel is watched no more.
    """

    type: Literal["channel_state"] = Field(default="channel_state", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    channel: Channel = Field(description="The channel.")
    condition: ChannelCondition = Field(description="Whether it can be read, or why it cannot.")
    reason: str | None = Field(
        default=None,
        description="Of a channel that cannot be read: what is the matter, and what to do.",
        examples=["@wirenews: the account may not read it. Join it with the account."],
    )
    since: UtcDatetime = Field(description="Since when this process sees it so (UTC).")
    last_post: NewestPost | None = Field(default=None, description="The newest post; null: none is known.")
    usual_interval_s: float | None = Field(
        default=None,
        ge=0,
        description="Median of the seconds between its last posts, up to 100; null: there are too few.",
        examples=[1260.0],
    )
    gap: ChannelGap | None = Field(default=None, description="The open gap; null: there is none.")
    backfill: BackfillProgress | None = Field(
        default=None, description="Progress of the backfill; null: the history is not collected."
    )
    observed_at: UtcDatetime = Field(description="When the collector saw it so (UTC).")
