"""Where the index keeps a post."""

from typing import NamedTuple

from processors.core.dedup.post_table import EventPosition, IndexedPost
from processors.core.dedup.segment import Segment


class PostLocation(NamedTuple):
    """A row among the posts of a day's segment."""

    day: int
    segment: Segment
    row: int

    @property
    def post(self) -> IndexedPost:
        """The post."""
        return self.segment.post(self.row)

    @property
    def position(self) -> EventPosition:
        """Its position."""
        return self.segment.position(self.row)

    @property
    def is_bare_deletion(self) -> bool:
        """Whether nothing is known of the post but that it was deleted."""
        return self.segment.is_deleted(self.row) and not self.segment.owned.texts_of(self.row)
