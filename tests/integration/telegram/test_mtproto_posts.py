"""What posts of the local data centre carry, as the real Telethon client sees it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telethon import errors, events
from telethon.errors import TypeNotFoundError
from telethon.tl import functions, types
from telethon.utils import get_input_location, get_peer_id

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.media import every_kind
from tests.support.mtproto_server.serialized import UNKNOWN
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until


@pytest.fixture
def reader(centre: DataCentre) -> Account:
    return centre.world.add_account()


@pytest.fixture
def news(centre: DataCentre, reader: Account) -> Channel:
    return centre.world.add_channel("News", "example_news", members=[reader])


@pytest.fixture
async def client(centre: DataCentre, reader: Account, news: Channel) -> AsyncIterator[Any]:
    async with centre.connected(reader) as connected:
        yield connected


def updates(client: Any) -> list[Any]:
    """Updates as they come."""
    kept: list[Any] = []

    async def keep(update: Any) -> None:
        kept.append(update)

    client.add_event_handler(keep, events.Raw)
    return kept


async def test_text_and_entities(client: Any, news: Channel) -> None:
    seen = updates(client)
    text = "🎉🎉 **bold** в конце"
    news.post(text, entities=[types.MessageEntityBold(5, 8), types.MessageEntityHashtag(0, 4)], post_author="Ann")
    await until(lambda: seen, "the post")
    message = seen[0].message
    assert (message.raw_text, message.post_author, message.post) == (text, "Ann", True)
    assert {word for _, word in message.get_entities_text()} == {"🎉🎉", "**bold**"}


async def test_edits_reactions_and_deletions(client: Any, news: Channel) -> None:
    seen = updates(client)
    first, second = news.post("one"), news.post("two")
    news.edit(first.id, "one and a half")
    news.react(first.id, {"👍": 3, "🔥": 1})
    news.delete(second.id)
    await until(lambda: len(seen) == 5, "the updates")
    edit, reaction, deletion = seen[2:]
    assert edit.message.message == reaction.message.message == "one and a half"
    assert (bool(edit.message.edit_hide), reaction.message.edit_hide) == (False, True)
    assert [(each.reaction.emoticon, each.count) for each in reaction.message.reactions.results] == [
        ("👍", 3),
        ("🔥", 1),
    ]
    assert (deletion.channel_id, deletion.messages) == (news.id, [2])


async def test_deletions_without_a_channel(centre: DataCentre, reader: Account, client: Any, news: Channel) -> None:
    seen = updates(client)
    news.post("one")
    centre.world.delete_privately(reader, 1, 2)
    await until(lambda: len(seen) == 2, "the updates")
    assert isinstance(seen[1], types.UpdateDeleteMessages)
    assert seen[1].messages == [1, 2]
    assert news.store.get(1) is not None
    missed = await client(functions.updates.GetDifferenceRequest(1, centre.world.now(), 0))
    assert missed.other_updates[0].messages == [1, 2]


async def test_albums_with_late_parts(centre: DataCentre, client: Any, news: Channel) -> None:
    seen = updates(client)
    photos = [types.MessageMediaPhoto(photo=centre.world.files.add(b"photo").photo()) for _ in range(3)]
    news.album([("caption", photos[0]), ("", photos[1]), ("", photos[2])], 77, [Push.NOW, Push.NOW, Push.HELD])
    await until(lambda: len(seen) == 2, "the first parts")
    centre.delivery.release()
    await until(lambda: len(seen) == 3, "the late part")
    assert {each.message.grouped_id for each in seen} == {77}


async def test_forwards_replies_and_service_messages(centre: DataCentre, client: Any, news: Channel) -> None:
    seen = updates(client)
    source = centre.world.add_channel("Source", "source_news")
    original = source.post("original")
    header = types.MessageFwdHeader(
        date=centre.world.now(), from_id=types.PeerChannel(source.id), channel_post=original.id
    )
    news.post("original", fwd_from=header)
    news.post("hidden", fwd_from=types.MessageFwdHeader(date=centre.world.now(), from_name="Somebody"))
    news.post("answer", reply_to=types.MessageReplyHeader(reply_to_msg_id=1))
    pinned = news.announce(types.MessageActionPinMessage())
    await until(lambda: len(seen) == 4, "the posts")
    pushed = [each.message for each in seen]
    assert seen[0]._entities[get_peer_id(pushed[0].fwd_from.from_id)].title == "Source"
    assert pushed[1].fwd_from.from_name == "Somebody"
    assert pushed[2].reply_to.reply_to_msg_id == 1
    fetched = await client.get_messages("example_news", ids=1)
    assert fetched.forward.chat.title == "Source"
    assert (seen[3].message.id, type(seen[3].message.action)) == (pinned.id, types.MessageActionPinMessage)


async def test_comments(centre: DataCentre, reader: Account, client: Any, news: Channel) -> None:
    group = centre.world.add_group_of(news, members=[reader])
    person = centre.world.add_user("Ann")
    group.post("unrelated", from_id=types.PeerUser(person.id))
    post = news.post("talk about this")
    news.comment(post.id, "first", person.id)
    news.comment(post.id, "second", person.id)
    full = await client(functions.channels.GetFullChannelRequest("example_news"))
    assert full.full_chat.linked_chat_id == group.id
    found = await client(functions.messages.GetDiscussionMessageRequest("example_news", post.id))
    assert found.messages[0].fwd_from.saved_from_msg_id == post.id
    comments = await client.get_messages("example_news", limit=10, reply_to=post.id)
    assert [(each.text, each.sender.first_name) for each in comments] == [("second", "Ann"), ("first", "Ann")]
    seen = await client(functions.messages.GetMessagesViewsRequest("example_news", [post.id], increment=False))
    assert seen.views[0].replies.replies == 2
    with pytest.raises(errors.MsgIdInvalidError):
        await client(functions.messages.GetDiscussionMessageRequest("example_news", 99))


async def test_every_kind_of_media(centre: DataCentre, client: Any, news: Channel) -> None:
    kinds = every_kind(centre.world.files)
    known = {name for name in dir(types) if name.startswith("MessageMedia")} - {"MessageMediaEmpty"}
    assert {type(each).__name__ for each in kinds.values()} == known
    for kind, media in kinds.items():
        news.post(kind, media=media)
    found = await client.get_messages("example_news", limit=100)
    sent = {kind: media._bytes() for kind, media in kinds.items()}
    assert {each.text: each.media._bytes() for each in found} == sent


async def test_files_are_fetched_by_a_fresh_reference(centre: DataCentre, client: Any, news: Channel) -> None:
    content = bytes(range(256)) * 3000
    file = centre.world.files.add(content)
    news.post("a film", media=types.MessageMediaDocument(document=file.document("video/mp4")))
    news.post("a photo", media=types.MessageMediaPhoto(photo=centre.world.files.add(b"small").photo()))
    photo, film = await client.get_messages("example_news", limit=2)
    assert await film.download_media(bytes) == content
    assert await photo.download_media(bytes) == b"small"
    centre.world.expire_references(file)
    _, location = get_input_location(film.media)
    with pytest.raises(errors.FileReferenceExpiredError):
        await client(functions.upload.GetFileRequest(location, 0, 4096))
    assert await film.download_media(bytes) == content, "Telethon asks for the message again"


async def test_a_post_that_no_client_can_read(client: Any, news: Channel) -> None:
    peer = await client.get_input_entity("example_news")
    news.post("readable")
    news.post("of a later layer", media=UNKNOWN)
    with pytest.raises(TypeNotFoundError):
        await client.get_messages(peer, limit=2)
    assert (await client.get_messages(peer, ids=1)).text == "readable"
