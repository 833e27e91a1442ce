"""What is said around records: the channel of all of them."""

from ingest.sources.json_frames import Path
from ingest.sources.mapping import entities, ids
from ingest.sources.table.channels import GENERIC_NAME, NOBODY, Identity, username
from ingest.sources.telethon.names import of_frame

_IDS = ("channel_id", "chat_id", "id", "peer_id", "channelid", "chatid")
_USERNAMES = ("username", "channel_username", "chat_username", "handle", "channel_name")
_TITLES = ("title", "channel_title", "name", "chat_title", "chat_name", "channel_name")
_OBJECTS = ("channel", "chat", "channel_info", "info", "metadata", "meta", "source", "entity", "peer")


class TableFrame:
    """Values around records, each for the records that it is around."""

    def __init__(self) -> None:
        self._values: dict[Path, dict[str, object]] = {}
        self.is_changed = True
        """Something was learnt since this was set to False."""

    def learn(self, path: Path, value: object) -> None:
        """Take in what is beside a list of records, or around it."""
        if not path or isinstance(value, list):
            return
        self.is_changed = True
        if path[-1] in self._values.get(path[:-1], {}):
            self._values[path[:-1]] = {}  # the next object of a list
        self._values.setdefault(path[:-1], {})[path[-1]] = value

    def around(self, path: Path) -> Identity:
        """Id, username and title of the channel of records at a path, from the nearest that says any of them."""
        for depth in range(len(path), -1, -1):
            found = _identity(self._values.get(path[:depth], {}))
            if any(part is not None for part in found):
                return found
        return NOBODY

    @staticmethod
    def key(path: Path) -> Identity:
        """The same from the keys of a list: ``{"wirenews": [...]}``."""
        return of_frame(tuple(key for key in path if not GENERIC_NAME.fullmatch(key)))


def _identity(values: dict[str, object]) -> Identity:
    for name in _OBJECTS:
        described = values.get(name)
        if isinstance(described, dict):
            return _named(described)
        if isinstance(described, str):
            found = of_frame((described,))
            return found if found[0] or found[1] else (_named(values)[0], None, described)
    return _named(values)


def _named(values: dict[str, object]) -> Identity:
    channel_id = next(filter(None, (ids.optional_channel_id(values.get(key)) for key in _IDS)), None)
    name = next(filter(None, (username(values.get(key)) for key in _USERNAMES)), None)
    title = next(filter(None, (entities.optional_text(values.get(key)) for key in _TITLES)), None)
    return channel_id, name, None if title == name else title
