"""What large stores answer, and how soon: ``python -m benchmarks.reads --posts 1000000 [10000000] [--url URL ...]``.

A store is made once, by ``benchmarks.large_store``, and kept for the next run; several are asked in turns. Figures are
of ``--rounds`` rounds after a first one: the middle and the least milliseconds of the wall; the middle of CPU, of this
process and of PostgreSQL's on the same machine (without what helps it in parallel); and of the CPU of a plain statement
that reads the same rows, which shows what the machine can do now.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final

from benchmarks.large_store import large_store
from benchmarks.results import Row, Table, show
from schemas.query.parser import parse
from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import Database, Dialect, Reader, closing
from sinks.store.opening import open_database
from sinks.store.reading.charts import spread
from sinks.store.reading.outlets import Narrowing, overview
from sinks.store.reading.overview import volume
from sinks.store.reading.posts import feed
from sinks.store.reading.stories import stories
from sinks.store.search.conditions import SLOT_BITS
from sinks.store.search.searching import find
from sinks.store.search.selection import HitSelection

ROUNDS: Final = 25
DAYS: Final = 90
SAMPLE: Final = 2_000
"""Newest posts whose words are counted."""


@dataclass(frozen=True)
class Question:
    """Something to ask, and a plain statement for comparison."""

    name: str
    ask: Callable[[Reader], object]
    plain: str
    parameters: tuple[object, ...] = ()


def questions(database: Database) -> list[Question]:
    """All of them."""
    with database.reading() as reader:
        ((newest_ms,),) = reader.rows("SELECT posted_ms FROM posts ORDER BY id DESC LIMIT 1")
        posts = "SELECT b.text, p.language FROM posts p JOIN bodies b ON b.seq = p.body ORDER BY p.id DESC LIMIT ?"
        newest = [(text, language) for text, language in reader.rows(posts, (SAMPLE,))]
    words = _words(newest)
    return [*_lists(newest_ms), *_charts(database.dialect, newest_ms), *_searches(database.dialect, newest_ms, words)]


def _lists(newest_ms: int) -> list[Question]:
    newest = "SELECT p.*, b.text FROM posts p JOIN bodies b ON b.seq = p.body ORDER BY p.id DESC LIMIT 50"
    since, until = newest_ms - DAY_MS, newest_ms + 1
    copies = "SELECT * FROM copies WHERE posted_ms >= ? ORDER BY posted_ms DESC LIMIT 50"
    copied = "SELECT * FROM links WHERE posted_ms >= ? ORDER BY posted_ms DESC LIMIT 50"
    return [
        Question("feed, newest 50", lambda reader: feed(reader), newest),
        Question("first posts, newest 50", lambda reader: reader.rows("SELECT * FROM first_posts LIMIT 50"), newest),
        Question("copies, newest 50", lambda reader: reader.rows(copies, (since,)), copied, (since,)),
        Question("edited posts, newest 50", lambda reader: reader.rows("SELECT * FROM edited_posts LIMIT 50"), newest),
        Question(
            "stories of a day",
            lambda reader: stories(reader, since, until),
            "SELECT cluster, to_channel FROM links WHERE posted_ms >= ? AND posted_ms < ?",
            (since, until),
        ),
    ]


def _charts(dialect: Dialect, newest_ms: int) -> list[Question]:
    """What pages draw, over no fewer days than they offer, and what views give to ``tgwire sql``."""
    since, until = newest_ms - DAYS * DAY_MS, newest_ms + 1
    month = newest_ms - 30 * DAY_MS, until
    hour, day, week = since // HOUR_MS, since // DAY_MS, until // HOUR_MS - 7 * 24
    hours = "SELECT hour, language, posts, edited, deleted FROM hourly WHERE hour >= ? AND hour < ?"
    days = "SELECT day, channel_id, language, posts FROM daily WHERE day >= ?"
    copies = "SELECT from_channel, to_channel, lag_ms FROM links WHERE posted_ms >= ? AND posted_ms < ?"
    quotes = "SELECT posted_ms, outlet_id FROM quotes WHERE posted_ms >= ? AND posted_ms < ?"
    by_day = "SELECT day, language, sum(posts) FROM posts_by_day WHERE day_number >= ? GROUP BY day, language"
    by_channel = "SELECT channel, sum(posts) FROM posts_by_day WHERE day_number >= ? GROUP BY channel"
    by_hour = "SELECT hour, language, posts FROM posts_by_hour WHERE hour_number >= ?"
    span = (hour, until // HOUR_MS + 1)
    return [
        Question("posts by hour, and copies", lambda reader: volume(reader, hour, DAYS * 24), hours, span),
        Question("posts by day and language", lambda reader: reader.rows(by_day, (day,)), days, (day,)),
        Question("posts by channel", lambda reader: reader.rows(by_channel, (day,)), days, (day,)),
        Question(
            "posts by hour and language, 7 days",
            lambda reader: reader.rows(by_hour, (week,)),
            hours,
            (week, span[1]),
        ),
        Question("posts by hour and language", lambda reader: reader.rows(by_hour, (hour,)), hours, span),
        Question(
            "quotes by day and outlet, 30 days",
            lambda reader: overview(reader, *month, Narrowing()),
            quotes,
            month,
        ),
        Question("spread with medians", lambda reader: spread(reader, dialect, since, until), copies, (since, until)),
    ]


@dataclass(frozen=True)
class _Words:
    """Words to search for."""

    common: str
    phrase: str
    other: str
    uncommon: str
    rare: str
    apart: str


def _words(newest: Sequence[tuple[str, str]]) -> _Words:
    """The words that most and fewest of the newest posts have, one that hardly more than a thousandth of them has, and
    two frequent ones of a language that none has both of; ``newest``: texts and languages.
    """
    found, pairs = Counter[str](), Counter[tuple[str, str]]()
    posts_of: dict[str, set[int]] = {}
    for number, (text, language) in enumerate(newest):
        words = [word for word in text.lower().split() if word.isalpha() and len(word) > 2]
        found.update(set(words))
        pairs.update(set(pairwise(words)))
        for word in words if language == "en" else ():
            posts_of.setdefault(word, set()).add(number)
    ranked = [word for word, _ in found.most_common()]
    phrase = max(pairs, key=lambda pair: (pairs[pair], pair))
    uncommon = next(word for word in reversed(ranked) if found[word] > SAMPLE // 1000)
    english = sorted(posts_of, key=lambda word: -len(posts_of[word]))[:200]
    apart = (pair for pair in combinations(english, 2) if posts_of[pair[0]].isdisjoint(posts_of[pair[1]]))
    most_apart = max(apart, key=lambda pair: min(len(posts_of[word]) for word in pair), default=ranked[:2])
    return _Words(ranked[0], " ".join(phrase), ranked[1], uncommon, ranked[-1], " ".join(most_apart))


def _searches(dialect: Dialect, newest_ms: int, words: _Words) -> list[Question]:
    day = time.strftime("%Y-%m-%d", time.gmtime(newest_ms / 1000 - 30 * 86_400))
    boolean = f"{words.common} ({words.other} OR {words.rare}) lang:en,de,fr"
    queries = {
        "word": words.common,
        "phrase": f'"{words.phrase}"',
        "boolean with filters": f"{boolean} after:{day}",
        "boolean of all times": boolean,
        "a word and not another": f"{words.common} NOT {words.other}",
        "first of their stories": f"{words.common} is:first",
        "uncommon word": words.uncommon,
        "rare word": words.rare,
        "frequent words of different posts": words.apart,
        "no hit": "zzzyyyxxx",
        "prefix": f"{words.common[:2]}*",
        "NOT alone": f"NOT {words.common}",
        "language": "lang:en",
    }
    return [_search(dialect, newest_ms, name, query) for name, query in queries.items()]


def _search(dialect: Dialect, newest_ms: int, name: str, query: str) -> Question:
    tree = parse(query)
    plain = "SELECT p.*, b.text FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.id < ? ORDER BY p.id DESC LIMIT 50"
    return Question(
        f"search, {name}: {query}",
        lambda reader: find(reader, dialect, tree, HitSelection(50), newest_ms),
        plain,
        (newest_ms // 1000 << SLOT_BITS,),
    )


@dataclass
class _Figures:
    """Seconds that rounds took."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    def ask(self, database: Database, question: Question) -> None:
        """Another round."""
        with database.reading() as reader:
            cpu_s = cpu_clock(reader, database.dialect)
            began = time.perf_counter(), cpu_s()
            question.ask(reader)
            self.wall.append(time.perf_counter() - began[0])
            self.cpu.append(cpu_s() - began[1])
            start = cpu_s()
            reader.rows(question.plain, question.parameters)
            self.plain.append(cpu_s() - start)

    @property
    def columns(self) -> tuple[tuple[str, float], ...]:
        """Milliseconds by name."""
        wall, cpu, plain = (each[1:] for each in (self.wall, self.cpu, self.plain))
        return ("middle", _ms(wall)), ("least", min(wall) * 1000), ("CPU", _ms(cpu)), ("plain", _ms(plain))


def measured(stores: Sequence[tuple[Database, Question]], rounds: int) -> Row:
    """A question to one store after the other; with several, how many times the first one's CPU the last one takes."""
    figures = [_Figures() for _ in stores]
    for _ in range(rounds + 1):
        for each, (database, question) in zip(figures, stores, strict=True):
            each.ask(database, question)
    (_, value), *also = [column for each in figures for column in each.columns]
    if len(stores) > 1:
        also.append(("times the CPU", _ms(figures[-1].cpu[1:]) / _ms(figures[0].cpu[1:])))
    return Row(stores[0][1].name, value, tuple(also))


def cpu_clock(reader: Reader, dialect: Dialect) -> Callable[[], float]:
    """CPU seconds so far: of this process, and of the server's that answers it."""
    if dialect is Dialect.SQLITE:
        return time.process_time
    ((server,),) = reader.rows("SELECT pg_backend_pid()")
    spent_ns = Path(f"/proc/{server}/schedstat")
    return lambda: time.process_time() + int(spent_ns.read_text().split()[0]) / 1e9


def _ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reads", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--url",
        nargs="+",
        help="of databases of PostgreSQL, one for each number of posts, empty or of an earlier run; unset: files of "
        "SQLite, which are kept",
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        databases = [
            stack.enter_context(closing(open_database(large_store(posts, url))))
            for posts, url in zip(options.posts, options.url or [None] * len(options.posts), strict=True)
        ]
        asked = zip(*map(questions, databases), strict=True)
        rows = tuple(measured(list(zip(databases, each, strict=True)), options.rounds) for each in asked)
    sizes = " and ".join(f"{posts:,}" for posts in options.posts)
    show(Table("reads", f"{sizes} posts in {databases[0].dialect}", "middle", rows))


if __name__ == "__main__":
    main()
