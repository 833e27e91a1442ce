"""Objects of Telethon as Python writes them out, which is what data frames make of them in CSV:
``PeerChannel(channel_id=5)``, ``{'_': 'PeerChannel', 'channel_id': 5}``.
"""

import ast
import re

from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_json

_CLASS = re.compile(r"\s*(?:([A-Z][A-Za-z]+)\(|\{\s*'_': '([A-Z][A-Za-z]+)')")
_CHANNEL = re.compile(r"\bchannel_id\W{1,4}(-?[0-9]{1,20})", re.ASCII)
_CHANNEL_POST = re.compile(r"\bchannel_post\W{1,4}([0-9]{1,20})", re.ASCII)
_FROM_NAME = re.compile(r"\bfrom_name\W{1,4}?(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")")
_REPLIES = re.compile(r"\breplies\W{1,4}([0-9]{1,10})", re.ASCII)
_REACTION = re.compile(
    r"ReactionCount\(.{0,80}?(?:emoticon='([^']{1,20})'|document_id=([0-9]{1,20})|(ReactionPaid)).{0,20}?count=([0-9]{1,10})",
    re.DOTALL,
)
_REACTION_NAME = re.compile(
    r"Reaction(?:Emoji|CustomEmoji|Paid)\((?:emoticon=('[^']{1,40}')|document_id=([0-9]{1,20}))?\)", re.ASCII
)
_REACTION_PAIR = re.compile(rf"({_REACTION_NAME.pattern})['\"]?\s*[:=x×,]\s*([0-9]{{1,10}})", re.ASCII)
_MAX_LITERAL = 20_000


def literal(written: str) -> object:
    """The object or list that a text holds as JSON or as Python writes it; None for any other text."""
    written = written.strip()
    if written[:1] not in ("{", "[") or len(written) >= _MAX_LITERAL:
        return None
    try:
        return parse_json(written.encode("utf-8", "replace"))
    except InvalidRecordError:
        pass
    try:
        found: object = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found


def written_parts(written: str) -> object:
    """The parts of a text of Telegram Desktop, which a data frame has written out; any other text as it is."""
    found = literal(written)
    if not isinstance(found, list) or not all(isinstance(part, str) or _is_part(part) for part in found):
        return written
    return found if any(map(_is_part, found)) else written


def _is_part(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and isinstance(value.get("text"), str)


def class_of(value: object) -> str | None:
    """``MessageMediaPhoto``; None for what is no object written out."""
    match = _CLASS.match(value) if isinstance(value, str) else None
    return (match[1] or match[2]) if match else None


def channel_id(written: str) -> str | None:
    """Digits of the first channel named within."""
    match = _CHANNEL.search(written)
    return match[1] if match else None


def forward(written: str) -> tuple[str | None, str | None, str | None]:
    """Channel, message and name of a ``MessageFwdHeader``."""
    message, name = _CHANNEL_POST.search(written), _FROM_NAME.search(written)
    return channel_id(written), message[1] if message else None, (name[1] or name[2]) if name else None


def replies(written: str) -> str | None:
    """Digits of the number of comments of a ``MessageReplies``."""
    match = _REPLIES.search(written)
    return match[1] if match else None


def reactions(written: str) -> list[tuple[str | None, object]]:
    """Those of a ``MessageReactions``, or of pairs of a ``ReactionEmoji`` and its count."""
    if pairs := [(reaction_name(match[1]), int(match[4])) for match in _REACTION_PAIR.finditer(written)]:
        return list(pairs)
    return [
        (match[1] or (f"custom:{match[2]}" if match[2] else "paid"), int(match[4]))
        for match in _REACTION.finditer(written)
    ]


def reaction_name(written: str) -> str:
    """The emoji of a ``ReactionEmoji``, ``custom:ID`` or ``paid`` of its sisters; any other name as it is."""
    match = _REACTION_NAME.fullmatch(written.strip())
    if match is None:
        return written
    if match[1]:
        return str(ast.literal_eval(match[1]))
    return f"custom:{match[2]}" if match[2] else "paid"
