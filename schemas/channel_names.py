"""Names of and links to channels, in one canonical form."""

import re
from dataclasses import dataclass

from schemas.keys import ID_LIMIT, MAX_CHANNEL_ID, bare_channel_id

RESERVED = frozenset(
    (
        *("addemoji", "addlist", "addstickers", "addtheme", "auction", "bg", "boost", "c", "call", "confirmphone"),
        *("contact", "giftcode", "invoice", "iv", "joinchat", "login", "m", "msg", "nft", "proxy", "s", "setlanguage"),
        *("share", "socks"),
    )
)
"""First parts of paths that Telegram's own links use (core.telegram.org/api/links): no channel has such a name."""

_HOST = re.compile(
    r"(?:(?:https?:)?//)?(?:([a-z][a-z0-9_]{3,31})\.t\.me|(?:www\.)?(?:t|telegram)\.(?:me|dog))(?:/|$)",
    re.IGNORECASE | re.ASCII,
)
_PREVIEW = re.compile(r"^s/", re.IGNORECASE | re.ASCII)
_PRIVATE = re.compile(r"c(?:/([^/?#]*))?(?:[/?#]|$)", re.IGNORECASE)
_INVITATION = re.compile(r"\+|joinchat/", re.IGNORECASE)
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_POST = re.compile(
    rf"(?:s/)?(?:c/([1-9][0-9]{{0,17}})|({_USERNAME.pattern}))/(?:[0-9]+/)?([1-9][0-9]{{0,17}})/?(?:[?#].*)?",
    re.IGNORECASE | re.ASCII,
)
"""The number in the middle is that of a group's topic."""
_ID = re.compile(r"-?[0-9]+")
_MAX_DIGITS = len(str(MAX_CHANNEL_ID)) + 1
"""Of a marked id, -(10^12 + id), without leading zeros; no number longer than this is an id."""


@dataclass(frozen=True, slots=True)
class PostLink:
    """The post that a link leads to, in a channel given by its bare id or by its name."""

    channel_id: int | None
    username: str | None
    message_id: int


def telegram_path(written: str) -> str | None:
    """What a link to Telegram has behind its host; NAME/... for NAME.t.me/...; None for what is no such link."""
    value = written.strip()
    match = _HOST.match(value)
    if match is None:
        return None
    path = value[match.end() :]
    return f"{match[1]}/{path}" if match[1] else path


def post_link(written: str) -> PostLink | None:
    """The post that a link leads to; None for any other text, and for a post that cannot be."""
    match = _POST.fullmatch(telegram_path(written) or "")
    if match is None:
        return None
    channel_id, username, message_id = int(match[1] or 0) or None, match[2], int(match[3])
    is_reserved = username is not None and username.lower() in RESERVED
    if is_reserved or (channel_id or 0) > MAX_CHANNEL_ID or message_id >= ID_LIMIT:
        return None
    return PostLink(channel_id, username, message_id)


def channel_name(written: str) -> str:
    """Bring all spellings of a channel to ``@name`` or the digits of the bare id; ValueError has the reason if not."""
    link = telegram_path(written)
    path = written.strip() if link is None else _PREVIEW.sub("", link, count=1)
    if private := None if link is None else _PRIVATE.match(link):
        return _private(private[1] or "")
    if _INVITATION.match(path):
        raise ValueError("an invitation names no channel: join it with the account, and give the channel's id")
    name = re.split(r"[/?#]", path.removeprefix("@"), maxsplit=1)[0]
    if _ID.fullmatch(name):
        return _id(name)
    return _username(name)


def _private(written: str) -> str:
    """The id in a link to a message of a channel without a name: t.me/c/ID/MESSAGE."""
    if not _ID.fullmatch(written) or written.startswith(("-", "0")):
        raise ValueError(f"t.me/c/{written} holds no valid id: expected t.me/c/ID, with the digits of the channel's id")
    try:
        return _id(written)
    except ValueError as error:
        raise ValueError(f"t.me/c/{written} holds no valid id: {error}") from None


def _id(written: str) -> str:
    digits = written.removeprefix("-").lstrip("0")
    is_too_long = len(digits) > _MAX_DIGITS  # Python reads no number of thousands of digits
    if is_too_long or int(written) > MAX_CHANNEL_ID or int(written) < -(10**12) - MAX_CHANNEL_ID:
        raise ValueError(f"no channel has such an id: the largest is {MAX_CHANNEL_ID}, or -100 and its digits")
    return str(bare_channel_id(int(written)))


def _username(name: str) -> str:
    if name.lower() in RESERVED:
        raise ValueError(f"t.me/{name} is a link of Telegram's own, not a channel")
    if not _USERNAME.fullmatch(name):
        raise ValueError("expected @name, https://t.me/name, or a channel id")
    return f"@{name}"
