"""What language detection costs: ``python -m benchmarks.language_cost [--count N]``.

CPU time a post over the generator's mix, the best of several rounds; CPU time to load the models, and what stays
resident of them (Linux).
"""

import argparse
import time
from pathlib import Path

from benchmarks.generator import generate
from processors.core.text import clean

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
    from processors.resources import load_detector

    detector = load_detector()
    detector.detect("The first post.")
    print(f"models: {time.process_time() - start:.2f} s, {_resident_mb() - before:.0f} MB")  # noqa: T201
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            detector.detect(text)
        rounds.append(time.process_time() - start)
    length = sum(map(len, texts)) / len(texts)
    print(f"{min(rounds) / len(texts) * 1e6:.0f} us a post, {length:.0f} code points on average")  # noqa: T201


if __name__ == "__main__":
    main()
