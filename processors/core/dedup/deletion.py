"""A deleted post leaves all its texts; one that comes back owns them again."""

from collections.abc import Callable

from processors.core.dedup.candidates import SimilarText
from processors.core.dedup.links import Links, link_later_leaders, relink, relink_followers, with_earliest_original
from processors.core.dedup.post_table import NO_ROW, EventPosition, Text
from processors.core.dedup.segment import Segment

Look = Callable[[Text, EventPosition], tuple[list[SimilarText], bool]]
"""The near-duplicates of a text among the days around a place, and whether a bound cut the search short."""


def withdraw(segment: Segment, row: int, text: int, look: Look, window: list[Segment]) -> Links:
    """Take a post, which is marked as deleted, from its texts; ``text`` is its current one. The earliest
    post that is left takes its place.
    """
    position = segment.position(row)
    if text != NO_ROW:
        segment.note_text(row, text)
    texts = segment.owned.texts_of(row)
    leaders = {own: segment.text_posts(own)[2] for own in texts}
    for own in texts:
        segment.reassign_owners(own)
    links: Links = {}
    is_cut = False
    for own in texts:
        found, is_bound = look(segment.texts.rows[own : own + 1], position)
        is_cut |= is_bound
        leader = segment.text_posts(own)[2]
        if leader not in (NO_ROW, leaders[own]):
            links |= _relink_leader(segment, leader, own, look)
        for other, other_text, _ in found:
            follower = other.text_posts(other_text)[2]
            if follower != NO_ROW and other.post(follower).original == position:
                links |= _relink_leader(other, follower, other_text, look)
        links |= relink_followers(segment, own, position)
    if is_cut:
        links |= _relink_all(window, position, look)
    return links


def restore(segment: Segment, row: int, look: Look) -> Links:
    """Let a post that is no longer deleted own its texts again."""
    links: Links = {}
    for text in segment.owned.texts_of(row):
        segment.add_owner(text, row)
        found, _ = look(segment.texts.rows[text : text + 1], segment.position(row))
        links |= link_later_leaders(segment.post(row), found)
    return links


def _relink_leader(segment: Segment, leader: int, text: int, look: Look) -> Links:
    post = segment.post(leader)
    found, _ = look(segment.texts.rows[text : text + 1], post.position)
    return relink(segment, leader, with_earliest_original(post, found))


def _relink_all(window: list[Segment], original: EventPosition, look: Look) -> Links:
    """The same for posts that the search has missed."""
    links: Links = {}
    for segment in window:
        for row in segment.linked_to(original):
            text = segment.post(row).text
            if text != NO_ROW:
                links |= _relink_leader(segment, row, text, look)
    return links
