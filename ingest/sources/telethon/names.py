"""Channels that a dump describes beside its messages."""

import re
from typing import Any

from ingest.sources.channel_fields import named_channel
from ingest.sources.json_frames import Path
from ingest.sources.mapping import entities, ids
from ingest.sources.telethon.dialects import as_telethon

_FRAME_KEYS = frozenset(
    (
        *("messages", "message", "data", "items", "posts", "post", "result", "results", "history", "response"),
        *("channel", "channels", "chat", "chats", "dialogs"),
    )
)
"""Keys of frames that name no channel."""
_OF_RECORDS = re.compile(
    r"[^@].*[\W_](?:messages?|posts?|items?|rows?|records?|results?|entries|articles)"
    r"|[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?",
    re.IGNORECASE,
)
"""Others that say what is in the list, or of which day: ``price_messages``."""
_USERNAME = re.compile(r"[a-z][a-z0-9_]{4,31}")
_NUMBER = re.compile(r"-?[0-9]+")


class TelethonNames:
    """Usernames and titles by the bare id of the channel."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str | None, str | None]] = {}

    def learn(self, path: Path, value: object) -> None:
        """Take in a ``Channel``, or whatever holds one: ``ChatFull``, a list of chats."""
        if isinstance(value, list):
            for each in value:
                self.learn(path, each)
        elif isinstance(value, dict):
            described: Any = as_telethon(value)
            self._learn_chat(described)
            self.learn(path, value.get("chats"))

    def _learn_chat(self, chat: dict[str, Any]) -> None:
        kind = chat.get("_")
        is_channel = kind in ("Channel", "ChannelForbidden") or (
            kind is None and "username" in chat and "title" in chat
        )
        channel_id = ids.optional_channel_id(chat.get("id")) if is_channel else None
        if channel_id is not None:
            self._known[channel_id] = (_username(chat), entities.optional_text(chat.get("title")))

    def of(self, channel_id: int | None) -> tuple[str | None, str | None]:
        """Username and title, as far as they are known."""
        return self._known.get(channel_id, (None, None)) if channel_id is not None else (None, None)


def _username(chat: dict[str, Any]) -> str | None:
    others = chat.get("usernames") if isinstance(chat.get("usernames"), list) else []
    active = (each.get("username") for each in others or () if isinstance(each, dict) and each.get("active"))
    return next((name for name in map(entities.optional_text, (chat.get("username"), *active)) if name), None)


def of_frame(path: Path) -> tuple[int | None, str | None, str | None]:
    """Id, username and title of a channel from the key under which its messages are: ``{"durov": [...]}``."""
    key = next((key for key in reversed(path) if not _is_of_a_frame(key)), None)
    if not key:
        return None, None, None
    if _NUMBER.fullmatch(key):
        return ids.optional_channel_id(key), None, None
    try:
        linked = named_channel(key)
    except ValueError:
        return None, None, None
    name = linked or key
    if linked or name.startswith("@") or _USERNAME.fullmatch(name):
        return None, name.removeprefix("@"), None
    return None, None, key


def _is_of_a_frame(key: str) -> bool:
    return key.lower() in _FRAME_KEYS or _OF_RECORDS.fullmatch(key) is not None
