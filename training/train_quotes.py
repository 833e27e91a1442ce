"""Train the weights by which media-quote lists are found, and report how they do on sources that they have not seen."""

import argparse
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.list_decision import LEAST_PROBABILITY
from processors.core.quotes.loading import package_attributor
from processors.core.quotes.tagging.model import PieceModel, RunModel
from processors.core.quotes.tagging.quote_runs import RunItem
from processors.core.quotes.tagging.viterbi import TAGS
from training.fitting import EAGER_BIAS, OUTSIDE_BIAS, PieceWeights, Row, RunWeights, fit_pieces, fit_runs
from training.labelled import LabelError, Labelled, LabelledPost, read_folders
from training.posts import SeenPost, SeenRun, runs_in, see, without_cues
from training.report import write_report
from training.scores import Scores
from training.variants import variants_of

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "processors" / "core" / "quotes" / "data" / "list_weights.toml"
_VARIANTS = 5
"""Of each post; those of posts without a list are for the model of runs alone, for most of them have no run."""
_BARE_EVERY = 3
"""Of so many posts without a list one is also read without words of attribution."""
_FOLDS = 6
_LEAST_FOLDS = 2
"""With lists, so that what is left without one of them still has some."""


class Trainer:
    """Trains on labelled posts; what it read of them is kept."""

    def __init__(self, attributor: Attributor, posts: Sequence[LabelledPost], seed: int, folds: int = _FOLDS) -> None:
        self._attributor = attributor
        self._bare = without_cues(attributor)
        self._seed = seed
        self._posts = [see(attributor, post) for post in posts]
        self._variants = [
            [see(attributor, variant) for variant in variants_of(post.labelled, seed, _VARIANTS)]
            if post.seen is not None
            else []
            for post in self._posts
        ]
        self._rows = [self._rows_of(place) for place in range(len(self._posts))]
        self._folds = folds
        self._fold_of = _folds_of(posts, seed, folds)
        self._refuse_empty_folds()

    def _refuse_empty_folds(self) -> None:
        """Raise LabelError where a fold would be scored by weights of posts that all hold no list."""
        with_list = {
            fold for post, fold in zip(self._posts, self._fold_of, strict=True) if post.seen and post.labelled.items
        }
        if len(with_list) < _LEAST_FOLDS:
            raise LabelError(
                f"lists in {len(with_list)} of {self._folds} parts: weights are scored by sources that they have not "
                "seen, so lists of more sources are needed, or another --seed to part them"
            )

    def _rows_of(self, place: int) -> list[Row]:
        """Of a post and its variants, with and without words of attribution (of posts without a list only some)."""
        post = self._posts[place]
        own = [post, *self._variants[place]] if post.labelled.items else [post]
        seen = list(own)
        if post.labelled.items or place % _BARE_EVERY == 0:
            seen += [see(self._bare, one.labelled) for one in own]
        return [one.row for one in seen if one.seen is not None]

    def _fit_pieces(self, without: int | None) -> PieceWeights:
        return fit_pieces(
            [row for rows, fold in zip(self._rows, self._fold_of, strict=True) if fold != without for row in rows]
        )

    def train(self) -> tuple[PieceWeights, RunWeights, Scores]:
        """The weights of all posts, and how weights of other sources alone did on each post."""
        weights = [self._fit_pieces(fold) for fold in range(self._folds)]
        runs = self._runs(weights, OUTSIDE_BIAS, self._posts)
        every = [
            *self._of_folds(runs),
            *self._of_folds(self._runs(weights, EAGER_BIAS, self._posts)),
            *self._of_folds(self._runs_of_variants(weights)),
        ]
        scores = Scores()
        for fold in range(self._folds):
            model = _fit([run for other, run in every if other != fold]).model()
            for post, own, held in zip(self._posts, self._fold_of, runs, strict=True):
                if own == fold:
                    scores.add(post.labelled, _items(model, held))
        return self._fit_pieces(None), _fit([run for _, run in every]), scores

    def _runs(
        self, weights: Sequence[PieceWeights], outside_bias: float, posts: Sequence[SeenPost]
    ) -> list[list[SeenRun]]:
        """The runs of each post, by weights of a fold that saw no post of its source."""
        models = [one.model(outside_bias) for one in weights]
        return [runs_in(self._attributor, models[fold], post) for post, fold in zip(posts, self._fold_of, strict=True)]

    def _runs_of_variants(self, weights: Sequence[PieceWeights]) -> list[list[SeenRun]]:
        models = [one.model() for one in weights]
        return [
            [run for variant in variants for run in runs_in(self._attributor, models[fold], variant)]
            for variants, fold in zip(self._variants, self._fold_of, strict=True)
        ]

    def _of_folds(self, runs: Sequence[Sequence[SeenRun]]) -> list[tuple[int, SeenRun]]:
        return [(fold, run) for fold, own in zip(self._fold_of, runs, strict=True) for run in own]

    def score(self, pieces: PieceModel, runs: RunModel) -> Scores:
        """How weights do on the posts."""
        scores = Scores()
        for post in self._posts:
            scores.add(post.labelled, _items(runs, runs_in(self._attributor, pieces, post)))
        return scores


def _fit(runs: Sequence[SeenRun]) -> RunWeights:
    return fit_runs([run.evidence for run in runs], [run.is_list for run in runs])


def _items(model: RunModel, runs: Sequence[SeenRun]) -> list[RunItem]:
    accepted = [run for run in runs if model.probability(run.evidence) >= LEAST_PROBABILITY]
    return [item for run in accepted for item in run.found.run.items]


def _folds_of(posts: Sequence[LabelledPost], seed: int, folds: int) -> list[int]:
    """A fold for each post, the same one for all posts of a source; more data move no source to another."""
    return [zlib.crc32(f"{seed} {post.source}".encode()) % folds for post in posts]


def weights_text(labelled: Labelled, seed: int, pieces: PieceWeights, runs: RunWeights) -> str:
    """The weights file: the same text for the same data and seed."""
    lines = [
        "# Weights by which media-quote lists are found; written by scripts/train-quotes, explained in docs/quotes.md.",
        "# Weights of pieces are for: " + ", ".join(TAGS) + ".",
        f"seed = {seed}",
        f"outside_bias = {OUTSIDE_BIAS}",
        f"run_bias = {runs.bias}",
        "",
        "[inputs]",
        *(f'"{name}" = "{digest}"' for name, digest in labelled.inputs.items()),
        "",
        "[transitions]",
        *(f"{tag} = {row}" for tag, row in zip(TAGS, pieces.transitions, strict=True)),
        "",
        "[runs]",
        *(f'"{name}" = {weight}' for name, weight in sorted(runs.evidence.items())),
        "",
        "[pieces]",
        *(f'"{name}" = {weights}' for name, weights in sorted(pieces.evidence.items())),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 where an input has not the labelled format."""
    parser = argparse.ArgumentParser(prog="scripts/train-quotes", description=__doc__)
    parser.add_argument(
        "--data", type=Path, action="append", required=True, metavar="DIR", help="folder or file of labelled posts"
    )
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="weights file (default: the package's)")
    parser.add_argument("--report", type=Path, help="document between whose report marks the scores are written")
    parser.add_argument("--seed", type=int, default=1, help="of variants and folds (default: 1)")
    options = parser.parse_args(arguments)
    try:
        labelled = read_folders(options.data)
        trainer = Trainer(package_attributor(), labelled.posts, options.seed)
    except LabelError as error:
        print(f"train-quotes: {error}", file=sys.stderr)
        return 2
    pieces, runs, by_folds = trainer.train()
    options.output.write_text(weights_text(labelled, options.seed, pieces, runs), encoding="utf-8")
    write_report(options.report, len(pieces.evidence), trainer.score(pieces.model(), runs.model()), by_folds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
