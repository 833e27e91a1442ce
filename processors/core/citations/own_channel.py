"""Whether a channel belongs to an outlet: by its name and username, never by the text of its posts."""

import re
from typing import NamedTuple, Self

from processors.core.quotes.lines.tokens import words_of
from schemas import Channel

_PARTS = re.compile(r"[A-Za-z]+|\d+")


class OwnNames(NamedTuple):
    """The names of the channel that a post is of, folded."""

    title: tuple[str, ...] = ()
    username: tuple[str, ...] = ()
    """The parts of the username between underscores and digits."""

    @classmethod
    def of(cls, channel: Channel) -> Self:
        """The names of a channel."""
        username = _PARTS.findall((channel.username or "").lower())
        return cls(tuple(words_of(channel.title or "")), tuple(username))

    def __contains__(self, name: object) -> bool:
        """Whether the channel's title or username opens with a name, given as folded words in a tuple."""
        if not isinstance(name, tuple) or not name:
            return False
        if self.title[: len(name)] == name:
            return True
        return bool(self.username) and ("".join(name) == "".join(self.username) or self.username[: len(name)] == name)


NO_NAMES = OwnNames()
"""Of a channel without title and username."""
