"""Precision and recall of items: text and outlets."""

import re
from collections import Counter
from dataclasses import dataclass, field

from processors.core.quotes.tagging.quote_runs import RunItem
from schemas.text import unaccented
from training.labelled import LabelledPost

_LEAST_OVERLAP = 0.5


@dataclass
class Score:
    """Counts of items, and of posts without a list in which one was found."""

    right: int = 0
    found: int = 0
    labelled: int = 0
    false_lists: int = 0
    posts_without: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing was found."""
        return 2 * self.right / (self.found + self.labelled) if self.found + self.labelled else 1.0

    @property
    def precision(self) -> float:
        """Of the items found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of the items labelled."""
        return self.right / self.labelled if self.labelled else 1.0

    def add(self, post: LabelledPost, items: list[RunItem]) -> None:
        """Count one post."""
        self.found += len(items)
        self.labelled += len(post.items)
        self.right += _right(post, items)
        self.posts_without += not post.items
        self.false_lists += bool(items) and not post.items


@dataclass
class Scores:
    """By file, and by language within a file."""

    files: dict[str, Score] = field(default_factory=dict)
    languages: dict[tuple[str, str], Score] = field(default_factory=dict)

    def add(self, post: LabelledPost, items: list[RunItem]) -> None:
        """Count one post."""
        self.files.setdefault(post.file, Score()).add(post, items)
        self.languages.setdefault((post.file, post.language), Score()).add(post, items)


def _right(post: LabelledPost, items: list[RunItem]) -> int:
    used: set[int] = set()
    right = 0
    for labelled in post.items:
        text = post.text[labelled.start : labelled.end]
        overlaps = [
            (_overlap(text, post.text[item.start : item.end]), -place)
            for place, item in enumerate(items)
            if place not in used
        ]
        best, place = max(overlaps, default=(0.0, 0))
        if best < _LEAST_OVERLAP:
            continue
        used.add(-place)
        names = {_folded(mention.outlet.name) for mention in items[-place].attribution.mentions}
        right += names == set(map(_folded, labelled.outlets))
    return right


def _overlap(one: str, other: str) -> float:
    left, right = Counter(re.findall(r"\w+", one.casefold())), Counter(re.findall(r"\w+", other.casefold()))
    return (left & right).total() / max(1, (left | right).total())


def _folded(name: str) -> str:
    words = re.sub(r"[^\w ]+", " ", unaccented(name.casefold())).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)
