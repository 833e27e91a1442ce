"""What language detection costs: ``python -m benchmarks.language_cost [--count N]``.

CPU time a post over the generator's mix, in slices as in the worker and one by one, the best of several rounds; CPU
time to load the models, and what stays resident of them (Linux).
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.generator import generate
from processors.core.text.clean import clean

if TYPE_CHECKING:
    from processors.core.language import LanguageDetector

ROUNDS = 7


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="posts")
    texts = [clean(post.text).text for post in generate(parser.parse_args().count, 7)]
    before, start = _resident_mb(), time.process_time()
    from processors.loading import load_detector
    from processors.stream.stages.analyze_and_dedup import AnalyzeStage

    load_detector().detect("The first post.")
    print(f"models: {time.process_time() - start:.2f} s, {_resident_mb() - before:.0f} MB")  # noqa: T201
    length = sum(map(len, texts)) / len(texts)
    for size in (AnalyzeStage.slice_posts, 1):
        slices = [texts[start : start + size] for start in range(0, len(texts), size)]
        us = _best(load_detector, slices) / len(texts) * 1e6
        print(f"{us:.0f} us a post, {size} at a time, {length:.0f} code points on average")  # noqa: T201


def _best(load: Callable[[], "LanguageDetector"], slices: Sequence[Sequence[str]]) -> float:
    """CPU seconds of the best round, each of a detector that has seen no text: votes on words are kept."""
    rounds = []
    for _ in range(ROUNDS):
        detector = load()
        start = time.process_time()
        for slice_ in slices:
            detector.detect_all([(text, None) for text in slice_])
        rounds.append(time.process_time() - start)
    return min(rounds)


if __name__ == "__main__":
    main()
