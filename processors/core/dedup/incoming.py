"""A post as it comes to the index: its state record in numbers."""

import struct
from typing import NamedTuple

import numpy as np
import xxhash

from processors.core.dedup.sketch import BANDS, Sketch, unpack
from processors.core.dedup.tables import NEVER, NO_ROW, TEXT, UNKNOWN, Place, Text, microseconds
from schemas import AnalyzedPost, Fingerprint, FingerprintRecord, post_key
from schemas.keys import parse_post_key

_TEXT = struct.Struct("<256sQQQQ32siiiI")


class Incoming(NamedTuple):
    """One revision of a post."""

    identity: int
    """Hash of language and key: a post whose language changes counts as another post there."""
    revision: int
    place: Place
    edited: int
    text: Text | None
    """A row of TEXT; None when there is no word to compare."""
    origin: Place | None
    """Of a forward."""


def incoming(record: FingerprintRecord) -> Incoming:
    """The numbers of a state record."""
    channel, message = parse_post_key(record.key)
    return Incoming(
        identity=_hash(f"{record.language} {record.key}") or 1,
        revision=_hash(record.revision),
        place=Place(microseconds(record.posted_at, UNKNOWN), channel, message),
        edited=microseconds(record.edited_at, NEVER),
        text=None if record.fingerprint.exact is None else _text(record.language, record.fingerprint),
        origin=None if record.origin is None else Place(UNKNOWN, *parse_post_key(record.origin)),
    )


def state_record(value: AnalyzedPost) -> FingerprintRecord:
    """The record that the state log keeps of a post."""
    post = value.post
    return FingerprintRecord(
        key=post.key,
        revision=post.revision,
        language=post.language.code,
        posted_at=post.posted_at,
        edited_at=post.edited_at,
        fingerprint=value.fingerprint,
        origin=_origin(value),
    )


def _origin(value: AnalyzedPost) -> str | None:
    """Key of the post that was forwarded, if that is told and can be true: a post's origin is older than the post."""
    post, forward = value.post, value.post.forward
    if forward is None or forward.channel_id is None or forward.message_id is None:
        return None
    if forward.channel_id == post.channel.id and forward.message_id >= post.message_id:
        return None
    if forward.posted_at is not None and post.posted_at is not None and forward.posted_at > post.posted_at:
        return None
    return post_key(forward.channel_id, forward.message_id)


def _text(language: str, fingerprint: Fingerprint) -> Text:
    exact = _hash(fingerprint.exact or "")
    if fingerprint.sketch is None:
        # No shingles: compared as a whole alone. The other fields are made up, so that no two of them are equal.
        sketch = Sketch(exact.to_bytes(8, "little") * BANDS, b"", (exact, exact), 0)
    else:
        sketch = unpack(fingerprint.sketch)
    data = _TEXT.pack(
        sketch.signature,
        exact,
        *sketch.leads,
        _hash(language),
        sketch.numbers,
        NO_ROW,
        NO_ROW,
        NO_ROW,
        sketch.shingles,
    )
    return np.frombuffer(data, TEXT)[0]


def _hash(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode())
