"""How often a confidence is right: ``python -m benchmarks.language_reliability``.

The sentences of languages.toml, and pieces of two to eight words of them, are put in and the answers sorted by their
confidence. Prints a table in Markdown: share of answers, mean confidence, share of right ones.
"""

import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from processors.resources import load_detector
from schemas import Language

SENTENCES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
BOUNDS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
PIECES = (2, 3, 5, 8)


def pieces() -> Iterator[tuple[str, str]]:
    """Each language with each piece; sentences without blanks are cut into three times as many letters."""
    for code, sentences in SENTENCES.items():
        for sentence in sentences:
            yield code, sentence
            words = sentence.split()
            units, glue, size = (words, " ", 1) if len(words) > 2 else (list(sentence), "", 3)
            for count in PIECES:
                for start in range(0, len(units) - count * size + 1, count * size):
                    yield code, glue.join(units[start : start + count * size])


def main() -> None:
    """Print the table."""
    detector = load_detector()
    answers: list[tuple[str, Language]] = [(code, detector.detect(text)) for code, text in pieces()]
    decided = [(code, found) for code, found in answers if found.code != "und" and found.confidence is not None]
    print(f"{len(answers)} pieces, {len(answers) - len(decided)} undecided\n")  # noqa: T201
    print("| confidence | answers | mean confidence | right |\n|---|---|---|---|")  # noqa: T201
    for low, high in pairwise(BOUNDS):
        inside = [
            (code, found.code, found.confidence) for code, found in decided if low <= (found.confidence or 0) < high
        ]
        if inside:
            mean = sum(confidence or 0 for _, _, confidence in inside) / len(inside)
            right = sum(code == found for code, found, _ in inside) / len(inside)
            print(f"| {low}-{high} | {len(inside)} | {mean:.3f} | {right:.3f} |")  # noqa: T201


if __name__ == "__main__":
    main()
