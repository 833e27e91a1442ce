"""What the splitter costs: ``python -m benchmarks.quotes_cost [--citations] [posts.jsonl]``.

CPU time of each post, the best of several rounds: the median and the mean of the posts in which a list was found, and
of the others. Without a file (JSON lines with a ``text``) the posts are the generator's. With ``--citations`` it is the
time of names, lists and citations together, for posts that name a known outlet and for those that name none.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median

from benchmarks.generator import generate
from processors.core.citations import CitationFinder, load_finder
from processors.core.quotes import QuoteSplitter, load_splitter
from processors.core.text.clean import clean
from schemas import Channel

POSTS = 10_000
ROUNDS = 15
LISTS = 100
STORIES = 1_000
NOBODY = Channel(id=1)


def _generated() -> list[str]:
    lists: list[str] = []
    stories: list[str] = []
    for post in generate(POSTS, seed=3):
        is_list = isinstance(post.original, dict) and post.original["kind"] == "quotes"
        (lists if is_list else stories).append(post.text)
    return lists[:LISTS] + stories[:STORIES]


def _read(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _costs(analyze: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Microseconds of each text. A round goes over all of them, so that no text finds its own traces in the caches."""
    best = [float("inf")] * len(texts)
    for _ in range(ROUNDS):
        for place, text in enumerate(texts):
            began = time.process_time_ns()
            analyze(text)
            best[place] = min(best[place], (time.process_time_ns() - began) / 1000)
    return best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path, nargs="?", help="JSON lines with a text; the generator's posts without it")
    parser.add_argument("--citations", action="store_true", help="names, lists and citations together")
    options = parser.parse_args()
    texts = [clean(text).text for text in (_read(options.posts) if options.posts else _generated())]
    splitter = load_splitter()
    if options.citations:
        finder = load_finder(splitter.registry)
        costs = _costs(partial(_cite, splitter, finder), texts)
        names_one = [bool(named.names) for named in splitter.name_all(texts)]
        _show(costs, names_one, ("naming a known outlet", "naming none"))
    else:
        costs = _costs(lambda text: splitter.split(text, (), "tg:1:1"), texts)
        _show(costs, [bool(splitter.split(text, (), "tg:1:1")) for text in texts], ("with a list", "without"))


def _cite(splitter: QuoteSplitter, finder: CitationFinder, text: str) -> None:
    (named,) = splitter.name_all([text])
    (lists,) = splitter.split_all([(text, (), "tg:1:1")], [named])
    finder.citations(named, (), NOBODY, "tg:1:1", lists)


def _show(costs: Sequence[float], are_first: Sequence[bool], names: tuple[str, str]) -> None:
    for name, wanted in zip(names, (True, False), strict=True):
        chosen = sorted(cost for cost, is_first in zip(costs, are_first, strict=True) if is_first is wanted)
        if chosen:
            late = chosen[int(len(chosen) * 0.95)]
            figures = f"median {median(chosen):.0f} us, mean {fmean(chosen):.0f} us, 95 % {late:.0f} us"
            print(f"{name}: {len(chosen)} posts, {figures}")  # noqa: T201


if __name__ == "__main__":
    main()
