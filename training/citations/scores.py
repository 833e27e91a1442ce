"""How many of the labelled citations a model finds, and how many of those that it finds are right."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from processors.core.citations.finder import CitationFinder
from processors.core.citations.loading import load_lexicon
from processors.core.linear_model import Weights
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.named_text import name_all
from schemas import Channel, Citation
from training.citations.labelled import CitationPost, LabelledCitation, is_same_outlet

MIN_OVERLAP = 0.5
"""Intersection over union of two spans that are one citation."""
_NOBODY = Channel(id=1)


class CitationScore(NamedTuple):
    """Citations found, right and true, and posts without any in which some were found."""

    found: int = 0
    right: int = 0
    true: int = 0
    false_posts: int = 0
    empty_posts: int = 0

    @property
    def precision(self) -> float:
        """Share of those found that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true ones that are found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        """One line of a report."""
        return (
            f"F1 {self.f1:.3f}  precision {self.precision:.3f}  recall {self.recall:.3f}  "
            f"({self.right} right of {self.found} found, {self.true} true; false posts {self.false_posts} of "
            f"{self.empty_posts})"
        )


def score_all(
    posts: Sequence[CitationPost], registry: OutletRegistry, model_of: Callable[[CitationPost], Weights]
) -> CitationScore:
    """The score of all posts, each by its model."""
    lexicon = load_lexicon()
    total = CitationScore()
    for post, named in zip(posts, name_all(registry, [post.text for post in posts]), strict=True):
        finder = CitationFinder(registry, lexicon, model_of(post))
        one = _score(post, finder.citations(named, (), _NOBODY, "tg:1:1"))
        total = CitationScore(*(mine + its for mine, its in zip(total, one, strict=True)))
    return total


def _score(post: CitationPost, found: Sequence[Citation]) -> CitationScore:
    said = [
        (outlet.name, written.text, one.start, one.end)
        for one in found
        for outlet, written in zip(one.outlets, one.outlet_text, strict=True)
    ]
    open_labels = list(post.citations)
    right = 0
    for name, written, start, end in said:
        match = next((x for x in open_labels if is_same_outlet(x, name, written) and _overlap(x, start, end)), None)
        if match is not None:
            open_labels.remove(match)
            right += 1
    is_empty = not post.citations
    return CitationScore(len(said), right, len(post.citations), int(is_empty and bool(said)), int(is_empty))


def _overlap(label: LabelledCitation, start: int, end: int) -> bool:
    shared = min(label.end, end) - max(label.start, start)
    return shared > 0 and shared / (max(label.end, end) - min(label.start, start)) >= MIN_OVERLAP
