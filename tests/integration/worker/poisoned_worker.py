"""A worker with a fault: on some posts it never ends. Run as a program; the fault is its only argument."""

import re
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from processors.core.dedup import DedupIndex
from processors.core.pipeline import Analyzer
from processors.stream.monitoring import post_budget
from processors.stream.process import worker
from runtime.logs import configure_logging
from runtime.settings.loading import load_settings
from schemas import FingerprintBatch, RawPost

PATIENT = 10
"""Times the budget that work may wait for CPU time."""
POISON = "poisonous"
"""Word of the posts that hang the analysis."""
POISONED = (30, 60)
"""Message ids of the posts that hang duplicate detection, which has no words."""


def spin() -> None:
    """Pure Python, which a signal can break off."""
    while True:
        pass


def hold_the_lock() -> None:
    """A call into C that keeps the interpreter's lock: quadratic, hours."""
    unicodedata.normalize("NFC", "a" + "\u0301\u0327" * 1_000_000)


def backtrack() -> None:
    """A call into C that looks for signals now and then, and keeps the lock."""
    re.fullmatch(r"(a+)+b", "a" * 60)


def wait() -> None:
    """No CPU time at all."""
    time.sleep(3600)


FAULTS: dict[str, Callable[[], None]] = {each.__name__: each for each in (spin, hold_the_lock, backtrack, wait)}


def poison_analysis(fault: Callable[[], None]) -> None:
    """Posts that hold the word hang the analysis."""
    whole, alone = Analyzer.analyze_all, Analyzer.analyze

    def analyze_all(self: Analyzer, raws: Sequence[RawPost]) -> Any:
        if any(POISON in (raw.text or "") for raw in raws):
            fault()
        return whole(self, raws)

    def analyze(self: Analyzer, raw: RawPost) -> Any:
        if POISON in (raw.text or ""):
            fault()
        return alone(self, raw)

    Analyzer.analyze_all, Analyzer.analyze = analyze_all, analyze  # type: ignore[method-assign]


def poison_duplicates(fault: Callable[[], None]) -> None:
    """The same in duplicate detection, once what is ahead of the post has changed the index."""
    whole = DedupIndex._run

    def run(self: DedupIndex, records: Sequence[tuple[FingerprintBatch, int]]) -> Any:
        for number, (record, _) in enumerate(records):
            if any(post.message_id in POISONED for post in record.posts):
                whole(self, records[:number])
                fault()
        return whole(self, records)

    DedupIndex._run = run  # type: ignore[method-assign]


def main() -> None:
    """Poison the worker, and run it with the settings of the environment."""
    stage, fault = sys.argv[1].split(":")
    if fault != wait.__name__:  # that one holds the worker up until then, and its session may end
        post_budget.WAIT_FACTOR = PATIENT  # a good post that gets no CPU is not at fault
    post_budget.GRACE_S = 0.5  # CPU seconds that a call with the lock burns, at each of its ends
    {"analyze": poison_analysis, "dedup": poison_duplicates}[stage](FAULTS[fault])
    settings = load_settings(None)
    configure_logging(settings.log)
    sys.exit(worker.run_worker(settings))


if __name__ == "__main__":
    main()
