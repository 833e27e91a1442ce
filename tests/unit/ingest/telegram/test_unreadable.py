"""Unreadable messages are found by halving, and no request is asked twice because of a wait."""

from collections.abc import Sequence

import pytest

from ingest.errors import ReaderBusyError
from ingest.telegram.channels.unreadable_messages import KEPT_S, UnreadableMessages

CHANNEL = 5


class Server:
    """Answers so many requests; then it wants a rest, once."""

    def __init__(self, *unreadable: int, answers: int = 1000) -> None:
        self.unreadable, self.answers, self.asked = set(unreadable), answers, list[tuple[int, ...]]()

    async def can_read(self, ids: Sequence[int]) -> bool:
        if self.answers == 0:
            self.answers = 1
            raise ReaderBusyError("flood wait", 5.0)
        self.answers -= 1
        self.asked.append(tuple(ids))
        return self.unreadable.isdisjoint(ids)


@pytest.mark.parametrize("unreadable", [(1,), (100,), (7, 8, 60), tuple(range(1, 101)), (50,)])
async def test_all_unreadable_messages_are_found(unreadable: tuple[int, ...]) -> None:
    server, found = Server(*unreadable), UnreadableMessages()
    found.suspect(CHANNEL, range(1, 101))

    assert await found.among(CHANNEL, range(1, 101), server.can_read) == set(unreadable)
    assert len(server.asked) <= min(200, 14 * len(unreadable))
    assert await found.among(6, range(1, 101), server.can_read) == set()


async def test_a_wait_after_each_request_does_not_begin_again() -> None:
    server, found = Server(7, 8, 60, answers=1), UnreadableMessages()
    found.suspect(CHANNEL, range(1, 101))
    for _ in range(60):
        try:
            assert await found.among(CHANNEL, range(1, 101), server.can_read) == {7, 8, 60}
            break
        except ReaderBusyError:
            continue
    else:
        raise AssertionError("never found")
    assert len(server.asked) == len(set(server.asked))


async def test_what_was_unreadable_is_tried_again_after_an_hour() -> None:
    now = [0.0]
    server, found = Server(7), UnreadableMessages(lambda: now[0])
    found.suspect(CHANNEL, [7])
    assert await found.among(CHANNEL, [7], server.can_read) == {7}
    now[0] = KEPT_S + 1
    assert await found.among(CHANNEL, [7], server.can_read) == set()
