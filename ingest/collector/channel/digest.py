"""What counts as the same content of a message."""

import orjson
import xxhash

from schemas import RawPost
from schemas.raw import Poll

_SIGN = 1 << 63


def digest(post: RawPost) -> int:
    """Signed xxh3-64 over text, entities, ids of media, and the question and answers of polls.

    Counts, votes, reactions and the date of the edit never change it: Telegram reports a reaction as an edit.
    """
    if not post.entities and not post.media:
        return _hash(post.text.encode())
    entities = [(entity.kind.value, entity.start, entity.end, entity.url) for entity in post.entities]
    media = [(media.kind.value, media.id, _poll(media.poll)) for media in post.media]
    return _hash(orjson.dumps((post.text, entities, media)))


def _poll(poll: Poll | None) -> tuple[str, list[str], bool] | None:
    return None if poll is None else (poll.question, [answer.text for answer in poll.answers], poll.is_closed)


def _hash(content: bytes) -> int:
    return int(xxhash.xxh3_64_intdigest(content)) - _SIGN
