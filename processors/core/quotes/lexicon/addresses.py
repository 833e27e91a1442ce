"""Where outlets publish: their domains, and their Telegram channels."""

from collections.abc import Iterable

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.outlet_table import TableEntry


class AddressBook:
    """Ids of outlets by domain and by channel. Immutable once built."""

    def __init__(self, entries: Iterable[OutletEntry | TableEntry]) -> None:
        """The first entry keeps a domain that two of them name: an edition follows its newspaper."""
        self._by_domain: dict[str, str] = {}
        self._by_channel: dict[str, str] = {}
        for entry in entries:
            for domain in entry.domains:
                if entry.parent is None:
                    self._by_domain[domain] = entry.id
                else:
                    self._by_domain.setdefault(domain, entry.id)
            for channel in entry.channels:
                self._by_channel[channel.lower().lstrip("-")] = entry.id

    def of_host(self, host: str) -> str | None:
        """The outlet of a host: by its own name, or the nearest domain that it belongs to."""
        host = host.lower().rstrip(".")
        while "." in host:
            found = self._by_domain.get(host)
            if found is not None:
                return found
            host = host.partition(".")[2]
        return None

    def of_channel(self, username: str | None, channel_id: int | None) -> str | None:
        """The outlet of a channel, by username or id."""
        found = self._by_channel.get(username.lower().lstrip("@")) if username else None
        if found is None and channel_id is not None:
            found = self._by_channel.get(str(abs(channel_id)))
        return found
