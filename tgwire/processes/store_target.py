"""A store as the place of collected posts."""

import structlog

from ingest.ledger.ledger import Ledger
from tgwire.embedded.opening import StorePublishers
from tgwire.embedded.publisher import EmbeddedPublisher
from tgwire.processes.published_since import SKEW_S, UNRECORDED_S

_log = structlog.stdlib.get_logger(__name__)


class StoreTarget:
    """Publishers into one store, and what it has."""

    def __init__(self, publishers: StorePublishers, first: EmbeddedPublisher) -> None:
        """``first`` is open, and given out first."""
        self._publishers = publishers
        self._first: EmbeddedPublisher | None = first
        self._store = first.store
        self.dead_letters = publishers.dead_letters

    @property
    def name(self) -> str:
        """The store as people know it."""
        return self._store.name

    def open(self) -> EmbeddedPublisher:
        """See ``CollectTarget``."""
        first, self._first = self._first, None
        return self._publishers.reopen() if first is None else first

    def prepare(self, ledger: Ledger) -> None:
        """See ``CollectTarget``."""
        greatest = self._store.greatest_order()
        if greatest is not None:
            ledger.order.raise_above(greatest)
        if ledger.written_at is None:
            if ledger.is_new and greatest is not None:
                _log.warning(
                    "the ledger is new, and the store is not: each channel begins at its newest post; collect older "
                    "posts with --backfill",
                    store=self._store.name,
                )
            return
        published = self._store.newest_messages(ledger.written_at - SKEW_S)
        later = self._store.newest_messages(ledger.written_at + UNRECORDED_S)
        ledger.learn_published(published, is_older_copy=bool(ledger.unknown(later)))
