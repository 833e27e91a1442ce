"""The posts of one day, and their texts by what near-duplicates share."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.band_index import BandIndex, Keys, Query, Rows
from processors.core.dedup.owned_texts import OwnedTexts
from processors.core.dedup.post_table import (
    DELETED,
    NO_LINK,
    NO_ROW,
    VALUES,
    EventPosition,
    IndexedPost,
    RowTable,
    Text,
)
from processors.core.dedup.segment_image import TABLES, Image, ImageHead, chunks, head_of

UNCHAINED = 64
"""Most texts of a day whose chains are not kept: made again in less time than a page takes to read."""
_FIRST, _SECOND, _LEADER = range(3)
_POSITION = slice(2, 5)
"""Position of a place in a row of POST."""
_SPREAD_1 = np.uint64(0x9E3779B97F4A7C15)
_SPREAD_2 = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)


class Segment:
    """One day, new or as it was saved. Arrays of that may be read-only: what is written to is copied first."""

    def __init__(self, saved: Image | None = None) -> None:
        head = ImageHead(0, (0,) * len(TABLES), 0) if saved is None else saved.head()
        arrays = None if saved is None else saved.arrays()
        self.tables = {
            name: RowTable(dtype, None if arrays is None else arrays[name], rows)  # type: ignore[arg-type]
            for (name, dtype), rows in zip(TABLES.items(), head.rows, strict=True)
        }
        """By name, those of ``segment_image.TABLES``."""
        self.posts, self.texts = self.tables["posts"], self.tables["texts"]
        self.forwards, self.names = self.tables["forwards"], self.tables["names"]
        self.owned = OwnedTexts(self.tables["owned"])
        self.band_index = BandIndex(VALUES, arrays, self.texts.size) if head.slots else BandIndex(VALUES)
        if self.texts.size and not head.slots:
            texts = self.texts.saved()
            self.index_texts(Query(text_keys(texts)), np.arange(len(texts)))
        self.arrived_ms = head.arrived_ms
        """Greatest broker's time of what changed it."""
        self.is_changed = False
        """Whether it differs from what was saved last."""

    def head(self) -> ImageHead:
        """The head of its image."""
        return head_of(self.arrays(), self.arrived_ms)

    def chunks(self) -> Iterator[memoryview]:
        """Its image, piece by piece."""
        return chunks(self.arrays(), self.arrived_ms)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What is to be saved."""
        chains = self.band_index.arrays() if self.texts.size > UNCHAINED else {}
        return {name: table.saved() for name, table in self.tables.items()} | chains

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(table.rows.nbytes for table in self.tables.values()) + self.band_index.nbytes

    def post(self, row: int) -> IndexedPost:
        """A post."""
        return IndexedPost(*self.posts.rows[row].item())

    def set_post(self, row: int, post: IndexedPost) -> None:
        """Change a post."""
        self.posts.make_writable()
        self._move(self.posts.rows["text"].item(row), post.text)
        self.posts.rows[row] = post
        self.is_changed = True

    def add_post(self, post: IndexedPost) -> int:
        """Add a post; its row."""
        row = self.posts.append(post)
        self._move(NO_ROW, post.text)
        self.is_changed = True
        return row

    def add_forward(self, row: int, name: int, message: int, seen: int) -> int:
        """Note that the post in a row is a forward from a channel known by name; its row among the forwards."""
        self.is_changed = True
        return self.forwards.append((row, name, message, seen))

    def is_forward(self, row: int) -> bool:
        """Whether the post in a row was noted as one."""
        return row in self.forwards.saved()["row"]

    def add_name(self, name: int, channel: int, since: int) -> int:
        """Note a channel's name; its row."""
        self.is_changed = True
        return self.names.append((name, channel, since))

    def set_since(self, row: int, since: int) -> None:
        """Change the first day of a channel's name."""
        self.names.make_writable()
        self.names.rows["since"][row] = since
        self.is_changed = True

    def text(self, row: int) -> Text:
        """A text."""
        return self.texts.rows[row]

    def add_text(self, text: Text, first: int) -> int:
        """Add a text that is not there yet, of the post in row ``first``, or of none; its row. ``index_texts`` makes it
        known.
        """
        self.is_changed = True
        row = self.texts.append(text)
        self.texts.rows["owners"][row, _FIRST] = first
        return row

    def reserve_leader(self) -> tuple[int, int]:
        """Add a post with a text of its own that is not there yet, both to be written by ``write_leaders``; their rows.
        ``index_texts`` makes the text known.
        """
        self.is_changed = True
        return self.posts.reserve(), self.texts.reserve()

    def write_leaders(self, rows: Sequence[tuple[int, int]], posts: NDArray[np.void], texts: NDArray[np.void]) -> None:
        """Write such posts and texts; the texts have no owners yet."""
        of_posts, of_texts = np.array(rows).T
        posts["text"] = of_texts
        texts["owners"][:, [_FIRST, _LEADER]] = of_posts[:, None]
        texts["residents"] = 1
        self.posts.rows[of_posts], self.texts.rows[of_texts] = posts, texts

    def index_texts(self, query: Query, rows: Rows) -> None:
        """Make the texts known that were added last; they are these rows of the query."""
        self.band_index.extend(query, rows, lambda: text_keys(self.texts.saved()))

    def add_owner(self, text: int, row: int) -> bool:
        """Note that a post has or had a text; whether that changes anything."""
        first, second = self.text_posts(text)[:2]
        if first == NO_ROW:
            return self._set(text, _FIRST, row)
        position, known = self.position(row), self.position(first)
        is_earlier = position < known
        if position.channel == known.channel:
            return is_earlier and self._set(text, _FIRST, row)
        if is_earlier:
            self._set(text, _SECOND, first)
            return self._set(text, _FIRST, row)
        return (second == NO_ROW or position < self.position(second)) and self._set(text, _SECOND, row)

    def touch(self, arrived_ms: int) -> None:
        """Note when something arrived that changes it, by the broker's time."""
        self.arrived_ms = max(self.arrived_ms, arrived_ms)
        self.is_changed = True

    def linked_to(self, original: EventPosition) -> list[int]:
        """The posts that link to a place."""
        posts = self.posts.saved()
        is_linked = posts["link_kind"] != NO_LINK
        for name, value in zip(("link_posted", "link_channel", "link_message"), original, strict=True):
            is_linked &= posts[name] == value
        rows: list[int] = np.nonzero(is_linked)[0].tolist()
        return rows

    def note_text(self, row: int, text: int) -> bool:
        """Note that a post has or had a text which is not its current one; whether that is news."""
        is_news = self.owned.note(row, text)
        self.is_changed |= is_news
        return is_news

    def reassign_owners(self, text: int) -> None:
        """Find the owners and the leader of a text again, since a post was deleted."""
        rows = self.current_posts(text)
        owners = sorted({*rows, *self.owned.posts_of(text)}, key=self.position)
        owners = [row for row in owners if not self.is_deleted(row)]
        first = owners[0] if owners else NO_ROW
        channel = None if first == NO_ROW else self.position(first).channel
        self._set(text, _FIRST, first)
        self._set(text, _SECOND, next((row for row in owners if self.position(row).channel != channel), NO_ROW))
        self._set(text, _LEADER, min(rows, key=self.position, default=NO_ROW))

    def is_deleted(self, row: int) -> bool:
        """Whether the post in a row is deleted."""
        return bool(self.posts.rows["state"][row] & DELETED)

    def text_posts(self, text: int) -> tuple[int, int, int]:
        """The text's first owner, second owner and leader."""
        first, second, leader = self.texts.rows["owners"][text].tolist()
        return first, second, leader

    def set_leader(self, text: int, row: int) -> None:
        """Set the leader of the posts that have the text."""
        self._set(text, _LEADER, row)

    def attach_leader(self, text: int, row: int) -> None:
        """Attach a post to a text, as the leader of those that are."""
        self.posts.make_writable()
        self._move(self.posts.rows["text"].item(row), text)
        self.posts.rows["text"][row] = text
        self.set_leader(text, row)

    def position(self, row: int) -> EventPosition:
        """The position of a post."""
        return EventPosition(*self.posts.rows[row].item()[_POSITION])

    def current_posts(self, text: int) -> list[int]:
        """The posts that have a text now. Where there are any, all posts of the day are looked at."""
        if not self.texts.rows["residents"].item(text):
            return []
        rows: list[int] = np.nonzero(self.posts.saved()["text"] == text)[0].tolist()
        return rows

    def _move(self, before: int, now: int) -> None:
        """Count a post that goes from one text to another."""
        if before == now:
            return
        self.texts.make_writable()
        for text, change in ((before, -1), (now, 1)):
            if text != NO_ROW:
                self.texts.rows["residents"][text] += change

    def _set(self, text: int, field: int, row: int) -> bool:
        self.texts.make_writable()
        self.texts.rows["owners"][text, field] = row
        self.is_changed = True
        return True


def text_keys(texts: NDArray[np.void]) -> Keys:
    """The values of some texts, spread over all 64 bits, apart for each language."""
    keys: Keys = texts["values"] ^ texts["language"][:, None]
    keys *= _SPREAD_1
    keys ^= keys >> _HALF
    keys *= _SPREAD_2
    return keys
