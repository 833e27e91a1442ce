"""Logging in at the local data centre with the real Telethon client."""

from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.sessions import MemorySession

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.faults import refuse
from tests.support.mtproto_server.server import API_HASH, API_ID, DataCentre


@pytest.fixture
def reader(centre: DataCentre) -> Account:
    return centre.world.add_account()


async def test_a_phone_and_a_code_log_in_and_out(centre: DataCentre, reader: Account) -> None:
    async with centre.connected() as client:
        await client.send_code_request(reader.phone)
        me = await client.sign_in(reader.phone, reader.code)
        assert (me.id, me.phone) == (reader.id, reader.phone.lstrip("+"))
        assert await client.is_user_authorized()
        (authorization,) = centre.authorizations.values()
        await client.log_out()
        assert authorization.account is None


async def test_wrong_codes_and_phones_are_refused(centre: DataCentre, reader: Account) -> None:
    async with centre.connected() as client:
        with pytest.raises(errors.PhoneNumberInvalidError):
            await client.send_code_request("+12")
        await client.send_code_request(reader.phone)
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in(reader.phone, "54321")
        reader.is_code_expired = True
        with pytest.raises(errors.PhoneCodeExpiredError):
            await client.sign_in(reader.phone, reader.code)
        await client.send_code_request("+99966000000")
        with pytest.raises(errors.PhoneNumberUnoccupiedError):
            await client.sign_in("+99966000000", "12345")
        reader.is_banned = True
        with pytest.raises(errors.PhoneNumberBannedError):
            await client.send_code_request(reader.phone)


async def test_a_password_is_proven_and_not_sent(centre: DataCentre) -> None:
    careful = centre.world.add_account(password="correct horse")
    async with centre.connected() as client:
        await client.send_code_request(careful.phone)
        with pytest.raises(errors.SessionPasswordNeededError):
            await client.sign_in(careful.phone, careful.code)
        with pytest.raises(errors.PasswordHashInvalidError):
            await client.sign_in(password="wrong horse")
        assert not await client.is_user_authorized()
        assert (await client.sign_in(password="correct horse")).id == careful.id


@pytest.mark.parametrize(
    ("api_id", "error"), [(API_ID + 1, errors.ApiIdInvalidError), (-1, errors.ConnectionApiIdInvalidError)]
)
async def test_a_wrong_api_id_is_refused(
    centre: DataCentre, reader: Account, api_id: int, error: type[Exception]
) -> None:
    session = MemorySession()
    centre.point(session)
    client = TelegramClient(session, api_id, API_HASH)
    with pytest.raises(error):
        await _ask_for_code(client, reader)
    await client.disconnect()


async def test_a_phone_can_be_at_home_in_another_data_centre(
    centre: DataCentre, reader: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Telethon keeps the list of data centres of its first client in the process.
    monkeypatch.setattr(TelegramClient, "_config", None)
    centre.faults.script("auth.sendCode", refuse(303, "PHONE_MIGRATE_4"))
    async with centre.connected() as client:
        await client.send_code_request(reader.phone)
        assert (await client.sign_in(reader.phone, reader.code)).id == reader.id
        assert (client.session.dc_id, client.session.port) == (4, centre.port)


async def _ask_for_code(client: Any, account: Account) -> None:
    await client.connect()
    await client.send_code_request(account.phone)
