"""Whether a channel belongs to an outlet: by the registry, and by its name and username; never by its posts' text."""

import re
from typing import Final, NamedTuple, Self

from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.name_candidates import NameCandidate
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lines.tokens import words_of
from schemas import Channel

_PARTS = re.compile(r"[A-Za-z]+|\d+")


class OwnChannel(NamedTuple):
    """The channel that a post is of: its outlet, where the registry has it, and its names, folded."""

    outlet_id: str | None = None
    title: tuple[str, ...] = ()
    username: tuple[str, ...] = ()
    """The parts of the username between underscores and digits."""

    @classmethod
    def of(cls, channel: Channel, registry: OutletRegistry) -> Self:
        """What is known of a channel."""
        outlet = registry.of_channel(channel.username, channel.id)
        title = words_of(channel.title) if channel.title else ()
        username = _PARTS.findall(channel.username.lower()) if channel.username else ()
        return cls(None if outlet is None else outlet.id, tuple(title), tuple(username))

    def is_of(self, name: NameCandidate, plain: PlainText) -> bool:
        """Whether it belongs to the outlet of a name."""
        if self == NO_CHANNEL:
            return False
        if self.outlet_id is not None and self.outlet_id == name.outlet.id:
            return True
        return self._opens_with(name.key) or self._opens_with(name.written(plain))

    def _opens_with(self, name: tuple[str, ...]) -> bool:
        """Whether the title or the username opens with a name."""
        if not name:
            return False
        if self.title[: len(name)] == name:
            return True
        return bool(self.username) and ("".join(name) == "".join(self.username) or self.username[: len(name)] == name)


NO_CHANNEL: Final = OwnChannel()
"""One of which nothing is known."""
