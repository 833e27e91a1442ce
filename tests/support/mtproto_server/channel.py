"""A channel or supergroup: who sees it, what it holds and what happened in it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from telethon.tl import types

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.delivery import Push, PushedUpdate
from tests.support.mtproto_server.message_store import MessageStore, Stored
from tests.support.mtproto_server.serialized import Serialized
from tests.support.mtproto_server.update_log import Change, Event, UpdateLog

BORN = datetime(2020, 1, 1, tzinfo=UTC)


class ChannelWorld(Protocol):
    """What a channel needs of the world."""

    def now(self) -> datetime: ...
    def deliver(self, pushed: PushedUpdate, push: Push) -> None: ...


class Channel:
    """One channel. Each change is numbered, logged and pushed to the accounts that are members."""

    def __init__(self, world: ChannelWorld, channel_id: int, title: str, username: str | None = None) -> None:
        self._world = world
        self.id, self.title, self.username = channel_id, title, username
        self.collectibles: tuple[str, ...] = ()
        """Usernames bought at auction: clients receive them in another field than the plain one."""
        self.is_megagroup = False
        self.is_private = False
        """Seen by members only."""
        self.is_gone = False
        """Deleted, or closed by Telegram: forbidden to all."""
        self.restriction: str | None = None
        """Why Telegram shows it on some platforms only, such as ``copyright``."""
        self.migrated_from: tuple[int, int] | None = None
        """The basic group that it was, by id, and the id of that group's last message."""
        self.linked: Channel | None = None
        """The discussion group of a channel, the channel of a discussion group."""
        self.members: dict[Account, None] = {}
        self.banned: set[Account] = set()
        self.store, self.log = MessageStore(), UpdateLog()
        self.changed_at = 0
        """Seconds since 1970 of the last event."""
        self._chats: dict[int, Serialized] = {}

    # -- who sees it

    @property
    def names(self) -> tuple[str, ...]:
        """Every username that leads here."""
        return ((self.username,) if self.username else ()) + self.collectibles

    def is_open_to(self, account: Account) -> bool:
        """Whether the account may read it."""
        return not (self.is_gone or account in self.banned) and (not self.is_private or account in self.members)

    def chat_for(self, account: Account) -> Serialized:
        """What the account sees of the channel itself, with the access hash that only it can use."""
        if account.id not in self._chats:
            self._chats[account.id] = Serialized(self._chat(account)._bytes())
        return self._chats[account.id]

    def change(self, **attributes: Any) -> None:
        """Give attributes (such as username or title) new values, and notify the members of a change."""
        members = tuple(self.members)
        for name, value in attributes.items():
            if name not in self.__dict__:
                raise AttributeError(name)
            setattr(self, name, value)
        self._chats.clear()
        self._send(types.UpdateChannel(self.id), members)

    def join(self, *accounts: Account) -> None:
        """Make members, who get pushes from now on."""
        self.members.update(dict.fromkeys(accounts))
        self._chats.clear()

    def leave(self, account: Account) -> None:
        """End a membership."""
        self.members.pop(account, None)
        self._chats.clear()

    def ban(self, account: Account) -> None:
        """Remove an account for good, and notify it."""
        self.leave(account)
        self.banned.add(account)
        self._send(types.UpdateChannel(self.id), (account,))

    # -- what happens in it

    def post(self, text: str = "", *, push: Push = Push.NOW, date: datetime | None = None, **fields: Any) -> Stored:
        """Publish a message with the next id. Fields are those of the TL type ``message``."""
        fields = {"post": not self.is_megagroup or None, **fields}
        if not self.is_megagroup:
            fields = {"views": 1, "forwards": 0, **fields}
        if self.linked is not None and not self.is_megagroup:
            fields["replies"] = types.MessageReplies(0, self.linked.log.pts, comments=True, channel_id=self.linked.id)
        stored = self._publish(types.Message, push, date, message=text, **fields)
        if self.linked is not None and not self.is_megagroup:
            self._forward_to_group(self.linked, stored, text, push, date)
        return stored

    def announce(self, action: Any, *, push: Push = Push.NOW, date: datetime | None = None) -> Stored:
        """Publish a service message: it takes an id like any other."""
        return self._publish(types.MessageService, push, date, action=action, post=not self.is_megagroup or None)

    def album(
        self, parts: Sequence[tuple[str, Any]], grouped_id: int, pushes: Sequence[Push] = (), **fields: Any
    ) -> list[Stored]:
        """Publish texts with media as one album; ``pushes`` decides what becomes of each part's push."""
        chosen = list(pushes) or [Push.NOW] * len(parts)
        return [
            self.post(text, media=media, grouped_id=grouped_id, push=push, **fields)
            for (text, media), push in zip(parts, chosen, strict=True)
        ]

    def edit(self, message_id: int, text: str | None = None, *, push: Push = Push.NOW, **fields: Any) -> Stored:
        """Change a message's text or other fields."""
        if text is not None:
            fields["message"] = text
        return self._edit(message_id, push, {"edit_date": self._world.now(), "edit_hide": None, **fields})

    def react(self, message_id: int, reactions: Mapping[str, int], *, push: Push = Push.NOW) -> Stored:
        """Set the counts of reactions: clients receive an edit that they are not to show as one."""
        counts = [types.ReactionCount(types.ReactionEmoji(emoji), count) for emoji, count in reactions.items()]
        fields = {"reactions": types.MessageReactions(counts), "edit_date": self._world.now(), "edit_hide": True}
        return self._edit(message_id, push, fields)

    def delete(self, *message_ids: int, push: Push = Push.NOW) -> None:
        """Delete messages; those that are not there are counted all the same, as Telegram does."""
        for each in message_ids:
            self.store.remove(each)
        event = self._record(Change.DELETED, message_ids)
        self._push(types.UpdateDeleteChannelMessages(self.id, list(message_ids), event.pts, event.pts_count), push)

    def count(self, message_id: int, **counters: Any) -> Stored:
        """Set ``views``, ``forwards`` or ``replies`` without an event: clients have to ask."""
        return self._replace(message_id, counters)

    def comment(self, message_id: int, text: str, user_id: int, *, push: Push = Push.NOW, **fields: Any) -> Stored:
        """Write below a post, in the linked group."""
        group = self.discussion
        root = group.root_of(self.id, message_id)
        header = types.MessageReplyHeader(reply_to_msg_id=root, reply_to_top_id=root)
        comment = group.post(text, push=push, from_id=types.PeerUser(user_id), reply_to=header, **fields)
        replies = self.store[message_id].object().replies
        replies.replies, replies.max_id = replies.replies + 1, comment.id
        self.count(message_id, replies=replies)
        return comment

    @property
    def discussion(self) -> "Channel":
        """The linked group; raises `ValueError` when there is none."""
        if self.linked is None:
            raise ValueError(f"channel {self.id} has no linked group")
        return self.linked

    def root_of(self, channel_id: int, message_id: int) -> int:
        """In a group: id of the message that a channel's post was forwarded to."""
        return next(
            stored.id
            for stored in self.store.all()
            if (header := getattr(stored.object(), "fwd_from", None))
            and header.saved_from_peer == types.PeerChannel(channel_id)
            and header.saved_from_msg_id == message_id
        )

    def update_of(self, event: Event) -> Any:
        """The update that a difference holds for an event that is no new message; None when its message is gone."""
        if event.change is Change.DELETED:
            return types.UpdateDeleteChannelMessages(self.id, list(event.ids), event.pts, event.pts_count)
        stored = self.store.get(event.ids[0])
        return stored and types.UpdateEditChannelMessage(stored.body, event.pts, event.pts_count)

    # -- inside

    def _chat(self, account: Account) -> Any:
        access_hash = account.hash_of(self.id)
        kind = {"megagroup": self.is_megagroup or None, "broadcast": not self.is_megagroup or None}
        if not self.is_open_to(account):
            return types.ChannelForbidden(self.id, access_hash, self.title, **kind)
        reason = self.restriction and [types.RestrictionReason("all", self.restriction, "Not available")]
        return types.Channel(
            id=self.id,
            title=self.title,
            photo=types.ChatPhotoEmpty(),
            date=BORN,
            access_hash=access_hash,
            username=None if self.collectibles else self.username,
            usernames=[types.Username(each, active=True) for each in self.names] if self.collectibles else None,
            left=account not in self.members or None,
            has_link=self.linked is not None or None,
            restricted=reason is not None or None,
            restriction_reason=reason,
            participants_count=None,
            **kind,
        )

    def _publish(self, kind: Any, push: Push, date: datetime | None, **fields: Any) -> Stored:
        when = date or self._world.now()
        message_id = self.store.last_id + 1
        message = kind(id=message_id, peer_id=types.PeerChannel(self.id), date=when, **fields)
        channels, users = _named(message)
        stored = Stored(message_id, int(when.timestamp()), Serialized(message._bytes()), channels, users)
        self.store.put(stored)
        event = self._record(Change.NEW, (message_id,))
        self._push(types.UpdateNewChannelMessage(stored.body, event.pts, event.pts_count), push, stored)
        return stored

    def _edit(self, message_id: int, push: Push, fields: Mapping[str, Any]) -> Stored:
        stored = self._replace(message_id, fields)
        event = self._record(Change.EDITED, (message_id,))
        self._push(types.UpdateEditChannelMessage(stored.body, event.pts, event.pts_count), push, stored)
        return stored

    def _replace(self, message_id: int, fields: Mapping[str, Any]) -> Stored:
        message = self.store[message_id].object()
        for name, value in fields.items():
            setattr(message, name, value)
        stored = self.store[message_id]._replace(body=Serialized(message._bytes()))
        self.store.put(stored)
        return stored

    def _forward_to_group(self, group: "Channel", stored: Stored, text: str, push: Push, date: datetime | None) -> None:
        peer = types.PeerChannel(self.id)
        header = types.MessageFwdHeader(
            date=datetime.fromtimestamp(stored.date, UTC),
            from_id=peer,
            channel_post=stored.id,
            saved_from_peer=peer,
            saved_from_msg_id=stored.id,
        )
        group.post(text, push=push, date=date, from_id=peer, fwd_from=header)

    def _record(self, change: Change, ids: Iterable[int]) -> Event:
        self.changed_at = int(self._world.now().timestamp())
        return self.log.add(change, tuple(ids))

    def _push(self, update: Any, push: Push, about: Stored | None = None) -> None:
        if push is Push.LOST or not self.members:
            return
        channels = (self.id, *about.channels) if about else (self.id,)
        users = about.users if about else ()
        self._world.deliver(PushedUpdate(tuple(self.members), Serialized(update._bytes()), channels, users), push)

    def _send(self, update: Any, recipients: tuple[Account, ...]) -> None:
        self._world.deliver(PushedUpdate(recipients, Serialized(update._bytes()), (self.id,), ()), Push.NOW)


def _named(message: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids of other channels and of users that a message refers to."""
    header = message.fwd_from
    peers = [message.from_id, *((header.from_id, header.saved_from_peer) if header else ())]
    channels = {each.channel_id for each in peers if isinstance(each, types.PeerChannel)}
    users = {each.user_id for each in peers if isinstance(each, types.PeerUser)}
    return tuple(channels), tuple(users)
