"""A run without a fault, for the tests of the oracle."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from processors.core.pipeline import Analyzer
from processors.core.routing import Output as Made
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from runtime.kafka.topic_reader import StoredRecord
from schemas import DeadLetter, NormalizedPost, RawPost, RejectReason
from schemas.keys import citation_key, quote_key
from schemas.rank import Freshness
from schemas.topics import CITATIONS, DEAD_LETTER_HEADER, QUOTES
from tests.chaos.worker.invention import Inventor
from tests.chaos.worker.issued import Issued, poison
from tests.chaos.worker.oracle import JUDGED, Issue, Output
from tests.chaos.worker.oracle_records import Expect, Payload
from tests.chaos.worker.reference import detected_language, direct_records

POSTS, SEED = 700, 6
"""Enough, with this seed, for all that a test of the oracle looks for; see the tests of the invention."""
REPLAY_EVERY, REPLAYED = 150, 40
"""Posts; the last so many are published once more."""


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return load_analyzer()


@pytest.fixture(scope="session")
def expect() -> Expect:
    """Asked once for each post: the judgements of a test differ in what came out alone."""
    direct, known = direct_records(), dict[int | None, Payload]()

    def expected(post: RawPost) -> Payload:
        number = post.source.position
        if number not in known:
            known[number] = direct(post)
        return known[number]

    return expected


@pytest.fixture(scope="session")
def issue() -> Issue:
    inventor, random = Inventor(SEED, detected_language()), Random(3)
    posts = [inventor.next() for _ in range(POSTS)]
    bad = [poison(number, random) for number in range(20)]
    return Issue(posts, frozenset(range(POSTS)), bad, frozenset(range(20)))


@pytest.fixture(scope="session")
def output(issue: Issue, analyzer: Analyzer) -> Output:
    """What a perfect run gives."""
    records: dict[str, list[StoredRecord]] = {topic.name: [] for topic in JUDGED}
    for made in perfect(analyzer, arrivals(issue.posts)):
        of_topic = records[made.topic.name]
        record = made.record
        if isinstance(record, NormalizedPost):
            record = record.model_copy(update={"duplicate": None})  # in the stream posts.duplicates alone has it
        value = None if record is None else record.to_json()
        of_topic.append(StoredRecord(0, len(of_topic), 0, made.key.encode(), value, ()))
    letter = DeadLetter.model_validate(
        {"stage": "analyze", "topic": "t", "partition": 0, "offset": 0, "reason": RejectReason.INVALID_JSON,
         "message": "bad", "pipeline_version": "1", "failed_at": issue.posts[0].post.posted_at}
    )  # fmt: skip
    header = ((DEAD_LETTER_HEADER, letter.model_dump_json().encode()),)
    dead = [StoredRecord(0, bad.number, 0, bad.key, bad.value, header) for bad in issue.poison]
    return replace(Output(*(records[topic.name] for topic in JUDGED)), dead_letters=dead)


def arrivals(posts: Sequence[Issued]) -> Iterator[Issued]:
    """In the order of issue; now and then a tail of it once more."""
    for number, issued in enumerate(posts, start=1):
        yield issued
        if number % REPLAY_EVERY == 0:
            yield from posts[number - REPLAYED : number]


def perfect(analyzer: Analyzer, arrived: Iterable[Issued]) -> Iterator[Made]:
    """The records of the direct pipeline, and what the stream sends beside them: withdrawn quotes and citations."""
    pipeline, quotes, citations = DirectPipeline(analyzer), dict[str, int](), dict[str, int]()
    for issued in arrived:
        outcome = pipeline.process(issued.post)
        yield from direct_outputs(outcome)
        if outcome.freshness is not Freshness.STALE:
            record = outcome.record
            lists = record.quote_lists if isinstance(record, NormalizedPost) else ()
            count = sum(len(one.items) for one in lists)
            for position in range(count, quotes.get(record.key, 0)):
                yield Made(QUOTES, quote_key(record.key, position), None)
            quotes[record.key] = count
            count = len(record.citations) if isinstance(record, NormalizedPost) else 0
            for position in range(count, citations.get(record.key, 0)):
                yield Made(CITATIONS, citation_key(record.key, position), None)
            citations[record.key] = count
