"""What every sink has to do, whatever it writes to; a sink's own tests inherit this with a fixture ``place``.

A place is where a sink writes, and how a reader sees it. ``make`` gives a sink as a new process would: a test that
makes two has two processes. Places are pickled into other processes, where they are killed and frozen.
"""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Protocol

import pytest

from runtime.errors import FatalError, TransientError
from schemas import RejectReason
from sinks.contract import START, Batch, Guarantee, Message, Sink, Written
from tests.support.patience import DEADLINE_S
from tests.support.sink_records import (
    COUNTS,
    NOW_MS,
    POSTS,
    VERDICTS,
    batch,
    counts,
    key,
    message,
    post,
    tombstone,
    verdict,
)

PARTITIONS = (POSTS, VERDICTS, COUNTS)
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Seen:
    """A post as a reader of the place sees it, after upserting by key and rank."""

    revision: str | None = None
    is_deleted: bool = False
    duplicate_of: str | None = None
    views: int | None = None


class Place(Protocol):
    """Where a sink writes."""

    takes_newer_versions: bool
    """Whether records of a newer schema version are kept as they are, instead of becoming dead letters."""

    def make(self) -> Sink:
        """A sink on it, as a new process has it."""
        ...

    def seen(self) -> dict[str, Seen]:
        """Posts by key."""
        ...

    def effects(self) -> Counter[tuple[str, str]] | None:
        """How often a record of each topic and key was written; None where only states are kept."""
        ...


def take(sink: Sink, *batches: Batch) -> None:
    """Write batches that the sink must take whole."""
    for each in batches:
        assert sink.write(each) == Written(each.end)


@contextmanager
def opened(place: Place) -> Iterator[Sink]:
    """A sink that knows nothing yet, or goes on where it was."""
    sink = place.make()
    try:
        for partition, position in sink.open(PARTITIONS).items():
            if position.offset < 0:
                sink.move(partition, 0)
        yield sink
    finally:
        sink.close()


class SinkContract:
    """The suite."""

    def test_it_states_its_guarantee_and_its_topics(self, place: Place) -> None:
        sink = place.make()
        assert isinstance(sink, Sink)
        assert sink.guarantee in Guarantee
        assert POSTS.topic in sink.topics
        sink.close()

    def test_it_goes_on_where_it_was(self, place: Place) -> None:
        began_ms = int(time.time() * 1000)
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1), post(2)), batch(VERDICTS, 0, verdict(1, None)))
        sink = place.make()
        positions = sink.open(PARTITIONS)
        sink.close()
        assert [positions[each].offset for each in PARTITIONS] == [2, 1, 0]
        written_ms = positions[POSTS].written_ms
        assert written_ms is not None
        assert began_ms <= written_ms <= time.time() * 1000

    def test_a_topic_that_is_not_known_is_read_from_its_start(self, place: Place) -> None:
        sink = place.make()
        assert set(sink.open(PARTITIONS).values()) == {START}
        sink.close()

    def test_a_recreated_topic_is_read_from_its_start_and_the_newest_state_stays(self, place: Place) -> None:
        other = replace(POSTS, topic_id="d" * 32)
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1, 1, "first"), post(2, 5, "second")))
        sink = place.make()
        assert sink.open([other])[other] == START
        sink.move(other, 0)
        take(sink, batch(other, 0, post(2, 3, "older"), post(1, 7, "newer")))
        sink.close()
        seen = place.seen()
        assert (seen[key(1)].revision, seen[key(2)].revision) == ("newer", "second")

    def test_a_replay_is_dropped(self, place: Place) -> None:
        first, second = batch(POSTS, 0, post(1), post(2)), batch(POSTS, 2, post(3))
        with opened(place) as sink:
            take(sink, first, second)
            assert sink.write(first) == Written(3)
            assert sink.write(second) == Written(3)
        assert_once(place, first, second)

    def test_a_batch_of_a_later_place_is_dropped(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1)))
            assert sink.write(batch(POSTS, 5, post(2))) == Written(1)
        assert set(place.seen()) == {key(1)}

    def test_offsets_without_messages_are_passed(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, Batch(POSTS, 0, 40, (message(7, post(1)), message(31, post(2)))), Batch(POSTS, 40, 60, ()))
            take(sink, Batch(POSTS, 60, 60, ()))
        sink = place.make()
        assert sink.open(PARTITIONS)[POSTS].offset == 60
        sink.close()
        assert set(place.seen()) == {key(1), key(2)}

    def test_an_operator_can_move_it(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1)))
            sink.move(POSTS, 50)
            take(sink, batch(POSTS, 50, post(2)))
            sink.move(POSTS, 10)
            take(sink, batch(POSTS, 10, post(3)))
        sink = place.make()
        assert sink.open(PARTITIONS)[POSTS].offset == 11
        sink.close()
        assert set(place.seen()) == {key(1), key(2), key(3)}

    def test_states_in_the_wrong_order(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1, 5, "newer"), post(2, 1, "older"), post(1, 3, "older")))
            take(sink, batch(POSTS, 3, post(2, 9, "newer"), post(2, 4, "between")))
        seen = place.seen()
        assert (seen[key(1)].revision, seen[key(2)].revision) == ("newer", "newer")

    def test_deletions_before_and_after_their_posts(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, tombstone(1, 5), post(2, 1), post(3, 1)))
            take(sink, batch(POSTS, 3, post(1, 3), tombstone(2, 2), tombstone(3, 2), post(3, 3, "back")))
        seen = place.seen()
        assert [seen[key(number)].is_deleted for number in (1, 2, 3)] == [True, True, False]
        assert seen[key(3)].revision == "back"

    def test_a_post_without_a_date(self, place: Place) -> None:
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, post(1, is_dated=False), post(2)))
        assert set(place.seen()) == {key(1), key(2)}

    def test_verdicts_before_their_posts_and_links_that_change(self, place: Place) -> None:
        if VERDICTS.topic not in place.make().topics:
            pytest.skip("the sink does not read verdicts")
        with opened(place) as sink:
            take(sink, batch(VERDICTS, 0, verdict(2, 1), verdict(3, 1), verdict(4, 1), verdict(5, 1)))
            take(sink, batch(POSTS, 0, *(post(number) for number in range(1, 6))))
            take(sink, batch(VERDICTS, 4, verdict(3, 2), verdict(4, None), None, keys=(key(5),)))
        seen = place.seen()
        assert [seen[key(number)].duplicate_of for number in range(1, 6)] == [None, key(1), key(2), None, None]

    def test_counters_before_their_posts(self, place: Place) -> None:
        if COUNTS.topic not in place.make().topics:
            pytest.skip("the sink does not read counters")
        with opened(place) as sink:
            take(sink, batch(COUNTS, 0, counts(1, 10), counts(2, 20)), batch(POSTS, 0, post(1), post(2)))
            take(sink, batch(COUNTS, 2, counts(2, 25)))
        seen = place.seen()
        assert (seen[key(1)].views, seen[key(2)].views) == (10, 25)

    def test_what_is_refused_is_named_and_all_else_is_written(self, place: Place) -> None:
        broken = Message(1, key(2).encode(), b'{"type": "post", "key": "' + b"\xff", NOW_MS)
        whole = Batch(POSTS, 0, 3, (message(0, post(1)), broken, message(2, post(3))))
        with opened(place) as sink:
            written = sink.write(whole)
            assert [refusal.message for refusal in written.refused] == [broken]
            assert written.refused[0].reason is RejectReason.INVALID_JSON
            assert written.next_offset <= broken.offset
            rest = [each for each in whole.messages if each.offset >= written.next_offset and each is not broken]
            take(sink, Batch(POSTS, written.next_offset, 3, rest))
        assert set(place.seen()) == {key(1), key(3)}
        assert_once(place, Batch(POSTS, 0, 3, (whole.messages[0], whole.messages[2])))

    def test_a_newer_schema_version_is_kept_or_named(self, place: Place) -> None:
        newer = post(1).to_json().replace(b'"schema_version":1', b'"schema_version":9')
        given = Batch(POSTS, 0, 1, (Message(0, key(1).encode(), newer, NOW_MS),))
        with opened(place) as sink:
            written = sink.write(given)
        if place.takes_newer_versions:
            assert written == Written(1)
            return
        [refusal] = written.refused
        assert (refusal.reason, refusal.field) == (RejectReason.UNKNOWN_SCHEMA_VERSION, "schema_version")

    def test_a_refusal_holds_no_text_of_a_post(self, place: Place) -> None:
        secret = b'{"type":"post","schema_version":1,"key":"tg:7:7","text":"hunter2" broken'
        with opened(place) as sink:
            [refusal] = sink.write(Batch(POSTS, 0, 1, (Message(0, b"tg:7:7", secret, NOW_MS),))).refused
        assert "hunter2" not in refusal.text

    def test_texts_that_are_hard_to_write(self, place: Place) -> None:
        texts = ("\x00 nul", "line\nbreak\r\u2028", "👍🏽 \u202e", "x" * 200_000, "")
        with opened(place) as sink:
            take(sink, batch(POSTS, 0, *(post(number, text=text) for number, text in enumerate(texts, 1))))
        assert set(place.seen()) == {key(number) for number in range(1, 6)}

    def test_killed_at_any_moment(self, place: Place) -> None:
        """Each kill comes a random while after some batch; the next process goes on where the place says.

        A batch that was cut off may be seen, wholly or in part, before its offset is kept: the last process writes on,
        as the one after a kill does.
        """
        rng = random.Random(7)
        for _ in range(4):
            with writing_process(place) as child:
                for _ in range(rng.randrange(3, 12)):
                    child.wait()
                time.sleep(rng.random() * 0.02)
                child.kill()
        with opened(place) as sink:
            kept = sink.open(PARTITIONS)[POSTS].offset
            assert kept >= 12 * STEP
            end = write_on(sink, kept, batches=1)
            expected = [numbered_batch(start) for start in range(0, end, STEP)]
        assert set(place.seen()) == {key(number + 1) for number in range(end)}
        assert_once(place, *expected, guarantee=sink.guarantee)

    def test_a_frozen_process_beside_its_successor(self, place: Place) -> None:
        """Either the successor is refused while the frozen one lives, or what it writes is not written again."""
        with writing_process(place) as child:
            child.wait()
            child.freeze()
            sink = place.make()
            try:
                start = sink.open(PARTITIONS)[POSTS].offset
            except FatalError:
                sink.close()
                child.kill()
                with opened(place) as sink:
                    start = sink.open(PARTITIONS)[POSTS].offset
                    end = write_on(sink, start, batches=3)
            else:
                end = write_on(sink, start, batches=3)
                sink.close()
                child.resume()
                passed_over = child.wait_until_moved()
                child.kill()
                assert passed_over >= end
        sink = place.make()
        end = sink.open(PARTITIONS)[POSTS].offset
        sink.close()
        assert set(place.seen()) == {key(number + 1) for number in range(end)}
        assert_once(place, *(numbered_batch(first) for first in range(0, end, STEP)), guarantee=sink.guarantee)


STEP = 5


def numbered_batch(start: int) -> Batch:
    """The batch at an offset: what is there is a function of the offset, as in a topic."""
    return batch(POSTS, start, *(post(start + number + 1, is_dated=bool(number % 2)) for number in range(STEP)))


def write_on(sink: Sink, start: int, batches: int) -> int:
    for _ in range(batches):
        take_once_free(sink, numbered_batch(start))
        start += STEP
    return start


def take_once_free(sink: Sink, given: Batch) -> None:
    """Write a batch as the runner does, which tries again: a frozen process can hold a lock for a while."""
    until = time.monotonic() + DEADLINE_S
    while True:
        try:
            return take(sink, given)
        except TransientError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def assert_once(place: Place, *batches: Batch, guarantee: Guarantee | None = None) -> None:
    """Each record has its effect once; of a sink that promises less, once at least."""
    found = place.effects()
    if found is None:
        return
    expected = Counter((each.partition.topic, (one.key or b"").decode()) for each in batches for one in each.messages)
    if guarantee is None:
        sink = place.make()
        guarantee = sink.guarantee
        sink.close()
    if guarantee is Guarantee.EXACTLY_ONCE:
        assert found == expected
    else:
        assert set(found) == set(expected)


class Child:
    """A process that writes batch after batch."""

    def __init__(self, process: "multiprocessing.process.BaseProcess", reports: Connection) -> None:
        self._process, self._reports = process, reports

    def wait(self) -> int:
        """Until the next batch is written; returns the place of the sink."""
        assert self._reports.poll(DEADLINE_S), "the process reports nothing"
        position: int = self._reports.recv()
        return position

    def wait_until_moved(self) -> int:
        """Until it finds that another process has written."""
        while (position := self.wait()) >= 0:
            pass
        return -position

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def freeze(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGCONT)


@contextmanager
def writing_process(place: Place) -> Iterator[Child]:
    reader, writer = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_write_for_ever, args=(place, writer))
    process.start()
    writer.close()
    try:
        yield Child(process, reader)
    finally:
        process.kill()
        process.join()
        reader.close()


def _write_for_ever(place: Place, reports: Connection) -> None:
    """Report the place after each batch; below zero where it is not the batch's end."""
    sink = place.make()
    start = sink.open(PARTITIONS)[POSTS].offset
    if start < 0:
        start = 0
        sink.move(POSTS, start)
    while True:
        wanted = numbered_batch(start)
        try:
            start = sink.write(wanted).next_offset
        except TransientError:  # as the runner does: a database ends the session of a process that was frozen at work
            time.sleep(0.1)
            continue
        reports.send(start if start == wanted.end else -start)
