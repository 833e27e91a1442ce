"""Where the index keeps a post."""

from typing import NamedTuple

from processors.core.dedup.post_table import Place, Post
from processors.core.dedup.segment import Segment


class Seat(NamedTuple):
    """A row among the posts of a day's segment."""

    day: int
    segment: Segment
    row: int

    @property
    def post(self) -> Post:
        """The post."""
        return self.segment.post(self.row)

    @property
    def place(self) -> Place:
        """Its position."""
        return self.segment.place(self.row)

    @property
    def is_bare_deletion(self) -> bool:
        """Whether nothing is known of the post but that it was deleted."""
        return self.segment.is_deleted(self.row) and not self.segment.owned.texts_of(self.row)
