"""Pages and messages that an account reads at the local data centre, and what floods and failures do to it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from telethon.tl import types

from ingest.errors import (
    ChannelUnavailableError,
    ReaderBusyError,
    ReaderLostError,
)
from ingest.live_reader import AbsenceReason, AbsentMessage, Page, PostOrAbsence, RequestPriority
from ingest.telegram.account import Account
from runtime.settings.channel_list import ChannelEntry
from schemas import RawPost
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.faults import DROP, DROP_AFTER, GARBLE, HANG, delay, flood, refuse
from tests.support.mtproto_server.serialized import UNKNOWN, Serialized
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until
from tests.support.telegram.newsroom import HASTY_S, TIMEOUT_S, Newsroom

HISTORY, MESSAGES, RESOLVE = "messages.getHistory", "channels.getMessages", "contacts.resolveUsername"
NEWS = ChannelEntry(name="@example_news")


def fill(channel: Channel, posts: int) -> None:
    for number in range(posts):
        channel.post(f"post {number}", push=Push.LOST)


def spoil(channel: Channel, message_id: int) -> None:
    """Give a message a medium that no client knows."""
    message = channel.store[message_id].object()
    message.media = UNKNOWN
    channel.store.put(channel.store[message_id]._replace(body=Serialized(message._bytes())))


def ids(page: Page) -> list[int]:
    return [entry.message_id for entry in page.entries]


async def all_pages(account: Account, channel: Channel, after: int, up_to: int | None) -> list[PostOrAbsence]:
    """As a collector walks: each page from the end of the one before, until one is empty."""
    found: list[PostOrAbsence] = []
    while True:
        page = await account.reader.history(channel.id, after, up_to, RequestPriority.GAP)
        assert page.first == after + 1
        found += page.entries
        if not page.entries:
            assert page.last == (after if up_to is None else up_to)
            return found
        after = page.last


async def test_the_newest_page_shows_from_where_it_is_whole(account: Account, news: Channel) -> None:
    assert await account.reader.newest(news.id, RequestPriority.SWEEP) == Page((), 1, 0)
    fill(news, 3)
    news.delete(1)
    page = await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert (ids(page), page.first, page.last) == ([2, 3], 1, 3)
    fill(news, 200)
    page = await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert (len(page.entries), page.first, page.last) == (100, 104, 203)


async def test_history_walks_through_everything_in_order(account: Account, news: Channel) -> None:
    fill(news, 250)
    news.delete(1, 100, 101, 102, 250)
    walked = await all_pages(account, news, 0, None)
    assert [entry.message_id for entry in walked] == [*range(2, 100), *range(103, 250)]
    assert [entry.message_id for entry in await all_pages(account, news, 90, 110)] == [
        *range(91, 100),
        *range(103, 111),
    ]
    assert await all_pages(account, news, 249, 260) == []


async def test_posts_know_their_channel_and_the_origin_of_a_forward(
    account: Account, news: Channel, centre: DataCentre
) -> None:
    other = centre.world.add_channel("Wire", "wire")
    news.post(
        "passed on",
        push=Push.LOST,
        fwd_from=types.MessageFwdHeader(date=1_700_000_000, from_id=types.PeerChannel(other.id), channel_post=9),
    )
    (post,) = (await account.reader.newest(news.id, RequestPriority.SWEEP)).entries
    assert isinstance(post, RawPost)
    assert (post.channel.username, post.channel.title, post.source.name) == ("example_news", "News", "main")
    assert post.forward is not None
    assert (post.forward.channel_id, post.forward.channel_username) == (other.id, "wire")


async def test_single_messages_come_in_the_order_asked(account: Account, news: Channel) -> None:
    fill(news, 5)
    news.delete(2)
    news.announce(types.MessageActionChatEditTitle("Newer"), push=Push.LOST)
    found = await account.reader.get(news.id, [6, 5, 2, 1, 99], RequestPriority.REFETCH)
    assert [entry.message_id for entry in found] == [6, 5, 2, 1, 99]
    assert found[0] == AbsentMessage(6, AbsenceReason.SERVICE)
    assert found[2] == AbsentMessage(2, AbsenceReason.NOT_RETURNED)
    assert found[4] == AbsentMessage(99, AbsenceReason.NOT_RETURNED)


@pytest.mark.parametrize("spoilt", [(120,), (7, 8, 60), (250,), (249, 250)])
async def test_unreadable_messages_are_separated_from_the_rest(
    account: Account, news: Channel, spoilt: tuple[int, ...]
) -> None:
    fill(news, 250)
    news.delete(30)
    for each in spoilt:
        spoil(news, each)
    walked = {entry.message_id: entry for entry in await all_pages(account, news, 0, 250)}
    assert sorted(walked) == [each for each in range(1, 251) if each != 30]
    assert [each for each, entry in walked.items() if isinstance(entry, AbsentMessage)] == list(spoilt)
    newest = await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert newest.last == 250
    assert [entry for entry in newest.entries if isinstance(entry, AbsentMessage)] == [
        AbsentMessage(each, AbsenceReason.UNREADABLE) for each in spoilt if each >= newest.first
    ]


@pytest.mark.parametrize("method", [HISTORY, MESSAGES])
@pytest.mark.parametrize("kind", ["FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT"])
async def test_a_flood_wait_blocks_one_method_alone(
    account: Account, room: Newsroom, news: Channel, method: str, kind: str
) -> None:
    fill(news, 1)

    async def ask() -> None:
        if method == HISTORY:
            await account.reader.newest(news.id, RequestPriority.GAP)
        else:
            await account.reader.get(news.id, [1], RequestPriority.GAP)

    async def ask_otherwise() -> None:
        if method == MESSAGES:
            await account.reader.newest(news.id, RequestPriority.GAP)
        else:
            await account.reader.get(news.id, [1], RequestPriority.GAP)

    room.centre.faults.script(method, flood(3000, kind))
    before = room.centre.calls.counts[(7001, method)]
    for _ in range(3):
        with pytest.raises(ReaderBusyError) as busy:
            await ask()
        assert 2000 < busy.value.wait_s <= 3000
    assert room.centre.calls.counts[(7001, method)] == before + 1
    await ask_otherwise()
    assert room.value("flood_seconds_total", method=method) == 3000
    assert room.value("flood_until_timestamp_seconds", method=method) == pytest.approx(time.time() + 3000, abs=1000)
    assert list(account.status().floods) == [method]


async def test_a_flood_wait_is_remembered_over_a_restart(room: Newsroom, news: Channel) -> None:
    room.centre.faults.script(HISTORY, flood(3000))
    for _ in range(2):
        async with room.account() as account:
            await account.resolve(NEWS)
            with pytest.raises(ReaderBusyError):
                await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert room.centre.calls.counts[(7001, HISTORY)] == 1


async def test_a_flood_wait_ends(account: Account, room: Newsroom, news: Channel) -> None:
    room.centre.faults.script(HISTORY, flood(1))
    with pytest.raises(ReaderBusyError) as busy:
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    await asyncio.sleep(busy.value.wait_s)
    await account.reader.newest(news.id, RequestPriority.SWEEP)


@pytest.mark.parametrize("request_timeout_s", [HASTY_S])
async def test_a_request_that_hangs_is_given_up(account: Account, room: Newsroom, news: Channel) -> None:
    room.centre.faults.script(HISTORY, HANG)
    began = time.monotonic()
    with pytest.raises(ReaderLostError, match="no answer within 6 s"):
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert HASTY_S <= time.monotonic() - began < TIMEOUT_S
    await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert room.value("requests_total", method=HISTORY, outcome="lost") == 1


@pytest.mark.parametrize("fault", [DROP, DROP_AFTER, GARBLE])
async def test_a_connection_that_breaks_in_mid_request_is_reported_at_once(
    account: Account, room: Newsroom, news: Channel, fault: object
) -> None:
    room.centre.faults.script(HISTORY, fault)  # type: ignore[arg-type]
    with pytest.raises(ReaderLostError) as lost:
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert "no answer within" not in str(lost.value)
    await until(lambda: account.status().is_connected, "the next connection")
    await account.reader.newest(news.id, RequestPriority.SWEEP)


async def test_a_request_that_was_never_sent_ends_with_the_connection(
    account: Account, room: Newsroom, news: Channel
) -> None:
    """Telethon leaves those waiting that were queued while the connection broke.

    The words depend on who notices first: the account that lost its connection, or the request.
    """
    account._client._sender._send_loop_handle.cancel()  # type: ignore[union-attr]
    asking = asyncio.create_task(account.reader.newest(news.id, RequestPriority.SWEEP))
    await asyncio.sleep(0)
    room.centre.drop_connections()
    with pytest.raises(ReaderLostError) as lost:
        await asking
    assert "no answer within" not in str(lost.value)


@pytest.mark.parametrize(
    ("code", "name"), [(500, "RPC_CALL_FAIL"), (-503, "Timeout"), (500, "WORKER_BUSY_TOO_LONG_RETRY")]
)
async def test_trouble_of_telegrams_own_is_no_fault_of_the_channel(
    account: Account, room: Newsroom, news: Channel, code: int, name: str
) -> None:
    room.centre.faults.script(HISTORY, refuse(code, name))
    with pytest.raises(ReaderLostError):
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    await account.reader.newest(news.id, RequestPriority.SWEEP)


async def test_a_late_answer_is_taken(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 1)
    room.centre.faults.script(HISTORY, delay(0.5))
    assert len((await account.reader.newest(news.id, RequestPriority.SWEEP)).entries) == 1


async def test_a_channel_that_turns_private_in_mid_sweep_stops_nothing_else(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    other = room.centre.world.add_channel("Other", "other_news", members=[person])
    await account.resolve(ChannelEntry(name="@other_news"))
    fill(news, 150)
    fill(other, 1)
    page = await account.reader.history(news.id, 0, None, RequestPriority.SWEEP)
    news.change(is_private=True)
    news.leave(person)
    with pytest.raises(ChannelUnavailableError, match=r"channel @example_news \(1000001\): private.*Join it") as gone:
        await account.reader.history(news.id, page.last, None, RequestPriority.SWEEP)
    assert gone.value.state == "private"
    assert ids(await account.reader.newest(other.id, RequestPriority.SWEEP)) == [1]
    news.change(is_private=False)
    assert ids(await account.reader.history(news.id, page.last, None, RequestPriority.SWEEP))[-1] == 150


async def test_an_access_hash_of_no_use_is_renewed_once(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 2)
    room.centre.faults.script(HISTORY, refuse(400, "CHANNEL_INVALID"))
    resolved = room.centre.calls.counts[(7001, RESOLVE)]
    assert ids(await account.reader.newest(news.id, RequestPriority.SWEEP)) == [1, 2]
    assert room.centre.calls.counts[(7001, RESOLVE)] == resolved + 1
    room.centre.faults.script(HISTORY, refuse(400, "CHANNEL_INVALID"))
    with pytest.raises(ChannelUnavailableError) as gone:
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert gone.value.state == "invalid"
    assert room.centre.calls.counts[(7001, RESOLVE)] == resolved + 1


async def test_a_takeout_reads_with_limits_of_its_own(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 120)
    room.centre.faults.script(HISTORY, flood(60))
    with pytest.raises(ReaderBusyError):
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    takeout = account.takeout_reader()
    page = await takeout.history(news.id, 0, None, RequestPriority.BACKFILL)
    page = await takeout.history(news.id, page.last, None, RequestPriority.BACKFILL)
    assert page.last == 120
    assert room.centre.calls.in_takeout[HISTORY] == 2
    assert room.centre.calls.counts[(7001, "account.initTakeoutSession")] == 1
    await account.finish_takeout()
    await account.finish_takeout()
    assert room.centre.calls.counts[(7001, "account.finishTakeoutSession")] == 1


async def test_a_takeout_that_telegram_ended_is_begun_again(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 1)
    takeout = account.takeout_reader()
    await takeout.newest(news.id, RequestPriority.BACKFILL)
    for authorization in room.centre.authorizations.values():
        authorization.takeout_id = None
    with pytest.raises(ReaderLostError, match="takeout"):
        await takeout.newest(news.id, RequestPriority.BACKFILL)
    assert ids(await takeout.newest(news.id, RequestPriority.BACKFILL)) == [1]


async def test_a_takeout_may_have_to_wait_a_day(account: Account, room: Newsroom, news: Channel) -> None:
    room.centre.faults.script("account.initTakeoutSession", flood(86_400, "TAKEOUT_INIT_DELAY"))
    takeout = account.takeout_reader()
    for _ in range(2):
        with pytest.raises(ReaderBusyError) as busy:
            await takeout.newest(news.id, RequestPriority.BACKFILL)
        assert busy.value.wait_s == pytest.approx(86_400, abs=1000)
    await account.reader.newest(news.id, RequestPriority.SWEEP)


async def test_urgent_requests_pass_those_that_can_wait(
    centre: DataCentre, person: accounts.Account, news: Channel, tmp_path: Path
) -> None:
    fill(news, 1)
    room = Newsroom(centre, tmp_path, requests_per_s=10.0)
    room.sign_in(person)
    done: list[str] = []

    async def ask(priority: RequestPriority) -> None:
        await account.reader.newest(news.id, priority)
        done.append(priority.name)

    async with room.account() as account:
        await account.resolve(NEWS)
        began = time.monotonic()
        order = [
            RequestPriority.BACKFILL,
            RequestPriority.REFETCH,
            RequestPriority.SWEEP,
            RequestPriority.GAP,
            RequestPriority.GAP,
        ]
        await asyncio.gather(*(ask(each) for each in order))
        assert done == ["GAP", "GAP", "SWEEP", "REFETCH", "BACKFILL"]
        assert time.monotonic() - began > 0.2


def nothing(answer: Any) -> None:
    answer.messages = []


def first_half(answer: Any) -> None:
    answer.messages = answer.messages[: len(answer.messages) // 2]


def last_half(answer: Any) -> None:
    answer.messages = answer.messages[len(answer.messages) // 2 :]


def all_but_one(answer: Any) -> None:
    middle = len(answer.messages) // 3
    answer.messages = [*answer.messages[:middle], *answer.messages[middle + 1 :]]


@pytest.mark.parametrize("fault", [nothing, first_half, last_half, all_but_one])
async def test_one_wrong_answer_loses_no_post(account: Account, room: Newsroom, news: Channel, fault: Any) -> None:
    fill(news, 260)
    news.delete(7, 8, 150, *range(190, 195), 260)
    wanted = sorted(news.store.ids)
    for number in range(4):
        room.centre.calls.alterations[HISTORY].clear()
        room.centre.calls.alterations[HISTORY].extend([lambda _: None] * number + [fault])
        found, after = [], 0
        while after < 260:
            try:
                page = await account.reader.history(news.id, after, 260, RequestPriority.GAP)
            except ReaderLostError:
                continue
            assert page.last > after
            found += ids(page)
            after = page.last
        assert found == wanted, f"answer {number}"


async def test_one_answer_without_a_message_deletes_none(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 5)
    room.centre.calls.alterations["channels.getMessages"].append(all_but_one)
    found = await account.reader.get(news.id, range(1, 6), RequestPriority.REFETCH)
    assert not [entry for entry in found if isinstance(entry, AbsentMessage)]


async def test_one_empty_answer_does_not_make_a_channel_empty(account: Account, room: Newsroom, news: Channel) -> None:
    fill(news, 5)
    room.centre.calls.alterations[HISTORY].append(nothing)
    with pytest.raises(ReaderLostError, match="came empty"):
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert ids(await account.reader.newest(news.id, RequestPriority.SWEEP)) == [1, 2, 3, 4, 5]


async def test_the_newest_message_before_a_moment_is_found(account: Account, news: Channel) -> None:
    def day(number: int) -> datetime:
        return datetime(2024, 1, number, tzinfo=UTC)

    async def before(moment: datetime) -> int:
        return await account.reader.before(news.id, moment, RequestPriority.BACKFILL)

    assert await before(day(1)) == 0
    for number in range(1, 6):
        news.post(f"post {number}", push=Push.LOST, date=day(number))
    news.delete(3)
    found = [await before(day(number)) for number in (1, 2, 3, 4, 5, 6)]
    assert found == [0, 1, 2, 2, 4, 5]
    assert await before(day(2) + timedelta(seconds=1)) == 2
    spoil(news, 4)
    assert await before(day(5)) == 2
