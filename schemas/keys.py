"""Deterministic keys. The same post always gets the same key, whoever collects it and how often."""

import hashlib
import re

SYNTHETIC_BASE = 1 << 52
"""Ids at or above this are ours. Telegram's own channel ids stay below 4 * 10^12 and message ids
below 2^31, and everything below 2^53 survives JSON readers that use doubles."""

ID_LIMIT = 2 * SYNTHETIC_BASE
"""No id reaches this."""

_POST_KEY = re.compile(r"tg:([1-9][0-9]*):([1-9][0-9]*)")


def post_key(channel_id: int, message_id: int) -> str:
    """Key of a post, e.g. ``tg:1234567890:42``; the channel id is the bare positive one."""
    return f"tg:{channel_id}:{message_id}"


def parse_post_key(key: str) -> tuple[int, int]:
    """Channel id and message id of a post key; ValueError when it is none."""
    match = _POST_KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"not a post key: {key!r} (expected tg:<channel id>:<message id>)")
    return int(match[1]), int(match[2])


MAX_CHANNEL_ID = 10**12 - 1
"""Channel ids are below this, which leaves room for the marked form; Telegram's documentation gives 997852516352."""


def bare_channel_id(marked: int) -> int:
    """The bare id of a channel from its marked form of the Bot API, -(10^12 + id), e.g. -1001234567890.

    A positive id is returned as it is. ValueError for 0 and for the marked id of a person or a basic group.
    """
    if marked > 0:
        return marked
    bare = -marked - 10**12
    if not 0 < bare <= MAX_CHANNEL_ID:
        raise ValueError("not the id of a channel: those are positive, or negative in the form -100...")
    return bare


def quote_key(post: str, position: int) -> str:
    """Key of the quote at a position (from 0) of a post; each revision of the post overwrites those of the last."""
    return f"{post}:{position}"


def citation_key(post: str, position: int) -> str:
    """Key of the citation at a position (from 0) of a post, on a topic of its own; as ``quote_key``."""
    return f"{post}:{position}"


def synthetic_id(name: str) -> int:
    """An id for a channel or message that has none of its own, derived from a name."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return SYNTHETIC_BASE | (int.from_bytes(digest) >> 12)


def numbered_id(number: int) -> int:
    """An id for the n-th (from 1) post of a file whose posts have no ids."""
    return SYNTHETIC_BASE + number


def link_to_channel(username: str | None) -> str | None:
    """A channel at Telegram; None where it has no public name, or one that Telegram would not give."""
    is_name = username is not None and username.isascii() and username.replace("_", "").isalnum()
    return f"https://t.me/{username}" if is_name else None


def link_to_post(username: str | None, message_id: int) -> str | None:
    """A post at Telegram; None where it has no public address: its id is derived, or its channel has no public name."""
    channel = link_to_channel(username)
    return None if channel is None or message_id >= SYNTHETIC_BASE else f"{channel}/{message_id}"
