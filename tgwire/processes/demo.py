"""The demonstration: a broker, a worker, a replay of the seeds, and what came out."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import TypeVar
from uuid import uuid4

from prometheus_client import CollectorRegistry

from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.engine import Replay, Summary
from ingest.sources.base import Source
from runtime.errors import FatalError, StateLockedError, TransientError
from runtime.file_lock import FileLock, LockHeldError
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics, delete_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import HttpSettings
from runtime.settings.store import SQLITE
from runtime.settings.tree import Settings
from schemas import CitationRecord, DuplicateRecord, Lane, NormalizedPost, QuoteRecord, Record, Tombstone
from schemas.topics import CITATIONS, DUPLICATES, NORMALIZED, QUOTES, Topic
from sinks.record_file import RecordFile
from sinks.store.sink import WRITER
from tgwire.local_broker import Engine, start_broker
from tgwire.processes.child import worker_process
from tgwire.processes.direct_replay import refuse_outputs

POLL_S = 0.2
_STORE = "demo.db"
"""Not the name of a real store, which may lie in the same folder."""
_WORKER = "demo.worker"
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Results:
    """The end state: one record for each key, posts by their date."""

    summary: Summary
    posts: list[NormalizedPost]
    quotes: list[QuoteRecord]
    duplicates: list[DuplicateRecord]
    files: list[Path]


def run_demo(
    settings: Settings,
    sources: list[Source],
    folder: Path,
    *,
    engine: Engine,
    timeout_s: float,
    say: Callable[[str], None],
) -> Results:
    """Run the sources through Kafka and a worker of their own; everything started is stopped again.

    Uses the cluster of the settings, under a topic prefix that is deleted afterwards, else a local broker. Of what
    lies in the folder only files of an earlier demo are replaced. Raises OutputExistsError for an input among them,
    StateLockedError while another demo fills the store, TransientError when the posts are not processed in time,
    FatalError when the worker ends.
    """
    refuse_outputs(_outputs(folder).values(), sources, overwrite=True)
    _remove_store(store_file(folder))
    shutil.rmtree(folder / _WORKER, ignore_errors=True)
    with _cluster(settings.kafka, engine, say) as kafka:
        own = settings.model_copy(
            update={
                "kafka": kafka,
                "worker": settings.worker.model_copy(update={"data_dir": folder / _WORKER, "group": "tgwire-demo"}),
                "ingest": settings.ingest.model_copy(update={"state_dir": folder / "state"}),
                "http": HttpSettings(),
            }
        )
        log = folder / "worker.log"
        say("starting a worker")
        with worker_process(own, log) as worker:
            metrics = IngestMetrics(CollectorRegistry())
            say("replaying the seeds")
            with KafkaPublisher(kafka, own.ingest, metrics) as publisher:
                summary = Replay(publisher, None, metrics, Lane.BACKFILL).run(sources)
            say("waiting for the worker")
            _await_idle(own, worker, log, timeout_s)
            say("filling the store")
            _fill_store(own, folder)
            return _collect(kafka, folder, summary)


def store_file(folder: Path) -> Path:
    """The store of a demo in this folder."""
    return folder / _STORE


def _remove_store(path: Path) -> None:
    """Remove the store of an earlier demo, and what SQLite keeps beside it; its lock's file stays, as locks do."""
    if not path.exists():
        return
    lock_file = path.with_name(f"{path.name}.{WRITER}.lock")
    try:
        lock = FileLock(lock_file)
    except LockHeldError as error:
        raise StateLockedError(
            f"{path}: another process{error.pid} writes to it. End it first, or set --out."
        ) from error
    with closing(lock):
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _fill_store(settings: Settings, folder: Path) -> None:
    """Write what is in the topics by the sink that a user would run beside the worker."""
    # aiokafka comes with an extra, whose absence the command has reported before.
    from sinks.runner.runner import RunnerOptions
    from sinks.store.opening import open_database
    from sinks.store.sink import StoreSink
    from tgwire.processes.sink import run_sink

    path = store_file(folder)
    options = RunnerOptions(settings.store.batch_records, settings.store.batch_wait_s, until_end=True)
    run_sink("store", lambda: StoreSink(lambda: open_database(f"{SQLITE}{path}")), settings, options)


@contextmanager
def _cluster(given: KafkaSettings, engine: Engine, say: Callable[[str], None]) -> Iterator[KafkaSettings]:
    if given.bootstrap_servers is not None:
        kafka = given.model_copy(update={"topic_prefix": f"{given.topic_prefix}demo-{uuid4().hex[:8]}."})
        say(f"using {kafka.bootstrap_servers}, topics {kafka.topic_prefix}*")
        create_topics(kafka)
        try:
            yield kafka
        finally:
            delete_topics(kafka)
        return
    say("starting a local broker")
    with start_broker(engine) as broker:
        say(f"{broker.engine} is up on {broker.bootstrap_servers}")
        kafka = broker.settings(given)
        create_topics(kafka)
        yield kafka


def _await_idle(settings: Settings, worker: "Popen[bytes]", log: Path, timeout_s: float) -> None:
    """Return when the worker has committed everything that there is."""
    deadline = time.monotonic() + timeout_s
    while sum(group_lag(settings.kafka, settings.worker.group).values()):
        if worker.poll() is not None:
            raise FatalError(f"the worker ended with exit code {worker.returncode}; its log: {log}")
        if time.monotonic() > deadline:
            raise TransientError(f"the posts were not worked off within {timeout_s:g} s; the worker's log: {log}")
        time.sleep(POLL_S)


def _collect(kafka: KafkaSettings, folder: Path, summary: Summary) -> Results:
    duplicates = _latest(kafka, DUPLICATES, DuplicateRecord)
    posts = sorted(with_links(_latest(kafka, NORMALIZED, NormalizedPost), duplicates), key=_by_time)
    quotes = _latest(kafka, QUOTES, QuoteRecord)
    by_topic: dict[Topic, Sequence[Record]] = {
        NORMALIZED: posts,
        QUOTES: quotes,
        CITATIONS: _latest(kafka, CITATIONS, CitationRecord),
        DUPLICATES: duplicates,
    }
    files = [_write(path, by_topic[topic]) for topic, path in _outputs(folder).items()]
    return Results(summary, posts, quotes, duplicates, files)


def with_links(posts: Iterable[NormalizedPost], verdicts: Iterable[DuplicateRecord]) -> list[NormalizedPost]:
    """Posts with what they repeat, where there is a verdict on the very state of the post."""
    known = {(verdict.key, verdict.revision, verdict.rank): verdict.duplicate for verdict in verdicts}
    return [
        post.model_copy(update={"duplicate": known.get((post.key, post.revision, post.provenance.rank))})
        for post in posts
    ]


def _by_time(post: NormalizedPost) -> tuple[bool, str, str]:
    return post.posted_at is None, str(post.posted_at), post.key


def _latest(kafka: KafkaSettings, topic: Topic, model: type[R]) -> list[R]:
    """The last record of each key of a topic; what was deleted or withdrawn is left out."""
    last = {stored.key: stored.value for stored in read_topic(kafka, topic)}
    tombstone = str(Tombstone.model_fields["type"].default).encode()
    return [
        model.model_validate_json(value)
        for value in last.values()
        if value is not None and b'"type":"%b"' % tombstone not in value[:40]
    ]


def _outputs(folder: Path) -> dict[Topic, Path]:
    return {topic: folder / f"{topic.name}.jsonl" for topic in (NORMALIZED, QUOTES, CITATIONS, DUPLICATES)}


def _write(path: Path, records: Sequence[Record]) -> Path:
    with RecordFile(path) as sink:
        for record in records:
            sink.write(record)
    return path
