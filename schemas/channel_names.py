"""How people write a channel, brought to one form."""

import re

from schemas.keys import MAX_CHANNEL_ID, bare_channel_id

RESERVED = frozenset(
    (
        *("addemoji", "addlist", "addstickers", "addtheme", "auction", "bg", "boost", "c", "call", "confirmphone"),
        *("contact", "giftcode", "invoice", "iv", "joinchat", "login", "m", "msg", "nft", "proxy", "s", "setlanguage"),
        *("share", "socks"),
    )
)
"""First parts of paths that Telegram's own links use (core.telegram.org/api/links): no channel has such a name."""

_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.)?(?:t|telegram)\.(?:me|dog)(?:/|$)", re.IGNORECASE)
_SUBDOMAIN = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})\.t\.me(?:/|$)", re.IGNORECASE)
_PREVIEW = re.compile(r"s/", re.IGNORECASE)
_PRIVATE = re.compile(r"c(?:/([^/?#]*))?(?:[/?#]|$)", re.IGNORECASE)
_INVITATION = re.compile(r"\+|joinchat/", re.IGNORECASE)
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_ID = re.compile(r"-?[0-9]+")
_MAX_DIGITS = len(str(MAX_CHANNEL_ID)) + 1
"""Of a marked id, -(10^12 + id), without leading zeros; no number longer than this is an id."""


def channel_name(written: str) -> str:
    """Bring all spellings of a channel to ``@name`` or the digits of the bare id; ValueError says why it is none."""
    value = _SCHEME.sub("", written.strip(), count=1)
    if subdomain := _SUBDOMAIN.match(value):
        return _username(subdomain[1])
    path = _HOST.sub("", value, count=1)
    is_link = path != value
    if private := _PRIVATE.match(path) if is_link else None:
        return _private(private[1] or "")
    if _INVITATION.match(path):
        raise ValueError("an invitation names no channel: join it with the account, and give the channel's id")
    if is_link:
        path = _PREVIEW.sub("", path, count=1) if _PREVIEW.match(path) else path
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
