"""How often a confidence is right: ``python -m benchmarks.language_reliability``.

The sentences of languages.toml and, since a channel may write in any language, of languages_not_in_use.toml, and pieces
of two to eight words of them, are put in and the answers sorted by their confidence. Prints tables in Markdown: share
of answers, mean confidence, share of right ones, without and with a tenth of such texts; then the
share of texts that are not in use and found to be so, by
length. A text in a language that is not in use is right as ``und`` alone.
"""

import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from processors.core.language.codes import UNDECIDED
from processors.loading import load_detector
from schemas import Language


def _sentences(name: str) -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


IN_USE, NOT_IN_USE = _sentences("languages.toml"), _sentences("languages_not_in_use.toml")
BOUNDS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
PIECES = (2, 3, 5, 8)
LENGTHS = (0, 20, 40, 60, 200)
SURE = 0.9
OTHERS = 0.1
"""How many texts of a stream are taken to be in languages that are not in use."""


def pieces(of: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Each language with each piece; sentences without blanks are cut into three times as many letters."""
    for code, sentences in of.items():
        for sentence in sentences:
            yield code, sentence
            words = sentence.split()
            units, glue, size = (words, " ", 1) if len(words) > 2 else (list(sentence), "", 3)
            for count in PIECES:
                for start in range(0, len(units) - count * size + 1, count * size):
                    yield code, glue.join(units[start : start + count * size])


def main() -> None:
    """Print the tables."""
    detector = load_detector()
    inside = [(code, detector.detect(text)) for code, text in pieces(IN_USE)]
    outside = [(UNDECIDED, text, detector.detect(text)) for _, text in pieces(NOT_IN_USE)]
    weight = OTHERS / (1 - OTHERS) * len(inside) / len(outside)
    print(f"\nlanguages in use: {len(inside)} pieces")  # noqa: T201
    _print_table([(1.0, code, found) for code, found in inside])
    print(f"\nthe same with {len(outside)} pieces in other languages, weighed as {OTHERS:.0%} of all")  # noqa: T201
    _print_table([(1.0, code, found) for code, found in inside] + [(weight, code, found) for code, _, found in outside])
    print("\nnot in use, by letters: pieces, found to be so, given a wrong name with 0.9 or more")  # noqa: T201
    for least, most in pairwise(LENGTHS):
        found = [language for _, text, language in outside if least <= len(text) < most]
        right = sum(language.code == UNDECIDED for language in found) / len(found)
        sure = sum(language.code != UNDECIDED and (language.confidence or 0) >= SURE for language in found) / len(found)
        print(f"| {least}-{most} | {len(found)} | {right:.3f} | {sure:.3f} |")  # noqa: T201


def _print_table(answers: Sequence[tuple[float, str, Language]]) -> None:
    """Of answers with their weights and the right codes."""
    decided = [answer for answer in answers if answer[2].code != UNDECIDED and answer[2].confidence is not None]
    print(f"{len(answers) - len(decided)} undecided\n")  # noqa: T201
    print("| confidence | answers | mean confidence | right |\n|---|---|---|---|")  # noqa: T201
    for low, high in pairwise(BOUNDS):
        inside = [answer for answer in decided if low <= (answer[2].confidence or 0) < high]
        if inside:
            whole = sum(weight for weight, _, _ in inside)
            mean = sum(weight * (found.confidence or 0) for weight, _, found in inside) / whole
            right = sum(weight * (code == found.code) for weight, code, found in inside) / whole
            print(f"| {low}-{high} | {len(inside)} | {mean:.3f} | {right:.3f} |")  # noqa: T201


if __name__ == "__main__":
    main()
