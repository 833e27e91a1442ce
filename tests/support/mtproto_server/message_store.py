"""The messages of one chat, as bytes: a data centre of the tests holds a million of them."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.support.mtproto_server.serialized import Serialized, parse


class Stored(NamedTuple):
    """A message as it is now."""

    id: int
    date: int
    """Seconds since 1970."""
    body: Serialized
    channels: tuple[int, ...] = ()
    """Ids of channels that it names beside its own."""
    users: tuple[int, ...] = ()

    def object(self) -> Any:
        """A fresh copy as a TL object."""
        return parse(self.body.body)


class MessageStore:
    """Messages by id; ids only grow, and dates with them."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._messages: dict[int, Stored] = {}
        self.last_id = 0
        """Ids are never given twice, not even after a deletion."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, message_id: int) -> Stored:
        return self._messages[message_id]

    def get(self, message_id: int) -> Stored | None:
        return self._messages.get(message_id)

    def put(self, message: Stored) -> None:
        """Add a message with an id above all others, or replace one."""
        if message.id not in self._messages:
            if message.id <= self.last_id:
                raise ValueError(f"message id {message.id} is not above {self.last_id}")
            self.ids.append(message.id)
            self.last_id = message.id
        self._messages[message.id] = message

    def remove(self, message_id: int) -> bool:
        """Whether the message was there."""
        if self._messages.pop(message_id, None) is None:
            return False
        del self.ids[bisect_left(self.ids, message_id)]
        return True

    def all(self) -> Iterable[Stored]:
        """Every message, oldest first."""
        return (self._messages[each] for each in self.ids)

    def page(
        self, offset_id: int, offset_date: int, add_offset: int, limit: int, min_id: int, max_id: int
    ) -> list[Stored]:
        """Newest first, as https://core.telegram.org/api/offsets cuts it: the slice first, then the bounds of ids."""
        if offset_id:
            end = bisect_left(self.ids, offset_id)
        elif offset_date:
            end = bisect_left(self.ids, offset_date, key=lambda each: self._messages[each].date)
        else:
            end = len(self.ids)
        newest = end - add_offset
        chosen = self.ids[max(newest - limit, 0) : max(newest, 0)]
        return [self._messages[each] for each in reversed(chosen) if each > min_id and (max_id == 0 or each < max_id)]
