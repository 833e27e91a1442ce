"""What every live reader has to do; a reader's own tests inherit this with a fixture ``place``.

A place is one channel at the reader's source, which the test fills and changes. The collector relies on these answers
to find every post: an id is absent only when the source was asked for it and does not have it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import pytest

from ingest.errors import ChannelUnavailableError
from ingest.live_reader import (
    MAX_PAGE,
    AbsenceReason,
    AbsentMessage,
    AbsentRange,
    LiveReader,
    Page,
    PostOrAbsence,
    RequestPriority,
)
from runtime.errors import TransientError
from schemas import RawPost

GAP = RequestPriority.GAP


class Place(Protocol):
    """One channel of a source, and a reader of it."""

    reader: LiveReader
    channel_id: int

    def post(self, *ids: int) -> None:
        """Post messages in an empty channel, or behind all others; their text is ``post ID``."""
        ...

    def delete(self, *ids: int) -> None:
        """Delete messages."""
        ...

    def fail_once(self, method: str) -> None:
        """Leave the next request without an answer that can be used; ``method`` is its name in ``LiveReader``."""
        ...


async def walk(place: Place, after: int, up_to: int | None) -> list[PostOrAbsence]:
    """Every entry behind an id, page by page as the collector goes on; each page has to bring it further."""
    found: list[PostOrAbsence] = []
    while True:
        page = await place.reader.history(place.channel_id, after, up_to, GAP)
        assert page.first == after + 1
        found += page.entries
        if page.last <= after:
            assert not page.entries
            return found
        after = page.last
        if after == up_to:
            return found


def ids(entries: Sequence[PostOrAbsence]) -> list[int]:
    return [entry.message_id for entry in entries]


class ReaderContract:
    """The suite."""

    async def test_it_has_a_name_and_knows_its_channels(self, place: Place) -> None:
        assert place.reader.name
        assert place.reader.reads(place.channel_id)
        assert not place.reader.reads(5)

    async def test_an_empty_channel_has_an_empty_page(self, place: Place) -> None:
        assert await place.reader.newest(place.channel_id, GAP) == Page((), 1, 0)

    async def test_the_newest_page_ends_with_the_newest_post(self, place: Place) -> None:
        place.post(*range(1, 131))
        page = await place.reader.newest(place.channel_id, GAP)
        assert ids(page.entries) == list(range(page.first, 131))
        assert page.last == 130
        assert 1 < len(page.entries) <= MAX_PAGE
        assert all(isinstance(entry, RawPost) for entry in page.entries)

    async def test_posts_carry_their_channel_text_and_date(self, place: Place) -> None:
        place.post(1)
        (post,) = (await place.reader.newest(place.channel_id, GAP)).entries
        assert isinstance(post, RawPost)
        assert (post.channel.id, post.message_id, post.text.lower()) == (place.channel_id, 1, "post 1")
        assert post.posted_at is not None
        assert post.collected_at is not None

    @pytest.mark.parametrize(("after", "up_to"), [(0, None), (0, 130), (40, 100), (129, 130), (130, None), (130, 130)])
    async def test_history_leaves_nothing_out(self, place: Place, after: int, up_to: int | None) -> None:
        place.post(*range(1, 131))
        assert ids(await walk(place, after, up_to)) == list(range(after + 1, (up_to or 130) + 1))

    async def test_deleted_messages_are_absent_from_a_page(self, place: Place) -> None:
        place.post(*range(1, 11))
        place.delete(3, 4, 10)
        found: list[RawPost | AbsentRange] = []
        after = 0
        while after < 10:
            page = await place.reader.history(place.channel_id, after, 10, GAP)
            found += page.entries_after(after)
            after = page.last
        assert [each if isinstance(each, AbsentRange) else each.message_id for each in found] == [
            1, 2, AbsentRange(3, 4, AbsenceReason.NOT_RETURNED), 5, 6, 7, 8, 9,
            AbsentRange(10, 10, AbsenceReason.NOT_RETURNED),
        ]  # fmt: skip

    async def test_single_messages_come_in_the_order_asked(self, place: Place) -> None:
        place.post(*range(1, 11))
        place.delete(4)
        found = await place.reader.get(place.channel_id, [9, 4, 2, 99], GAP)
        assert ids(found) == [9, 4, 2, 99]
        assert [entry for entry in found if isinstance(entry, AbsentMessage)] == [
            AbsentMessage(4, AbsenceReason.NOT_RETURNED),
            AbsentMessage(99, AbsenceReason.NOT_RETURNED),
        ]

    async def test_a_failed_request_is_an_error_and_never_an_absence(self, place: Place) -> None:
        place.post(*range(1, 6))
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "newest": lambda: place.reader.newest(place.channel_id, GAP),
            "history": lambda: place.reader.history(place.channel_id, 0, 5, GAP),
            "get": lambda: place.reader.get(place.channel_id, [2, 3], GAP),
        }
        for method, ask in asked.items():
            place.fail_once(method)
            with pytest.raises(TransientError):
                await ask()
        assert ids(await walk(place, 0, 5)) == [1, 2, 3, 4, 5]

    async def test_a_channel_that_it_does_not_know_is_unavailable(self, place: Place) -> None:
        with pytest.raises(ChannelUnavailableError):
            await place.reader.newest(5, GAP)
