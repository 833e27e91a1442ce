"""Links between posts: as rows hold them, and as records give them."""

from processors.core.dedup.candidates import SimilarText
from processors.core.dedup.fingerprint_records import revision_text
from processors.core.dedup.post_table import (
    COLLECTED,
    DELETED,
    NO_LINK,
    NO_ROW,
    RETURNED,
    EventPosition,
    IndexedPost,
    moment,
)
from processors.core.dedup.segment import Segment
from processors.core.outcomes import DuplicateVerdict
from schemas import DuplicateKind, DuplicateLink, DuplicateRecord, post_key

Links = dict[tuple[int, int], IndexedPost]
"""Channel and message of a post -> the post with its new link."""

_KINDS = (None, DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.PARTIAL, DuplicateKind.FORWARD)


def with_link(post: IndexedPost, position: EventPosition, kind: DuplicateKind, similarity: float) -> IndexedPost:
    """The post with a link to a place."""
    return post._replace(
        link_kind=_KINDS.index(kind),
        link_similarity=similarity,
        link_posted=position.posted,
        link_channel=position.channel,
        link_message=position.message,
    )


def relink(segment: Segment, row: int, post: IndexedPost) -> Links:
    """Keep a post's new link; empty when that is the old one."""
    before = segment.post(row)
    if link(before) == link(post):
        return {}
    segment.set_post(row, post)
    return {(post.channel, post.message): segment.post(row)}


def with_earliest_original(post: IndexedPost, found: list[SimilarText]) -> IndexedPost:
    """The post with a link to the earliest of the earlier owners of what was found, if there is any."""
    best: tuple[EventPosition, DuplicateKind, float] | None = None
    for segment, row, match in found:
        first, second, _ = segment.text_posts(row)
        for owner in (first, second):
            if owner == NO_ROW:
                continue
            position = segment.position(owner)
            if position.channel != post.channel or match.is_sure:
                if position < post.position and (best is None or position < best[0]):
                    best = position, match.kind, match.similarity
                break
    if best is not None:
        return with_link(post, *best)
    return post if post.link_kind == NO_LINK else post._replace(link_kind=NO_LINK)


def link_later_leaders(post: IndexedPost, found: list[SimilarText]) -> Links:
    """Link those leaders to a post that have no earlier original."""
    links: Links = {}
    for segment, row, match in found:
        leader = segment.text_posts(row)[2]
        if leader == NO_ROW:
            continue
        other = segment.post(leader)
        if post.position >= other.position or (other.channel == post.channel and not match.is_sure):
            continue
        if other.original is None or post.position < other.original:
            links |= relink(segment, leader, with_link(other, post.position, match.kind, match.similarity))
    return links


def relink_followers(segment: Segment, text: int, original: EventPosition) -> Links:
    """Move the links of posts attached to a current text past one of them, to their leader."""
    leader = segment.text_posts(text)[2]
    links: Links = {}
    for row in segment.current_posts(text):
        follower = segment.post(row)
        if row != leader and follower.original == original:
            links |= relink(segment, row, with_link(follower, segment.position(leader), DuplicateKind.EXACT, 1.0))
    return links


def link(post: IndexedPost) -> DuplicateLink | None:
    """The link of a row."""
    kind = _KINDS[post.link_kind]
    if kind is None:
        return None
    original, similarity = post_key(post.link_channel, post.link_message), round(post.link_similarity, 4)
    return DuplicateLink.model_construct(of=original, kind=kind, similarity=similarity)


def verdict(post: IndexedPost) -> DuplicateVerdict:
    """What is to be sent of a row."""
    key = post_key(post.channel, post.message)
    if post.state & DELETED:
        return DuplicateVerdict(key, None)
    found = link(post)
    record = DuplicateRecord.model_construct(
        key=key,
        revision=revision_text(post.revision),
        rank=None if post.state & RETURNED else (post.moment, post.state & COLLECTED),
        duplicate=found,
        posted_at=moment(post.posted),
        original_posted_at=None if found is None else moment(post.link_posted),
    )
    return DuplicateVerdict(key, record)
