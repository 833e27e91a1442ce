"""What a user says about the archives that are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal, Protocol

from schemas import Channel, Lane

Chats = Literal["channels", "all"]
"""Which chats of a full export are read: channels only, or groups and private chats, too."""


class ChannelDirectory(Protocol):
    """Channels whose ids are known from elsewhere: channels.toml and the collector's ledger."""

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """Those of a name (without @, in any case) or of exactly this title."""


class NoChannels:
    """Nothing is known."""

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class GivenChannel:
    """``--channel``: any of its parts."""

    id: int | None = None
    username: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of ``replay``, ``parse`` and ``inspect`` that a format can see."""

    lane: Lane = Lane.BACKFILL
    channel: GivenChannel | None = None
    """Channel of the posts of files that do not say theirs."""
    directory: ChannelDirectory = field(default_factory=NoChannels)
    timezone: tzinfo | None = None
    """Zone of dates that are written without one; it also goes before a zone that an export claims wrongly."""
    chats: Chats = "channels"
    keeps_original: bool = False
    """``--original``: ``RawPost.original`` is the record's own payload."""
    columns: tuple[tuple[str, str], ...] = ()
    """``--map``: pairs of a field of RawPost and the column that it is read from."""
    is_markdown: bool = False
    """``--markup markdown``: texts hold Telethon's markdown."""
    joins_albums: bool = False
    """``--join-albums``."""
