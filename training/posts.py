"""Labelled posts as the splitter sees them, with and without the words of its lexicons."""

from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.candidate_runs import IntroducedRun, PreparedPost, introduced_runs, prepare
from processors.core.quotes.lexicon.cue_phrases import built_cues
from processors.core.quotes.lexicon.cues import CueLexicon
from processors.core.quotes.list_decision import REFUSALS, run_evidence
from processors.core.quotes.named_text import name_all
from processors.core.quotes.tagging.model import PieceModel
from training.fitting import Row
from training.labelled import LabelledPost, gold_tags

MIN_ITEMS = 2
MIN_OUTLETS = 2


@dataclass(frozen=True)
class SeenPost:
    """A labelled post with its pieces; ``seen`` is null where the splitter gives it up at once."""

    labelled: LabelledPost
    seen: PreparedPost | None

    @property
    def row(self) -> Row:
        """The evidence of its pieces and their tags by the labels."""
        if self.seen is None:
            return [], []
        return self.seen.evidence, gold_tags(self.labelled, self.seen.pieces)


@dataclass(frozen=True)
class SeenRun:
    """A run that a model found, with its evidence."""

    found: IntroducedRun
    evidence: dict[str, float]
    is_list: bool
    """By the labels: two of its items are items of a list."""


def see(attributor: Attributor, post: LabelledPost) -> SeenPost:
    """A post as the splitter reads it, without entities."""
    (named,) = name_all(attributor.registry, [post.text])
    return SeenPost(post, prepare(attributor, named, ()))


def without_cues(attributor: Attributor) -> Attributor:
    """The same for a language of which no lexicon has a word of attribution."""
    return Attributor(attributor.registry, CueLexicon(built_cues(())), attributor.press)


def runs_in(attributor: Attributor, model: PieceModel, post: SeenPost) -> list[SeenRun]:
    """The runs of a post that have items and outlets enough, by a model of its pieces."""
    if post.seen is None:
        return []
    tokens = post.seen.tokens
    found = introduced_runs(attributor, post.seen, model.tag(post.seen.evidence))
    runs = [
        SeenRun(one, run_evidence(attributor, tokens, one.run, one.lead), _is_list(post.labelled, one))
        for one in found
        if len(one.run.items) >= MIN_ITEMS and len(one.run.outlets) >= MIN_OUTLETS
    ]
    return [run for run in runs if not any(run.evidence[name] for name in REFUSALS)]


def _is_list(post: LabelledPost, found: IntroducedRun) -> bool:
    right = 0
    for item in post.items:
        size = item.end - item.start
        right += any(2 * (min(one.end, item.end) - max(one.start, item.start)) > size for one in found.run.items)
    return right >= MIN_ITEMS
