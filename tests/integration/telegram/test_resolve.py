"""From a list's entries to channels, through an account at the local data centre."""

import asyncio
import time
from typing import Any

import pytest
from telethon.tl import types

from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.live_reader import RequestPriority
from ingest.telegram.account import Account
from ingest.telegram.channels import dialogs
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.net.account_store import AccountStore
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.telegram import AccountSettings
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.faults import delay, flood
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until
from tests.support.telegram.newsroom import Newsroom

RESOLVE, DIALOGS = "contacts.resolveUsername", "messages.getDialogs"


def entry(name: str) -> ChannelEntry:
    return ChannelEntry(name=name)


async def test_a_name_is_looked_up_once_and_for_all(room: Newsroom, news: Channel) -> None:
    for is_known in (False, True, True):
        async with room.account() as account:
            found = await account.resolve(entry("@example_news"))
            assert (found.channel.id, found.channel.title, found.was) == (news.id, "News", None)
            assert found.is_member is (None if is_known else True)
            assert (await account.resolve(entry("https://t.me/Example_News"))).channel == found.channel
            assert (await account.resolve(entry(str(news.id)))).channel == found.channel
            assert account.reader.reads(news.id)
            await account.reader.newest(news.id, RequestPriority.SWEEP)
    counts = room.centre.calls.counts
    assert (counts[(7001, RESOLVE)], counts[(7001, "channels.getChannels")]) == (1, 0)


async def test_each_name_of_a_channel_leads_to_it(room: Newsroom, centre: DataCentre) -> None:
    channel = centre.world.add_channel("Bought", collectibles=("fine_name", "other_name"))
    for _ in range(2):
        async with room.account() as account:
            for name in ("@fine_name", "@Other_Name"):
                found = await account.resolve(entry(name))
                assert (found.channel.id, found.channel.username, found.was) == (channel.id, "fine_name", None)
    assert centre.calls.counts[(7001, RESOLVE)] == 1


async def test_an_id_is_found_among_the_accounts_chats(
    account: Account, centre: DataCentre, person: accounts.Account
) -> None:
    for number in range(230):
        centre.world.add_channel(f"Channel {number}", members=[person]).post("first", push=Push.LOST)
    last = list(centre.world.channels)[-1]
    first = list(centre.world.channels)[1]
    assert (await account.resolve(entry(str(last)))).channel.title == "Channel 229"
    assert (await account.resolve(entry(str(-(10**12) - first)))).channel.title == "Channel 0"
    with pytest.raises(ChannelUnavailableError, match=r"not among the chats of account main\. Join it") as gone:
        await account.resolve(entry("987654"))
    assert gone.value.state == "unknown"


async def found_in_the_end(account: Account, channel: Channel) -> int:
    """How many flood waits a look-up by id takes."""
    for waits in range(12):
        try:
            assert (await account.resolve(entry(str(channel.id)))).channel.id == channel.id
        except ReaderBusyError as busy:
            await asyncio.sleep(busy.wait_s)
        else:
            return waits
    raise AssertionError("never found")


async def test_a_walk_through_the_chats_goes_on_where_it_had_to_wait(
    room: Newsroom, centre: DataCentre, person: accounts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "MAX_PAGE", 5)
    channels = [centre.world.add_channel(f"Channel {number}", members=[person]) for number in range(30)]
    for channel in channels:
        channel.post("first", push=Push.LOST)
    async with room.account() as account:
        centre.faults.limit(DIALOGS, 2, 1)
        assert await found_in_the_end(account, channels[-1]) <= 4
    assert centre.calls.counts[(7001, DIALOGS)] <= 6 + 4


async def test_a_chat_that_moved_past_the_walk_is_found(
    room: Newsroom, centre: DataCentre, person: accounts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "MAX_PAGE", 5)
    channels = [centre.world.add_channel(f"Channel {number}", members=[person]) for number in range(12)]
    for channel in channels:
        channel.post("first", push=Push.LOST)
    async with room.account() as account:
        centre.faults.script(DIALOGS, delay(0), flood(1))
        with pytest.raises(ReaderBusyError) as busy:
            await account.resolve(entry(str(channels[-1].id)))
        centre.world.clock = lambda: time.time() + 60
        channels[-1].post("second", push=Push.LOST)
        await asyncio.sleep(busy.value.wait_s)
        assert await found_in_the_end(account, channels[-1]) == 0


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_one_empty_list_of_chats_hides_no_channel(
    account: Account, centre: DataCentre, person: accounts.Account, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(dialogs, "MAX_PAGE", 5)
    channels = [centre.world.add_channel(f"Channel {each}", members=[person]) for each in range(14)]
    for channel in channels:
        channel.post("first", push=Push.LOST)

    def empty(answer: Any) -> None:
        answer.dialogs, answer.messages, answer.chats = [], [], []

    centre.calls.alterations[DIALOGS].extend([lambda _: None] * number + [empty])
    assert await found_in_the_end(account, channels[-1]) == 0


async def test_one_answer_without_the_channel_does_not_make_it_unknown(account: Account, centre: DataCentre) -> None:
    channel = centre.world.add_channel("Open", "open_news")
    centre.calls.alterations[RESOLVE].append(lambda answer: answer.chats.clear())
    assert (await account.resolve(entry("@open_news"))).channel.id == channel.id
    centre.calls.alterations["channels.getChannels"].append(lambda answer: answer.chats.clear())
    assert (await account.verify(entry("@open_news"))).state == "not_a_member"


async def test_a_channel_is_followed_to_its_new_name(account: Account, news: Channel, centre: DataCentre) -> None:
    news.change(username="better_news", title="Better News")
    centre.world.add_channel("Squatter", "example_news")
    verdict = await account.verify(entry("@example_news"))
    assert (verdict.state, verdict.channel and verdict.channel.id) == ("renamed", news.id)
    assert (await account.resolve(entry("@example_news"))).was == "example_news"
    assert "@example_news is channel @better_news (1000001) now. Change the entry." in verdict.message
    assert (await account.verify(entry("@better_news"))).state == "ok"


async def test_a_rename_that_an_update_reports_is_recorded(room: Newsroom, news: Channel) -> None:
    async with room.account() as account:
        await account.resolve(entry("@example_news"))
        account.watch([news.id])
        news.change(username="better_news")
        await until(lambda: account.channel(news.id).username == "better_news", "the new name")
        news.change(title="Better News")
        await until(lambda: account.channel(news.id).title == "Better News", "the new title")
    storage = AccountStore(room.state_dir / "telegram" / "main.sqlite3")
    history = PeerCache("main", storage).history(news.id)
    storage.close()
    assert [(name.username, name.title) for name in history] == [
        ("example_news", "News"),
        ("better_news", "News"),
        ("better_news", "Better News"),
    ]
    assert history == sorted(history, key=lambda name: name.since)


async def test_each_fault_of_an_entry_has_a_name(
    account: Account, news: Channel, centre: DataCentre, person: accounts.Account
) -> None:
    world = centre.world
    world.add_channel("Open", "open_news")
    closed = world.add_channel("Closed", "closed_news", members=[person])
    banned = world.add_channel("Banned", "banned_news", members=[person])
    world.add_channel("Hidden", "hidden_news", members=[person], restriction="copyright")
    world.add_user("Somebody", "some_body")
    group = world.add_group("Group", members=[person])
    moved = world.add_group("Moved", members=[person])
    became = world.migrate(moved)
    for name in ("@closed_news", "@banned_news"):
        await account.resolve(entry(name))
    closed.change(is_private=True)
    closed.leave(person)
    banned.ban(person)
    states = {
        "@example_news": ("ok", "ok"),
        "@open_news": ("not_a_member", "not a member, so that posts are found by sweeps alone. Join it."),
        "@closed_news": ("private", "Join it with the account, or drop it from the list"),
        "@banned_news": ("banned", "account main was removed from it, or Telegram has closed it"),
        "@hidden_news": ("banned", "Telegram hides it on some platforms"),
        "@nobody_here": ("unknown", "no such name. Correct it, or drop it from the list"),
        "@some_body": ("unknown", "a person or bot, not a channel"),
        str(group.id): ("unknown", "a basic group, not a channel"),
        str(moved.id): ("migrated", f"has become channel {became.id}. Put that id into the list."),
    }
    for name, (state, words) in states.items():
        verdict = await account.verify(entry(name))
        assert verdict.state == state, name
        assert words in verdict.message, name


async def test_joining_makes_a_member(account: Account, centre: DataCentre, person: accounts.Account) -> None:
    channel = centre.world.add_channel("Open", "open_news")
    found = await account.resolve(entry("@open_news"))
    assert not found.is_member
    await account.join(found.channel.id)
    assert person in channel.members
    assert (await account.verify(entry("@open_news"))).state == "ok"
    person.channel_limit = 2
    other = centre.world.add_channel("Other", "other_news")
    await account.resolve(entry("@other_news"))
    with pytest.raises(ChannelUnavailableError, match="as many channels as Telegram allows"):
        await account.join(other.id)


async def test_the_discussion_group_of_a_channel_can_be_read(
    account: Account, news: Channel, centre: DataCentre
) -> None:
    assert await account.linked(news.id) is None
    group = centre.world.add_group_of(news)
    news.post("post", push=Push.LOST)
    found = await account.linked(news.id)
    assert found is not None
    assert (found.id, found.title) == (group.id, "News chat")
    page = await account.reader.newest(group.id, RequestPriority.SWEEP)
    assert len(page.entries) == 1


async def test_a_flood_wait_of_names_does_not_stop_what_is_known(
    account: Account, news: Channel, centre: DataCentre
) -> None:
    centre.faults.script(RESOLVE, flood(20_000))
    with pytest.raises(ReaderBusyError) as busy:
        await account.verify(entry("@another_name"))
    assert busy.value.wait_s == 20_000
    assert (await account.verify(entry("@example_news"))).state == "ok"


async def test_two_accounts_have_hashes_of_their_own(room: Newsroom, news: Channel, centre: DataCentre) -> None:
    other_person = centre.world.add_account()
    other_settings = AccountSettings(name="other")
    room.sign_in(other_person, other_settings)
    news.post("post", push=Push.LOST)
    news.join(other_person)
    async with room.account() as first, room.account(other_settings) as second:
        for account in (first, second):
            assert (await account.resolve(entry("@example_news"))).channel.id == news.id
            account.watch([news.id])
            assert len((await account.reader.newest(news.id, RequestPriority.SWEEP)).entries) == 1
        news.post("pushed to both")
        await until(lambda: room.received.posts == [(news.id, 2)] * 2, "both pushes")
        centre.drop_connections(other_person)
        await until(lambda: ("other", None) in room.received.gaps[2:], "the gap of one account alone")
        assert first.status().reconnects == 0


async def test_a_minimal_channel_teaches_nothing(account: Account, news: Channel) -> None:
    chat = types.Channel(
        id=news.id, title="?", photo=types.ChatPhotoEmpty(), date=None, min=True, access_hash=1, username=None
    )
    peers = account._peers
    known = peers.access_hash(news.id)
    peers.learn(chat)
    assert (peers.access_hash(news.id), peers.channel(news.id).title) == (known, "News")
