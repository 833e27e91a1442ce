"""Updates that Telethon throws away whole are handed out when the difference cannot be had."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from telethon._updates import EntityCache, GapError
from telethon._updates.session import ChannelState, SessionState
from telethon.tl import types

from ingest.telegram.net import message_box
from ingest.telegram.net.message_box import MessageBox

NEWS = 7


class Received:
    def __init__(self) -> None:
        self.gaps: list[int | None] = []
        self.held: list[int] = []

    def take(self, update: types.UpdateNewChannelMessage) -> None:
        self.held.append(update.message.id)


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
async def box(received: Received) -> MessageBox:
    """Of an account at sequence number 10, in a channel at pts 100."""
    box = MessageBox(logging.getLogger("box"), received.gaps.append, received.take)
    box.load(SessionState(1, 2, False, 5, 0, 1_700_000_000, 10, None), [ChannelState(NEWS, 100)])
    return box


def post(message_id: int, pts: int) -> types.UpdateNewChannelMessage:
    message = types.Message(message_id, types.PeerChannel(NEWS), datetime(2026, 1, 1, tzinfo=UTC), "text")
    return types.UpdateNewChannelMessage(message, pts, 1)


def packet(*updates: types.TypeUpdate, seq: int = 0) -> types.Updates:
    return types.Updates(list(updates), [], [], datetime(2026, 1, 1, tzinfo=UTC), seq)


async def test_a_packet_behind_a_lost_one_is_handed_out_when_there_is_no_difference(
    box: MessageBox, received: Received
) -> None:
    with pytest.raises(GapError):
        box.process_updates(packet(post(3, 101), post(4, 102), seq=12), EntityCache(), [])
    assert received.held == []
    box.end_difference()
    assert (received.gaps, received.held) == ([None], [3, 4])


async def test_what_comes_in_order_is_not_handed_out_twice(box: MessageBox, received: Received) -> None:
    passed: list[types.TypeUpdate] = []
    box.process_updates(packet(post(4, 102)), EntityCache(), passed)
    box.process_updates(packet(post(3, 101)), EntityCache(), passed)
    assert [update.message.id for update in passed] == [3, 4]
    with pytest.raises(GapError):
        box.process_updates(packet(seq=20), EntityCache(), [])
    box.end_difference()
    assert received.held == []


async def test_what_is_kept_of_a_channel_is_bounded(
    box: MessageBox, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_box, "_MAX_HELD", 3)
    for number in range(10):
        box.process_updates(packet(post(number, 150 + number)), EntityCache(), [])
        await asyncio.sleep(0)
    with pytest.raises(GapError):
        box.process_updates(packet(seq=20), EntityCache(), [])
    box.end_difference()
    assert received.held == [7, 8, 9]
