"""Bounds of numbers and keys: what Telegram has, or what is derived here."""

from typing import Annotated

from pydantic import Field

from schemas.keys import ID_LIMIT

ChannelId = Annotated[int, Field(gt=0, lt=ID_LIMIT)]
"""Bare positive id of a channel: Telegram's, or ``synthetic_id``."""

MessageId = Annotated[int, Field(gt=0, lt=ID_LIMIT)]
"""Id of a message in its channel: Telegram's, ``synthetic_id`` or ``numbered_id``."""

PostKey = Annotated[str, Field(pattern=r"^tg:[1-9][0-9]{0,15}:[1-9][0-9]{0,15}$")]
"""What ``post_key`` makes."""

COUNT_LIMIT = 1 << 31
"""Telegram counts in signed integers of 32 bits."""

Count = Annotated[int, Field(ge=0, lt=COUNT_LIMIT)]
"""A number of views, votes, pixels or code points."""

Size = Annotated[int, Field(ge=0, lt=ID_LIMIT)]
"""A number of bytes or lines."""

MomentUs = Annotated[int, Field(ge=0, lt=1 << 53)]
"""Microseconds since 1970."""

RankValue = tuple[MomentUs, Annotated[int, Field(ge=0, le=1)]]
"""``schemas.rank.Rank`` as records carry it."""

Long = Annotated[int, Field(ge=-(1 << 63), le=(1 << 63) - 1)]
"""Telegram's ``long``: a random number of 64 bits."""


def bounded(value: object, limit: int = COUNT_LIMIT) -> int | None:
    """A whole number from 0 to below a limit, from a source that may hold anything; None when it is none."""
    return value if isinstance(value, int) and 0 <= value < limit else None
