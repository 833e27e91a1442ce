"""Who logs in at the data centre."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from telethon.crypto import AuthKey

from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.update_log import UpdateLog


@dataclass(eq=False)
class User:
    """Somebody who writes in groups."""

    id: int
    first_name: str
    username: str | None = None
    is_bot: bool = False


@dataclass(eq=False)
class Account:
    """A person with a phone number, who may log in any number of times."""

    id: int
    phone: str
    """Digits with a leading plus."""
    password: str | None = None
    """Of two-step verification."""
    code: str = "12345"
    """The login code, which Telegram would send to the account's other devices."""
    is_code_expired: bool = False
    is_banned: bool = False
    channel_limit: int | None = None
    """Channels that the account may join; Telegram has 500, or 1,000 with Premium."""
    log: UpdateLog = field(default_factory=UpdateLog)
    """Of private chats and basic groups."""
    pushed: dict[int, Any] = field(default_factory=dict)
    """Updates of `log` as they were pushed, by ``pts``."""

    def hash_of(self, peer_id: int) -> int:
        """Access hash of a peer: another account's is of no use."""
        digest = blake2b(f"{self.id} {peer_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


@dataclass(eq=False)
class Authorization:
    """One authorization key: a session of a client, logged in or not."""

    key: AuthKey
    account: Account | None = None
    refusal: RefusedError | None = None
    """What every call is answered with, once the session is revoked or its key was used from two places."""
    awaits_password: Account | None = None
    srp_secrets: dict[int, int] = field(default_factory=dict)
    """The server's secrets of password checks that were begun, by their id."""
    takeout_id: int | None = None

    def __post_init__(self) -> None:
        self.key_bytes: bytes = self.key.key
