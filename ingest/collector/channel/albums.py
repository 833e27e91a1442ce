"""Albums: the messages that Telegram shows as one post become one."""

from collections.abc import Sequence

from schemas import RawPost
from schemas.raw import TextEntity

_BETWEEN = "\n\n"


def join(parts: Sequence[RawPost], anchor: int) -> RawPost:
    """The post of an album's parts, which are in order of id. Its key is that of the message ``anchor``, which need
    not be among them any more: a deleted part does not give the rest another key.

    Captions follow one below the other. Everything that is not text or media is the first part's.
    """
    first = parts[0]
    text, entities = _captions(parts)
    media = tuple(media.model_copy(update={"message_id": part.message_id}) for part in parts for media in part.media)
    edited = max((part.edited_at for part in parts if part.edited_at is not None), default=None)
    changes = {"message_id": anchor, "text": text, "entities": entities, "media": media, "edited_at": edited}
    return first.model_copy(update=changes)


def _captions(parts: Sequence[RawPost]) -> tuple[str, tuple[TextEntity, ...]]:
    captions: list[str] = []
    entities: list[TextEntity] = []
    offset = 0
    for part in parts:
        if not part.text:
            continue
        entities += (
            entity.model_copy(update={"start": entity.start + offset, "end": entity.end + offset})
            for entity in part.entities
        )
        captions.append(part.text)
        offset += len(part.text) + len(_BETWEEN)
    return _BETWEEN.join(captions), tuple(entities)
