"""What a message's ``data-view`` says: base64 of ``{"c": -CHANNEL, "p": MESSAGE, "t": UNIX TIME, "h": ...}``."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from schemas.keys import ID_LIMIT

_FIRST, _LAST = 1_356_998_400, 4_102_444_800
"""2013, the year of Telegram, and 2100."""


@dataclass(frozen=True, slots=True)
class DataView:
    """What the attribute names; a field is None when it does not."""

    channel_id: int | None = None
    """Bare id of the channel."""
    shown_at: datetime | None = None
    """When the server made the page."""


def read_data_view(attribute: str) -> DataView:
    """The ids and the date in the attribute; all None when it cannot be read."""
    try:
        view = orjson.loads(base64.urlsafe_b64decode(attribute + "=" * (-len(attribute) % 4)))
    except (binascii.Error, ValueError):
        return DataView()
    if not isinstance(view, dict):
        return DataView()
    channel_id, moment = view.get("c"), view.get("t")
    return DataView(
        -channel_id if type(channel_id) is int and -ID_LIMIT < channel_id < 0 else None,
        datetime.fromtimestamp(moment, UTC) if type(moment) is int and _FIRST <= moment < _LAST else None,
    )
