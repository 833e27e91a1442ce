"""Everything that the data centre knows: channels, accounts, users and files."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.accounts import Account, User
from tests.support.mtproto_server.basic_group import BasicGroup, delete_privately
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Delivery, Push, PushedUpdate
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.files import File, FileShelf
from tests.support.mtproto_server.serialized import Serialized

FIRST_CHANNEL, FIRST_ACCOUNT, FIRST_USER = 1_000_001, 7001, 500_001


class World:
    """What is there, and where to find it. ``clock`` gives seconds since 1970."""

    def __init__(self, delivery: Delivery, clock: Callable[[], float] = time.time) -> None:
        self._delivery, self.clock = delivery, clock
        self.channels: dict[int, Channel] = {}
        self.accounts: dict[int, Account] = {}
        self.users: dict[int, User] = {}
        self.groups: dict[int, BasicGroup] = {}
        self.invites: dict[str, Channel] = {}
        self.files = FileShelf()
        self._names: dict[str, int] = {}
        self._private_ids = count(1)
        self._channel_ids, self._account_ids = count(FIRST_CHANNEL), count(FIRST_ACCOUNT)
        self._user_ids = count(FIRST_USER)

    def now(self) -> datetime:
        """In whole seconds, as Telegram counts."""
        return datetime.fromtimestamp(int(self.clock()), UTC)

    def next_private_id(self) -> int:
        """Of a message outside channels, where Telegram counts by account: channels have the same ids."""
        return next(self._private_ids)

    def deliver(self, pushed: PushedUpdate, push: Push) -> None:
        """Push an update, or fail to."""
        self._delivery.push(pushed, push)

    # -- to fill it

    def add_channel(
        self, title: str, username: str | None = None, *, members: Iterable[Account] = (), **attributes: Any
    ) -> Channel:
        """A new channel; attributes are those of `Channel` (``is_private``, ``is_megagroup``, ``linked``...)."""
        channel = Channel(self, next(self._channel_ids), title, username)
        channel.change(**attributes)
        channel.join(*members)
        self.channels[channel.id] = channel
        return channel

    def add_group_of(self, channel: Channel, *, members: Iterable[Account] = ()) -> Channel:
        """A discussion group, linked to a channel."""
        group = self.add_channel(f"{channel.title} chat", members=members, is_megagroup=True, linked=channel)
        channel.change(linked=group)
        return group

    def add_account(self, phone: str | None = None, **attributes: Any) -> Account:
        """A new account; attributes are those of `Account`."""
        account_id = next(self._account_ids)
        account = Account(account_id, phone or f"+99966{account_id:05}", **attributes)
        self.accounts[account_id] = account
        return account

    def add_user(self, first_name: str, username: str | None = None, *, is_bot: bool = False) -> User:
        """Somebody who is not a client."""
        user = User(next(self._user_ids), first_name, username, is_bot)
        self.users[user.id] = user
        return user

    def add_group(self, title: str, *, members: Iterable[Account]) -> BasicGroup:
        """A basic group."""
        group = BasicGroup(self, next(self._user_ids), title, members)
        self.groups[group.id] = group
        return group

    def migrate(self, group: BasicGroup) -> Channel:
        """Turn a basic group into a supergroup of the same members: both show it in a service message."""
        channel = self.add_channel(
            group.title,
            members=group.members,
            is_megagroup=True,
            is_private=True,
            migrated_from=(group.id, group.store.last_id),
        )
        group.migrated_to = channel.id
        group.announce(types.MessageActionChatMigrateTo(channel.id))
        channel.announce(types.MessageActionChannelMigrateFrom(group.title, group.id))
        return channel

    def invite_to(self, channel: Channel) -> str:
        """A new invitation's hash, the last part of its link."""
        invitation = f"invite{channel.id}n{len(self.invites)}"
        self.invites[invitation] = channel
        return invitation

    def delete_privately(self, account: Account, *message_ids: int, push: Push = Push.NOW) -> None:
        """Send an account the update that messages outside channels are gone: the update names no chat, only ids."""
        delete_privately(self, account, *message_ids, push=push)

    def expire_references(self, file: File) -> None:
        """Give a file a new reference: what clients hold is refused from now on, fresh messages have the new one."""
        old, new = self.files.renew(file)
        for channel in self.channels.values():
            for stored in list(channel.store.all()):
                if old in stored.body.body:
                    channel.store.put(stored._replace(body=Serialized(stored.body.body.replace(old, new))))

    # -- to ask it

    def channel_named(self, username: str) -> Channel | None:
        """By any of its usernames, in any case."""
        wanted = username.lower()
        known = self.channels.get(self._names.get(wanted, 0))
        if known is None or wanted not in map(str.lower, known.names):
            self._names = {name.lower(): each.id for each in self.channels.values() for name in each.names}
            known = self.channels.get(self._names.get(wanted, 0))
        return known if known and not known.is_private and not known.is_gone else None

    def user_named(self, username: str) -> User | None:
        """By username, in any case."""
        return next((each for each in self.users.values() if (each.username or "").lower() == username.lower()), None)

    def account_of(self, phone: str) -> Account | None:
        """By phone number, with or without its plus."""
        digits = phone.lstrip("+")
        return next((each for each in self.accounts.values() if each.phone.lstrip("+") == digits), None)

    def open_channel(self, account: Account, peer: Any) -> Channel:
        """The channel that an input peer means, if the account may read it.

        Raises `RefusedError`: ``CHANNEL_INVALID`` for another account's access hash, ``CHANNEL_PRIVATE`` when the
        channel is closed to this one.
        """
        channel = self.known_channel(account, peer)
        if not channel.is_open_to(account):
            raise RefusedError(406, "CHANNEL_PRIVATE")
        return channel

    def known_channel(self, account: Account, peer: Any) -> Channel:
        """The same for channels that may be closed to the account."""
        channel = self.channels.get(getattr(peer, "channel_id", 0))
        if channel is None or peer.access_hash != account.hash_of(channel.id):
            raise RefusedError(400, "CHANNEL_INVALID")
        return channel

    def open_group(self, account: Account, group_id: int) -> BasicGroup:
        """The basic group, if the account is a member; raises `RefusedError`."""
        group = self.groups.get(group_id)
        if group is None or account not in group.members:
            raise RefusedError(400, "CHAT_ID_INVALID")
        return group

    def chats(self, account: Account, channel_ids: Iterable[int]) -> list[Serialized]:
        """What an account sees of channels, each once; ids of channels elsewhere are left out."""
        return [self.channels[each].chat_for(account) for each in dict.fromkeys(channel_ids) if each in self.channels]

    def people(self, account: Account, user_ids: Iterable[int]) -> list[Any]:
        """What an account sees of users, each once."""
        return [self._person(account, self.users[each]) for each in dict.fromkeys(user_ids) if each in self.users]

    def me(self, account: Account) -> Any:
        """What an account sees of itself."""
        return types.User(
            id=account.id,
            is_self=True,
            access_hash=account.hash_of(account.id),
            first_name="Reader",
            phone=account.phone.lstrip("+"),
        )

    @staticmethod
    def _person(account: Account, user: User) -> Any:
        return types.User(
            id=user.id,
            access_hash=account.hash_of(user.id),
            first_name=user.first_name,
            username=user.username,
            bot=user.is_bot or None,
            bot_info_version=1 if user.is_bot else None,
        )
