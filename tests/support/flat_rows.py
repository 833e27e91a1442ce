"""What the flat topics must hold, by the records beside them: from their JSON alone, with nothing of the product."""

import json
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
Kept = tuple[bytes | None, bytes | None]
"""Key and value of a record."""

SOURCES = {
    "posts.flat": "posts.normalized",
    "quotes.flat": "quotes",
    "citations.flat": "citations",
    "duplicates.flat": "posts.duplicates",
}
"""Flat topic -> topic of its source records."""


def fold(records: Iterable[Kept]) -> dict[str, Row]:
    """The last value of each key; a null removes it."""
    rows: dict[str, Row] = {}
    for key, value in records:
        assert key is not None
        if value is None:
            rows.pop(key.decode(), None)
        else:
            rows[key.decode()] = json.loads(value)
    return rows


def expected(topic: str, sources: dict[str, Row]) -> dict[str, Row]:
    """The rows of a flat topic, given the folded records of its source topic."""
    makers = {"posts.flat": _post, "quotes.flat": _quote, "citations.flat": _citation, "duplicates.flat": _duplicate}
    make = makers[topic]
    return {key: make(key, source) for key, source in sources.items() if source["type"] != "tombstone"}


def without_json(row: Row) -> Row:
    """A row whose columns of JSON are read."""
    columns = {"hashtags", "links", "media", "outlets"} & row.keys()
    return row | {name: json.loads(row[name]) for name in columns}


def _post(key: str, post: Row) -> Row:
    headlines = [block["text"] for block in post["blocks"] if block["kind"] == "headline"]
    counters = post["counters"] or {}
    provenance, language = post["provenance"], post["language"]
    row: Row = _clean(
        {
            "key": key,
            "revision": post["revision"],
            "channel_id": post["channel"]["id"],
            "channel_username": post["channel"]["username"],
            "channel_title": post["channel"]["title"],
            "message_id": post["message_id"],
            "posted_at": post["posted_at"],
            "edited_at": post["edited_at"],
            "collected_at": provenance["collected_at"],
            "headline": headlines[0] if headlines else None,
            "text": post["text"],
            "text_length": len(post["text"]),
            "language_code": language["code"],
            "language_confidence": language["confidence"],
            "script": language["script"],
            "quote_count": sum(len(found["items"]) for found in post["quote_lists"]),
            "citation_count": len(post.get("citations", [])),
            "media_count": len(post["media"]),
            "is_forward": post["forward"] is not None,
            "album_id": post["album_id"],
            "view_count": counters.get("views"),
            "forward_count": counters.get("forwards"),
            "reply_count": counters.get("replies"),
            "has_exact_counts": counters.get("is_exact"),
            "hashtags": [tag["text"] for tag in post["hashtags"]],
            "links": [link["url"] for link in post["links"]],
            "media": post["media"],
            "lane": provenance["lane"],
            "source_kind": provenance["source"]["kind"],
            "source_name": provenance["source"]["name"],
            "rank_us": provenance["rank"][0],
            "rank_class": provenance["rank"][1],
            "pipeline_version": provenance["pipeline_version"],
        }
    )
    return row


def _quote(key: str, record: Row) -> Row:
    return _attributed(key, record, record["quote"])


def _citation(key: str, record: Row) -> Row:
    return _attributed(key, record, record["citation"])


def _attributed(key: str, record: Row, quote: Row) -> Row:
    row: Row = _clean(
        {
            "key": key,
            "post_key": record["post_key"],
            "ordinal": quote["position"],
            "outlet_id": quote["outlets"][0]["id"],
            "outlet_name": quote["outlets"][0]["name"],
            "kind": quote["kind"],
            "cue": quote["cue"]["text"] if quote["cue"] else None,
            "text": quote["text"],
            "outlets": quote["outlets"],
            "posted_at": record["posted_at"],
            "channel_id": record["channel"]["id"],
        }
    )
    return row


def _duplicate(key: str, record: Row) -> Row:
    link = record["duplicate"] or {"of": None, "kind": None, "similarity": None}
    return {
        "key": key,
        "duplicate_of": link["of"],
        "duplicate_kind": link["kind"],
        "similarity": link["similarity"],
        "revision": record["revision"],
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "�")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return value
