"""The finder: a post's text and the names in it in, its citations out."""

import re
import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeAlias

from processors.core.citations.candidate_groups import NameGroup, grouped
from processors.core.citations.cited_sources import cited_in
from processors.core.citations.explain import reason_of
from processors.core.citations.facts import LineFacts, Scene, facts_of, line_facts, statement_words
from processors.core.citations.found_citations import FoundCitation, NameEvidence
from processors.core.citations.kinds import cue_of, kind_of, verb_of
from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.linked_names import has_cued_link
from processors.core.citations.markdown_removal import PlainText, plain_text
from processors.core.citations.name_candidates import NameCandidate, known, merged, with_links
from processors.core.citations.own_channel import NO_CHANNEL, OwnChannel
from processors.core.citations.records import CitedPost
from processors.core.citations.sentences import sentences
from processors.core.citations.spans import Spans
from processors.core.citations.surroundings import CueFound, Surroundings, opens_sentence
from processors.core.citations.surroundings_reader import read
from processors.core.citations.token_window import CLOSING, COLONS
from processors.core.citations.unknown_names import may_hold_unknown, unknown
from processors.core.linear_model import Weights
from processors.core.quotes.explain import Reason
from processors.core.quotes.lexicon.outlets import OutletName, OutletRegistry
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.tokens import Spelling
from processors.core.quotes.named_text import NamedText
from schemas import Channel, Citation, EntityKind, QuoteList, TextEntity

THRESHOLD: Final = 0.5
"""Probability from which a name's statement is a citation."""
LONG_SENTENCE: Final = 400
"""Code points from which a sentence that is a quotation of several is cut."""
_QUOTATION_MARKS: Final = '"«“„'
_TIME = re.compile(r"\s?[:：]?\s{1,3}(?:[01]?\d|2[0-4])(?:[:.h][0-5]\d\b(?!\.\d)|\s?(?:Uhr|am|pm|ч)\b)")
"""A time of day behind a label: "ARD: 20:15"."""
_IN_TABLE: Final = "a few words behind each of several labels: a table"
_BEEN: Final = frozenset(["été", "was", "were", "been", "be", "fue", "sido", "foi", "stato", "stata", "został", "fost"])
_TO_PASSIVE: Final = 3
"""Signs between an outlet and "quoted by": a mark and a blank."""
_MIN_CELLS: Final = 3
_FIGURES = re.compile(r"[^\w\n]*\d[\d\W]*")
_CLOSING: Final = frozenset(CLOSING + "«'-")
"""Marks that may close the quotation marks of a name, and the hyphen before its case."""
_NEGATIONS: Final = frozenset(
    [
        *("not", "nicht", "kein", "keine", "pas", "não", "inte", "ikke", "nie", "ne", "nu", "не", "ні", "nuk", "ei"),
        *("नहीं", "না", "نہیں", "لا", "لم", "نه", "لن", "לא", "değil", "nem", "není", "bukan", "tidak", "không"),
    ]
)
_ANNOUNCED_WITHIN: Final = 4
"""Words behind a verb among which a time such as "tonight" is."""
_OPENING_MARKS: Final = 3
"""Marks and pictures before the word that opens a sentence, with a capital for that."""
MAX_LABELLED: Final = 4096
"""Code points of a post in which the labels of a dialogue are counted."""
_LABELS = re.compile(r"([A-ZА-ЯЁ](?<![^\s.!?\"”»*].)[A-ZА-ЯЁa-zа-яё.]{1,14}): ")
_LEAST_LABELS: Final = 3
"""Of a dialogue: two of a speaker and one between them."""
MIN_STATEMENT: Final = 30
"""Code points of a statement that a credit after it closes."""

PostToCite: TypeAlias = tuple[NamedText, Sequence[TextEntity], Channel, str, Sequence[QuoteList]]
"""A post's text with its names, its entities, channel and key, and its lists."""


@dataclass(slots=True)
class PostReading:
    """One post with what is found out once for a line."""

    lexicon: CitationLexicon
    plain: PlainText
    last_content: int
    _speakers: Mapping[str, int] | None = None
    _sentences: dict[Offsets, list[Offsets]] = field(default_factory=dict)
    _quoted_sentences: dict[Offsets, list[Offsets]] = field(default_factory=dict)
    _lines: dict[Offsets, LineFacts] = field(default_factory=dict)

    def line_at(self, offset: int) -> Offsets:
        """The line of a character."""
        text = self.plain.text
        end = text.find("\n", offset)
        return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end

    def sentences_of(self, line: Offsets) -> list[Offsets]:
        """The sentences of a line."""
        found = self._sentences.get(line)
        if found is None:
            found = self._sentences[line] = sentences(self.plain.text, *line)
        return found

    def _quoted_sentences_of(self, sentence: Offsets) -> list[Offsets]:
        """The sentences of a long one, those within its quotations included."""
        found = self._quoted_sentences.get(sentence)
        if found is None:
            found = sentences(self.plain.text, *sentence, cut_quotations=True)
            self._quoted_sentences[sentence] = found
        return found

    def is_speaker(self, group: NameGroup) -> bool:
        """Whether the name labels two turns or more, and another label comes between them."""
        text = self.plain.text
        if self._speakers is None:
            has_any = text.count(": ") >= _LEAST_LABELS
            self._speakers = Counter(_LABELS.findall(text[:MAX_LABELLED])) if has_any else {}
        return len(self._speakers) > 1 and self._speakers.get(text[group.start : group.end], 0) > 1

    def facts_of_line(self, line: Offsets) -> LineFacts:
        """What holds for all names of a line."""
        found = self._lines.get(line)
        if found is None:
            is_last = line[1] >= self.last_content
            found = self._lines[line] = line_facts(self.lexicon, self.plain, *line, is_last=is_last)
        return found

    def sentence_at(self, line: Offsets, offset: int) -> Offsets:
        """The sentence of a character in its line; within a quotation of several sentences it is one of these."""
        found = _at(self.sentences_of(line), offset)
        if found[1] - found[0] > LONG_SENTENCE:
            start, end = _at(self._quoted_sentences_of(found), offset)
            if any(mark in self.plain.text[found[0] : start] for mark in _QUOTATION_MARKS):
                return start, end
        return found


def _at(found: Sequence[Offsets], offset: int) -> Offsets:
    return found[max(0, bisect_right(found, (offset, sys.maxsize)) - 1)]


class CitationFinder:
    """Decides which names are cited. Holds registry, lexicon and weights alone; one serves all posts and threads."""

    def __init__(
        self, registry: OutletRegistry, lexicon: CitationLexicon, weights: Weights, threshold: float = THRESHOLD
    ) -> None:
        self.registry = registry
        self.lexicon = lexicon
        self.weights = weights
        self._threshold = threshold

    def citations(
        self,
        named: NamedText,
        entities: Sequence[TextEntity],
        channel: Channel,
        post_key: str,
        lists: Sequence[QuoteList] = (),
    ) -> tuple[Citation, ...]:
        """The citations of a post but for the items of its lists; ``post_key`` goes into their keys."""
        (found,) = self.citations_all([(named, entities, channel, post_key, lists)])
        return found

    def citations_all(self, posts: Sequence[PostToCite]) -> list[tuple[Citation, ...]]:
        """The same for several posts, each given as to :meth:`citations`, in less time: each step goes over all of them
        before the next one.
        """
        read = [self._read(*post) for post in posts]
        found = [[] if one is None else self.find(one[0].plain, one[1], one[0].own) for one in read]
        return [
            () if one is None else tuple([one[0].citation(cited, position) for position, cited in enumerate(own)])
            for one, own in zip(read, found, strict=True)
        ]

    def explain(
        self,
        named: NamedText,
        entities: Sequence[TextEntity],
        channel: Channel,
        lists: Sequence[QuoteList] = (),
    ) -> tuple[Reason, ...]:
        """Why each name of a post was or was not cited, in the order of the text."""
        read = self._read(named, entities, channel, "", lists)
        if read is None:
            return ()
        post, groups = read
        cited = {one.group for one in self.find(post.plain, groups, post.own)}
        return tuple(
            reason_of(
                evidence,
                self.weights,
                post.offsets((evidence.group.start, evidence.group.end)),
                is_cited=evidence.group in cited,
            )
            for evidence, _ in self.evidence(post.plain, groups, post.own)
        )

    def _read(
        self,
        named: NamedText,
        entities: Sequence[TextEntity],
        channel: Channel,
        post_key: str,
        lists: Sequence[QuoteList],
    ) -> tuple[CitedPost, list[NameGroup]] | None:
        read = self.candidates(named.spelling, named.names, entities, _items_of(lists, named.spelling))
        if read is None:
            return None
        plain, groups = read
        post = CitedPost(named, plain, channel, OwnChannel.of(channel, self.registry), self.registry, post_key)
        return post, groups

    def candidates(
        self,
        spelling: Spelling,
        names: Sequence[OutletName],
        entities: Sequence[TextEntity] = (),
        listed: Sequence[Offsets] = (),
    ) -> tuple[PlainText, list[NameGroup]] | None:
        """The names of a text that may be cited, or None: a cheap test first, for most posts name no outlet. ``listed``
        are the places of items of lists in the spelling, in order: their names are left out.
        """
        if listed:
            names = [name for name in names if not _is_within(listed, name.start)]
        words = self._words(spelling.lower)
        is_linked = not self.lexicon.saying.isdisjoint(words) and has_cued_link(self.lexicon, spelling, entities)
        has_unknown = is_linked or may_hold_unknown(self.lexicon, spelling, words)
        if not names and not has_unknown:
            return None
        plain = plain_text(spelling)
        known_names = known(plain, names)
        links = [*plain.targets, *_entity_links(spelling, plain, entities)]
        unknown_names: list[NameCandidate] = []
        if has_unknown:
            rest = plain.without([(plain.of_spelling(start), plain.of_spelling(end)) for start, end in listed])
            words = words if rest.text is spelling.text else self._words(rest.lower)
            unknown_names = unknown(self.lexicon, rest, words, known_names, links if is_linked else ())
        found = merged(plain, known_names, unknown_names, self.lexicon.descriptors)
        if not found:
            return None
        return plain, grouped(plain.text, with_links(found, links))

    def _words(self, lower: str) -> frozenset[str]:
        """The words of a text beside which unknown names are looked for."""
        parted = lower.replace("[", " ").replace("]", " ").replace(",", " ")
        if "qu'" in parted or "qu’" in parted:
            parted = parted.replace("qu'", "qu ").replace("qu’", "qu ")
        return self.lexicon.beside_names.intersection(parted.split())

    def evidence(
        self, plain: PlainText, groups: Sequence[NameGroup], own: OwnChannel = NO_CHANNEL
    ) -> list[tuple[NameEvidence, Surroundings]]:
        """What is known of each name, and its probability."""
        reading = PostReading(self.lexicon, plain, len(plain.text.rstrip()))
        return self._read_all(reading, groups, own, is_explained=True)

    def find(self, plain: PlainText, groups: Sequence[NameGroup], own: OwnChannel = NO_CHANNEL) -> list[FoundCitation]:
        """The citations, in the order of their names; ``own`` has the names of the channel itself, folded."""
        reading = PostReading(self.lexicon, plain, len(plain.text.rstrip()))
        spans = Spans(self.lexicon, plain, reading.sentences_of)
        found: list[FoundCitation] = []
        for evidence, around in self._read_all(reading, groups, own):
            is_refused = evidence.probability < self._threshold or evidence.refusal is not None
            if is_refused or _is_cited_by_another(evidence.group, found):
                continue
            one = self._found(plain, spans, evidence, around)
            if found and self._is_cited_before(plain, found[-1], one):
                before = found.pop()
                one = replace(one, cited=((before.group.start, before.group.end),))
            if not _is_repeated(one, found):
                found.append(one)
        return found

    def _read_all(
        self, reading: PostReading, groups: Sequence[NameGroup], own: OwnChannel, *, is_explained: bool = False
    ) -> list[tuple[NameEvidence, Surroundings]]:
        """``is_explained`` where a name that the model refuses also has what refuses it whatever its facts."""
        read = list(self._read_each(reading, groups, own, is_explained=is_explained))
        if not _is_table([evidence for evidence, _ in read]):
            return read
        return [
            (replace(evidence, refusal=_IN_TABLE) if "label" in evidence.facts else evidence, around)
            for evidence, around in read
        ]

    def _read_each(
        self, reading: PostReading, groups: Sequence[NameGroup], own: OwnChannel, *, is_explained: bool
    ) -> Iterable[tuple[NameEvidence, Surroundings]]:
        placed = [(group, reading.line_at(group.start)) for group in groups]
        sentence_of = [reading.sentence_at(line, group.start) for group, line in placed]
        seen: set[str | None] = set()
        for (group, line), sentence in zip(placed, sentence_of, strict=True):
            around = read(self.lexicon, reading.plain, (group.start, group.end), sentence, line)
            first = group.names[0]
            scene = Scene(
                self.lexicon,
                reading.plain,
                first,
                around,
                statement_words(around),
                reading.facts_of_line(line),
                _is_after_statement(around),
                sentence_of.count(sentence),
                first.outlet.id in seen,
                reading.is_speaker(group),
            )
            seen.add(first.outlet.id)
            facts = facts_of(scene)
            probability = self.weights.probability(facts)
            refusal = None
            if is_explained or probability >= self._threshold:
                refusal = _refusal(self.lexicon, reading.plain, group, around, own)
            yield NameEvidence(group, sentence, facts, probability, refusal), around

    def _is_cited_before(self, plain: PlainText, before: FoundCitation, one: FoundCitation) -> bool:
        """Whether an outlet is what the next one cites: "according to Sidwaya, quoted by AFP"."""
        cue = one.cue
        if cue is None or not 0 <= cue.start - before.group.end <= _TO_PASSIVE or cue.end > one.group.start:
            return False
        return _is_passive(self.lexicon, plain, cue)

    def _found(self, plain: PlainText, spans: Spans, evidence: NameEvidence, around: Surroundings) -> FoundCitation:
        span = spans.of(around)
        cue = cue_of(around)
        names = [(name.start, name.end) for name in evidence.group.names]
        quotations = tuple(
            one
            for one in quoted(plain.text, *span)
            if not any(one[0] <= start and end <= one[1] and end - start > one[1] - one[0] - 4 for start, end in names)
        )
        cited = tuple(cited_in(self.lexicon, plain, around, cue, span))
        said = None if cue is None else verb_of(self.lexicon, plain, around, cue)
        kind = kind_of(self.lexicon, plain, around, cue, list(quotations), said)
        return FoundCitation(evidence.group, span, said, kind, quotations, cited, evidence.probability)


def _is_table(read: Sequence[NameEvidence]) -> bool:
    """Whether names are labels of a few words each: what outlets won, sell or seek, which is no list of statements."""
    labelled = [evidence.facts for evidence in read if "label" in evidence.facts]
    return len(labelled) >= _MIN_CELLS and all("short" in facts or "very short" in facts for facts in labelled)


def _refusal(
    lexicon: CitationLexicon, plain: PlainText, group: NameGroup, around: Surroundings, own: OwnChannel
) -> str | None:
    """Why a name is never cited, whatever its facts."""
    if cue_of(around) is None and any(own.is_of(name, plain) for name in group.names):
        return "the channel's own name, with which it signs"
    if group.names[0].needs_support and not _is_supported(around):
        return "a number or an uncertain spelling without a cue beside it"
    if around.mark_before == "^":
        if _TIME.match(plain.text, around.tail):
            return "a programme with its times"
        if around.mark_after in COLONS and _FIGURES.fullmatch(plain.text, around.tail, around.line[1]):
            return "a label before a figure"
    if _is_noun(lexicon, plain, group, around):
        return "a common word: what an outlet is called"
    if _announces(lexicon, plain, around):
        return "a programme that is announced"
    if around.word_before_cue is not None and around.word_before_cue.text in _BEEN:
        cue = around.cue_before
        if cue is not None and _is_passive(lexicon, plain, cue):
            return "somebody whom it names"
    if around.word_before_cue is not None and around.word_before_cue.text in lexicon.adverts:
        return "an advertisement in it"
    if group.names[0].is_ambiguous and _is_in_clause_of_another(around):
        return "a common word: in the clause of another subject"
    if group.names[0].is_ambiguous and _ends_another_name(lexicon, plain, around):
        return "a common word: the end of another name"
    if group.names[0].is_ambiguous and _is_denied(around):
        return "a common word: what it opens is denied"
    if _opens_quotation(plain, group, around):
        return "the first words of a quotation"
    is_one_of_many = around.is_indefinite and not (around.may_be_definite and cue_of(around) is not None)
    if is_one_of_many and group.names[0].is_ambiguous and not around.has_kind:
        return "a common word: one of many"
    return None


def _opens_quotation(plain: PlainText, group: NameGroup, around: Surroundings) -> bool:
    """Whether the quotation mark before a name is closed further behind, and nothing shows the name to be an outlet's:
    "«Правда, дороже», — пожимает плечами".
    """
    if not around.is_quoted or around.has_kind or around.mark_after in COLONS or cue_of(around) is not None:
        return False
    end = group.names[-1].end
    return plain.text[end : end + 1] not in _CLOSING


def _is_passive(lexicon: CitationLexicon, plain: PlainText, cue: CueFound) -> bool:
    return lexicon.is_passive(plain.lower[cue.start : cue.end].split())


def _is_in_clause_of_another(around: Surroundings) -> bool:
    """Whether the only cue is a verb at the end of a clause that the name does not open, as nothing else shows it to be
    an outlet's.
    """
    is_shown = around.has_kind or around.is_quoted or around.is_addressed or opens_sentence(around.mark_before)
    return around.late_verb is not None and cue_of(around) is around.late_verb and not is_shown


def _ends_another_name(lexicon: CitationLexicon, plain: PlainText, around: Surroundings) -> bool:
    """Whether a capitalised word right before the subject of the cue makes a name with it: "Wspólny Dom zapowiada"."""
    word = around.word_before
    if word is None or around.has_kind or around.is_quoted or cue_of(around) is not around.cue_after:
        return False
    if word.start - around.sentence[0] <= _OPENING_MARKS:
        return False
    is_other = word.text in lexicon.before_names or word.text in lexicon.fillers
    is_other = is_other or lexicon.press.describes(word.text)
    return plain.text[word.start].isupper() and not is_other


def _is_denied(around: Surroundings) -> bool:
    """Whether "not" is between the name and the verb behind it: "आज तक किसी ने नहीं बताया"."""
    cue = around.cue_after or around.late_verb
    if cue is None or around.has_kind or around.is_quoted:
        return False
    between = around.after.texts[around.last : bisect_left(around.after.starts, cue.start)]
    return not _NEGATIONS.isdisjoint(between)


def _is_noun(lexicon: CitationLexicon, plain: PlainText, group: NameGroup, around: Surroundings) -> bool:
    """Whether a name that is also a word for an outlet opens a sentence as such a word does: "The agency adds"."""
    name = group.names[0]
    if len(group.names) > 1 or not name.is_ambiguous or around.is_quoted or around.mark_before != "^":
        return False
    if around.has_kind or around.word_after is None or not plain.text[around.word_after.start].islower():
        return False
    return plain.lower[name.start : name.end] in lexicon.press.references


def _announces(lexicon: CitationLexicon, plain: PlainText, around: Surroundings) -> bool:
    """Whether a cue is beside a time such as "tonight", and no statement follows: "The BBC reports tonight on ..."."""
    cue = around.cue_after
    if cue is None or not cue.roles & Role.VERB or plain.text.find(":", *around.sentence) >= 0:
        return False
    after = around.after
    behind = [word for word, _ in islice(after.words(bisect_left(after.starts, cue.end)), _ANNOUNCED_WITHIN)]
    if not behind or not lexicon.forms.that.isdisjoint(behind):
        return False
    joined = f" {' '.join(behind)} "
    return any(f" {evening} " in joined for evening in lexicon.evenings)


def _is_supported(around: Surroundings) -> bool:
    has_cue = around.cue_before is not None or around.cue_after is not None
    return has_cue or around.has_kind or around.is_quoted or around.is_source


def _is_after_statement(around: Surroundings) -> bool:
    """Whether the name closes what stands before its sentence: "(AFP)" or "📌 Reuters" on the same line."""
    is_first = around.head - around.sentence[0] <= 3
    closes = around.closes_parens or around.mark_after == "$"
    return is_first and closes and cue_of(around) is None and around.sentence[0] - around.line[0] > MIN_STATEMENT


def _items_of(lists: Sequence[QuoteList], spelling: Spelling) -> list[Offsets]:
    """The places of the items of media-quote lists in a spelling."""
    items = [(item.start, item.end) for quotes in lists for item in quotes.items]
    if spelling.offsets is None:
        return items
    return [(bisect_left(spelling.offsets, start), bisect_left(spelling.offsets, end)) for start, end in items]


def _is_within(places: Sequence[Offsets], offset: int) -> bool:
    """Whether a character is in one of the places, which are in order."""
    place = bisect_right(places, (offset, sys.maxsize)) - 1
    return place >= 0 and offset < places[place][1]


def _is_cited_by_another(group: NameGroup, found: Sequence[FoundCitation]) -> bool:
    return any(start <= group.start < end for one in found for start, end in one.cited)


def _is_repeated(one: FoundCitation, found: Sequence[FoundCitation]) -> bool:
    """Whether the same outlet has the same statement already."""
    ids = {name.outlet.id for name in one.group.names}
    return any(other.span == one.span and ids & {name.outlet.id for name in other.group.names} for other in found)


def _entity_links(spelling: Spelling, plain: PlainText, entities: Sequence[TextEntity]) -> Iterable[tuple[int, str]]:
    links = [entity for entity in entities if entity.kind is EntityKind.TEXT_LINK and entity.url]
    if not links or spelling.offsets is not None:
        return []
    return [(plain.of_spelling(entity.end), entity.url) for entity in links if entity.url]
