"""The language of a post: a quick answer where it is plain, two models where it is not, ``und`` where it is neither."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter

from processors.core.language import scripts
from processors.core.language.codes import LANGUAGES, NOT_IN_USE, SISTERS, UNDECIDED, name_of, standard
from processors.core.language.distinctive_words import (
    distinctive_words,
    has_quotations,
    without_quotations,
    words_but_names,
    words_of,
    words_of_each,
)
from processors.core.language.ensemble import SAMPLE, Evidence, LanguageEnsemble
from processors.core.language.function_words import has_markers
from processors.core.language.models import FastTextClassifier, LanguageClassifier, Shares
from processors.core.language.prior import UNSURE, ChannelPrior
from processors.core.language.spans import LanguageRun, TextPart, parts_of, runs_of, sure_code
from processors.core.text.character_kinds import NOT_LATIN, letters_of_each
from processors.core.text.characters import CYRILLIC
from schemas import Language, LanguageSpan

LOW_CONFIDENCE = "low confidence"

MIN_CONFIDENCE = 0.25
"""Below this the answer is und. Higher costs more two-word posts than it finds names (docs/language.md)."""

MIN_WORD_CONFIDENCE = 0.65
"""The same for a single word, which is a name or an exclamation as often as not."""

MAX_READ = 6000
"""Of a longer text (Telegram's limit is 4,096) the head, the middle and the tail are read, and no spans are sought."""

SHORT_TEXT = 100
"""Up to here a text may be all name or laughter, and is worth both models."""

_TITLE_END = re.compile(r"\s[-–—|]\s|:\s")
_DOUBTFUL = 0.9
"""Any bound from 0.8 to 0.99 gives more right answers on titles of our own than none, within 0.01 of each other."""

KEPT_VOTES = 4096
"""Words whose votes are kept, some 2 MB: a channel's footers and what it copies from others come again and again."""
_VOTES = 4
_VOTES_LENGTH = 128
_VOTE_LETTERS = 10
_PLAIN_LETTERS = 50
_SCRIPT_LETTERS = 32
_PLAIN, _PLAIN_TOGETHER = 0.85, 0.7
_OTHERS = 0.1
"""Share of languages that are not in use up to which a post is plain. From 0.03 to 0.2 as many texts in such languages
are found (61 of 62); at 0.1 three or four posts of a thousand fewer need both models than at 0.05.
"""
_UNKNOWN_SISTERS = frozenset({"is"})
"""Languages with a close relative that lid.176 does not know and confuses with them: Faroese."""
_ALTERNATIVE = 0.2
_MAJORITY = 0.5
"""Share from which on languages that are not in use lead: a few words leave a little to dozens of them."""
_MAX_CONFIDENCE = 0.999
_SHARE, _OTHERS_SHARE = attrgetter("share"), attrgetter("others")


@dataclass(slots=True)
class _Text:
    """A text as far as it is read."""

    text: str
    parts: list[TextPart]
    letters: int
    """The kinds of its letters, and perhaps more."""
    is_whole: bool

    @property
    def is_short(self) -> bool:
        """Whether it is one part, too short for a vote."""
        return len(self.text) < _PLAIN_LETTERS and len(self.parts) < 2


@dataclass(slots=True)
class _Vote:
    """The fast model's vote on one part."""

    part: TextPart
    words: str
    code: str | None
    share: float
    others: float
    """What languages that are not in use get together."""


class LanguageDetector:
    """Detects the language of a post and of its parts; equal arguments give equal answers."""

    def __init__(
        self,
        fast: FastTextClassifier,
        second: LanguageClassifier,
        languages: Collection[str] = LANGUAGES,
        prior: ChannelPrior | None = None,
    ) -> None:
        self._fast = fast
        self._languages = frozenset(map(standard, languages))
        self._ensemble = LanguageEnsemble(fast, second, self._languages)
        self._prior = prior
        self._leading = lru_cache(KEPT_VOTES)(self._leading_share)

    def detect(self, text: str, channel_id: int | None = None) -> Language:
        """The language of a clean text; ``channel_id`` is whose prior is used when the text leaves doubt."""
        (language,) = self.detect_all([(text, channel_id)])
        return language

    def detect_all(
        self, posts: Sequence[tuple[str, int | None]], letters: Sequence[int] | None = None
    ) -> list[Language]:
        """The same for several texts with their channels, in less time; ``letters`` are the kinds of letters in each
        text, if they are known.
        """
        letters = letters_of_each([text for text, _ in posts]) if letters is None else letters
        texts = [_read(text, own) for (text, _), own in zip(posts, letters, strict=True)]
        votes = iter(self._votes([text for text in texts if not text.is_short]))
        return [
            self._decided_by_votes(text, [] if text.is_short else next(votes))
            or self._weighed(self._model_evidence(text.text), channel_id)
            for text, (_, channel_id) in zip(texts, posts, strict=True)
        ]

    def _votes(self, texts: Sequence[_Text]) -> list[list[_Vote]]:
        """For each text the votes of its longest parts, by their heads. If they disagree, the dissenters vote again on
        longer beginnings.
        """
        longest = [_longest(text.parts) for text in texts]
        heads = [_heads(text.text, parts, _VOTES_LENGTH) for text, parts in zip(texts, longest, strict=True)]
        votes = [
            [self._vote(part, head) for part, head in zip(parts, words, strict=True)]
            for parts, words in zip(longest, words_of_each(heads, [text.letters for text in texts]), strict=True)
        ]
        dissent = list(map(_dissenters, votes))
        longer = [(text, vote) for text, some in zip(texts, dissent, strict=True) for vote in some]
        heads = [[_head(text.text, vote.part, SAMPLE)] for text, vote in longer]
        more = words_of_each(heads, [text.letters for text, _ in longer])
        revotes = iter([self._vote(vote.part, words) for (_, vote), (words,) in zip(longer, more, strict=True)])
        return [_replaced(some, dissenters, revotes) for some, dissenters in zip(votes, dissent, strict=True)]

    def _decided_by_votes(self, text: _Text, votes: list[_Vote]) -> Language | None:
        """The result of the votes, unless they leave doubt."""
        agreed = _agreed(votes)
        if len(agreed) < len(votes):
            mixed = self._mixed(text) if text.is_whole and self._is_suspect(votes, agreed) else None
            if mixed is not None or 2 * len(agreed) <= len(votes):
                return mixed
        return self._plain(text, agreed)

    def _vote(self, part: TextPart, words: str) -> _Vote:
        if len(words) < _VOTE_LETTERS:
            return _Vote(part, words, None, 0.0, 0.0)
        return _Vote(part, words, *self._leading(words))

    def _leading_share(self, words: str) -> tuple[str | None, float, float]:
        """What the fast model makes of words: see ``_Vote``."""
        shares = self._fast.leading(words)
        if len(shares) == 1:
            ((only, share),) = shares.items()
            return only, share, 0.0 if only in self._languages else share
        code, share = max(shares.items(), key=itemgetter(1), default=(None, 0.0))
        others = 0.0
        if not shares.keys() <= self._languages:
            others = sum(share for code, share in shares.items() if code not in self._languages)
        return code, share, others

    def _plain(self, text: _Text, votes: Sequence[_Vote]) -> Language | None:
        """The answer of votes that agree, when nobody would doubt it."""
        if not votes or votes[0].code is None or sum([len(vote.words) for vote in votes]) < _PLAIN_LETTERS:
            return None
        share = max(map(_SHARE, votes))
        if sum(map(_OTHERS_SHARE, votes)) > _OTHERS * len(votes):
            return None
        if share < (_PLAIN if len(votes) == 1 else _PLAIN_TOGETHER):
            return None
        script = scripts.dominant(scripts.weights(votes[0].words[:_SCRIPT_LETTERS]))
        if script is None or votes[0].code not in self._ensemble.candidates(script):
            return None
        if script == scripts.LATIN and text.letters & NOT_LATIN and _narrated(text.text) != text.text:
            return None
        if votes[0].code in _UNKNOWN_SISTERS or has_markers(" ".join([vote.words for vote in votes])):
            return None
        return _decided(votes[0].code, share, script)

    def _model_evidence(self, text: str) -> Evidence:
        narrated = _narrated(text)
        if len(text) <= SHORT_TEXT:
            words = distinctive_words(narrated)
        else:
            # Where the longest parts are numbers, all is read.
            heads = _heads(narrated, _longest(parts_of(narrated)), 2 * SAMPLE)
            words = " ".join(filter(None, words_of_each([heads])[0])) or words_of(narrated)
        if not words and not any(map(str.isalpha, text)):
            return Evidence({}, None, 0, "no letters")
        combined = self._ensemble.combine(words)
        return self._after_title(narrated, combined) if len(text) <= SHORT_TEXT else combined

    def _after_title(self, text: str, whole: Evidence) -> Evidence:
        """What follows a dash or a colon, where the whole leaves doubt: a name or a title before it is often in
        another language.
        """
        title, *rest = _TITLE_END.split(text)
        if len(rest) != 1 or not 0.0 < _top(whole) < _DOUBTFUL:
            return whole
        after = self._ensemble.combine(distinctive_words(rest[0]))
        has_say = len(rest[0]) > len(title) and after.probabilities and _decides(_top(after), after)
        return after if has_say else whole

    def _weighed(self, evidence: Evidence, channel_id: int | None) -> Language:
        """The answer that the evidence gives, with the channel's prior where it leaves doubt."""
        shares = evidence.probabilities
        if evidence.reason is not None or not shares:
            return Language(code=UNDECIDED, reason=evidence.reason or LOW_CONFIDENCE, script=evidence.script)
        prior = None
        if self._prior is not None and max(shares.values()) < UNSURE and self._prior.knows(channel_id):
            shares, prior = self._prior.weigh(shares, channel_id), self._prior.version
        if shares[UNDECIDED] >= _MAJORITY:
            return _not_in_use(evidence, shares, prior)
        code = _best(shares)
        if _decides(shares[code], evidence):
            return _decided(code, shares[code], evidence.script, _runners_up(shares, code), prior)
        return Language(
            code=UNDECIDED,
            confidence=round(shares[code], 4),
            reason=LOW_CONFIDENCE,
            script=evidence.script,
            alternatives=_runners_up(shares),
            prior=prior,
        )

    def _is_suspect(self, votes: Sequence[_Vote], agreed: Sequence[_Vote]) -> bool:
        """Whether both models together are sure of another language in one of the parts that dissented."""
        dissenters = (vote for vote in votes if vote not in agreed)
        return any(sure_code(self._ensemble.combine(vote.words)) not in (None, agreed[0].code) for vote in dissenters)

    def _mixed(self, whole: _Text) -> Language | None:
        text, parts = whole.text, whole.parts
        evidence = [self._ensemble.combine(words_but_names(_head(text, part, 2 * SAMPLE))) for part in parts]
        runs = runs_of(text, parts, evidence)
        if len(runs) < 2:
            return None
        code = _main_code(_narrated(text), runs)
        own = [each for part, each in zip(parts, evidence, strict=True) if _code_at(runs, part) == code]
        letters = sum(each.letters for each in own)
        share = sum(each.letters * each.probabilities.get(code, 0.0) for each in own) / letters
        main = max(own, key=lambda each: each.letters)
        spans = tuple(LanguageSpan(start=run.start, end=run.end, code=run.code) for run in runs)
        found = _not_in_use(main, {code: share}) if code == UNDECIDED else _decided(code, share, main.script)
        return found.model_copy(update={"spans": spans})


def _read(text: str, letters: int) -> _Text:
    is_whole = len(text) <= MAX_READ
    text = text if is_whole else _sample(text)
    return _Text(text, parts_of(text), letters, is_whole)


def _decided(
    code: str, share: float, script: str | None, others: tuple[str, ...] = (), prior: str | None = None
) -> Language:
    return Language.model_construct(
        code=code,
        confidence=round(min(share, _MAX_CONFIDENCE), 4),
        script=script,
        alternatives=others if script == CYRILLIC else SISTERS.get(code, ()) + others,
        prior=prior,
    )


def _not_in_use(evidence: Evidence, shares: Shares, prior: str | None = None) -> Language:
    """Undecided, since a language leads that is not in use: the confidence is that in this."""
    outsider = evidence.outsider
    return Language(
        code=UNDECIDED,
        confidence=round(min(shares[UNDECIDED], _MAX_CONFIDENCE), 4),
        reason=NOT_IN_USE if outsider is None else f"{NOT_IN_USE}: {name_of(outsider)}",
        script=evidence.script,
        alternatives=(() if outsider is None else (outsider,)) + _runners_up(shares, UNDECIDED),
        prior=prior,
    )


def _best(shares: Shares) -> str:
    """The likeliest of the languages in use; ``und`` when there is none."""
    return max(shares, key=lambda code: (code != UNDECIDED, shares[code]))


def _top(evidence: Evidence) -> float:
    return max(evidence.probabilities.values(), default=0.0)


def _decides(share: float, evidence: Evidence) -> bool:
    """Whether a language is sure enough among those in use."""
    among = share / max(share, 1.0 - evidence.probabilities[UNDECIDED])
    return among >= (MIN_WORD_CONFIDENCE if evidence.is_one_word else MIN_CONFIDENCE)


def _runners_up(shares: Shares, code: str | None = None) -> tuple[str, ...]:
    others = (other for other, share in shares.items() if other not in (code, UNDECIDED) and share >= _ALTERNATIVE)
    return tuple(sorted(others, key=lambda other: (-shares[other], other)))


def _narrated(text: str) -> str:
    """A text of two scripts without what it quotes: its language is the narrator's."""
    if text.isascii() or not has_quotations(text) or not scripts.has_latin_and_more(text):
        return text
    return without_quotations(text)


def _main_code(narrated: str, runs: Sequence[LanguageRun]) -> str:
    """The language with the most letters outside of quotations."""
    letters: dict[str, int] = {}
    for run in runs:
        letters[run.code] = letters.get(run.code, 0) + sum(map(str.isalpha, narrated[run.start : run.end]))
    return max(letters, key=letters.__getitem__)


def _code_at(runs: Sequence[LanguageRun], part: TextPart) -> str:
    return next(run.code for run in reversed(runs) if run.start <= part[0])


def _longest(parts: Sequence[TextPart]) -> Sequence[TextPart]:
    return parts if len(parts) < 2 else sorted(parts, key=_length, reverse=True)[:_VOTES]


def _heads(text: str, parts: Sequence[TextPart], length: int) -> list[str]:
    """The heads of some parts; ``length`` is of all of them together."""
    return [_head(text, part, length // len(parts)) for part in parts]


def _head(text: str, part: TextPart, length: int) -> str:
    start, end = part
    return text[start : min(end, start + length)].strip()


def _agreed(votes: Sequence[_Vote]) -> list[_Vote]:
    """The surest vote and those that agree with it."""
    if not votes:
        return []
    first = max(votes, key=_SHARE)
    return [vote for vote in votes if vote.code == first.code]


def _dissenters(votes: Sequence[_Vote]) -> list[_Vote]:
    """The votes against the surest one, but for parts that were read whole and have too few letters."""
    if len({vote.code for vote in votes}) < 2:
        return []
    code = max(votes, key=_SHARE).code
    read_length = _VOTES_LENGTH // len(votes)
    return [
        vote
        for vote in votes
        if vote.code != code and (len(vote.words) >= _VOTE_LETTERS or _length(vote.part) > read_length)
    ]


def _replaced(votes: list[_Vote], dissenters: Sequence[_Vote], revotes: Iterator[_Vote]) -> list[_Vote]:
    """The votes with the next ones in place of dissenters, without those that had too few letters."""
    if dissenters:
        votes = [next(revotes) if vote in dissenters else vote for vote in votes]
    return [vote for vote in votes if len(vote.words) >= _VOTE_LETTERS]


def _length(part: TextPart) -> int:
    start, end = part
    return end - start


def _sample(text: str) -> str:
    piece = MAX_READ // 3
    middle = (len(text) - piece) // 2
    return "\n".join((text[:piece], text[middle : middle + piece], text[-piece:]))
