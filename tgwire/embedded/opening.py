"""A publisher into a store, put together from the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry

from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import configure_gc
from runtime.errors import FatalError
from runtime.settings.tree import Settings
from runtime.unfinished_work import refuse_unfinished
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.errors import StoreUnavailableError
from sinks.store.opening import open_database
from tgwire.embedded.dead_letter_file import DeadLetterFile
from tgwire.embedded.duplicates import HOMES_NAME, DuplicateIndexes
from tgwire.embedded.errors import StoreAwayError, StoreRefusesError
from tgwire.embedded.post_budget import ThreadBudget
from tgwire.embedded.processor import EmbeddedProcessor
from tgwire.embedded.publisher import SLICE_ALONE, SLICE_BESIDE, EmbeddedPublisher

_SNAPSHOTS: Final = "duplicates"


@dataclass
class StorePublishers:
    """Makes publishers into one store, one after the other: a failed one must be closed before the next."""

    settings: Settings
    url: str
    """Of the store; it can hold a password."""
    metrics: IngestMetrics
    slice_posts: int = SLICE_ALONE

    def __post_init__(self) -> None:
        self._analyzer: Analyzer | None = None
        self.dead_letters = DeadLetterFile(self.settings.ingest.state_dir, self.metrics.set_aside)

    def open(self) -> EmbeddedPublisher:
        """Open the store and load what is known. Raises StoreError, StoreUnavailableError, StateError,
        and ConfigurationError.
        """
        settings = self.settings
        refuse_unfinished(settings.ingest.state_dir)
        if self._analyzer is None:
            self._analyzer = load_analyzer(settings.language, settings.quotes)
        database = open_database(self.url)
        try:
            store = EmbeddedStore(database, HOMES_NAME, keeps_deleted=settings.store.keep_deleted)
            duplicates = DuplicateIndexes(store, self._snapshots, settings.dedup)
        except BaseException:
            database.close()
            raise
        core = EmbeddedProcessor(self._analyzer, store, duplicates, ThreadBudget(settings.worker.post_budget_s))
        return EmbeddedPublisher(
            store, core, duplicates, self.dead_letters, settings.ingest, self.metrics, slice_posts=self.slice_posts
        )

    def reopen(self) -> EmbeddedPublisher:
        """Open a publisher, with the errors of publishers for whoever tries again. Raises PublishError."""
        try:
            return self.open()
        except StoreUnavailableError as error:
            raise StoreAwayError(str(error)) from error
        except FatalError as error:
            raise StoreRefusesError(str(error)) from error

    @property
    def _snapshots(self) -> Path:
        return self.settings.ingest.state_dir / _SNAPSHOTS


def open_beside(
    settings: Settings, url: str, registry: CollectorRegistry, slice_posts: int = SLICE_BESIDE
) -> tuple[StorePublishers, EmbeddedPublisher]:
    """A store opened for what runs in this process beside other threads, and the first publisher into it."""
    publishers = StorePublishers(settings, url, IngestMetrics(registry), slice_posts)
    first = publishers.open()
    configure_gc()
    return publishers, first
