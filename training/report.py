"""The scores as a table, printed and put into a document."""

import re
from pathlib import Path

from training.scores import Score, Scores

_BEGIN, _END = "<!-- training report: written by scripts/train-quotes -->", "<!-- end of the training report -->"


def write_report(document: Path | None, weights: int, of_all: Scores, by_folds: Scores) -> None:
    """Print the report; where a document is given, put it there between its marks."""
    text = _report(weights, of_all, by_folds)
    print(text)
    if document is not None:
        held = document.read_text(encoding="utf-8")
        pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
        document.write_text(pattern.sub(lambda _: f"{_BEGIN}\n\n{text}\n\n{_END}", held), encoding="utf-8")


def _report(weights: int, of_all: Scores, by_folds: Scores) -> str:
    head = "| posts | items | F1, trained on all | F1 by folds | precision | recall | false lists by folds |"
    rows = [
        _row(name, score, by_folds.files[name]) for name, score in sorted(of_all.files.items()) if score.labelled
    ] + [_row(name, score, by_folds.files[name]) for name, score in sorted(of_all.files.items()) if not score.labelled]
    languages = [
        f"| {name} {language} | {score.labelled} | {of_all.languages[name, language].f1:.2f} | {score.f1:.2f} |"
        for (name, language), score in sorted(by_folds.languages.items())
        if score.labelled
    ]
    return "\n".join(
        [
            f"{weights} names of evidence have weights.",
            "",
            head,
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "| by language | items | F1, trained on all | F1 by folds |",
            "|---|---|---|---|",
            *languages,
        ]
    )


def _row(name: str, of_all: Score, by_folds: Score) -> str:
    return (
        f"| {name} | {by_folds.labelled} | {of_all.f1:.3f} | {by_folds.f1:.3f} | {by_folds.precision:.3f} "
        f"| {by_folds.recall:.3f} | {by_folds.false_lists} of {by_folds.posts_without} |"
    )
