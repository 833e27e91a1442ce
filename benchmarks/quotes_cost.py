"""What quotes and citations cost a post: ``python -m benchmarks.quotes_cost [--lists-alone] [posts.jsonl ...]``.

CPU time of names, media-quote lists and citations of each post, the best of several rounds: median, mean and 95 % of
posts that name no outlet, of those that name one and have no list, and of those with a list. Without files (JSON lines
with a ``text``) the posts are the generator's. ``--lists-alone`` leaves the citations out.
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
from processors.core.text.character_kinds import letters_of_each
from processors.core.text.clean import clean
from schemas import Channel

POSTS = 10_000
ROUNDS = 15
LISTS = 100
STORIES = 1_000
NOBODY = Channel(id=1)
KEY = "tg:1:1"
KINDS = ("that name no outlet", "that name one", "with a list")


def _generated() -> list[str]:
    lists: list[str] = []
    stories: list[str] = []
    for post in generate(POSTS, seed=3):
        is_list = isinstance(post.original, dict) and post.original["kind"] == "quotes"
        (lists if is_list else stories).append(post.text)
    return lists[:LISTS] + stories[:STORIES]


def _read(paths: Sequence[Path]) -> list[str]:
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [json.loads(line)["text"] for line in lines]


def _analyze(splitter: QuoteSplitter, finder: CitationFinder | None, text: str, letters: int) -> int:
    """What the worker does with a post, whose kinds of letters it knows by then; the place of its kind in ``KINDS``."""
    (named,) = splitter.name_all([text], [letters])
    (lists,) = splitter.split_all([(text, (), KEY)], [named])
    if finder is not None:
        finder.citations(named, (), NOBODY, KEY, lists)
    return 2 if lists else int(bool(named.names))


def _costs(analyze: Callable[[str, int], int], texts: Sequence[str]) -> list[float]:
    """Microseconds of each text. A round goes over all of them, so that no text finds its own traces in the caches."""
    letters = letters_of_each(texts)
    best = [float("inf")] * len(texts)
    for _ in range(ROUNDS):
        for place, (text, own) in enumerate(zip(texts, letters, strict=True)):
            began = time.thread_time_ns()
            analyze(text, own)
            best[place] = min(best[place], (time.thread_time_ns() - began) / 1000)
    return best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path, nargs="*", help="JSON lines with a text; the generator's posts without any")
    parser.add_argument("--lists-alone", action="store_true", help="without citations")
    options = parser.parse_args()
    texts = [clean(text).text for text in (_read(options.posts) if options.posts else _generated())]
    splitter = load_splitter()
    analyze = partial(_analyze, splitter, None if options.lists_alone else load_finder(splitter.registry))
    kinds = [analyze(text, letters) for text, letters in zip(texts, letters_of_each(texts), strict=True)]
    costs = _costs(analyze, texts)
    for kind, name in enumerate(KINDS):
        _show(name, sorted(cost for cost, own in zip(costs, kinds, strict=True) if own == kind))


def _show(name: str, costs: Sequence[float]) -> None:
    if costs:
        figures = (
            f"median {median(costs):.0f} us, mean {fmean(costs):.0f} us, 95 % {costs[int(len(costs) * 0.95)]:.0f} us"
        )
        print(f"{len(costs):5} posts {name + ':':21} {figures}")  # noqa: T201


if __name__ == "__main__":
    main()
