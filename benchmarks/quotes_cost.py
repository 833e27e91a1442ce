"""What the splitter costs: ``python -m benchmarks.quotes_cost [posts.jsonl]``.

CPU time of each post, the best of several rounds: the median and the mean of the posts in which a list was found, and
of the others. Without a file (JSON lines with a ``text``) the posts are the generator's.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

from benchmarks.generator import generate
from processors.core.quotes import QuoteSplitter, load_splitter
from processors.core.text.clean import clean

POSTS = 10_000
ROUNDS = 15
LISTS = 100
STORIES = 1_000


def _generated() -> list[str]:
    lists: list[str] = []
    stories: list[str] = []
    for post in generate(POSTS, seed=3):
        is_list = isinstance(post.original, dict) and post.original["kind"] == "quotes"
        (lists if is_list else stories).append(post.text)
    return lists[:LISTS] + stories[:STORIES]


def _read(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _costs(splitter: QuoteSplitter, texts: Sequence[str]) -> list[float]:
    """Microseconds of each text. A round goes over all of them, so that no text finds its own traces in the caches."""
    best = [float("inf")] * len(texts)
    for _ in range(ROUNDS):
        for place, text in enumerate(texts):
            began = time.process_time_ns()
            splitter.split(text, (), "tg:1:1")
            best[place] = min(best[place], (time.process_time_ns() - began) / 1000)
    return best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path, nargs="?", help="JSON lines with a text; the generator's posts without it")
    given = parser.parse_args().posts
    texts = [clean(text).text for text in (_read(given) if given else _generated())]
    splitter = load_splitter()
    costs = _costs(splitter, texts)
    has_list = [bool(splitter.split(text, (), "tg:1:1")) for text in texts]
    for name, wanted in (("with a list", True), ("without", False)):
        chosen = [cost for cost, found in zip(costs, has_list, strict=True) if found is wanted]
        if chosen:
            figures = f"median {median(chosen):.0f} us, mean {fmean(chosen):.0f} us"
            print(f"{name}: {len(chosen)} posts, {figures}")  # noqa: T201


if __name__ == "__main__":
    main()
