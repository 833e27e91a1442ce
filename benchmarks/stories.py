"""What stories of many copies cost the store: ``python -m benchmarks.stories --copies 10000 [--posts 1000000]``.

Two stories are put into a large store, joined, given an earlier original, and split again; then half of one of them
splits off, and each of its copies gets another target. Figures are milliseconds until the commit, of CPU (of this
process and of PostgreSQL's on the same machine) and of the wall. All is taken back.
"""

import argparse
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from benchmarks.large_store import large_store
from benchmarks.reads import cpu_clock
from benchmarks.results import Row, Table, show
from benchmarks.store import VERDICTS, Keyed, Writing
from schemas import DuplicateKind, DuplicateLink, DuplicateRecord, post_key

CHANNEL = 1_999_999_999
"""A channel that the store does not have."""
START = datetime(2025, 1, 1, tzinfo=UTC)


def verdict(number: int, target: int | None) -> Keyed:
    """A post of the channel repeats another one."""
    key = post_key(CHANNEL, number)
    link = None
    if target is not None:
        link = DuplicateLink(of=post_key(CHANNEL, target), kind=DuplicateKind.EXACT, similarity=1.0)
    moment = START + timedelta(seconds=number)
    record = DuplicateRecord(key=key, revision="00", rank=None, duplicate=link, posted_at=moment)
    return key, record.to_json()


def measure(writing: Writing, copies: int) -> Table:
    """All steps, and back."""
    one, other, late = 1, copies + 2, 2 * copies + 3
    middle = copies // 2 + 1
    first = [verdict(number, one) for number in range(2, copies + 2)]
    second = [verdict(number, other) for number in range(copies + 3, 2 * copies + 3)]
    steps: dict[str, Sequence[Keyed]] = {
        f"two stories of {copies:,} copies": [*first, *second],
        "joined": [verdict(other, one)],
        "an earlier original": [verdict(one, late)],
        "split": [verdict(other, None)],
        f"half of {copies:,} copy the middle one": [
            verdict(number, middle) for number in range(middle + 1, copies + 2)
        ],
        "that half splits off": [verdict(middle, None)],
        f"{copies:,} other targets": [verdict(number, 2) for number in range(3, copies + 2)],
    }
    database = writing.sink._database  # noqa: SLF001 - whose server's CPU counts as well
    assert database is not None
    with database.reading() as reader:
        cpu_s = cpu_clock(reader, database.dialect)
    gc.collect()
    gc.freeze()  # a sink has no models in memory, which a collection would walk
    rows = []
    for name, records in steps.items():
        began = cpu_s(), time.perf_counter()
        writing.write(VERDICTS, records)
        spent_s, taken_s = cpu_s() - began[0], time.perf_counter() - began[1]
        rows.append(Row(name, spent_s * 1000, (("of the wall", taken_s * 1000),)))
    writing.write(VERDICTS, [(post_key(CHANNEL, number), None) for number in range(1, late)])
    return Table("stories", "Stories", "ms of CPU", tuple(rows))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--copies", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument(
        "--url", help="of a database of PostgreSQL, empty or of an earlier run; unset: a file of SQLite, which is kept"
    )
    options = parser.parse_args()
    writing = Writing(large_store(options.posts, options.url))
    show(measure(writing, options.copies))
    writing.sink.close()


if __name__ == "__main__":
    main()
