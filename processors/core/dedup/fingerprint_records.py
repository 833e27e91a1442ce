"""The records of ``posts.fingerprints``: what duplicate detection needs of a post and of a deletion."""

from processors.core.dedup.channel_names import seen, username
from schemas import Fingerprint, ForwardOrigin, NamedOrigin, NormalizedPost, Origin, PostFingerprint, Tombstone
from schemas.keys import parse_post_key
from schemas.rank import Rank, StateClass, microseconds


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


def _named_origin(post: NormalizedPost) -> NamedOrigin | None:
    forward = post.forward
    if forward is None or forward.channel_id is not None or forward.message_id is None or _is_later(forward, post):
        return None
    name = username(forward.channel_username)
    if name is None:
        return None
    seen_at = seen(post)
    return NamedOrigin(name, forward.message_id, None if seen_at is None else microseconds(seen_at))


def _is_later(forward: ForwardOrigin, post: NormalizedPost) -> bool:
    return forward.posted_at is not None and post.posted_at is not None and forward.posted_at > post.posted_at
