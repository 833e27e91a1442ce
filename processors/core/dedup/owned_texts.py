"""Which texts posts own that are not their current ones: of former revisions, of forwards, of deleted posts."""

import numpy as np

from processors.core.dedup.post_table import RowTable

OWNED = np.dtype([("post", "<i4"), ("text", "<i4")])
"""Rows of a post and of a text in the segment: 8 bytes."""


class OwnedTexts:
    """Pairs of a post and a text of one segment. Few posts have any, so that looking through all of them is cheap."""

    def __init__(self, table: RowTable) -> None:
        """``table`` is one of OWNED."""
        self.table = table

    def note(self, post: int, text: int) -> bool:
        """Add a pair; whether that is news."""
        if text in self.texts_of(post):
            return False
        self.table.append((post, text))
        return True

    def texts_of(self, post: int) -> list[int]:
        """The texts of a post."""
        return self._where("post", post, "text")

    def posts_of(self, text: int) -> list[int]:
        """The posts that own a text."""
        return self._where("text", text, "post")

    def _where(self, column: str, row: int, wanted: str) -> list[int]:
        pairs = self.table.saved()
        found: list[int] = pairs[wanted][pairs[column] == row].tolist()
        return found
