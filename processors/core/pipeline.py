"""The pure pipeline up to duplicate detection: a raw post in, an analyzed post out."""

from collections.abc import Callable, Sequence
from typing import Protocol

from processors.core.dedup.fingerprint import fingerprints
from processors.core.dedup.homes import is_long_enough
from processors.core.language import LanguageDetector
from processors.core.layout import structure
from processors.core.outcomes import Analyzed, Deleted
from processors.core.quotes.named_text import NamedText
from processors.core.revision import revision_of
from processors.core.text import annotations
from processors.core.text.character_kinds import letters_of_each
from processors.core.text.clean import clean, remap
from processors.core.text.folding import fold_all
from schemas import (
    Block,
    Channel,
    Citation,
    Fingerprint,
    Language,
    Link,
    NormalizedPost,
    Provenance,
    QuoteList,
    RawPost,
    Section,
    Span,
    TextEntity,
    Tombstone,
    post_key,
)
from schemas.rank import LOWEST, rank_of

PIPELINE_VERSION: str = "2"
"""Grows with every change that can change a record."""


class QuoteSplitterProtocol(Protocol):
    """Finds media-quote lists in a clean text; offsets are in that text."""

    def name_all(self, texts: Sequence[str], letters: Sequence[int]) -> list[NamedText]:
        """The known outlets in each text; ``letters`` are the kinds of letters in each."""

    def split_all(
        self, posts: Sequence[tuple[str, tuple[TextEntity, ...], str]], named: Sequence[NamedText]
    ) -> list[tuple[QuoteList, ...]]:
        """The lists of each post; its key, given last, goes into the quotes' keys. ``named`` has the texts' names."""


class CitationFinderProtocol(Protocol):
    """Finds the statements that a post attributes to outlets; offsets are in its clean text."""

    def citations_all(
        self, posts: Sequence[tuple[NamedText, tuple[TextEntity, ...], Channel, str, tuple[QuoteList, ...]]]
    ) -> list[tuple[Citation, ...]]:
        """The citations of each post but for the items of its lists, which are given last; its key goes into theirs."""


class _Work:
    """A post on its way through the steps, and what they made of it."""

    __slots__ = (
        "blocks",
        "citations",
        "entities",
        "fingerprint",
        "folded",
        "hashtags",
        "key",
        "language",
        "letters",
        "links",
        "mentions",
        "named",
        "quote_lists",
        "raw",
        "revision",
        "text",
    )
    text: str
    letters: int
    """The kinds of its letters, looked up once for all steps."""
    entities: tuple[TextEntity, ...]
    language: Language
    folded: str
    fingerprint: Fingerprint
    revision: str
    blocks: tuple[Block | Section, ...]
    links: tuple[Link, ...]
    mentions: tuple[Span, ...]
    hashtags: tuple[Span, ...]
    named: NamedText
    """The text with the outlets in it, searched once for lists and citations."""
    quote_lists: tuple[QuoteList, ...]
    citations: tuple[Citation, ...]

    def __init__(self, raw: RawPost) -> None:
        self.raw = raw
        self.key = post_key(raw.channel.id, raw.message_id)


class Analyzer:
    """Stateless: equal posts give equal records, whatever came before."""

    def __init__(
        self, detector: LanguageDetector, splitter: QuoteSplitterProtocol, citations: CitationFinderProtocol
    ) -> None:
        self._detector = detector
        self._splitter = splitter
        self._citations = citations
        # rensa leaves the processor's vector registers in a state that slows fastText down by 30 us a post (no
        # vzeroupper); hashing the revision, with what xxhash does for over 240 bytes, ends that.
        self._steps: tuple[Callable[[Sequence[_Work]], None], ...] = (
            _clean,
            self._detect,
            _fold,
            _fingerprint,
            _each(_identify),
            _each(_lay_out),
            _each(_annotate),
            self._name,
            self._split,
            self._cite,
        )

    def analyze(self, raw: RawPost) -> Analyzed | Deleted:
        """The outcome for a post."""
        (outcome,) = self.analyze_all([raw])
        return outcome

    def analyze_all(self, raws: Sequence[RawPost]) -> list[Analyzed | Deleted]:
        """The outcomes for posts. Each step runs for all of them before the next one: what it needs then stays in
        the processor's cache, and with dozens of posts the whole takes a quarter less than one by one.
        """
        works = [_Work(raw) for raw in raws if not raw.is_deleted]
        for step in self._steps:
            step(works)
        analyzed = map(_analyzed, works)
        return [_deleted(raw) if raw.is_deleted else next(analyzed) for raw in raws]

    def _detect(self, works: Sequence[_Work]) -> None:
        posts = [(work.text, work.raw.channel.id) for work in works]
        languages = self._detector.detect_all(posts, _letters(works))
        for work, language in zip(works, languages, strict=True):
            work.language = language

    def _name(self, works: Sequence[_Work]) -> None:
        named = self._splitter.name_all([work.text for work in works], _letters(works))
        for work, one in zip(works, named, strict=True):
            work.named = one

    def _cite(self, works: Sequence[_Work]) -> None:
        posts = [(work.named, work.entities, work.raw.channel, work.key, work.quote_lists) for work in works]
        for work, citations in zip(works, self._citations.citations_all(posts), strict=True):
            work.citations = citations

    def _split(self, works: Sequence[_Work]) -> None:
        posts = [(work.text, work.entities, work.key) for work in works]
        found = self._splitter.split_all(posts, [work.named for work in works])
        for work, lists in zip(works, found, strict=True):
            work.quote_lists = self._with_item_languages(lists, work.language, work.raw.channel.id)

    def _with_item_languages(
        self, lists: tuple[QuoteList, ...], language: Language, channel_id: int
    ) -> tuple[QuoteList, ...]:
        """The lists with each item's language: the post's, unless the post is mixed."""
        return tuple(
            quotes.model_copy(
                update={
                    "items": tuple(
                        item.model_copy(update={"language": self._language_of(item.text, language, channel_id)})
                        for item in quotes.items
                    )
                }
            )
            for quotes in lists
        )

    def _language_of(self, text: str, language: Language, channel_id: int) -> str:
        return self._detector.detect(text, channel_id).code if language.spans else language.code


def _each(step: Callable[[_Work], None]) -> Callable[[Sequence[_Work]], None]:
    """A step that looks at one post, for several."""

    def take(works: Sequence[_Work]) -> None:
        for work in works:
            step(work)

    return take


def _clean(works: Sequence[_Work]) -> None:
    changed = []
    for work, letters in zip(works, letters_of_each([work.raw.text for work in works]), strict=True):
        cleaned = clean(work.raw.text, letters)
        work.text, work.letters = cleaned.text, letters
        work.entities = remap(work.raw.entities, cleaned, len(work.raw.text))
        if work.text is not work.raw.text:
            changed.append(work)
    for work, letters in zip(changed, letters_of_each([work.text for work in changed]), strict=True):
        work.letters = letters


def _letters(works: Sequence[_Work]) -> list[int]:
    return [work.letters for work in works]


def _fold(works: Sequence[_Work]) -> None:
    for work, folded in zip(works, fold_all([work.text for work in works], _letters(works)), strict=True):
        work.folded = folded


def _fingerprint(works: Sequence[_Work]) -> None:
    found = fingerprints([(work.text, work.entities, work.folded) for work in works])
    for work, one in zip(works, found, strict=True):
        work.fingerprint = one


def _identify(work: _Work) -> None:
    work.revision = revision_of(work.raw)


def _lay_out(work: _Work) -> None:
    work.blocks = structure.blocks(work.text, work.entities)


def _annotate(work: _Work) -> None:
    work.links = annotations.links(work.text, work.entities)
    work.mentions = annotations.mentions(work.text, work.entities, work.links)
    work.hashtags = annotations.hashtags(work.text, work.entities, work.links)


def _analyzed(work: _Work) -> Analyzed:
    raw = work.raw
    post = NormalizedPost.model_construct(
        key=work.key,
        revision=work.revision,
        channel=raw.channel,
        message_id=raw.message_id,
        posted_at=raw.posted_at,
        edited_at=raw.edited_at,
        text=work.text,
        entities=work.entities,
        blocks=work.blocks,
        links=work.links,
        mentions=work.mentions,
        hashtags=work.hashtags,
        language=work.language,
        quote_lists=work.quote_lists,
        citations=work.citations,
        forward=raw.forward,
        reply_to=raw.reply_to,
        album_id=raw.album_id,
        media=raw.media,
        counters=raw.counters,
        provenance=_provenance(raw),
    )
    is_forward = raw.forward is not None and raw.forward.message_id is not None
    return Analyzed(post, work.fingerprint, has_home=is_forward or is_long_enough(work.folded, work.language))


def _deleted(raw: RawPost) -> Deleted:
    key = post_key(raw.channel.id, raw.message_id)
    return Deleted(
        Tombstone(
            key=key,
            channel=raw.channel,
            message_id=raw.message_id,
            last_seen_at=raw.last_seen_at,
            provenance=_provenance(raw),
        )
    )


def _provenance(raw: RawPost) -> Provenance:
    return Provenance(
        source=raw.source,
        lane=raw.lane,
        collected_at=raw.collected_at,
        rank=rank_of(raw) or LOWEST,
        pipeline_version=PIPELINE_VERSION,
    )
