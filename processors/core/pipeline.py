"""The pure pipeline up to duplicate detection: a raw post in, an analyzed post out."""

from typing import NamedTuple, Protocol

from processors.core import annotations, structure
from processors.core.decode import RAW_POST, decode
from processors.core.fingerprint import fingerprint
from processors.core.folding import fold
from processors.core.identity import revision_of
from processors.core.language import LanguageDetector
from processors.core.outcomes import Analyzed, AnalyzeOutcome, Deleted, Reject
from processors.core.text import CleanText, clean, remap
from schemas import (
    AnalyzedPost,
    Language,
    NormalizedPost,
    Provenance,
    QuoteList,
    RawPost,
    TextEntity,
    Tombstone,
    post_key,
)

PIPELINE_VERSION: str = "1"
"""Grows with every change that can change a record."""


class QuoteSplitter(Protocol):
    """Finds media-quote lists in a clean text; offsets are in that text."""

    def split(self, text: str, entities: tuple[TextEntity, ...], post_key: str, revision: str) -> tuple[QuoteList, ...]:
        """The lists of one revision of a post; its key and revision go into the quotes' keys."""


class Draft(NamedTuple):
    """A post half way: read, cleaned, and its language told."""

    raw: RawPost
    cleaned: CleanText
    language: Language


class Analyzer:
    """Stateless: equal posts give equal records, whatever came before.

    Whoever has several posts at hand drafts them all before the first is finished: the language model then stays in
    the processor's cache, and the whole takes a fifth less.
    """

    def __init__(self, detector: LanguageDetector, splitter: QuoteSplitter) -> None:
        self._detector = detector
        self._splitter = splitter

    def analyze_bytes(self, value: bytes | None) -> AnalyzeOutcome:
        """The outcome for a message's value; ``Reject`` when it holds no valid ``RawPost``."""
        draft = self.draft_bytes(value)
        return self.finish(draft) if isinstance(draft, Draft) else draft

    def analyze(self, raw: RawPost) -> AnalyzeOutcome:
        """The outcome for a post."""
        draft = self.draft(raw)
        return self.finish(draft) if isinstance(draft, Draft) else draft

    def draft_bytes(self, value: bytes | None) -> Draft | Deleted | Reject:
        """The first half of ``analyze_bytes``."""
        raw = decode(RAW_POST, value)
        return raw if isinstance(raw, Reject) else self.draft(raw)

    def draft(self, raw: RawPost) -> Draft | Deleted:
        """The first half of ``analyze``."""
        if raw.is_deleted:
            key = post_key(raw.channel.id, raw.message_id)
            return Deleted(
                Tombstone(key=key, channel=raw.channel, message_id=raw.message_id, provenance=_provenance(raw))
            )
        cleaned = clean(raw.text)
        return Draft(raw, cleaned, self._detector.detect(cleaned.text, raw.channel.id))

    def finish(self, draft: Draft) -> Analyzed:
        """The second half."""
        raw, cleaned, _ = draft
        entities = remap(raw.entities, cleaned, len(raw.text))
        # rensa leaves the processor's vector registers in a state that slows fastText down by 30 us a post (no
        # vzeroupper); hashing the revision, with what xxhash does for over 240 bytes, ends that.
        found = fingerprint(cleaned.text, entities, fold(cleaned.text))
        return Analyzed(AnalyzedPost(post=self._normalize(draft, entities, revision_of(raw)), fingerprint=found))

    def _normalize(self, draft: Draft, entities: tuple[TextEntity, ...], revision: str) -> NormalizedPost:
        raw, (text, _), language = draft
        key = post_key(raw.channel.id, raw.message_id)
        links = annotations.links(text, entities)
        return NormalizedPost(
            key=key,
            revision=revision,
            channel=raw.channel,
            message_id=raw.message_id,
            posted_at=raw.posted_at,
            edited_at=raw.edited_at,
            text=text,
            entities=entities,
            blocks=structure.blocks(text, entities),
            links=links,
            mentions=annotations.mentions(text, entities, links),
            hashtags=annotations.hashtags(text, entities, links),
            language=language,
            quote_lists=self._told(self._splitter.split(text, entities, key, revision), language, raw.channel.id),
            forward=raw.forward,
            reply_to=raw.reply_to,
            album_id=raw.album_id,
            media=raw.media,
            counters=raw.counters,
            provenance=_provenance(raw),
        )

    def _told(self, lists: tuple[QuoteList, ...], language: Language, channel_id: int) -> tuple[QuoteList, ...]:
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


def _provenance(raw: RawPost) -> Provenance:
    return Provenance(
        source=raw.source, lane=raw.lane, collected_at=raw.collected_at, pipeline_version=PIPELINE_VERSION
    )
