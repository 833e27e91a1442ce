"""An account's life at the local data centre: what breaks it, what it reports then, and how it comes back."""

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import pytest
import structlog
from pydantic import SecretStr

from ingest.errors import AccountError, ReaderLostError
from ingest.live_reader import RequestPriority
from ingest.telegram import account as account_module
from ingest.telegram.account import Account
from runtime.errors import StateError
from runtime.redaction import redact
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.telegram import AccountSettings
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import CLOSE, DROP, GARBLE, HANG, flood, refuse
from tests.support.mtproto_server.server import DataCentre
from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S
from tests.support.telegram.newsroom import HASTY_S, Newsroom
from tests.support.telegram.socks import SocksProxy

NEWS = ChannelEntry(name="@example_news")


async def is_reading(account: Account, channel: Channel) -> None:
    """Pushes arrive, and requests are answered."""
    received = account._updates._listener
    stored = channel.post("is it there?")
    await until(lambda: (channel.id, stored.id) in received.posts, "a push")  # type: ignore[attr-defined]
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            assert (await account.reader.newest(channel.id, RequestPriority.GAP)).last == stored.id
        except ReaderLostError:  # a hasty request, on a busy machine
            assert time.monotonic() < deadline
        else:
            return


async def test_each_connection_is_hinted_as_a_gap(account: Account, room: Newsroom, news: Channel) -> None:
    assert room.received.gaps == [("main", None)]
    assert room.value("connected") == 1
    room.centre.drop_connections()
    await until(lambda: len(room.received.gaps) == 2, "the second connection")
    assert room.received.gaps == [("main", None)] * 2
    await is_reading(account, news)
    status = account.status()
    assert (status.is_connected, status.reconnects, status.error, status.watched) == (True, 1, None, 1)
    assert room.value("reconnects_total") == 1


async def test_a_data_centre_that_goes_away_is_waited_for(account: Account, room: Newsroom, news: Channel) -> None:
    await room.centre.stop()
    await until(lambda: not account.status().is_connected, "the end of the connection")
    with pytest.raises(ReaderLostError):
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert "the connection ended" in (account.status().error or "")
    await room.centre.start()
    await until(lambda: account.status().is_connected, "the next connection")
    await is_reading(account, news)


async def test_an_outage_of_telegram_is_logged_when_it_begins_and_when_it_ends(
    account: Account, room: Newsroom
) -> None:
    with structlog.testing.capture_logs() as said:
        await room.centre.stop()
        await until(lambda: "connecting" in (account.status().error or ""), "a try that fails")
        await room.centre.start()
        await until(lambda: account.status().is_connected, "the next connection")
    assert [line["event"] for line in said] == ["account not connected", "account connected again"]


@pytest.mark.parametrize("request_timeout_s", [HASTY_S])
async def test_a_connection_that_only_seems_to_be_there_is_found_out(
    room: Newsroom, news: Channel, tmp_path: Path
) -> None:
    async with SocksProxy("user", "pa:ss@word") as proxy:
        url = SecretStr(f"socks5://user:pa%3Ass%40word@127.0.0.1:{proxy.port}")
        async with room.account(AccountSettings(proxy=url)) as account:
            await account.resolve(NEWS)
            account.watch([news.id])
            await is_reading(account, news)
            proxy.is_silent = True
            await until(lambda: not account.status().is_connected, "the ping to fail")
            proxy.is_silent = False
            await until(lambda: account.status().is_connected, "the next connection")
            await is_reading(account, news)
            assert proxy.connections > 1


async def test_a_proxy_that_refuses_is_reported_without_its_password(room: Newsroom) -> None:
    async with SocksProxy("user", "right") as proxy:
        url = SecretStr(f"socks5://user:wrong-secret@127.0.0.1:{proxy.port}")
        with pytest.raises(ReaderLostError) as lost:
            async with room.account(AccountSettings(proxy=url)):
                pass
    assert "wrong-secret" not in str(lost.value)
    with pytest.raises(AccountError, match=r"proxy is not socks5://") as wrong:
        async with room.account(AccountSettings(proxy=SecretStr("ftp://user:wrong-secret@localhost"))):
            pass
    assert "wrong-secret" not in str(wrong.value)


@pytest.mark.parametrize("request_timeout_s", [HASTY_S])
@pytest.mark.parametrize("fault", [HANG, DROP, CLOSE, GARBLE, flood(1)])
@pytest.mark.parametrize("method", ["help.getConfig", "users.getUsers"])
async def test_trouble_while_connecting_is_got_over(room: Newsroom, news: Channel, fault: object, method: str) -> None:
    room.centre.faults.script(method, fault)  # type: ignore[arg-type]
    account = room.account()
    running = asyncio.create_task(account.run())
    await until(lambda: account.status().is_connected, "a connection")
    account.stop()
    await running


async def test_a_new_salt_loses_nothing(account: Account, room: Newsroom, news: Channel) -> None:
    for _ in range(3):
        room.centre.renew_salt()
        await is_reading(account, news)
    assert account.status().reconnects == 0


@pytest.mark.parametrize("skew_s", [-7200.0, 7200.0])
async def test_a_clock_that_is_wrong_does_no_harm(room: Newsroom, news: Channel, skew_s: float) -> None:
    room.centre.clock_skew_s = skew_s
    async with room.account() as account:
        await account.resolve(NEWS)
        account.watch([news.id])
        await is_reading(account, news)


async def test_a_clock_that_jumps_is_got_over(account: Account, room: Newsroom, news: Channel) -> None:
    room.centre.clock_skew_s = 3600.0
    news.post("Telethon drops this: it seems to be an hour too new")
    await until(lambda: len(room.received.gaps) == 2, "the hint that something was dropped")
    assert room.received.gaps[-1] == ("main", None)
    assert room.received.posts == []
    assert (await account.reader.newest(news.id, RequestPriority.GAP)).last == 1
    await is_reading(account, news)
    assert account.status().reconnects == 0


Break = Callable[[DataCentre, accounts.Account], None]


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (lambda centre, person: centre.revoke(person), "signed_out", "ended from another device. Sign in again"),
        (
            lambda centre, person: centre.revoke(person, "AUTH_KEY_UNREGISTERED"),
            "signed_out",
            "signed out by Telegram. Sign in again: tgwire login",
        ),
        (lambda centre, person: centre.duplicate_keys(person), "signed_out", "used from two places at once"),
        (lambda centre, person: setattr(person, "is_banned", True), "banned", "Telegram has banned the account"),
    ],
)
async def test_the_error_of_a_refused_account_explains_what_to_do(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account, fault: Break, state: str, words: str
) -> None:
    fault(room.centre, person)
    with pytest.raises(AccountError, match="account main: ") as refused:
        await account.reader.newest(news.id, RequestPriority.SWEEP)
    assert refused.value.state == state
    assert words in str(refused.value)
    await until(lambda: not account.status().is_connected, "the end of the connection")
    assert isinstance(account.error, AccountError)
    with pytest.raises(AccountError, match="account main: "):
        await account.reader.newest(news.id, RequestPriority.SWEEP)


async def test_a_key_that_telegram_forgot_means_signed_out(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    room.centre.forget_keys(person)
    room.centre.drop_connections()
    await until(lambda: isinstance(account.error, AccountError), "the refusal")
    assert account.error.state == "signed_out"  # type: ignore[union-attr]
    assert "Telegram does not know the session's key any more" in str(account.error)


async def test_an_application_that_telegram_does_not_know(room: Newsroom) -> None:
    room.centre.faults.script("help.getConfig", refuse(400, "CONNECTION_API_ID_INVALID"))
    with pytest.raises(AccountError, match=r"does not know telegram\.api_id") as refused:
        async with room.account():
            pass
    assert refused.value.state == "wrong_api_id"
    room.settings = room.settings.model_copy(update={"api_hash": None})
    with pytest.raises(AccountError, match=r"telegram\.api_id and telegram\.api_hash are not set"):
        async with room.account():
            pass


async def test_an_account_comes_back_when_the_operator_has_acted(
    room: Newsroom, news: Channel, person: accounts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "ACCOUNT_PAUSE_S", 0.1)
    async with room.account() as account:
        await account.resolve(NEWS)
        account.watch([news.id])
        room.centre.revoke(person)
        with pytest.raises(AccountError):
            await account.reader.newest(news.id, RequestPriority.SWEEP)
        await until(lambda: not account.status().is_connected, "the end of the connection")
        (room.state_dir / "sessions" / "main.session").unlink()
        await until(lambda: "not signed in. Sign in: tgwire login" in (account.status().error or ""), "the way out")
        room.sign_in(person)
        await until(lambda: account.status().is_connected, "the account to be back")
        await is_reading(account, news)


async def test_a_connection_that_is_closed_in_order_is_lost_like_any_other(
    account: Account, news: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = asyncio.get_running_loop().create_future()
    closed.set_exception(asyncio.IncompleteReadError(b"", 8))  # by timing Telethon gives this one or an OSError
    monkeypatch.setattr(account._requests.client._sender, "send", lambda _: closed)
    with pytest.raises(ReaderLostError):
        await account.reader.newest(news.id, RequestPriority.SWEEP)


async def test_a_session_file_that_takes_nothing_for_a_while_ends_no_account(
    account: Account, room: Newsroom, news: Channel
) -> None:
    """As on a full disk, or while somebody copies it: how far updates were handled is only not noted."""
    account._requests.client.session._conn.execute("PRAGMA query_only = 1")
    with structlog.testing.capture_logs() as said:
        room.centre.drop_connections()
        await until(lambda: account.status().reconnects >= 1, "the next connection")
    await is_reading(account, news)
    assert [line["event"] for line in said if "problem" in line] == [
        "session not saved: what was pushed last is fetched again"
    ]


async def test_a_session_file_that_takes_no_export_session_is_reported(account: Account) -> None:
    session = account._requests.client.session
    session._conn.execute("PRAGMA query_only = 1")
    with pytest.raises(StateError, match=r"main\.session: cannot be written \(attempt to write a readonly database\)"):
        session.takeout_id = 7


async def test_a_channel_that_another_account_looked_up_is_learnt_from_its_pushes(
    account: Account, room: Newsroom, news: Channel
) -> None:
    other = AccountSettings(name="other")
    other_person = room.centre.world.add_account()
    news.join(other_person)
    room.sign_in(other_person, other)
    async with room.account(other) as second:
        second.watch([news.id])
        assert not second.reader.reads(news.id)
        await until(lambda: news.post("hello") and second.reader.reads(news.id), "the access hash")
        assert second.channel(news.id) == account.channel(news.id)
        await is_reading(second, news)


async def test_one_account_in_trouble_leaves_the_other_alone(
    account: Account, room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    other = AccountSettings(name="other")
    other_person = room.centre.world.add_account()
    news.join(other_person)
    room.sign_in(other_person, other)
    async with room.account(other) as second:
        await second.resolve(NEWS)
        second.watch([news.id])
        room.centre.revoke(other_person)
        with pytest.raises(AccountError):
            await second.reader.newest(news.id, RequestPriority.SWEEP)
        await until(lambda: not second.status().is_connected, "the end of the connection")
        await is_reading(account, news)


async def test_a_session_is_used_by_one_process(account: Account, room: Newsroom) -> None:
    with pytest.raises(AccountError, match=rf"in use by another process \(pid {os.getpid()}\)") as refused:
        async with room.account():
            pass
    assert refused.value.state == "in_use"
    words = str(refused.value)
    assert redact(None, "", {"error": words}) == {"error": words}


async def test_a_process_that_is_killed_leaves_no_lock(room: Newsroom) -> None:
    lock = room.state_dir / "sessions" / "main.session.lock"
    holding = (
        "import fcntl, os, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
        "file.write(str(os.getpid())); file.flush(); print('held', flush=True); time.sleep(600)"
    )
    with Popen([executable, "-S", "-c", holding, str(lock)], stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(AccountError, match=rf"in use by another process \(pid {process.pid}\)"):
            async with room.account():
                pass
        process.kill()
    async with room.account() as account:
        assert account.status().is_connected


async def test_what_is_kept_of_an_account_is_its_owners_alone(account: Account, room: Newsroom) -> None:
    modes = {each.relative_to(room.state_dir): stat.S_IMODE(each.stat().st_mode) for each in room.state_dir.rglob("*")}
    assert {Path("sessions"), Path("sessions/main.session"), Path("telegram/main.sqlite3")} <= set(modes)
    for path, mode in modes.items():
        assert mode == (0o700 if (room.state_dir / path).is_dir() else 0o600), path


async def test_nobody_whom_the_account_meets_is_written_down(
    room: Newsroom, news: Channel, person: accounts.Account
) -> None:
    group = room.centre.world.add_group_of(news, members=[person])
    writer = room.centre.world.add_user("Somebody", "some_body")
    async with room.account() as account:
        await account.resolve(NEWS)
        await account.linked(news.id)
        account.watch([group.id])
        comment = news.comment(news.post("post").id, "comment", writer.id)
        await until(lambda: (group.id, comment.id) in room.received.posts, "the comment")
        assert (await account.reader.newest(group.id, RequestPriority.SWEEP)).last == comment.id
    for path in room.state_dir.rglob("*"):
        assert path.is_dir() or b"some_body" not in path.read_bytes()


async def test_an_invalid_session_file_is_reported(room: Newsroom) -> None:
    path = room.state_dir / "sessions" / "main.session"
    path.write_bytes(b"no session at all" * 100)
    with pytest.raises(AccountError, match="not a usable session file") as refused:
        async with room.account():
            pass
    assert refused.value.state == "settings"


async def test_a_connection_that_breaks_again_and_again_is_not_hammered(account: Account, room: Newsroom) -> None:
    began, connections, broken = time.monotonic(), 0, -1
    while connections < 2 or time.monotonic() - began < 1.5:
        status = account.status()
        if status.is_connected and status.reconnects != broken:
            connections, broken = connections + 1, status.reconnects
            room.centre.drop_connections()
        await asyncio.sleep(0.005)
    assert connections <= 4 * (time.monotonic() - began)


async def test_a_stop_does_not_wait_for_a_network_that_is_away(room: Newsroom) -> None:
    patient = Newsroom(room.centre, room.state_dir, request_timeout_s=600.0)
    async with SocksProxy("user", "password") as proxy:
        proxy.is_silent = True
        account = patient.account(AccountSettings(proxy=SecretStr(f"socks5://user:password@127.0.0.1:{proxy.port}")))
        running = asyncio.create_task(account.run())
        await until(lambda: proxy.connections == 1, "the connection to begin")
        account.stop()
        await asyncio.wait_for(running, DEADLINE_S)
