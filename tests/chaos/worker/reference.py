"""What the pipeline makes of a post without Kafka, Faust or faults."""

from collections.abc import Callable

from processors.core.outcomes import Deleted
from processors.core.text.clean import clean
from processors.loading import load_analyzer, load_detector
from schemas import RawPost
from tests.chaos.worker.oracle_records import Expect, Payload


def direct_records() -> Expect:
    """The record of a post by the direct pipeline, without a link."""
    analyzer = load_analyzer()

    def expected(post: RawPost) -> Payload:
        outcome = analyzer.analyze(post)
        return outcome.tombstone if isinstance(outcome, Deleted) else outcome.post

    return expected


def detected_language() -> Callable[[str], str]:
    """The code that the pipeline gives to a text."""
    detector = load_detector()
    return lambda text: detector.detect(clean(text).text).code
