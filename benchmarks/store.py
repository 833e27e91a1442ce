"""What the store takes and answers: ``python -m benchmarks.store --posts 100000 [--scattered] [--url postgresql://...]``.

With ``--from-kafka`` posts and verdicts come from Apache Kafka through the runner instead, to the end of the topics;
what the same takes over empty topics is not counted.

Invented posts are analyzed once; more than ``RECORDS`` are the same ones again, later and under other ids. Figures of
writing are posts a second of CPU time of this process, and of the wall; PostgreSQL works beside that. Figures of
reading are milliseconds of the wall, the middle of ``ROUNDS`` rounds.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import orjson

from benchmarks.generator import MEAN_GAP_S, generate
from benchmarks.results import Row, Table, show
from benchmarks.sinks import drained, publish
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.store import StoreSettings
from schemas.rank import microseconds
from schemas.times import DAY_MS, HOUR_MS
from schemas.topics import DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition
from sinks.runner.runner import RunnerOptions
from sinks.store.opening import open_database
from sinks.store.reading.charts import spread
from sinks.store.reading.outlets import Narrowing, overview
from sinks.store.reading.overview import volume
from sinks.store.reading.posts import feed
from sinks.store.sink import StoreSink
from tgwire.local_broker import start_broker

RECORDS = 20_000
BATCH = 1000
ROUNDS = 9
SLICE = 500
POSTS = Partition(NORMALIZED.name, "a" * 32, 0)
VERDICTS = Partition(DUPLICATES.name, "b" * 32, 0)

Keyed = tuple[str, bytes | None]


@dataclass(frozen=True)
class Rate:
    """Records a second."""

    of_cpu: float
    of_wall: float


class Writing:
    """A sink, and where it is in each topic."""

    def __init__(self, url: str) -> None:
        self.sink = StoreSink(lambda: open_database(url))
        self.ends = dict.fromkeys((POSTS, VERDICTS), 0)
        for partition, position in self.sink.open(list(self.ends)).items():
            if position == START:
                self.sink.move(partition, 0)
            else:
                self.ends[partition] = position.offset

    def write(self, partition: Partition, records: Sequence[Keyed]) -> Rate:
        """Write records in batches; making the messages is not counted."""
        cpu = wall = 0.0
        for at in range(0, len(records), BATCH):
            start = self.ends[partition]
            messages = [
                Message(start + place, key.encode(), value, 0)
                for place, (key, value) in enumerate(records[at : at + BATCH])
            ]
            batch = Batch(partition, start, start + len(messages), messages)
            began = time.process_time(), time.perf_counter()
            written = self.sink.write(batch)
            cpu += time.process_time() - began[0]
            wall += time.perf_counter() - began[1]
            assert written.next_offset == batch.end
            self.ends[partition] = batch.end
        return Rate(len(records) / cpu, len(records) / wall)


def analyzed(count: int, seed: int) -> tuple[list[Keyed], list[Keyed]]:
    """Records and verdicts of invented posts."""
    pipeline = DirectPipeline(load_analyzer())
    raws = generate(count, seed)
    posts: list[Keyed] = []
    verdicts: list[Keyed] = []
    while chunk := list(islice(raws, SLICE)):
        for result in pipeline.process_all(chunk):
            posts.append((result.record.key, result.record.to_json()))
            verdicts += [(each.key, each.record.to_json() if each.record else None) for each in result.verdicts]
    return posts, verdicts


def repeated(records: Sequence[Keyed], count: int) -> Iterator[Keyed]:
    """So many records: the same ones again, each round later and under other ids."""
    span = timedelta(seconds=MEAN_GAP_S * len(records) * 1.1)
    for number in range(count):
        turn, at = divmod(number, len(records))
        key, value = records[at]
        yield (key, value) if turn == 0 or value is None else _later(orjson.loads(value), turn, span * turn)


def _later(record: dict[str, Any], turn: int, by: timedelta) -> Keyed:
    def key_of(key: str) -> str:
        head, _, message = key.rpartition(":")
        return f"{head}:{int(message) + turn * 10_000_000}"

    for name in ("posted_at", "original_posted_at"):
        if record.get(name):
            record[name] = (datetime.fromisoformat(record[name]) + by).isoformat()
    record["key"] = key_of(record["key"])
    if record["type"] == "post":
        record["message_id"] += turn * 10_000_000
        record["provenance"]["rank"][0] += microseconds(datetime.fromisoformat("1970-01-01T00:00:00Z") + by)
    elif record["duplicate"] is not None:
        record["duplicate"]["of"] = key_of(record["duplicate"]["of"])
    return record["key"], orjson.dumps(record)


def edited(records: Sequence[Keyed]) -> list[Keyed]:
    """The posts with another text, a second later."""
    found: list[Keyed] = []
    for key, value in records:
        record = orjson.loads(value or b"")
        record["text"] += " Updated."
        record["revision"] += "b"
        record["provenance"]["rank"][0] += 1_000_000
        found.append((key, orjson.dumps(record)))
    return found


def middle_ms(run: Callable[[], object]) -> float:
    """Milliseconds of a call: the middle of some."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def answers(writing: Writing) -> Table:
    """How long questions take."""
    database = writing.sink._database  # noqa: SLF001 - the same connection, so that its cache is warm
    assert database is not None
    with database.reading() as reader:
        ((newest,),) = reader.rows("SELECT max(posted_ms) FROM posts")
        since, until = newest - 90 * DAY_MS, newest + 1
        rows = (
            ("feed, newest 50", lambda: feed(reader)),
            ("first posts, newest 50", lambda: reader.rows("SELECT * FROM first_posts LIMIT 50")),
            ("posts by hour, and copies, 90 days", lambda: volume(reader, since // HOUR_MS, 90 * 24)),
            ("quotes by day and outlet, 30 days", lambda: overview(reader, until - 30 * DAY_MS, until, Narrowing())),
            ("spread with medians, 90 days", lambda: spread(reader, database.dialect, since, until)),
        )
        return Table("store_reads", "Questions", "ms", tuple(Row(name, middle_ms(run)) for name, run in rows))


def writes(writing: Writing, posts: list[Keyed], verdicts: list[Keyed]) -> Table:
    """What is written a second."""
    rates = {
        "new posts": writing.write(POSTS, posts),
        "verdicts": writing.write(VERDICTS, verdicts),
        "unchanged posts again": writing.write(POSTS, posts),
        "edits": writing.write(POSTS, edited(posts[: 5 * BATCH])),
    }
    rows = (Row(name, rate.of_cpu, (("a second of the wall", rate.of_wall),)) for name, rate in rates.items())
    return Table("store_writes", f"{len(posts):,} posts", "a CPU second", tuple(rows))


def drained_from_kafka(url: str, posts: Sequence[Keyed], verdicts: Sequence[Keyed]) -> Table:
    """Posts a second with their verdicts, as ``tgwire sink store --until-end`` takes them."""
    own = StoreSettings()
    options = RunnerOptions(own.batch_records, own.batch_wait_s, until_end=True)
    with start_broker("apache") as broker, tempfile.TemporaryDirectory() as folder:
        full, empty = (broker.settings(KafkaSettings(topic_prefix=prefix)) for prefix in ("full.", "empty."))
        for settings in (full, empty):
            create_topics(settings)
        publish(full, NORMALIZED.name, ((key.encode(), value) for key, value in posts))
        publish(full, DUPLICATES.name, ((key.encode(), value) for key, value in verdicts))
        nothing = StoreSink(lambda: open_database(f"sqlite:{Path(folder, 'nothing.db')}"))
        start = drained("store", nothing, options, empty)
        whole = drained("store", StoreSink(lambda: open_database(url)), options, full)
    rates = (len(posts) / (whole.cpu_s - start.cpu_s), len(posts) / (whole.wall_s - start.wall_s))
    row = Row("posts and verdicts, from Kafka", rates[0], (("a second of the wall", rates[1]),))
    return Table("store_from_kafka", f"{len(posts):,} posts, {len(verdicts):,} verdicts", "a CPU second", (row,))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=RECORDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scattered", action="store_true", help="posts in random order of time")
    parser.add_argument("--from-kafka", action="store_true", help="posts and verdicts from Apache Kafka")
    parser.add_argument("--url", help="of an empty store; unset: a file of SQLite")
    options = parser.parse_args()
    posts, verdicts = analyzed(min(options.posts, RECORDS), options.seed)
    turns = -(-options.posts // len(posts))
    posts = list(repeated(posts, options.posts))
    verdicts = list(repeated(verdicts, len(verdicts) * turns))
    if options.scattered:
        Random(options.seed).shuffle(posts)  # noqa: S311 - an order, no secret
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:{Path(folder, 'store.db')}"
        if options.from_kafka:
            show(drained_from_kafka(url, posts, verdicts))
            return
        writing = Writing(url)
        show(writes(writing, posts, verdicts))
        show(answers(writing))
        writing.sink.close()


if __name__ == "__main__":
    main()
