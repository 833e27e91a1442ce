"""What is known of a channel's language before a post is read."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from processors.core.language.codes import NOT_IN_USE, UNDECIDED
from processors.core.language.models import Shares
from schemas import Language, LanguagePrior, NormalizedPost

UNSURE = 0.9
"""A post that is surer than this by its own text is not the prior's business."""

TELLING_LETTERS = 60
TELLING_CONFIDENCE = 0.9
"""Posts that a prior is learned from: so long and so sure by their own text."""

LEAST_POSTS = 20
"""A channel with fewer such posts has no prior."""

LEAST_SHARE = 0.01
"""Share of a language that the channel has not been seen to use."""


@dataclass(frozen=True, slots=True)
class ChannelPrior:
    """Shares of languages for each channel id. It never changes while it is in use, so that equal posts give equal
    records in whatever order and on whatever worker.
    """

    version: str
    channels: Mapping[int | None, Shares]

    def knows(self, channel_id: int | None) -> bool:
        """Whether there is a prior for a channel."""
        return channel_id in self.channels

    def weigh(self, probabilities: Shares, channel_id: int | None) -> Shares:
        """Bayes' rule: the text's probabilities with the channel's shares."""
        shares = self.channels[channel_id]
        weighed = {code: share * max(LEAST_SHARE, shares.get(code, 0.0)) for code, share in probabilities.items()}
        whole = sum(weighed.values())
        return {code: share / whole for code, share in weighed.items()} if whole else probabilities


def prior_from(file: LanguagePrior) -> ChannelPrior:
    """The prior that a file holds; a file's version is the hash of its content."""
    content = json.dumps(file.model_dump(mode="json")["channels"], sort_keys=True)
    version = hashlib.sha256(content.encode()).hexdigest()[:12]
    return ChannelPrior(version, {int(channel): dict(shares) for channel, shares in file.channels.items()})


def learned(posts: Iterable[NormalizedPost]) -> LanguagePrior:
    """The prior of the channels of some posts. The last record of a post counts; one that a prior
    decided is left out, so that a prior never confirms itself.
    """
    certain: dict[str, tuple[int, str] | None] = {}
    for post in posts:
        certain[post.key] = (post.channel.id, post.language.code) if _is_certain(post) else None
    counts: dict[int, Counter[str]] = {}
    for entry in certain.values():
        if entry is not None:
            counts.setdefault(entry[0], Counter())[entry[1]] += 1
    return LanguagePrior(
        channels={
            str(channel): {code: round(count / seen.total(), 3) for code, count in sorted(seen.items())}
            for channel, seen in sorted(counts.items())
            if seen.total() >= LEAST_POSTS
        }
    )


def _is_known(language: Language) -> bool:
    """Whether a language leads; one that is not in use counts as ``und``, which the channel then writes in."""
    return language.code != UNDECIDED or (language.reason or "").startswith(NOT_IN_USE)


def _is_certain(post: NormalizedPost) -> bool:
    language = post.language
    return (
        _is_known(language)
        and language.prior is None
        and not language.spans
        and language.confidence is not None
        and language.confidence >= TELLING_CONFIDENCE
        and sum(map(str.isalpha, post.text)) >= TELLING_LETTERS
    )
