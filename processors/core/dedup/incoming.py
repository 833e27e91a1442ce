"""Posts as they come to the index: their state records in numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

import schemas
from processors.core.channel_names import seen, username
from processors.core.dedup.names import UNKNOWN_DAY, NamedOrigin
from processors.core.dedup.sketch import BANDS, NUMBERS, unpack
from processors.core.dedup.tables import EXACT, FIRST_LEAD, NEVER, NO_ROW, TEXT, UNKNOWN, Place, day_of, microseconds
from schemas import AnalyzedPost, ChannelName, FingerprintRecord, ForwardOrigin, NormalizedPost, post_key
from schemas.keys import parse_post_key


class Incoming(NamedTuple):
    """One revision of a post."""

    identity: int
    revision: int
    place: Place
    edited: int
    origin: Place | None
    """Of a forward."""
    named: NamedOrigin | None
    """The same, by its channel's name."""


def incoming(record: FingerprintRecord, known_as: int, posted: int) -> Incoming:
    """The numbers of a state record, without its text; its ``identity`` and time are given."""
    channel, message = parse_post_key(record.key)
    return Incoming(
        identity=known_as,
        revision=hashed(record.revision),
        place=Place(posted, channel, message),
        edited=microseconds(record.edited_at, NEVER),
        origin=None if record.origin is None else Place(UNKNOWN, *parse_post_key(record.origin)),
        named=None if record.named_origin is None else _named(record.named_origin),
    )


def _named(origin: schemas.NamedOrigin) -> NamedOrigin:
    seen = UNKNOWN_DAY if origin.seen_at is None else day_of(microseconds(origin.seen_at, UNKNOWN))
    return NamedOrigin(hashed(origin.username), origin.message_id, seen)


def name_and_day(name: ChannelName) -> tuple[int, int]:
    """Hash of a channel's name, and the day on which the channel was seen with it, the first of all if unknown."""
    return hashed(name.username), day_of(microseconds(name.seen_at, UNKNOWN))


def identity(record: FingerprintRecord) -> int:
    """Hash of language and key: a post whose language changes counts as another post there."""
    return hashed(f"{record.language} {record.key}") or 1


def texts(records: Sequence[FingerprintRecord]) -> NDArray[np.void]:
    """Rows of TEXT, without owners, of records that have words to compare."""
    rows = np.zeros(len(records), TEXT)
    rows["owners"] = NO_ROW
    languages = [record.language for record in records]
    hashes = {language: hashed(language) for language in set(languages)}
    rows["language"] = [hashes[language] for language in languages]
    values = rows["values"]
    values[:, EXACT] = [hashed(record.fingerprint.exact or "") for record in records]
    sketches = {number: sketch for number, record in enumerate(records) if (sketch := record.fingerprint.sketch)}
    sketched = list(sketches)
    if len(sketched) < len(records):
        # No shingles: compared as a whole alone. The other values are made up, so that no two of them are equal.
        values[:] = values[:, EXACT, None]
    found = unpack(list(sketches.values()))
    values[sketched, :BANDS] = np.ascontiguousarray(found["signature"]).view("<u8")
    values[sketched, FIRST_LEAD:] = found["leads"]
    rows["numbers"][sketched, :NUMBERS] = found["numbers"]
    rows["numbers"][sketched, NUMBERS] = found["number_count"]
    rows["numbers"][sketched, NUMBERS + 1] = found["number_order"]
    rows["shingles"][sketched] = found["shingles"]
    return rows


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
        named_origin=_named_origin(value),
    )


def _origin(value: AnalyzedPost) -> str | None:
    """Key of the post that was forwarded, if that is told and can be true: a post's origin is older than the post."""
    post, forward = value.post, value.post.forward
    if forward is None or forward.channel_id is None or forward.message_id is None or _is_later(forward, post):
        return None
    if forward.channel_id == post.channel.id and forward.message_id >= post.message_id:
        return None
    return post_key(forward.channel_id, forward.message_id)


def _named_origin(value: AnalyzedPost) -> schemas.NamedOrigin | None:
    post, forward = value.post, value.post.forward
    if forward is None or forward.channel_id is not None or forward.message_id is None or _is_later(forward, post):
        return None
    if not forward.channel_username:
        return None
    name = username(forward.channel_username)
    return schemas.NamedOrigin(username=name, message_id=forward.message_id, seen_at=seen(post))


def _is_later(forward: ForwardOrigin, post: NormalizedPost) -> bool:
    return forward.posted_at is not None and post.posted_at is not None and forward.posted_at > post.posted_at


def hashed(text: str) -> int:
    """64 bits of a text."""
    return xxhash.xxh3_64_intdigest(text.encode())
