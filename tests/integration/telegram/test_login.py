"""Signing in and out at the local data centre, with a person who answers as the test asks."""

import asyncio
import logging
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from telethon.network import authenticator

from ingest.errors import AccountError, LoginError, ReaderLostError
from ingest.telegram.login import log_out, login
from ingest.telegram.net.session import SessionLock, export_session, import_session
from ingest.telegram.net.session_path import session_path
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.telegram import AccountSettings
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import flood, refuse
from tests.support.mtproto_server.handshake import DH_PRIME, GENERATOR, KEY_BYTES, public_key
from tests.support.mtproto_server.server import API_HASH, DataCentre
from tests.support.telegram.newsroom import Newsroom

PHONE, CODE, PASSWORD = "+9996612345", "24680", "correct horse"


class Person:
    """Gives the answers in turn; keeps what was reported as wrong."""

    def __init__(
        self, *, phones: tuple[str, ...] = (PHONE,), codes: tuple[str, ...] = (CODE,), passwords: tuple[str, ...] = ()
    ) -> None:
        self._phones, self._codes, self._passwords = iter(phones), iter(codes), iter(passwords)
        self.problems: list[str] = []
        self.sent_by: str | None = None

    async def phone(self, problem: str | None) -> str:
        return self._next(self._phones, problem)

    async def code(self, sent_by: str, problem: str | None) -> str:
        self.sent_by = sent_by
        return self._next(self._codes, problem)

    async def password(self, hint: str | None, problem: str | None) -> str:
        return self._next(self._passwords, problem)

    def _next(self, answers: Iterator[str], problem: str | None) -> str:
        if problem is not None:
            self.problems.append(problem)
        return next(answers)


@pytest.fixture
def owner(centre: DataCentre) -> accounts.Account:
    return centre.world.add_account(PHONE, code=CODE)


@pytest.fixture
def room(centre: DataCentre, owner: accounts.Account, tmp_path: Path) -> Newsroom:
    """Not signed in."""
    return Newsroom(centre, tmp_path)


async def sign_in(room: Newsroom, person: Person) -> str:
    return str((await login(room.settings, AccountSettings(), room.state_dir, person)).user_id)


def has_session(room: Newsroom) -> bool:
    return session_path(AccountSettings(), room.state_dir).exists()


async def test_a_phone_number_and_a_code_sign_in(room: Newsroom, owner: accounts.Account) -> None:
    person = Person()
    assert await sign_in(room, person) == str(owner.id)
    assert person.sent_by == "Telegram, on a device that is signed in"
    assert stat.S_IMODE(session_path(AccountSettings(), room.state_dir).stat().st_mode) == 0o600
    async with room.account() as account:
        assert account.status().is_connected
    again = await login(room.settings, AccountSettings(), room.state_dir, Person(phones=()))
    assert again.was_before


async def test_two_step_verification_asks_for_the_password(room: Newsroom, owner: accounts.Account) -> None:
    owner.password = PASSWORD
    person = Person(passwords=("wrong", PASSWORD))
    assert await sign_in(room, person) == str(owner.id)
    assert person.problems == ["The password is wrong"]


async def test_wrong_answers_are_asked_again(room: Newsroom, owner: accounts.Account) -> None:
    person = Person(phones=("12", PHONE), codes=("11111", "", CODE))
    assert await sign_in(room, person) == str(owner.id)
    assert person.problems == [
        "Telegram knows no such number; write it with its country code",
        "The code is wrong",
        "The code is wrong",
    ]


async def test_a_code_that_has_expired_is_sent_again(room: Newsroom, owner: accounts.Account) -> None:
    room.centre.faults.script("auth.signIn", refuse(400, "PHONE_CODE_EXPIRED"))
    person = Person(codes=(CODE, CODE))
    assert await sign_in(room, person) == str(owner.id)
    assert person.problems == ["The code has expired; a new one was sent"]


@pytest.mark.parametrize(
    ("person", "password", "words"),
    [
        (Person(codes=("1",) * 3), None, "The code is wrong, 3 times"),
        (Person(passwords=("no",) * 3), PASSWORD, "The password is wrong, 3 times"),
        (Person(phones=("1",) * 3), None, "no such number; write it with its country code, 3 times"),
        (Person(phones=("+9990000000",)), None, "No account of Telegram has this phone number"),
    ],
)
async def test_signing_in_gives_up_after_three_wrong_answers(
    room: Newsroom, owner: accounts.Account, person: Person, password: str | None, words: str
) -> None:
    owner.password = password
    with pytest.raises(LoginError, match=words):
        await sign_in(room, person)
    assert not has_session(room)


async def test_what_telegram_refuses_is_explained(room: Newsroom, owner: accounts.Account) -> None:
    room.centre.faults.script("auth.sendCode", flood(86_400))
    for _ in range(2):
        with pytest.raises(LoginError, match=r"Telegram wants 2[34] hours of rest"):
            await sign_in(room, Person())
    assert room.centre.calls.counts[(None, "auth.sendCode")] == 1
    (room.state_dir / "telegram" / "main.sqlite3").unlink()
    room.centre.faults.script("auth.sendCode", refuse(400, "PHONE_NUMBER_FLOOD"))
    with pytest.raises(LoginError, match=r"too many tries with this number \(PHONE_NUMBER_FLOOD\). Wait a day"):
        await sign_in(room, Person())
    owner.is_banned = True
    with pytest.raises(AccountError, match="Telegram has banned the phone number") as banned:
        await sign_in(room, Person())
    assert banned.value.state == "banned"
    room.settings = room.settings.model_copy(update={"api_id": 1})
    with pytest.raises(AccountError, match=r"copy both from https://my\.telegram\.org") as wrong:
        await sign_in(room, Person())
    assert wrong.value.state == "wrong_api_id"


async def test_a_data_centre_that_is_away_is_explained(room: Newsroom, owner: accounts.Account) -> None:
    await room.centre.stop()
    with pytest.raises(ReaderLostError, match="account main: signing in failed"):
        await sign_in(room, Person())


async def test_a_void_session_is_replaced(room: Newsroom, owner: accounts.Account) -> None:
    for spoil in (room.centre.duplicate_keys, room.centre.revoke, room.centre.forget_keys):
        await sign_in(room, Person())
        spoil(owner)
        assert not (await login(room.settings, AccountSettings(), room.state_dir, Person())).was_before


async def test_a_server_of_ones_own_needs_an_address_and_a_key(
    room: Newsroom, owner: accounts.Account, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    settings = room.settings
    for changes, words in (
        ({"server": "nowhere"}, r"telegram\.server 'nowhere' is not host:port"),
        ({"server_key": key}, r"telegram\.server_key .*: not a readable PEM file of an RSA public key"),
    ):
        room.settings = settings.model_copy(update=changes)
        with pytest.raises(AccountError, match=words) as wrong:
            await sign_in(room, Person())
        assert wrong.value.state == "settings"
    key.write_text(public_key())
    assert await sign_in(room, Person()) == str(owner.id)


async def test_a_session_in_use_is_left_alone(room: Newsroom, owner: accounts.Account) -> None:
    await sign_in(room, Person())
    with SessionLock(session_path(AccountSettings(), room.state_dir)):
        with pytest.raises(AccountError, match="in use by another process"):
            await sign_in(room, Person())
        with pytest.raises(AccountError, match="in use by another process"):
            export_session(AccountSettings(), room.state_dir)


async def test_signing_out_ends_the_session(room: Newsroom, owner: accounts.Account) -> None:
    await sign_in(room, Person())
    session = export_session(AccountSettings(), room.state_dir)
    await log_out(room.settings, AccountSettings(), room.state_dir)
    assert not has_session(room)
    with pytest.raises(AccountError, match="not signed in"):
        await log_out(room.settings, AccountSettings(), room.state_dir)
    import_session(AccountSettings(), room.state_dir, session)
    with pytest.raises(AccountError, match="not signed in"):
        async with room.account():
            pass


async def test_a_session_travels_as_a_string(room: Newsroom, owner: accounts.Account, tmp_path: Path) -> None:
    await sign_in(room, Person())
    session = export_session(AccountSettings(), room.state_dir)
    other = AccountSettings(name="other", session=tmp_path / "elsewhere" / "mine")
    path = import_session(other, room.state_dir, session)
    assert path == tmp_path / "elsewhere" / "mine.session"
    async with room.account(other) as account:
        assert account.status().is_connected
    with pytest.raises(AccountError, match="holds a session already"):
        import_session(other, room.state_dir, session)
    for broken in ("", "1abc", "2" + session.get_secret_value()[1:], session.get_secret_value()[:-9]):
        with pytest.raises(AccountError, match="not a Telethon session string") as wrong:
            import_session(AccountSettings(name="third"), room.state_dir, SecretStr(broken))
        assert broken not in str(wrong.value) or not broken
        assert wrong.value.__cause__ is None


async def test_a_key_with_a_leading_zero_is_agreed_again(
    room: Newsroom, owner: accounts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telethon would drop the zero: an exported session could not be used."""
    agreed: list[int] = []

    def random_bytes(size: int) -> bytes:
        if size != KEY_BYTES or agreed:
            return os.urandom(size)
        (connection,) = room.centre.connections
        assert connection._handshake is not None
        offered = pow(GENERATOR, connection._handshake._secret, DH_PRIME)
        exponent = 1 << 2046
        shared = pow(offered, exponent, DH_PRIME)
        while shared.bit_length() > 8 * (KEY_BYTES - 1):
            exponent, shared = exponent + 1, shared * offered % DH_PRIME
        agreed.append(shared)
        return exponent.to_bytes(KEY_BYTES, "big")

    monkeypatch.setattr(authenticator, "os", SimpleNamespace(urandom=random_bytes))
    await sign_in(room, Person())
    (short,) = agreed
    other = AccountSettings(name="other")
    import_session(other, room.state_dir, export_session(AccountSettings(), room.state_dir))
    async with room.account(other) as account:
        assert account.status().is_connected
    assert {len(each.key.key) for each in room.centre.authorizations.values()} == {KEY_BYTES}
    assert short in {int.from_bytes(each.key.key, "big") for each in room.centre.authorizations.values()}


async def test_an_empty_folder_leads_to_advice_to_sign_in(room: Newsroom, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match=r"no session at .*Sign in: tgwire login"):
        export_session(AccountSettings(), tmp_path / "empty")
    with pytest.raises(AccountError, match=r"not signed in\. Sign in: tgwire login"):
        async with room.account():
            pass
    assert not has_session(room)


async def test_no_secret_is_logged_or_shown(
    room: Newsroom,
    news: Channel,
    owner: accounts.Account,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    owner.password = PASSWORD
    said: list[object] = []
    with pytest.raises(LoginError) as failure:
        await sign_in(room, Person(codes=("1",) * 3))
    said.append(failure.value)
    await sign_in(room, Person(passwords=("wrong", PASSWORD)))
    session = export_session(AccountSettings(), room.state_dir)
    async with room.account() as account:
        await account.resolve(ChannelEntry(name="@example_news"))
        said += [account, account._client, account._client.session, account.status(), session]  # type: ignore[union-attr]
        room.centre.drop_connections()
        await asyncio.sleep(0)
        room.centre.revoke(owner)
        with pytest.raises((AccountError, ReaderLostError)) as refused:
            await account.resolve(ChannelEntry(name="@another_news"))
        said += [refused.value, refused.value.__context__]
    shown = "\n".join(
        [*map(repr, said), *map(str, said), caplog.text, *capsys.readouterr(), generate_latest(room.registry).decode()]
    )
    key = room.centre.session_string(owner)[20:60]
    for secret in (API_HASH, PHONE, PHONE.lstrip("+"), CODE, PASSWORD, session.get_secret_value()[:40], key):
        assert secret not in shown
    assert not re.search(r"hello|auth_key", shown)


async def test_nobody_is_asked_while_there_is_no_connection(room: Newsroom) -> None:
    room.settings = room.settings.model_copy(update={"server": "127.0.0.1:1"})
    with pytest.raises(ReaderLostError):
        await sign_in(room, Person(phones=()))
    room.settings = room.settings.model_copy(update={"api_hash": None})
    with pytest.raises(AccountError):
        await sign_in(room, Person(phones=()))
