"""Fingerprint records as the numbers that the index holds: hashes, and rows of posts and texts."""

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from processors.core.dedup.fingerprint_records import revision_text
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
from schemas import ChannelName, Fingerprint, NamedOrigin, Origin, PostFingerprint
from schemas.rank import Rank, State, StateClass


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


def named(origin: NamedOrigin) -> NamedOriginRow:
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
