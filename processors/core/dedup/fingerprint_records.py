"""Posts as they come to the index: from the analysis, and in rows of numbers."""

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

import schemas
from processors.core.dedup.channel_names import seen, username
from processors.core.dedup.minhash import BANDS, NUMBERS, unpack
from processors.core.dedup.named_origins import UNKNOWN_DAY, NamedOriginRow
from processors.core.dedup.post_table import (
    COLLECTED,
    DELETED,
    EXACT,
    FIRST_LEAD,
    NO_ROW,
    POST,
    TEXT,
    UNKNOWN,
    EventPosition,
    IndexedPost,
    day_of,
)
from schemas import ChannelName, Fingerprint, ForwardOrigin, NormalizedPost, Origin, PostFingerprint, Tombstone
from schemas.keys import parse_post_key
from schemas.rank import Rank, State, StateClass, microseconds


def post_fingerprint(post: NormalizedPost, fingerprint: Fingerprint, *, raw_at_ms: int = 0) -> PostFingerprint:
    """What duplicate detection needs of a post. ValueError for a revision that is not of ``revision_of``."""
    return PostFingerprint(
        channel_id=post.channel.id,
        message_id=post.message_id,
        revision=revision_number(post.revision),
        rank=_rank(post.provenance.rank),
        language=post.language.code,
        posted_us=None if post.posted_at is None else microseconds(post.posted_at),
        fingerprint=fingerprint,
        origin=_origin(post),
        named_origin=_named_origin(post),
        raw_at_ms=raw_at_ms,
        lane=post.provenance.lane,
    )


def deletion_fingerprint(tombstone: Tombstone, *, raw_at_ms: int = 0) -> PostFingerprint:
    """What duplicate detection needs of a deletion."""
    channel_id, message_id = parse_post_key(tombstone.key)
    return PostFingerprint(
        channel_id=channel_id,
        message_id=message_id,
        revision=0,
        rank=_rank(tombstone.provenance.rank),
        language="",
        posted_us=None,
        fingerprint=None,
        raw_at_ms=raw_at_ms,
        lane=tombstone.provenance.lane,
    )


def as_deletion(post: PostFingerprint, rank: Rank) -> PostFingerprint:
    """The deletion of a post of which a text is at hand."""
    return post._replace(
        revision=0,
        rank=rank,
        language="",
        posted_us=None,
        fingerprint=None,
        origin=None,
        named_origin=None,
        is_stale=False,
    )


def revision_number(revision: str) -> int:
    """A revision of 16 hexadecimal digits as a number; ValueError for any other."""
    number = int(revision, 16)
    if revision_text(number) != revision:
        raise ValueError("not a revision: expected 16 hexadecimal digits in lower case")
    return number


def revision_text(number: int) -> str:
    """The revision that ``revision_number`` was given."""
    return f"{number:016x}"


def _rank(value: tuple[int, int]) -> Rank:
    return Rank(value[0], StateClass(value[1]))


def _origin(post: NormalizedPost) -> Origin | None:
    """The post that was forwarded, if it is known and can be true: a post's origin is older than the post."""
    forward = post.forward
    if forward is None or forward.channel_id is None or forward.message_id is None or _is_later(forward, post):
        return None
    if forward.channel_id == post.channel.id and forward.message_id >= post.message_id:
        return None
    posted_us = None if forward.posted_at is None else microseconds(forward.posted_at)
    return Origin(forward.channel_id, forward.message_id, posted_us)


def _named_origin(post: NormalizedPost) -> schemas.NamedOrigin | None:
    forward = post.forward
    if forward is None or forward.channel_id is not None or forward.message_id is None or _is_later(forward, post):
        return None
    name = username(forward.channel_username)
    if name is None:
        return None
    seen_at = seen(post)
    return schemas.NamedOrigin(name, forward.message_id, None if seen_at is None else microseconds(seen_at))


def _is_later(forward: ForwardOrigin, post: NormalizedPost) -> bool:
    return forward.posted_at is not None and post.posted_at is not None and forward.posted_at > post.posted_at


def posted(post: PostFingerprint) -> int:
    """Time of a post as rows hold it."""
    return UNKNOWN if post.posted_us is None else post.posted_us


def state_of(post: IndexedPost) -> State:
    """The newest state of a row, as its order asks."""
    is_deleted = bool(post.state & DELETED)
    rank = Rank(post.moment, StateClass.COLLECTED if post.state & COLLECTED else StateClass.ARCHIVED)
    return State(rank, "" if is_deleted else revision_text(post.revision), is_deleted)


def origin_position(origin: Origin) -> EventPosition:
    """The location of a forward's origin."""
    return EventPosition(
        UNKNOWN if origin.posted_us is None else origin.posted_us, origin.channel_id, origin.message_id
    )


def named(origin: schemas.NamedOrigin) -> NamedOriginRow:
    """The origin of a forward by its channel's name, in numbers."""
    seen_on = UNKNOWN_DAY if origin.seen_us is None else day_of(origin.seen_us)
    return NamedOriginRow(hashed(origin.username), origin.message_id, seen_on)


def name_and_day(name: ChannelName) -> tuple[int, int]:
    """Hash of a channel's name, and the day on which the channel was seen with it, the first of all if unknown."""
    return hashed(name.username), day_of(UNKNOWN if name.seen_us is None else name.seen_us)


def identity(post: PostFingerprint) -> int:
    """Hash of a post's key."""
    return hashed(post.key) or 1


def rows(posts: Sequence[PostFingerprint], identities: Sequence[int]) -> NDArray[np.void]:
    """Rows of POST, without a text or a link."""
    found = np.zeros(len(posts), POST)
    found["identity"] = identities
    found["revision"] = [post.revision for post in posts]
    found["posted"] = [posted(post) for post in posts]
    found["channel"] = [post.channel_id for post in posts]
    found["message"] = [post.message_id for post in posts]
    ranks = [post.rank for post in posts]
    found["moment"] = [moment_us for moment_us, _ in ranks]
    found["state"] = [state_class for _, state_class in ranks]
    found["text"] = NO_ROW
    return found


def texts(posts: Sequence[tuple[Fingerprint, str]]) -> NDArray[np.void]:
    """Rows of TEXT, without owners, of fingerprints that have words to compare, each with its language."""
    rows = np.zeros(len(posts), TEXT)
    rows["owners"] = NO_ROW
    hashes = {language: hashed(language) for language in {language for _, language in posts}}
    rows["language"] = [hashes[language] for _, language in posts]
    values = rows["values"]
    values[:, EXACT] = [fingerprint.exact or 0 for fingerprint, _ in posts]
    sketches = {number: sketch for number, (fingerprint, _) in enumerate(posts) if (sketch := fingerprint.sketch)}
    sketched = list(sketches)
    if len(sketched) < len(posts):
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


def hashed(text: str) -> int:
    """64 bits of a text."""
    return xxhash.xxh3_64_intdigest(text.encode())


def broker_ms(timestamp_s: float | None) -> int:
    """The broker's time of a record, given in seconds since 1970, in milliseconds; 0 if it has none."""
    return round((timestamp_s or 0) * 1000)
