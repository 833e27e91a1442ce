"""Search: whether both databases find what the plain matcher finds, and how long a query takes.

    python -m benchmarks.search --posts FILE        # JSON lines with "text": 600 random queries over 3,000 of them
    python -m benchmarks.search --size 1000000      # time of usual queries over generated posts

``--postgres URL`` takes an empty database as well (locale C is the hardest); without it SQLite alone is measured.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any, Final

from schemas.query.parser import parse
from schemas.query.tokens import post_tokens, tokens
from schemas.times import DAY_MS
from sinks.store.database import Database, Dialect, closing
from sinks.store.opening import open_database
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection
from sinks.store.writing.post_ids import SLOTS
from tests.support.search.agreement import disagreements
from tests.support.search.corpus import NOW_MS, Corpus, posts_of
from tests.support.search.queries import Queries

_CHUNK: Final = 10_000
_RUNS: Final = 7
_VOCABULARY: Final = 60_000
_TIMED: Final = {
    "common word": "w3",
    "rare word": "w59000",
    "no hit": "nothing",
    "phrase": '"w3 w5"',
    "prefix": "w123*",
    "boolean with filters": "w3 (w5 OR w8) NOT w13 lang:ru,en after:2026-11-10",
    "two rare words": "w40000 OR w41000",
    "word and absent language": "w3 lang:xx",
    "NOT alone": "NOT w3",
    "language": "lang:uk",
    "word in one channel": "w3 channel:1005",
    "first of their story": "w3 is:first",
}


def main() -> None:
    """Measure what the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--posts", type=Path, help="JSON lines with text")
    arguments.add_argument("--count", type=int, default=3_000, help="posts of the file")
    arguments.add_argument("--queries", type=int, default=600)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--size", type=int, default=0, help="generated posts for the times")
    arguments.add_argument("--postgres", help="address of an empty database")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:{folder}/tgwire.db", *([chosen.postgres] if chosen.postgres else [])]
        if chosen.posts:
            agree(chosen, urls)
        if chosen.size:
            for url in urls:
                with closing(open_database(url)) as database:
                    measure(database, chosen.size)


def agree(chosen: argparse.Namespace, urls: list[str]) -> None:
    """Compare the hits of random queries over the texts of a file."""
    with chosen.posts.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] or "" for line in islice(lines, chosen.count)]
    began = time.process_time()
    for text in texts:
        tokens(text)
    spent = time.process_time() - began
    length = statistics.mean(map(len, texts))
    _say(f"tokens: {spent / len(texts) * 1e6:.0f} us of CPU a post of {length:.0f} characters")
    random = Random(chosen.seed)  # noqa: S311 - figures that repeat
    corpus = Corpus(posts_of(random, texts))
    queries = Queries(random, corpus.posts)
    trees = [queries.next() for _ in range(chosen.queries)]
    databases = [open_database(url) for url in urls]
    for database in databases:
        corpus.load(database)
    found = list(disagreements(corpus, databases, trees, HitSelection(limit=len(texts))))
    names = ", ".join(database.dialect for database in databases)
    _say(f"{len(trees)} queries over {len(texts)} posts in {names}: {len(found)} with other hits than the matcher's")
    for each in found[:10]:
        _say(f"  {each.query} {len(each.expected)} {[len(ids) for ids in each.found]}")
    for database in databases:
        database.close()
    if found:
        sys.exit(1)


def measure(database: Database, size: int) -> None:
    """The median time of a page of 50 over generated posts whose words are as frequent as in texts (Zipf)."""
    began = time.perf_counter()
    for rows in _chunks(size):
        with database.writing() as writer:
            writer.insert("posts", _POSTS, [post for post, _, _ in rows])
            writer.insert_bodies([(post[-1], text, words, b"") for post, text, words in rows])
            writer.index([(post[0], words) for post, _, words in rows])
    if database.dialect is Dialect.POSTGRES:
        with database.writing() as writer:
            writer.execute("ANALYZE")  # as a server does by itself some time after a load
    _say(f"{database.dialect}: {size:,} posts loaded in {time.perf_counter() - began:.0f} s")
    for name, query in _TIMED.items():
        tree = parse(query)
        times: list[float] = []
        for _ in range(_RUNS):
            with database.reading() as reader:
                began = time.perf_counter()
                names = look_up(reader, tree)
                hits = len(find_ids(reader, database.dialect, tree, names, HitSelection(50), NOW_MS))
                times.append((time.perf_counter() - began) * 1000)
        _say(f"  {name:26} {statistics.median(times):8.2f} ms  {hits} hits  {query}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


_POSTS: Final = (
    *(
        "id",
        "key",
        "channel_id",
        "message_id",
        "posted_ms",
        "is_dated",
        "language",
        "revision",
        "rank_us",
        "rank_class",
    ),
    *("src_epoch", "src_partition", "src_offset", "edits", "media", "links", "quotes", "citations", "digest", "body"),
)


def _chunks(size: int) -> Iterator[list[tuple[tuple[Any, ...], str, str]]]:
    random = Random(1)  # noqa: S311 - figures that repeat
    weights = [1 / rank for rank in range(1, _VOCABULARY + 1)]
    cumulated = list(accumulate(weights))
    words = [f"w{rank}" for rank in range(1, _VOCABULARY + 1)]
    step = 90 * DAY_MS // size
    for first in range(0, size, _CHUNK):
        rows = []
        for number in range(first, min(size, first + _CHUNK)):
            text = " ".join(random.choices(words, cum_weights=cumulated, k=random.randint(10, 90)))
            channel, language = 1_000 + random.randrange(500), random.choice(("ru", "ru", "en", "uk", "fa"))
            moment = NOW_MS - (size - number) * step
            key = f"tg:{channel}:{number + 1}"
            post: tuple[Any, ...] = (
                *((moment // 1000 << 22) + number % SLOTS, key, channel, number + 1, moment, 1, language, "r", 0, 0),
                *(1, 0, number, 0, 0, 0, 0, 0, 0, number + 1),
            )
            rows.append((post, text, " ".join(post_tokens(text, language, channel))))
        yield rows


if __name__ == "__main__":
    main()
