"""Basic groups, the private side of accounts: what is numbered by the account and names no channel."""

from collections.abc import Iterable
from typing import Any, Protocol

from telethon.tl import types

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import BORN, ChannelWorld
from tests.support.mtproto_server.delivery import Push, PushedUpdate
from tests.support.mtproto_server.message_store import MessageStore, Stored
from tests.support.mtproto_server.serialized import Serialized
from tests.support.mtproto_server.update_log import Change


class BasicGroupWorld(ChannelWorld, Protocol):
    """What a basic group needs of the world."""

    def next_private_id(self) -> int: ...


class BasicGroup:
    """A small group of old, which can become a supergroup."""

    def __init__(self, world: BasicGroupWorld, group_id: int, title: str, members: Iterable[Account]) -> None:
        self._world = world
        self.id, self.title = group_id, title
        self.members = tuple(members)
        self.store = MessageStore()
        self.migrated_to: int | None = None

    def chat_for(self, account: Account) -> Any:
        """What a member sees of it."""
        moved = self.migrated_to
        return types.Chat(
            id=self.id,
            title=self.title,
            photo=types.ChatPhotoEmpty(),
            participants_count=len(self.members),
            date=BORN,
            version=1,
            deactivated=moved is not None or None,
            migrated_to=types.InputChannel(moved, account.hash_of(moved)) if moved else None,
        )

    def post(self, text: str, *, push: Push = Push.NOW) -> Stored:
        """Publish a message."""
        return self._publish(types.Message, push, message=text)

    def announce(self, action: Any, *, push: Push = Push.NOW) -> Stored:
        """Publish a service message."""
        return self._publish(types.MessageService, push, action=action)

    def _publish(self, kind: Any, push: Push, **fields: Any) -> Stored:
        when = self._world.now()
        message = kind(id=self._world.next_private_id(), peer_id=types.PeerChat(self.id), date=when, **fields)
        stored = Stored(message.id, int(when.timestamp()), Serialized(message._bytes()))
        self.store.put(stored)
        for account in self.members:
            event = account.log.add(Change.NEW, (stored.id,))
            update = types.UpdateNewMessage(stored.body, event.pts, event.pts_count)
            _deliver(self._world, account, event.pts, update, push)
        return stored


def delete_privately(world: BasicGroupWorld, account: Account, *message_ids: int, push: Push = Push.NOW) -> None:
    """Send an account the update that messages outside channels are gone: the update names no chat, only ids."""
    event = account.log.add(Change.DELETED, message_ids)
    update = types.UpdateDeleteMessages(list(message_ids), event.pts, event.pts_count)
    _deliver(world, account, event.pts, update, push)


def _deliver(world: BasicGroupWorld, account: Account, pts: int, update: Any, push: Push) -> None:
    """Push an update that the account numbers, and keep it for its difference."""
    body = Serialized(update._bytes())
    account.pushed[pts] = body
    if push is not Push.LOST:
        world.deliver(PushedUpdate((account,), body, (), ()), push)
