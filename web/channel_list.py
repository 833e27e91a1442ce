"""The list of channels that a collector follows, as pages may change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runtime.errors import ConfigurationError
from runtime.settings.channel_edits import add_channels, remove_channels
from runtime.settings.channel_list import ChannelFileError, parse_entry, read_channels


class ChannelListError(Exception):
    """The list cannot be read or changed; the text is for who asked, with what to do."""


class EditableChannels(Protocol):
    """A list whose changes a collector takes up by itself. Called on threads, by several at a time.

    Names are @name or the digits of an id, as ``schemas.channel_names.channel_name`` writes them. All raise
    ChannelListError.
    """

    def names(self) -> Sequence[str]:
        """The names of the list, as it has them."""
        ...

    def add(self, name: str) -> bool:
        """Add a channel; False: it was there."""
        ...

    def remove(self, name: str) -> bool:
        """Take a channel out; False: it was not there."""
        ...


@dataclass
class ChannelFileList:
    """An ``EditableChannels`` over the file that ``collect.channels`` names."""

    path: Path

    def names(self) -> Sequence[str]:
        """The names in the file; none where there is no file yet."""
        try:
            return [entry.name for entry in read_channels(self.path)] if self.path.exists() else []
        except ConfigurationError as error:
            raise ChannelListError(str(error)) from error

    def add(self, name: str) -> bool:
        """Append it, with the settings of every new channel."""
        try:
            return bool(add_channels(self.path, [parse_entry(name, "channel")]))
        except (ConfigurationError, ChannelFileError) as error:
            raise ChannelListError(str(error)) from error

    def remove(self, name: str) -> bool:
        """Take its rows out; comments stay."""
        try:
            return self.path.exists() and not remove_channels(self.path, [parse_entry(name, "channel")])
        except (ConfigurationError, ChannelFileError) as error:
            raise ChannelListError(str(error)) from error
