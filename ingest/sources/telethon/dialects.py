"""Telegram's objects as other programs write them, in Telethon's words: MadelineProto and Telegram Web write
``"_": "peerChannel"``, GramJS ``"className": "PeerChannel"`` and ``channelId``.
"""

import re
from functools import lru_cache
from typing import Any

_CAPITAL = re.compile("(?<=[a-z0-9])([A-Z])")
_PEERS = ("peer_id", "from_id", "saved_from_peer", "reply_to_peer_id")


def as_telethon(value: object) -> object:
    """The object, or each of a list, with classes and keys as Telethon has them; what is Telethon's as it is."""
    if isinstance(value, list):
        return [as_telethon(each) for each in value]
    if isinstance(value, dict) and ("className" in value or str(value.get("_"))[:1].islower()):
        return _converted(value)
    return value


def _converted(value: object) -> object:
    if isinstance(value, list):
        return [_converted(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "className" in value:
        return {_snake(key): _converted(each) for key, each in value.items()} | {"_": value["className"]}
    flags = value.get("pFlags")  # Telegram Web's place for all that is true
    found: dict[str, Any] = (flags if isinstance(flags, dict) else {}) | {
        key: _converted(each) for key, each in value.items()
    }
    if isinstance(kind := value.get("_"), str):
        found["_"] = kind[:1].upper() + kind[1:]
    for field in _PEERS:
        if type(found.get(field)) is int:
            found[field] = _peer(found[field])
    return found


def _peer(number: int) -> dict[str, Any]:
    """The peer of an id of the Bot API, which MadelineProto has since 8: persons above zero, channels -100..."""
    if number > 0:
        return {"_": "PeerUser", "user_id": number}
    if number > -(10**12):
        return {"_": "PeerChat", "chat_id": -number}
    return {"_": "PeerChannel", "channel_id": number}


@lru_cache(1000)
def _snake(key: str) -> str:
    return _CAPITAL.sub(r"_\1", key).lower()
