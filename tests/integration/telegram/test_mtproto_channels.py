"""Channels of the local data centre: who sees them, their history and differences, through the real Telethon client."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telethon import errors, events
from telethon.tl import functions, types

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.faults import flood
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until

START = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
async def centre() -> AsyncIterator[DataCentre]:
    async with DataCentre(difference_limit=10, too_long=40) as running:
        yield running
        assert running.errors == []


@pytest.fixture
def reader(centre: DataCentre) -> Account:
    return centre.world.add_account()


@pytest.fixture
async def client(centre: DataCentre, reader: Account) -> AsyncIterator[Any]:
    async with centre.connected(reader) as connected:
        yield connected


@pytest.fixture
def news(centre: DataCentre, reader: Account) -> Channel:
    """250 posts, one an hour, of which every tenth is gone."""
    channel = centre.world.add_channel("News", "example_news", members=[reader])
    for hour in range(250):
        channel.post(f"post {hour + 1}", date=START + timedelta(hours=hour))
    channel.delete(*range(10, 251, 10))
    return channel


async def ids(client: Any, **bounds: Any) -> list[int]:
    return [message.id async for message in client.iter_messages("example_news", wait_time=0, **bounds)]


async def test_history_pages(client: Any, news: Channel) -> None:
    there = [number for number in range(1, 251) if number % 10]
    assert await ids(client) == there[::-1]
    assert await ids(client, reverse=True) == there
    assert await ids(client, reverse=True, min_id=15, max_id=22) == [16, 17, 18, 19, 21]
    assert await ids(client, min_id=15, max_id=22) == [21, 19, 18, 17, 16]
    assert await ids(client, limit=3, offset_id=100) == [99, 98, 97]
    assert await ids(client, limit=2, offset_date=START + timedelta(hours=100)) == [99, 98]
    assert await ids(client, limit=2, offset_date=START + timedelta(hours=101), reverse=True) == [102, 103]
    request = functions.messages.GetHistoryRequest
    page = await client(request("example_news", 100, None, -5, 500, max_id=103, min_id=0, hash=0))
    # Five from 100 upwards, of which three are above the bound, and ninety below: the bounds follow the slice.
    assert [message.id for message in page.messages] == [102, 101, *there[89::-1]]
    page = await client(request("example_news", 0, None, 0, 500, max_id=0, min_id=0, hash=0))
    assert (page.count, len(page.messages)) == (225, 100)


async def test_gone_messages_are_empty(client: Any, news: Channel) -> None:
    found = await client(functions.channels.GetMessagesRequest("example_news", [9, 10, 11]))
    assert [type(each) for each in found.messages] == [types.Message, types.MessageEmpty, types.Message]
    news.count(9, views=900, forwards=12)
    seen = await client(functions.messages.GetMessagesViewsRequest("example_news", [9, 10], increment=False))
    assert [(each.views, each.forwards) for each in seen.views] == [(900, 12), (None, None)]


async def test_channel_differences(client: Any, news: Channel) -> None:
    peer = await client.get_input_entity("example_news")
    start = news.log.pts

    async def difference(pts: int) -> Any:
        return await client(
            functions.updates.GetChannelDifferenceRequest(peer, types.ChannelMessagesFilterEmpty(), pts, limit=100)
        )

    assert isinstance(await difference(start), types.updates.ChannelDifferenceEmpty)
    for _ in range(15):
        news.post("new", push=Push.LOST)
    news.edit(260, "changed", push=Push.LOST)
    news.edit(249, "changed", push=Push.LOST)
    news.delete(251, 248, push=Push.LOST)
    part = await difference(start)
    # The limit counts events, of which the message that is gone by now had one.
    assert ([each.id for each in part.new_messages], bool(part.final)) == (list(range(252, 261)), False)
    rest = await difference(part.pts)
    assert [each.id for each in rest.new_messages] == [261, 262, 263, 264, 265]
    edits, deletion = rest.other_updates[:2], rest.other_updates[2]
    assert [each.message.id for each in edits] == [260, 249]
    assert (deletion.messages, deletion.pts_count, rest.final) == ([251, 248], 2, True)
    for _ in range(41):
        news.post("new", push=Push.LOST)
    long = await difference(start)
    assert isinstance(long, types.updates.ChannelDifferenceTooLong)
    assert (long.dialog.pts, long.dialog.top_message, long.messages[0].id) == (news.log.pts, 306, 306)
    for pts, error in ((0, errors.PersistentTimestampEmptyError), (10**6, errors.PersistentTimestampInvalidError)):
        with pytest.raises(error):
            await difference(pts)


async def test_account_difference_names_changed_channels(centre: DataCentre, client: Any, news: Channel) -> None:
    state = await client(functions.updates.GetStateRequest())
    news.post("new", push=Push.LOST)
    found = await client(functions.updates.GetDifferenceRequest(state.pts, state.date, state.qts))
    assert [each.channel_id for each in found.other_updates] == [news.id]
    later = centre.world.now() + timedelta(minutes=1)
    found = await client(functions.updates.GetDifferenceRequest(state.pts, later, state.qts))
    assert isinstance(found, types.updates.DifferenceEmpty)


async def test_usernames(centre: DataCentre, client: Any, news: Channel) -> None:
    world = centre.world
    assert (await client.get_entity("Example_News")).id == news.id
    person = world.add_user("Ann", "ann_example")
    assert (await client.get_entity("ann_example")).first_name == "Ann"
    assert person.id > 0
    for name, error in (("nobody_here", errors.UsernameNotOccupiedError), ("9lives", errors.UsernameInvalidError)):
        with pytest.raises(error):
            await client(functions.contacts.ResolveUsernameRequest(name))
    changes: list[Any] = []

    async def keep(update: Any) -> None:
        changes.append(update)

    client.add_event_handler(keep, events.Raw(types.UpdateChannel))
    news.change(username="other_news", title="Other news")
    await until(lambda: changes, "the change")
    with pytest.raises(errors.UsernameNotOccupiedError):
        await client(functions.contacts.ResolveUsernameRequest("example_news"))
    assert (await client.get_entity("other_news")).title == "Other news"
    news.change(username=None, collectibles=("shiny", "rare"))
    bought = await client.get_entity("rare")
    assert (bought.username, [each.username for each in bought.usernames]) == (None, ["shiny", "rare"])


async def test_access_hashes_are_of_one_account(centre: DataCentre, client: Any, news: Channel) -> None:
    other = centre.world.add_account()
    mine = await client.get_input_entity("example_news")
    async with centre.connected(other) as stranger:
        theirs = await stranger.get_input_entity("example_news")
        assert mine.access_hash != theirs.access_hash
        with pytest.raises(errors.ChannelInvalidError):
            await stranger.get_messages(mine)


async def test_channels_close(centre: DataCentre, reader: Account, client: Any, news: Channel) -> None:
    peer = await client.get_input_entity("example_news")
    news.leave(reader)
    news.change(is_private=True)
    with pytest.raises(errors.ChannelPrivateError):
        await client.get_messages(peer)
    with pytest.raises(errors.ChannelPrivateError):
        await client(functions.channels.GetChannelsRequest([peer]))
    news.ban(reader)
    with pytest.raises(errors.ChannelPrivateError):
        await client.get_messages(peer)
    (chat,) = (await client(functions.channels.GetChannelsRequest([peer]))).chats
    assert isinstance(chat, types.ChannelForbidden)
    open_one = centre.world.add_channel("Gone", "gone_news")
    gone = await client.get_input_entity("gone_news")
    open_one.change(is_gone=True)
    (chat,) = (await client(functions.channels.GetChannelsRequest([gone]))).chats
    assert isinstance(chat, types.ChannelForbidden)


async def test_membership(centre: DataCentre, reader: Account, client: Any) -> None:
    public = centre.world.add_channel("Public", "public_news")
    assert (await client.get_entity("public_news")).left
    await client(functions.channels.JoinChannelRequest("public_news"))
    assert not (await client.get_entity("public_news")).left
    received: list[str] = []

    async def keep(event: Any) -> None:
        received.append(event.raw_text)

    client.add_event_handler(keep, events.NewMessage)
    public.post("to members")
    await until(lambda: received == ["to members"], "the push")
    await client(functions.channels.LeaveChannelRequest("public_news"))
    with pytest.raises(errors.UserNotParticipantError):
        await client(functions.channels.LeaveChannelRequest("public_news"))
    reader.channel_limit = 0
    with pytest.raises(errors.ChannelsTooMuchError):
        await client(functions.channels.JoinChannelRequest("public_news"))


async def test_invitations(centre: DataCentre, client: Any) -> None:
    closed = centre.world.add_channel("Closed", is_private=True)
    closed.post("inside")
    invitation = centre.world.invite_to(closed)
    seen = await client(functions.messages.CheckChatInviteRequest(invitation))
    assert isinstance(seen, types.ChatInvite)
    joined = await client(functions.messages.ImportChatInviteRequest(invitation))
    (chat,) = joined.updates.chats
    assert (await client.get_messages(chat))[0].text == "inside"
    assert isinstance(await client(functions.messages.CheckChatInviteRequest(invitation)), types.ChatInviteAlready)
    for unknown, error in (("nothing_here", errors.InviteHashExpiredError), ("!", errors.InviteHashInvalidError)):
        with pytest.raises(error):
            await client(functions.messages.ImportChatInviteRequest(unknown))


async def test_dialogs_page(centre: DataCentre, reader: Account, client: Any) -> None:
    for number in range(230):
        channel = centre.world.add_channel(f"Channel {number}", members=[reader])
        channel.post("hello", date=START + timedelta(minutes=number // 3))
    centre.world.add_channel("Not mine").post("hello")
    dialogs = await client.get_dialogs()
    assert len({each.id for each in dialogs}) == len(dialogs) == 230
    assert dialogs[0].date == START + timedelta(minutes=76)


async def test_a_basic_group_migrates(centre: DataCentre, reader: Account, client: Any) -> None:
    group = centre.world.add_group("Small", members=[reader])
    received: list[Any] = []

    async def keep(update: Any) -> None:
        received.append(getattr(update.message, "action", None) or update.message.message)

    client.add_event_handler(keep, events.Raw([types.UpdateNewMessage, types.UpdateNewChannelMessage]))
    group.post("before")
    channel = centre.world.migrate(group)
    channel.post("after")
    expected = [
        "before",
        types.MessageActionChatMigrateTo(channel.id),
        types.MessageActionChannelMigrateFrom("Small", group.id),
        "after",
    ]
    await until(lambda: received == expected, "both sides of the migration")
    (chat,) = (await client(functions.messages.GetChatsRequest([group.id]))).chats
    assert (chat.deactivated, chat.migrated_to.channel_id) == (True, channel.id)
    assert [each.text for each in await client.get_messages(chat, limit=9)][-1] == "before"
    full = await client(functions.channels.GetFullChannelRequest(chat.migrated_to))
    assert full.full_chat.migrated_from_chat_id == group.id


async def test_takeout(centre: DataCentre, client: Any, news: Channel) -> None:
    centre.faults.script("account.initTakeoutSession", flood(86400, "TAKEOUT_INIT_DELAY"))
    with pytest.raises(errors.TakeoutInitDelayError) as caught:
        async with client.takeout(channels=True):
            pass
    assert caught.value.seconds == 86400
    centre.faults.limit("messages.getHistory", calls=0, within_s=60)
    async with client.takeout(channels=True) as takeout:
        assert [each.id async for each in takeout.iter_messages("example_news", limit=2)] == [249, 248]
    assert centre.calls.in_takeout["messages.getHistory"] == 1
    with pytest.raises(errors.TakeoutInvalidError):
        await client(functions.InvokeWithTakeoutRequest(1, functions.updates.GetStateRequest()))
