"""One value of ``posts.normalized`` -> RawPost.

Its text is clean already, and offsets count its code points: cleaning it once more changes nothing. What was derived
from it (blocks, links, language, quotes) is derived again.
"""

from typing import Any

import orjson
from pydantic import ValidationError

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from schemas import RawPost, RejectReason
from schemas.field_path import field_path
from schemas.validation_messages import reason_of

_SAME = ("posted_at", "edited_at", "text", "entities", "media", "forward", "reply_to", "album_id", "counters")
_OTHERS = ("quote", "duplicate", "counters", "channel_state", "dead_letter", "rejected")


def post_of(record: ArchiveRecord, context: ReadContext, now_us: int) -> RawPost | NoPost:
    """The post, or the report of its deletion; raises InvalidRecordError.

    A record of a collected state keeps its place among the states of the post, which is not behind ``now_us``.
    """
    value: Any = record.value
    if not isinstance(value, dict):
        raise InvalidRecordError("expected an object")
    kind = value.get("type")
    if kind in _OTHERS:
        return NoPost(NoPostKind.METADATA)
    if kind not in ("post", "tombstone"):
        raise InvalidRecordError("expected post or tombstone", "type")
    if value.get("schema_version") != 1:
        raise InvalidRecordError("only version 1 is known", "schema_version", RejectReason.UNKNOWN_SCHEMA_VERSION)
    post = {name: value[name] for name in _SAME if value.get(name) is not None} if kind == "post" else {}
    post |= {"channel": value.get("channel"), "message_id": value.get("message_id")}
    post["is_deleted"] = kind == "tombstone"
    if kind == "tombstone" and value.get("last_seen_at") is not None:
        post["last_seen_at"] = value["last_seen_at"]
    post["source"] = {"kind": "normalized", "name": context.file.name, "position": record.number}
    post["lane"] = context.options.lane
    post |= _collected(value.get("provenance"), now_us)
    if context.options.keeps_original:
        post["original"] = value
    return _validated(post)


def _collected(provenance: object, now_us: int) -> dict[str, object]:
    """When, and as which state, the live collector saw it."""
    if not isinstance(provenance, dict):
        return {}
    rank = provenance.get("rank")
    order = rank[0] if isinstance(rank, list) and len(rank) == 2 and rank[1] == 1 else None
    if isinstance(order, int) and order > now_us:
        raise InvalidRecordError("later than now: no collector has sent this", "provenance.rank")
    return {"collected_at": provenance.get("collected_at"), "order": order}


def _validated(post: dict[str, Any]) -> RawPost:
    """Through JSON, whose strict mode takes an array for a tuple and a string for a date."""
    try:
        return RawPost.model_validate_json(orjson.dumps(post))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidRecordError(reason_of(first), field_path(first["loc"]) or None) from None
