"""The local data centre against the real Telethon client: transport, faults, pushes."""

import asyncio
import contextlib
from random import Random
from typing import Any
from zlib import crc32

import pytest
from telethon import TelegramClient, errors, events
from telethon.errors import AuthKeyNotFound
from telethon.sessions import StringSession
from telethon.tl import functions

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push, PushFaults
from tests.support.mtproto_server.faults import DROP, DROP_AFTER, HANG, Chance, delay, flood, refuse
from tests.support.mtproto_server.server import API_HASH, API_ID, HOST, DataCentre
from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S

HISTORY = "messages.getHistory"


@pytest.fixture
def reader(centre: DataCentre) -> Account:
    return centre.world.add_account()


@pytest.fixture
def news(centre: DataCentre, reader: Account) -> Channel:
    channel = centre.world.add_channel("News", "example_news", members=[reader])
    channel.post("first", push=Push.LOST)
    return channel


def received(client: Any, kind: Any = events.NewMessage) -> list[int]:
    """Ids of the messages that a client's handler is given."""
    ids: list[int] = []

    async def keep(event: Any) -> None:
        ids.append(event.message.id)

    client.add_event_handler(keep, kind)
    return ids


async def last_id(client: Any) -> int:
    found: int = (await client.get_messages("example_news", limit=1))[0].id
    return found


async def test_a_handshake_gives_a_key_without_an_account(centre: DataCentre) -> None:
    async with centre.connected() as client:
        assert not await client.is_user_authorized()
        assert client.session.auth_key.key_id in centre.authorizations


async def test_a_stranger_is_turned_away_and_a_client_that_breaks_the_protocol_is_noted(centre: DataCentre) -> None:
    of_kafka = bytes.fromhex("00000031 0012 0003 00000001".replace(" ", ""))
    payload = b"\x01" * 8  # of a key that nobody knows
    packet = (len(payload) + 12).to_bytes(4, "little") + bytes(4) + payload
    packet += crc32(packet).to_bytes(4, "little")
    await said_to(centre, of_kafka)
    assert centre.errors == []
    await said_to(centre, packet + of_kafka)
    assert len(centre.errors) == 1
    centre.errors.clear()


async def said_to(centre: DataCentre, sent: bytes) -> None:
    """Connect, send bytes, and wait until the connection is ended."""
    stream, writer = await asyncio.open_connection(HOST, centre.port)
    writer.write(sent)
    with contextlib.suppress(ConnectionResetError):
        await stream.read()
    writer.close()


async def test_a_session_string_leads_to_the_account(centre: DataCentre, reader: Account) -> None:
    session = StringSession(centre.session_string(reader))
    client = TelegramClient(session, API_ID, API_HASH)
    await client.connect()
    assert (await client.get_me()).id == reader.id
    await client.disconnect()


async def test_answers_are_packed_and_sent_together(centre: DataCentre, reader: Account, news: Channel) -> None:
    for number in range(120):
        news.post(f"post {number} " + "word " * 50, push=Push.LOST)
    async with centre.connected(reader) as client:
        peer = await client.get_input_entity("example_news")
        # Telethon puts requests made at once into one container, and their answers come in one.
        pages = await asyncio.gather(*(client.get_messages(peer, limit=100, offset_id=i) for i in (0, 110, 60)))
    assert [len(page) for page in pages] == [100, 100, 59]


async def test_pushes_come_to_members_after_a_call_only(centre: DataCentre, reader: Account, news: Channel) -> None:
    stranger = centre.world.add_account()
    async with centre.connected(reader) as client, centre.connected(stranger) as other:
        ids, strange = received(client), received(other)
        news.post("second")
        await until(lambda: ids == [2], "the push")
        await client(functions.InvokeWithoutUpdatesRequest(functions.help.GetNearestDcRequest()))
        news.post("third")
        await last_id(client)
        news.post("fourth")
        await until(lambda: 4 in ids, "the push after the next call")
        assert centre.calls.count("updates.getChannelDifference") == 1, "the third was not pushed"
        assert strange == []


async def test_confirmed_messages_are_crossed_off(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader) as client:
        news.post("second")
        (connection,) = centre.connections
        before = set(connection.unacknowledged)
        await last_id(client)
        # Telethon confirms with its next request, in the packet ahead of it.
        await last_id(client)
        assert before
        assert not before & connection.unacknowledged


async def test_a_new_salt_and_a_wrong_clock_are_corrected(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader) as client:
        ids = received(client)
        centre.renew_salt()
        assert await last_id(client) == 1
        news.post("second")
        await until(lambda: ids == [2], "the push under the new salt")
    for skew_s in (1000.0, -1000.0):
        centre.clock_skew_s = skew_s
        async with centre.connected(reader) as client:
            assert await last_id(client) == 2
        async with centre.connected() as client:
            assert not await client.is_user_authorized()


async def test_scripted_faults_strike_once_each(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader, flood_sleep_threshold=0, raise_last_call_error=True) as client:
        await client.get_input_entity("example_news")
        for kind in ("FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT"):
            centre.faults.script(HISTORY, flood(3, kind))
            with pytest.raises(errors.FloodError) as caught:
                await last_id(client)
            assert caught.value.seconds == 3
        centre.faults.script(HISTORY, refuse(400, "SOMETHING_NEW"), account_id=reader.id)
        with pytest.raises(errors.BadRequestError, match="SOMETHING_NEW"):
            await last_id(client)
        centre.faults.script(HISTORY, DROP, DROP_AFTER, delay(0.05))
        assert await last_id(client) == 1
        assert await last_id(client) == 1
        assert centre.faults.is_known_over_budget
        assert centre.calls.count(HISTORY, reader) == 8


async def test_a_call_that_hangs_is_answered_after_a_reconnect(
    centre: DataCentre, reader: Account, news: Channel
) -> None:
    async with centre.connected(reader) as client:
        await client.get_input_entity("example_news")
        centre.faults.script(HISTORY, HANG)
        asking = asyncio.create_task(last_id(client))
        await until(lambda: centre.calls.count(HISTORY), "the call")
        assert (await client.get_me()).id == reader.id
        assert not asking.done()
        centre.drop_connections(reader)
        assert await asyncio.wait_for(asking, DEADLINE_S) == 1


async def test_limits_flood_an_account_that_calls_too_often(centre: DataCentre, reader: Account, news: Channel) -> None:
    centre.faults.limit(HISTORY, calls=2, within_s=6000)
    async with centre.connected(reader, flood_sleep_threshold=0) as client:
        await last_id(client)
        await last_id(client)
        with pytest.raises(errors.FloodWaitError) as caught:
            await last_id(client)
        assert 5000 <= caught.value.seconds <= 6000


async def test_chance_follows_its_seed(centre: DataCentre, reader: Account, news: Channel) -> None:
    async def struck() -> list[bool]:
        centre.faults.chance = Chance(Random(5), 0.5, [refuse(400, "BAD_LUCK")])
        outcomes = []
        for _ in range(12):
            try:
                await client(functions.updates.GetStateRequest())
                outcomes.append(False)
            except errors.BadRequestError:
                outcomes.append(True)
        centre.faults.chance = None
        return outcomes

    async with centre.connected(reader) as client:
        first = await struck()
        assert first == await struck()
        assert {True, False} == set(first)


async def test_pushes_are_lost_doubled_and_held(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader) as client:
        raw = received(client, events.Raw(types=None, func=lambda update: hasattr(update, "message")))
        news.post("a push in time tells the client where it is")
        await until(lambda: raw == [2], "the push")
        (connection,) = centre.connections
        before = len(connection.unacknowledged)
        news.post("twice", push=Push.TWICE)
        assert len(connection.unacknowledged) == before + 2
        news.post("later", push=Push.HELD)
        news.post("latest", push=Push.HELD)
        centre.delivery.release(reversed)
        await until(lambda: raw == [2, 3, 4, 5], "the pushes in order: Telethon sorts them")
        news.post("unreadable", push=Push.UNREADABLE)
        news.post("after a gap")
        await until(lambda: raw == [2, 3, 4, 5, 6, 7], "the difference that fills the gap")
        assert centre.calls.count("updates.getChannelDifference") == 1


async def test_pushes_swap_and_vanish_by_chance(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader) as client:
        ids = received(client)
        centre.delivery.faults = PushFaults(Random(2), lost=0.2, doubled=0.2, swapped=0.3)
        for number in range(40):
            news.post(str(number))
        centre.delivery.faults = PushFaults()
        news.post("last")
        await until(lambda: 42 in ids, "the last post")
        assert len(ids) == len(set(ids))


async def test_the_server_restarts_on_its_port(centre: DataCentre, reader: Account, news: Channel) -> None:
    async with centre.connected(reader, connection_retries=100) as client:
        ids, port = received(client), centre.port
        await centre.stop()
        news.post("while it is away")
        await centre.start()
        assert centre.port == port
        assert await last_id(client) == 2
        news.post("again")
        await until(lambda: 3 in ids, "a push after the restart")


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("SESSION_REVOKED", 401, errors.SessionRevokedError),
        ("AUTH_KEY_UNREGISTERED", 401, errors.AuthKeyUnregisteredError),
        ("AUTH_KEY_DUPLICATED", 406, errors.AuthKeyDuplicatedError),
    ],
)
async def test_sessions_end(
    centre: DataCentre, reader: Account, news: Channel, name: str, code: int, error: type[Exception]
) -> None:
    async with centre.connected(reader) as client:
        centre.revoke(reader, name, code)
        with pytest.raises(error):
            await last_id(client)


async def test_banned_accounts_and_forgotten_keys(centre: DataCentre, reader: Account, news: Channel) -> None:
    other = centre.world.add_account()
    async with centre.connected(reader) as client, centre.connected(other) as fine:
        reader.is_banned = True
        with pytest.raises(errors.UserDeactivatedBanError):
            await client(functions.updates.GetStateRequest())
        reader.is_banned = False
        centre.forget_keys(reader)
        with pytest.raises(AuthKeyNotFound):
            await client(functions.updates.GetStateRequest())
        with contextlib.suppress(AuthKeyNotFound):
            await client.disconnected
        assert await last_id(fine) == 1


async def test_what_the_server_lacks_is_its_own_error(reader: Account, centre: DataCentre) -> None:
    async with centre.connected(reader) as client:
        with pytest.raises(errors.BadRequestError, match="TEST_SERVER_BUG"):
            await client(functions.messages.GetAllDraftsRequest())
    (bug,) = centre.errors
    assert "messages.getAllDrafts" in str(bug)
    centre.errors.clear()
