"""The names of labelled posts with their facts: what the model is trained on."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.core.citations.finder import CitationFinder
from processors.core.citations.found_citations import NameEvidence
from processors.core.citations.loading import load_lexicon
from processors.core.linear_model import Weights
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.named_text import name_all
from training.citations.labelled import CitationPost, is_same_outlet
from training.citations.logistic import Example


class ReadPost(NamedTuple):
    """A labelled post with what the finder knows of its names."""

    labelled: CitationPost
    examples: list[Example]


def read_posts(posts: Sequence[CitationPost], registry: OutletRegistry) -> list[ReadPost]:
    """The posts with the facts of their names, each true where a label names it."""
    finder = CitationFinder(registry, load_lexicon(), Weights(0.0, {}))
    read: list[ReadPost] = []
    for post, named in zip(posts, name_all(registry, [post.text for post in posts]), strict=True):
        candidates = finder.candidates(named.spelling, named.names)
        examples: list[Example] = []
        if candidates is not None:
            plain, groups = candidates
            for evidence, _ in finder.evidence(plain, groups):
                places = [
                    tuple(named.spelling.at(plain.at_spelling(offset)) for offset in (name.start, name.end))
                    for name in evidence.group.names
                ]
                examples.append(Example(tuple(evidence.facts), _is_true(post, evidence, places)))
        read.append(ReadPost(post, examples))
    return read


def _is_true(post: CitationPost, evidence: NameEvidence, places: Sequence[tuple[int, ...]]) -> bool:
    return any(
        label.start <= start < label.end and is_same_outlet(label, name.outlet.name, post.text[start:end])
        for (start, end), name in zip(places, evidence.group.names, strict=True)
        for label in post.citations
    )
