"""The origin of a forward, from columns of any layout."""

from collections.abc import Callable
from datetime import datetime

from ingest.sources.context import ReadContext
from ingest.sources.mapping import ids, shapes
from ingest.sources.table import cells, written_out
from ingest.sources.table.channels import username
from ingest.utf16 import readable
from schemas import ForwardOrigin
from schemas.channel_names import post_link, telegram_path

Get = Callable[[str], object]
"""The value of a field in a row."""


def forward_of(context: ReadContext, get: Get, posted_at: datetime | None) -> ForwardOrigin | None:
    """The origin; empty for a forward of which nothing more is known, None for what is no forward.

    A positive id may be a person's, indistinguishably: it is left out, unless its message is known as well.
    """
    written = _known(get("forward"))
    channel_id, name, message_id, title = _written(context, written)
    given_id, given_message = _known(get("forward_channel_id")), _known(get("forward_message_id"))
    message_id = message_id or cells.optional_message_id(context, given_message, "message of the origin")
    if given_id is not None and (message_id is not None or str(given_id).strip().startswith(("-100", "channel"))):
        channel_id = channel_id or ids.origin_id(context, given_id, "channel of the origin")
    name = name or username(get("forward_username"))
    title = title or shapes.text(context, _known(get("forward_name")), "name of the origin")
    parts = (channel_id, name, message_id, title, posted_at)
    if not any(part is not None for part in (written, given_id, *parts)) or cells.truth(written) is False:
        return None
    return ForwardOrigin(
        channel_id=channel_id, channel_username=name, message_id=message_id, name=title, posted_at=posted_at
    )


def _known(value: object) -> object:
    return None if value in ([], {}) else cells.known(value)


def _written(context: ReadContext, value: object) -> tuple[int | None, str | None, int | None, str | None]:
    """Channel id, username, message id and name from what one column says of the origin."""
    if cells.truth(value) is not None:
        return None, None, None, None
    if not isinstance(value, str):
        if value is not None and not isinstance(value, int | float):
            context.unknown("origin of the forward", "link, name or id")
        return ids.optional_channel_id(value) if str(value).startswith("-100") else None, None, None, None
    if written_out.class_of(value) is not None:
        origin, message, name = written_out.forward(value)
        message_id = ids.optional_message_id(context, message, "message of the origin") if origin else None
        return ids.optional_channel_id(origin), None, message_id, name
    link = post_link(value)
    if link is not None:
        return link.channel_id, link.username, link.message_id, None
    written = value.strip()
    if written.lstrip("-").replace(".0", "").isdigit():
        return ids.optional_channel_id(written) if written.startswith("-100") else None, None, None, None
    if written.startswith("@") or telegram_path(written) is not None:
        return None, username(written), None, None
    return None, None, None, readable(written) or None
