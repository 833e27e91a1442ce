"""Which texts posts own, their current ones among them, and the links that follow from it."""

from processors.core.dedup.batch import Batch
from processors.core.dedup.candidates import Found, Lookup
from processors.core.dedup.day_segments import Days
from processors.core.dedup.links import Links, follow_lead, offer, relink, to, to_earliest
from processors.core.dedup.post_location import Seat
from processors.core.dedup.post_table import EXACT, NO_ROW, Place, Post, Text, day_of
from processors.core.dedup.segment import Segment
from schemas import DuplicateKind


class Texts:
    """The texts of all days."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self.bound_hits = 0
        """How often a bound cut a search short."""

    def own(self, seat: Seat, batch: Batch, number: int, *, is_owner: bool = True) -> tuple[int, list[Found], bool]:
        """Note that a post has or had a text: its row, its near-duplicates, and whether the post is an owner of it that
        was not known as one.
        """
        _, segment, row = seat
        found = self._look(batch, number, seat.post.place)
        text = _own_text(segment, found) if found else None
        if text is not None:
            return text, found, is_owner and segment.own(text, row)
        text = segment.add_text(batch.lookup.texts[number], row if is_owner else NO_ROW)
        batch.lookup.added(number, segment, text)
        return text, found, is_owner

    def _look(self, batch: Batch, number: int, place: Place) -> list[Found]:
        day = day_of(place.posted)
        if day == batch.days[number]:
            return batch.lookup.find(number, self._days.window(day))
        return self.look_again(batch, batch.lookup.texts[number : number + 1], place)[0]

    def look_again(self, batch: Batch, text: Text, place: Place) -> tuple[list[Found], bool]:
        """The near-duplicates of a text that was not looked up for the days around a place; whether a bound cut it
        short.
        """
        batch.lookup.chain()
        window = self._days.window(day_of(place.posted))
        lookup = Lookup(text, [window])
        self.bound_hits += lookup.bound_hits
        return lookup.find(0, window), lookup.bound_hits > 0

    def stand(self, seat: Seat, post: Post, origin: Place | None, batch: Batch, number: int) -> tuple[Post, Links]:
        """Set a post's current text, and give it its link; the post, and what changes for others."""
        _, segment, row = seat
        if origin is not None:
            post = to(post, origin, DuplicateKind.FORWARD, 1.0)
        told = batch.texts.get(number)
        text, found, is_owner = NO_ROW, list[Found](), False
        if told is not None:
            text, found, is_owner = self.own(seat, batch, told)
        if origin is not None or told is None:
            segment.set_post(row, post)
            if told is not None:
                segment.note_text(row, text)
            return post, offer(post, found)
        if not found:
            segment.lead(text, row)
            return seat.post, {}
        lead = segment.text_posts(text)[2]
        if lead != NO_ROW and segment.place(lead) < post.place:
            post = to(post, segment.place(lead), DuplicateKind.EXACT, 1.0)._replace(text=text)
            segment.set_post(row, post)
            return post, offer(post, found) if is_owner else {}
        post = to_earliest(post, found)._replace(text=text)
        segment.set_post(row, post)
        segment.set_lead(text, row)
        links: Links = {}
        if lead != NO_ROW:
            links |= relink(segment, lead, to(segment.post(lead), post.place, DuplicateKind.EXACT, 1.0))
        return post, links | offer(post, found)

    def leave(self, seat: Seat, batch: Batch) -> Links:
        """Take a post from its text; links that led through it are drawn past it, the lead's may still go to it."""
        _, segment, row = seat
        post = seat.post
        text = post.text
        if text == NO_ROW:
            return {}
        segment.note_text(row, text)
        segment.set_post(row, post._replace(text=NO_ROW))
        links: Links = {}
        if segment.text_posts(text)[2] == row:
            lead = min(segment.residents(text), key=segment.place, default=NO_ROW)
            segment.set_lead(text, lead)
            if lead != NO_ROW:
                found, _ = self.look_again(batch, segment.texts.rows[text : text + 1], segment.place(lead))
                links |= relink(segment, lead, to_earliest(segment.post(lead), found))
        return links | follow_lead(segment, text, post.place)


def _own_text(segment: Segment, found: list[Found]) -> int | None:
    """The row of a text among those of a segment, if it is there."""
    rows = (row for place, row, match in found if place is segment and match.kind is DuplicateKind.EXACT)
    return next(rows, None)


def is_text(segment: Segment, row: int, text: Text) -> bool:
    """Whether a row of a segment is this text, in the same language."""
    known = segment.text(row)
    return bool(known["values"][EXACT] == text["values"][EXACT] and known["language"] == text["language"])
