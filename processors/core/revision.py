"""What makes two messages the same post, and the same revision of it."""

import orjson
import xxhash

from schemas import RawPost


def revision_of(raw: RawPost) -> str:
    """16 hex digits of xxh3-64 over the raw text, the entities and the ids of media, in that order.

    Views, reactions, the edit date and everything else never change it: Telegram reports a reaction as an edit.
    The raw text is taken, not the clean one, so that a new version of the clean-up makes no revisions.
    """
    entities = [(entity.kind.value, entity.start, entity.end, entity.url) for entity in raw.entities]
    content = (raw.text, entities, [media.id for media in raw.media if media.id is not None])
    return xxhash.xxh3_64_hexdigest(orjson.dumps(content))
