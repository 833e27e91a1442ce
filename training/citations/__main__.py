"""Trains the model of citations: ``scripts/train-citations --data DIR``.

DIR holds files ``citations_*.jsonl``, a post a line: lang, source (its channel), text, citations (outlet, outlet_text,
start, end, kind, cited). The weights name each file with its SHA-256; the same files give the same bytes. The report
is of folds that leave whole channels out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from processors.core.citations.loading import WEIGHTS
from processors.core.linear_model import Weights
from processors.core.quotes import QuoteDataError
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.registry_files import load_registry
from processors.core.weights_file import text_of_weights
from training.citations.examples import read_posts
from training.citations.labelled import CitationPost, LabelledDataError, LabelledFile, read_folder, sha256_of
from training.citations.logistic import trained
from training.citations.scores import CitationScore, score_all

STRENGTH = 3.0
"""Inverse of the regularisation: the best of 1, 3 and 8 by folds."""
FOLDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report and write; exit code 2 when the data cannot be used."""
    parser = argparse.ArgumentParser(prog="train-citations", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of citations_*.jsonl")
    parser.add_argument("--outlets", type=Path, metavar="FILE", help="outlets of your own, added to the registry")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="file of weights (default: the package's)")
    parser.add_argument("--no-folds", action="store_true", help="train without the report of folds")
    given = parser.parse_args(arguments)
    try:
        files = read_folder(given.data, "citations_*.jsonl")
        registry = load_registry(given.outlets)
        weights = train(files, registry)
        if given.outlets is not None:
            weights = weights.with_origin("outlets", f"{given.outlets.name} sha256 {sha256_of(given.outlets)}")
    except (LabelledDataError, QuoteDataError, ValueError, OSError) as error:
        print(f"train-citations: {error}", file=sys.stderr)
        return 2
    given.output.write_text(text_of_weights(weights), encoding="utf-8", newline="\n")
    posts = [post for file in files for post in file.posts]
    print(f"{given.output}: {len(weights.of)} weights from {len(posts)} posts of {len(files)} files")
    print(f"on what it was trained on   {score_all(posts, registry, lambda _: weights)}")
    if not given.no_folds:
        print(f"channels left out           {by_folds(posts, registry)}")
    return 0


def train(files: Sequence[LabelledFile], registry: OutletRegistry) -> Weights:
    """The weights, which name the files. ValueError when the posts hold no citation, or nothing else."""
    examples = [example for file in files for post in read_posts(file.posts, registry) for example in post.examples]
    weights = trained(examples, STRENGTH)
    origin = [("trained-by", "scripts/train-citations"), ("strength", f"{STRENGTH:g}")]
    origin += [("input", f"{file.name} sha256 {file.sha256}") for file in files]
    return weights._replace(origin=tuple(origin))


def by_folds(posts: Sequence[CitationPost], registry: OutletRegistry) -> CitationScore:
    """The score of each channel by a model of the others."""
    sources = sorted({post.source for post in posts})
    fold_of = {source: number % FOLDS for number, source in enumerate(sources)}
    read = read_posts(posts, registry)
    models: dict[int, Weights] = {}
    for fold in range(min(FOLDS, len(sources))):
        others = [one for one in read if fold_of[one.labelled.source] != fold]
        models[fold] = trained([example for one in others for example in one.examples], STRENGTH)
    return score_all(posts, registry, lambda post: models[fold_of[post.source]])


if __name__ == "__main__":
    raise SystemExit(main())
