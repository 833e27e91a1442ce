"""Which texts posts own, their current ones among them, and the links that follow from it."""

from processors.core.dedup.candidates import Lookup, SimilarText
from processors.core.dedup.day_segments import DaySegments
from processors.core.dedup.links import (
    Links,
    link_later_leaders,
    relink,
    relink_followers,
    with_earliest_original,
    with_link,
)
from processors.core.dedup.post_batch import PostBatch
from processors.core.dedup.post_location import PostLocation
from processors.core.dedup.post_table import EXACT, NO_ROW, EventPosition, IndexedPost, Text, day_of
from processors.core.dedup.segment import Segment
from schemas import DuplicateKind


class CurrentTexts:
    """The texts of all days."""

    def __init__(self, days: DaySegments) -> None:
        self._days = days
        self.bound_hits = 0
        """How often a bound cut a search short."""

    def add_owner(
        self, location: PostLocation, batch: PostBatch, number: int, *, is_owner: bool = True
    ) -> tuple[int, list[SimilarText], bool]:
        """Note that a post has or had a text: its row, its near-duplicates, and whether the post is an owner of it that
        was not known as one.
        """
        _, segment, row = location
        found = self._look(batch, number, location.post.position)
        text = _own_text(segment, found) if found else None
        if text is not None:
            return text, found, is_owner and segment.add_owner(text, row)
        text = segment.add_text(batch.lookup.texts[number], row if is_owner else NO_ROW)
        batch.lookup.added(number, segment, text)
        return text, found, is_owner

    def _look(self, batch: PostBatch, number: int, position: EventPosition) -> list[SimilarText]:
        day = day_of(position.posted)
        if day == batch.days[number]:
            return batch.lookup.find(number, self._days.window(day))
        return self.search_again(batch, batch.lookup.texts[number : number + 1], position)[0]

    def search_again(self, batch: PostBatch, text: Text, position: EventPosition) -> tuple[list[SimilarText], bool]:
        """The near-duplicates of a text that was not looked up for the days around a place; whether a bound cut it
        short.
        """
        batch.lookup.index_added()
        window = self._days.window(day_of(position.posted))
        lookup = Lookup(text, [window])
        self.bound_hits += lookup.bound_hits
        return lookup.find(0, window), lookup.bound_hits > 0

    def attach(
        self, location: PostLocation, post: IndexedPost, origin: EventPosition | None, batch: PostBatch, number: int
    ) -> tuple[IndexedPost, Links]:
        """Attach a post to its text, and give it its link; the post, and what changes for others."""
        _, segment, row = location
        if origin is not None:
            post = with_link(post, origin, DuplicateKind.FORWARD, 1.0)
        given = batch.texts.get(number)
        text, found, is_owner = NO_ROW, list[SimilarText](), False
        if given is not None:
            text, found, is_owner = self.add_owner(location, batch, given)
        if origin is not None or given is None:
            segment.set_post(row, post)
            if given is not None:
                segment.note_text(row, text)
            return post, link_later_leaders(post, found)
        if not found:
            segment.attach_leader(text, row)
            return location.post, {}
        leader = segment.text_posts(text)[2]
        if leader != NO_ROW and segment.position(leader) < post.position:
            post = with_link(post, segment.position(leader), DuplicateKind.EXACT, 1.0)._replace(text=text)
            segment.set_post(row, post)
            return post, link_later_leaders(post, found) if is_owner else {}
        post = with_earliest_original(post, found)._replace(text=text)
        segment.set_post(row, post)
        segment.set_leader(text, row)
        links: Links = {}
        if leader != NO_ROW:
            links |= relink(segment, leader, with_link(segment.post(leader), post.position, DuplicateKind.EXACT, 1.0))
        return post, links | link_later_leaders(post, found)

    def detach(self, location: PostLocation, batch: PostBatch) -> Links:
        """Detach a post from its text; links that led through it are drawn past it, the leader's may still go to it."""
        _, segment, row = location
        post = location.post
        text = post.text
        if text == NO_ROW:
            return {}
        segment.note_text(row, text)
        segment.set_post(row, post._replace(text=NO_ROW))
        links: Links = {}
        if segment.text_posts(text)[2] == row:
            leader = min(segment.current_posts(text), key=segment.position, default=NO_ROW)
            segment.set_leader(text, leader)
            if leader != NO_ROW:
                found, _ = self.search_again(batch, segment.texts.rows[text : text + 1], segment.position(leader))
                links |= relink(segment, leader, with_earliest_original(segment.post(leader), found))
        return links | relink_followers(segment, text, post.position)


def _own_text(segment: Segment, found: list[SimilarText]) -> int | None:
    """The row of a text among those of a segment, if it is there."""
    rows = (row for where, row, match in found if where is segment and match.kind is DuplicateKind.EXACT)
    return next(rows, None)


def is_text(segment: Segment, row: int, text: Text) -> bool:
    """Whether a row of a segment is this text, in the same language."""
    known = segment.text(row)
    return bool(known["values"][EXACT] == text["values"][EXACT] and known["language"] == text["language"])
