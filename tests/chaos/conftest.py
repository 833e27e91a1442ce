"""A run without a fault, for the tests of the oracle."""

from dataclasses import replace
from random import Random

import pytest

from processors.core.pipeline import Analyzer
from processors.core.routing import settled_outputs
from processors.direct import DirectPipeline
from processors.resources import load_analyzer
from schemas import DeadLetter, RawPost, RejectReason, post_key
from schemas.topics import DEAD_LETTER_HEADER
from tests.chaos.invention import Inventor, poison
from tests.chaos.oracle import JUDGED, Expect, Issue, Output, Payload
from tests.chaos.reference import detected_language, direct_records
from tgwire.reading import StoredRecord

POSTS, SEED = 500, 6
"""Enough, with this seed, for all that a test of the oracle looks for; the tests of the invention say what."""


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return load_analyzer()


@pytest.fixture(scope="session")
def expect() -> Expect:
    """Asked once for each post: the judgements of a test differ in what came out alone."""
    direct, known = direct_records(), dict[tuple[str, object, bool], Payload]()

    def expected(post: RawPost) -> Payload:
        key = (post_key(post.channel.id, post.message_id), post.edited_at, post.is_deleted)
        if key not in known:
            known[key] = direct(post)
        return known[key]

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
    pipeline = DirectPipeline(analyzer)
    for issued in issue.posts:
        for made in settled_outputs(pipeline.process(issued.post)):
            if made.topic.name in records:
                of_topic = records[made.topic.name]
                value = None if made.record is None else made.record.to_json()
                of_topic.append(StoredRecord(0, len(of_topic), 0, made.key.encode(), value, ()))
    letter = DeadLetter.model_validate(
        {"stage": "analyze", "topic": "t", "partition": 0, "offset": 0, "reason": RejectReason.INVALID_JSON,
         "message": "bad", "pipeline_version": "1", "failed_at": issue.posts[0].post.posted_at}
    )  # fmt: skip
    header = ((DEAD_LETTER_HEADER, letter.model_dump_json().encode()),)
    dead = [StoredRecord(0, bad.number, 0, bad.key, bad.value, header) for bad in issue.poison]
    return replace(Output(*(records[topic.name] for topic in JUDGED)), dead_letters=dead)
