"""What stories of many copies cost the store: ``python -m benchmarks.stories --copies 10000 [--posts 1000000]``.

Two stories are put into a large store, joined, given an earlier original, and split again; then half of one of them
splits off, and each of its copies gets another target. Figures are milliseconds until the commit, of CPU and of the
wall. All is taken back.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from benchmarks.large_store import large_store
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
    rows = []
    for name, records in steps.items():
        rate = writing.write(VERDICTS, records)
        rows.append(Row(name, _ms(records, rate.of_cpu), (("of the wall", _ms(records, rate.of_wall)),)))
    writing.write(VERDICTS, [(post_key(CHANNEL, number), None) for number in range(1, late)])
    return Table("stories", "Stories", "ms of CPU", tuple(rows))


def _ms(records: Sequence[Keyed], rate: float) -> float:
    return len(records) / rate * 1000


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
