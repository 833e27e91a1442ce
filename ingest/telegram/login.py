"""Signing an account in and out: phone number, code, password; whoever calls asks the person."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry
from telethon import errors
from telethon.password import compute_check
from telethon.tl import TLObject, functions, types

from ingest.errors import AccountError, LoginError
from ingest.telegram.net.account_store import AccountStore
from ingest.telegram.net.client import AccountClient, MovedError
from ingest.telegram.net.flood_waits import FloodWaits
from ingest.telegram.net.metrics import TelegramMetrics
from ingest.telegram.net.rpc_errors import account_error, code_of, translate
from ingest.telegram.net.session import FileSession, SessionLock, delete_session
from ingest.telegram.net.session_path import session_path
from runtime.errors import TgwireError
from runtime.settings.telegram import AccountSettings, TelegramSettings
from schemas.plurals import counted

MAX_TRIES = 3
"""Wrong answers to one question: more of them make Telegram block the number for a day."""
PING_S = 20.0
MAX_MOVES = 3
"""Data centres that a phone number is sent on to."""

_SENT = {
    types.auth.SentCodeTypeApp: "Telegram, on a device that is signed in",
    types.auth.SentCodeTypeSms: "an SMS",
    types.auth.SentCodeTypeCall: "a phone call",
    types.auth.SentCodeTypeFlashCall: "a phone call: the code is in the caller's number",
    types.auth.SentCodeTypeMissedCall: "a missed call: the code is the end of the caller's number",
    types.auth.SentCodeTypeEmailCode: "an e-mail",
    types.auth.SentCodeTypeFragmentSms: "fragment.com",
}
_WRONG_CODE = (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError)
_TOO_OFTEN = (errors.PhoneNumberFloodError, errors.PhonePasswordFloodError)


class Prompt(Protocol):
    """Asks the person. ``problem`` is what was wrong with the previous answer, None at first."""

    async def phone(self, problem: str | None) -> str:
        """The phone number, with country code."""

    async def code(self, sent_by: str, problem: str | None) -> str:
        """The code that Telegram has sent."""

    async def password(self, hint: str | None, problem: str | None) -> str:
        """The password of two-step verification."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in; no phone number."""

    user_id: int
    username: str | None
    was_before: bool
    """Whether the session was signed in already, so that nobody had to be asked."""


async def login(settings: TelegramSettings, account: AccountSettings, state_dir: Path, prompt: Prompt) -> SignedIn:
    """Sign an account in; its session file is written. One that is signed in stays so.

    Raises LoginError, AccountError, ReaderLostError, StateError.
    """
    path = session_path(account, state_dir)
    with SessionLock(path):
        if user := await _who(settings, account, state_dir):
            return SignedIn(user.id, user.username, was_before=True)
        delete_session(path)  # with a key that Telegram may refuse
        try:
            user = await _sign_in(settings, account, state_dir, prompt)
        except BaseException:
            delete_session(path)
            raise
    return SignedIn(user.id, user.username, was_before=False)


async def log_out(settings: TelegramSettings, account: AccountSettings, state_dir: Path) -> None:
    """End the session at Telegram and remove its file; raises AccountError, ReaderLostError."""
    path = session_path(account, state_dir)
    if not path.exists():
        raise AccountError(f"account {account.name}: not signed in.", "signed_out")
    with SessionLock(path):
        try:
            async with _connected(settings, account, state_dir) as client:
                await client(functions.auth.LogOutRequest())
        except AccountError as error:
            if error.state not in ("signed_out", "banned"):
                raise
        delete_session(path)


async def _who(settings: TelegramSettings, account: AccountSettings, state_dir: Path) -> types.User | None:
    """Who the session is, None when it is nobody's any more."""
    if not session_path(account, state_dir).exists():
        return None
    try:
        async with _connected(settings, account, state_dir) as client:
            return (await client(functions.users.GetUsersRequest([types.InputUserSelf()])))[0]
    except AccountError as error:
        if error.state != "signed_out":
            raise
        return None


async def _sign_in(settings: TelegramSettings, account: AccountSettings, state_dir: Path, prompt: Prompt) -> types.User:
    phone = _Answers("phone number", prompt.phone)
    for _ in range(MAX_MOVES):
        try:
            # Connected first: nobody is asked for anything while settings are missing or the network is away.
            async with _connected(settings, account, state_dir) as client:
                if not phone.value:
                    await phone.ask()
                return await _Dialogue(client, settings, phone, prompt).run()
        except MovedError:
            continue
    raise LoginError(f"account {account.name}: Telegram sends the number from one data centre to the next. Try later.")


class _Answers:
    """Asks one question until the answer is good, but not for ever."""

    def __init__(self, what: str, ask: Callable[[str | None], Awaitable[str]]) -> None:
        self._what, self._ask, self._tries = what, ask, 0
        self.value = ""

    async def ask(self, problem: str | None = None) -> str:
        """Ask, or ask again; raises LoginError after too many tries."""
        if self._tries == MAX_TRIES:
            raise LoginError(f"{problem}, {MAX_TRIES} times. Start again when you have the right {self._what}.")
        self._tries += 1
        self.value = (await self._ask(problem)).strip()
        return self.value


class _Dialogue:
    """The steps of signing in over one connection."""

    def __init__(self, client: AccountClient, settings: TelegramSettings, phone: _Answers, prompt: Prompt) -> None:
        self._client, self._settings, self._phone, self._prompt = client, settings, phone, prompt

    async def run(self) -> types.User:
        sent = await self._send_code()
        sent_by = _SENT.get(type(sent.type), "Telegram")
        code = _Answers("code", lambda problem: self._prompt.code(sent_by, problem))
        problem = None
        while True:
            await code.ask(problem)
            try:
                answer = await self._client(
                    functions.auth.SignInRequest(self._phone.value, sent.phone_code_hash, code.value)
                )
            except _WRONG_CODE:
                problem = "The code is wrong"
            except errors.PhoneCodeExpiredError:
                problem = "The code has expired; a new one was sent"
                sent = await self._send_code()
            except errors.SessionPasswordNeededError:
                return await self._check_password()
            except errors.PhoneNumberUnoccupiedError:
                raise _nobody() from None
            else:
                return _user_of(answer)

    async def _send_code(self) -> types.auth.SentCode:
        api_hash = self._settings.api_hash
        while True:
            try:
                sent = await self._client(
                    functions.auth.SendCodeRequest(
                        self._phone.value,
                        self._settings.api_id,
                        api_hash.get_secret_value() if api_hash else "",
                        types.CodeSettings(),
                    )
                )
            except errors.PhoneNumberInvalidError:
                await self._phone.ask("Telegram knows no such number; write it with its country code")
            else:
                break
        if not isinstance(sent, types.auth.SentCode) or isinstance(
            sent.type, types.auth.SentCodeTypeSetUpEmailRequired
        ):
            raise LoginError("Telegram wants more than a code for this number. Sign in with an official app first.")
        return sent

    async def _check_password(self) -> types.User:
        challenge = await self._client(functions.account.GetPasswordRequest())
        hint, problem = challenge.hint, None
        answers = _Answers("password", lambda problem: self._prompt.password(hint, problem))
        while True:
            await answers.ask(problem)
            try:
                # 100,000 rounds of PBKDF2.
                proof = await asyncio.to_thread(compute_check, challenge, answers.value)
                return _user_of(await self._client(functions.auth.CheckPasswordRequest(proof)))
            except errors.PasswordHashInvalidError:
                problem = "The password is wrong"
                challenge = await self._client(functions.account.GetPasswordRequest())  # each serves for one try


def _user_of(answer: TLObject) -> types.User:
    if isinstance(answer, types.auth.AuthorizationSignUpRequired):
        raise _nobody()
    return answer.user


def _nobody() -> LoginError:
    return LoginError("No account of Telegram has this phone number. Create one with an official app.")


class _NoEvents:
    """Ignores updates: while signing in, nobody waits for them."""

    def missed(self, channel_id: int | None) -> None:
        """Nothing to do."""

    def held(self, update: types.TypeUpdate) -> None:
        """Nothing to do."""

    def refused(self, error: AccountError) -> None:
        """The request that was refused raises."""

    def forgotten(self) -> None:
        """Nothing to do."""

    def unreadable(self) -> None:
        """Nothing to do."""


@asynccontextmanager
async def _connected(
    settings: TelegramSettings, account: AccountSettings, state_dir: Path
) -> AsyncIterator[AccountClient]:
    """A client for a few requests, whose errors are translated to ours. Flood waits are remembered."""
    storage = AccountStore(state_dir / "telegram" / f"{account.name}.sqlite3")
    metrics = TelegramMetrics(CollectorRegistry())
    session = FileSession(session_path(account, state_dir))
    try:
        client = AccountClient(
            settings, account, session, FloodWaits(account.name, storage, metrics), metrics, _NoEvents(), updates=False
        )
        try:
            async with asyncio.timeout(2 * settings.request_timeout_s):
                await client.connect()
            pinging = asyncio.create_task(_ping(client))
            try:
                yield client
            finally:
                pinging.cancel()
        except (TgwireError, MovedError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  # Telethon, SQLite and proxies each raise their own
            raise _explained(account.name, client, error) from None
        finally:
            await client.disconnect()
    finally:
        session.close()
        storage.close()


async def _ping(client: AccountClient) -> None:
    """Keep the connection while a person looks for a code."""
    while not client.lost.done():
        await asyncio.wait({client.lost}, timeout=PING_S)
        with suppress(OSError):
            await client(functions.PingRequest(0))


def _explained(account: str, client: AccountClient, error: Exception) -> TgwireError:
    lost_to = client.lost.result() if client.lost.done() else None
    if found := account_error(account, lost_to or error):
        return found
    if isinstance(error, _TOO_OFTEN):
        return LoginError(f"account {account}: too many tries with this number ({code_of(error)}). Wait a day.")
    if isinstance(error, errors.FloodError):
        wait_s = getattr(error, "seconds", 0)
        return LoginError(f"account {account}: Telegram wants {_in_words(wait_s)} of rest before the next try.")
    if isinstance(error, errors.RPCError) and 400 <= (error.code or 500) < 500:
        return LoginError(f"account {account}: Telegram refuses ({code_of(error)}). Try with an official app.")
    return translate(account, "signing in", None, lost_to or error)


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return counted(seconds, "second")
    return counted(seconds // 60, "minute") if seconds < 7200 else counted(seconds // 3600, "hour")
