"""A deleted post leaves all its texts; one that comes back owns them again."""

from collections.abc import Callable

from processors.core.dedup.candidates import Found
from processors.core.dedup.links import Links, follow_lead, offer, relink, to_earliest
from processors.core.dedup.post_table import NO_ROW, Place, Text
from processors.core.dedup.segment import Segment

Look = Callable[[Text, Place], tuple[list[Found], bool]]
"""The near-duplicates of a text among the days around a place, and whether a bound cut the search short."""


def withdraw(segment: Segment, row: int, text: int, look: Look, window: list[Segment]) -> Links:
    """Take a post, which is marked as deleted, from its texts; ``text`` is its current one. The earliest
    post that is left takes its place.
    """
    place = segment.place(row)
    if text != NO_ROW:
        segment.note_text(row, text)
    texts = segment.owned.texts_of(row)
    leads = {own: segment.text_posts(own)[2] for own in texts}
    for own in texts:
        segment.settle(own)
    links: Links = {}
    is_cut = False
    for own in texts:
        found, is_bound = look(segment.texts.rows[own : own + 1], place)
        is_cut |= is_bound
        lead = segment.text_posts(own)[2]
        if lead not in (NO_ROW, leads[own]):
            links |= _relink_lead(segment, lead, own, look)
        for other, other_text, _ in found:
            follower = other.text_posts(other_text)[2]
            if follower != NO_ROW and other.post(follower).original == place:
                links |= _relink_lead(other, follower, other_text, look)
        links |= follow_lead(segment, own, place)
    if is_cut:
        links |= _relink_all(window, place, look)
    return links


def restore(segment: Segment, row: int, look: Look) -> Links:
    """Let a post that is no longer deleted own its texts again."""
    links: Links = {}
    for text in segment.owned.texts_of(row):
        segment.own(text, row)
        found, _ = look(segment.texts.rows[text : text + 1], segment.place(row))
        links |= offer(segment.post(row), found)
    return links


def _relink_lead(segment: Segment, lead: int, text: int, look: Look) -> Links:
    post = segment.post(lead)
    found, _ = look(segment.texts.rows[text : text + 1], post.place)
    return relink(segment, lead, to_earliest(post, found))


def _relink_all(window: list[Segment], original: Place, look: Look) -> Links:
    """The same for posts that the search has missed."""
    links: Links = {}
    for segment in window:
        for row in segment.linked_to(original):
            text = segment.post(row).text
            if text != NO_ROW:
                links |= _relink_lead(segment, row, text, look)
    return links
