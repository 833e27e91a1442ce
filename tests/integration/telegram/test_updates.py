"""What an account hints at, and what it reports of lost updates: the losses of Telethon, one by one."""

import asyncio
from pathlib import Path

import pytest
from telethon.tl import functions, types

from ingest.live_reader import PostOrAbsence, RequestPriority
from ingest.telegram.account import Account
from ingest.telegram.channels import update_handler as updates_module
from runtime.settings.channel_list import ChannelEntry
from schemas import RawPost
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.faults import DROP, HANG, Fault, flood, refuse
from tests.support.mtproto_server.serialized import UNKNOWN, Serialized
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until
from tests.support.telegram.newsroom import HASTY_S, Newsroom

NEWS = ChannelEntry(name="@example_news")
DIFFERENCE = "updates.getChannelDifference"


def spoil(channel: Channel, message_id: int) -> None:
    """Give a message a medium that no client knows."""
    message = channel.store[message_id].object()
    message.media = UNKNOWN
    channel.store.put(channel.store[message_id]._replace(body=Serialized(message._bytes())))


async def received_in_order(room: Newsroom, channel: Channel, *message_ids: int) -> None:
    await until(
        lambda: {(channel.id, each) for each in message_ids} <= set(room.received.posts), f"posts {message_ids}"
    )


async def test_news_edits_and_deletions_are_hinted(account: Account, room: Newsroom, news: Channel) -> None:
    for number in range(20):
        news.post(f"post {number}")
    news.edit(3, "edited")
    news.react(4, {"👍": 3})
    news.delete(5, 6)
    await until(lambda: room.received.deletions, "the deletion")
    assert room.received.posts == [(news.id, each) for each in range(1, 21)]
    assert room.received.edits == [(news.id, 3, "edited"), (news.id, 4, "post 3")]
    assert room.received.deletions == [(news.id, (5, 6))]
    assert room.value("updates_total", kind="posted") == 20
    assert len(room.received.gaps) == 1


async def test_deletions_outside_of_channels_touch_none(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    news.post("stays")
    room.centre.world.delete_privately(person, 1)
    await until(lambda: room.value("updates_total", kind="deleted_elsewhere") == 1, "the update")
    assert room.received.deletions == []


async def test_other_channels_of_the_account_are_passed_over(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    other = room.centre.world.add_channel("Other", "other_news", members=[person])
    other.post("not asked for")
    other.edit(1, "nor this")
    other.delete(1)
    news.post("asked for")
    await received_in_order(room, news, 1)
    assert room.received.posts == [(news.id, 1)]
    assert (room.received.edits, room.received.deletions) == ([], [])
    assert room.value("updates_total", kind="unwatched") == 3


async def test_a_hole_in_the_pushes_is_filled(account: Account, room: Newsroom, news: Channel) -> None:
    news.post("first")
    await received_in_order(room, news, 1)
    news.post("lost", push=Push.LOST)
    news.edit(1, "lost as well", push=Push.LOST)
    news.post("third")
    await received_in_order(room, news, 2, 3)
    assert (news.id, 1, "lost as well") in room.received.edits


async def test_a_difference_that_is_too_long_is_reported(account: Account, room: Newsroom, news: Channel) -> None:
    room.centre.too_long = 5
    news.post("first")
    await received_in_order(room, news, 1)
    for number in range(10):
        news.post(f"lost {number}", push=Push.LOST)
    news.post("second")
    await until(lambda: ("main", news.id) in room.received.gaps, "the hint")
    news.post("third")
    await received_in_order(room, news, 13)
    page = await account.reader.history(news.id, 1, 13, RequestPriority.GAP)
    assert len(page.entries) == 12


async def test_what_happened_while_it_was_away_is_reported(room: Newsroom, news: Channel) -> None:
    async with room.account() as account:
        await account.resolve(NEWS)
        account.watch([news.id])
        news.post("before")
        news.post("before as well")
        await received_in_order(room, news, 1, 2)
    news.post("while away")
    news.edit(1, "edited while away")
    news.delete(2)
    room.received.gaps.clear()
    account = room.account()
    account.watch([news.id])
    async with account:
        await received_in_order(room, news, 3)
        await until(lambda: room.received.deletions == [(news.id, (2,))], "the deletion")
        assert (news.id, 1, "edited while away") in room.received.edits
        assert ("main", None) in room.received.gaps


async def test_what_comes_after_the_updates_were_stopped_is_reported_after_the_next_start(
    room: Newsroom, news: Channel
) -> None:
    async with room.account() as account:
        await account.resolve(NEWS)
        account.watch([news.id])
        news.post("before")
        await received_in_order(room, news, 1)
        account.stop_updates()
        news.edit(1, "after")
        await account.reader.newest(news.id, RequestPriority.GAP)  # the edit came before this answer
        assert room.received.edits == []
    account = room.account()
    account.watch([news.id])
    async with account:
        await until(lambda: room.received.edits == [(news.id, 1, "after")], "the edit")


@pytest.mark.parametrize("request_timeout_s", [HASTY_S])
@pytest.mark.parametrize(
    "fault", [HANG, flood(60), refuse(500, "RPC_CALL_FAIL"), refuse(400, "PERSISTENT_TIMESTAMP_OUTDATED")]
)
async def test_a_difference_that_is_refused_is_reported(
    account: Account, room: Newsroom, news: Channel, fault: Fault
) -> None:
    news.post("first")
    await received_in_order(room, news, 1)
    room.centre.faults.script(DIFFERENCE, fault)
    news.post("lost", push=Push.LOST)
    news.post("second")
    await until(lambda: ("main", news.id) in room.received.gaps, "the hint")
    assert account.status().reconnects == 0


@pytest.mark.parametrize("is_post_lost", [True, False])
async def test_posts_behind_a_lost_push_are_hinted_though_the_difference_must_wait(
    account: Account, room: Newsroom, news: Channel, *, is_post_lost: bool
) -> None:
    news.post("first")
    await received_in_order(room, news, 1)
    room.centre.faults.script(DIFFERENCE, flood(3600))
    if is_post_lost:
        news.post("lost", push=Push.LOST)
    else:
        news.edit(1, "lost", push=Push.LOST)
    behind = [news.post(f"behind {number}").id for number in range(5)]
    await received_in_order(room, news, *behind)
    assert ("main", news.id) in room.received.gaps
    behind += [news.post(f"later {number}").id for number in range(3)]
    await received_in_order(room, news, *behind)
    assert room.received.posts == [(news.id, each) for each in (1, *behind)]


async def test_a_push_behind_a_hole_keeps_the_names_that_came_with_it(
    account: Account, room: Newsroom, news: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries: list[PostOrAbsence] = []
    monkeypatch.setattr(room.received, "posted", lambda _, entry: entries.append(entry))
    origin = room.centre.world.add_channel("Source", "example_source")
    header = types.MessageFwdHeader(room.centre.world.now(), from_id=types.PeerChannel(origin.id), channel_post=9)
    news.post("first")
    await until(lambda: entries, "the first post")
    room.centre.faults.script(DIFFERENCE, flood(3600))
    news.edit(1, "lost", push=Push.LOST)
    news.post("forwarded", fwd_from=header)
    await until(lambda: len(entries) == 2, "the post behind the hole")
    assert isinstance(entries[1], RawPost)
    assert entries[1].forward is not None
    assert (entries[1].forward.name, entries[1].forward.channel_username) == ("Source", "example_source")


async def test_a_connection_that_breaks_while_a_hole_is_filled(account: Account, room: Newsroom, news: Channel) -> None:
    news.post("first")
    await received_in_order(room, news, 1)
    room.centre.faults.script(DIFFERENCE, DROP)
    news.post("lost", push=Push.LOST)
    news.post("second")
    await until(lambda: room.received.gaps.count(("main", None)) >= 2, "the next connection")
    await received_in_order(room, news, 2, 3)


async def test_updates_of_a_newer_telegram_are_counted_and_reported(
    account: Account, room: Newsroom, news: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates_module, "UNREADABLE_S", 3600.0)
    news.post("first")
    await received_in_order(room, news, 1)
    for number in range(5):
        news.post(f"unreadable {number}", push=Push.UNREADABLE)
    await until(lambda: room.value("updates_total", kind="unreadable") == 5, "the packets")
    assert room.received.gaps == [("main", None)] * 2  # of the connection, and of the first packet
    pass_the_time(account)
    assert len(room.received.gaps) == 3, "one hint for the rest"
    news.post("readable")
    await received_in_order(room, news, *range(2, 8))
    pass_the_time(account)
    assert len(room.received.gaps) == 3
    assert account._updates._timer is None


def pass_the_time(account: Account) -> None:
    """Let the time be over for which unreadable packets are not reported."""
    timer = account._updates._timer
    assert timer is not None
    timer.cancel()
    account._updates._after_a_minute()


async def test_a_difference_of_a_newer_telegram_does_not_silence_the_channel(
    account: Account, room: Newsroom, news: Channel
) -> None:
    news.post("first")
    await received_in_order(room, news, 1)
    news.post("lost", push=Push.LOST)
    spoil(news, 2)
    news.post("third")
    await until(lambda: ("main", news.id) in room.received.gaps, "the hint")
    news.post("fourth")
    news.post("fifth")
    await received_in_order(room, news, 4, 5)
    assert account.status().reconnects == 0
    assert room.value("requests_total", method=DIFFERENCE, outcome="unreadable") == 1


async def test_a_difference_of_the_account_that_cannot_be_read_does_not_end_it(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    group = room.centre.world.add_group("Group", members=[person])
    stored = group.post("in a group", push=Push.LOST)
    (pts,) = person.pushed
    person.pushed[pts] = UNKNOWN
    group.post("shows the hole")
    await until(lambda: ("main", None) in room.received.gaps[1:], "the hint")
    news.post("heard")
    await received_in_order(room, news, 1)
    assert account.status().reconnects == 0
    assert stored.id == 1


async def test_a_channel_with_too_long_a_difference_is_reported(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    """Telethon passes over this update when it has no state of the channel."""
    news.post("never pushed", push=Push.LOST)
    account._client.ask_for_difference()  # type: ignore[union-attr]
    await until(lambda: room.centre.calls.counts[(7001, "updates.getDifference")] >= 2, "the difference")
    await until(lambda: ("main", news.id) in room.received.gaps, "the hint")


async def test_a_session_that_telegram_forgot_is_reported(account: Account, room: Newsroom, news: Channel) -> None:
    (connection,) = room.centre.connections
    connection._notify(types.NewSessionCreated(1, 2, room.centre.salt))
    await until(lambda: room.received.gaps == [("main", None)] * 2, "the hint")


async def test_leaving_or_losing_a_channel_is_reported(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    news.ban(person)
    await until(lambda: ("main", news.id) in room.received.gaps, "the hint")
    assert room.value("updates_total", kind="channel_changed") == 1


async def test_a_thousand_silent_channels_cost_no_requests(
    room: Newsroom, centre: DataCentre, person: accounts.Account, tmp_path: Path
) -> None:
    channels = [centre.world.add_channel(f"Channel {each}", members=[person]) for each in range(50)]
    async with room.account() as account:
        account.watch([each.id for each in channels])
        for each in channels:
            each.post("first")
        await until(lambda: len(room.received.posts) == 50, "the posts")
        box = account._client._message_box  # type: ignore[union-attr]
        soonest = min(state.deadline for state in box.map.values()) - asyncio.get_running_loop().time()
        assert soonest > 3600
        await account._client(functions.updates.GetStateRequest())  # type: ignore[misc]


async def test_a_bug_of_ours_is_reported_and_stops_nothing(
    account: Account, room: Newsroom, news: Channel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(channel_id: int, entry: object) -> None:
        raise RuntimeError("text of a post")

    with monkeypatch.context() as broken:
        broken.setattr(room.received, "posted", fail)
        news.post("first")
        await until(lambda: room.value("updates_total", kind="failed") == 1, "the failure")
    assert room.received.gaps == [("main", None)] * 2
    assert "text of a post" not in "".join(capsys.readouterr())
    news.post("second")
    await received_in_order(room, news, 2)
