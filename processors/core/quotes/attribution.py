"""Which outlet a line is attributed to, and in which shape."""

import re
from enum import StrEnum
from typing import NamedTuple

from processors.core.quotes.cues import Cue, CueLexicon, CueUse
from processors.core.quotes.outlets import Mention, OutletRegistry
from processors.core.quotes.press import PressLexicon
from processors.core.quotes.tokens import Tokens
from processors.core.quotes.units import Line, Offsets

_AFTER_LABEL = re.compile(
    r"[»\"”“'’*_]{0,3}\s?(?:[\[(][^()\[\]\n]{1,60}[\])]|,\s?[^\W\d_]{2,20}(?=:))?[»\"”*_ \t\u00a0]{0,4}"
    r"(?:(?P<colon>[:：])|(?P<dash>(?<=[\s)])[-–—―−]{1,2}(?=\s))|(?P<alone>$))"
)
_LINK = re.compile(r"[\s(]{0,4}(?:https?:|www\.|t\.me/|@)")
_BEFORE_CREDIT = re.compile(r"(?:(?<=\s)[-–—―−]{1,2}|[(\[|]|//)\s{0,2}(?:[^\W\d_]{2,20}\s){0,2}[«\"“]?$")
_AFTER_CREDIT = re.compile(r"[»\"”]?\s?(?:\([^()\n]{1,40}\)|[)\]])?[.!;,]?$")
_VERB_FORM = re.compile(
    r"(?:[^s]s|ed|[aeiou]te?|te[nt]?|[bdfgklmnprstz]t|ent|ó|[аеёиыоуюя]л[аои]?|[аеёиыюяу]т|[лс]ся|[лш]ась|[юе]тся|[аяуюії]ть|ує|ає|яє|ить|[иау]в"
    r"|uje|ują|dı|di|du|dü|tı|ti|tu|tü)$"
)
_SENTENCE_BREAK = re.compile(r"[.!?;…](?:\s|$)")
_CLAUSE_BREAK = re.compile(r"[.,!?;:…()]")
_CONTEXT = 60
_MAX_GAP_AFTER = 4
_MAX_GAP_BEFORE = 4
_MAX_HEAD = 8
_MIN_WORDS = 2


class Shape(StrEnum):
    """How a unit names its source."""

    LABEL = "label"
    """"Outlet: text", "Outlet (country) - text"."""
    ALONE = "alone"
    """The outlet has a line of its own, before or after the text."""
    SUBJECT = "subject"
    """The outlet opens the unit and a cue follows: "The British newspaper X writes ..."."""
    CUED = "cued"
    """A cue elsewhere: "..., X notes", "According to X, ..."."""
    CREDIT = "credit"
    """The outlet closes the unit: "... - X", "... (X)"."""
    PIECE = "piece"
    """A piece of the outlet: "an article in X about ..."."""


class Attribution(NamedTuple):
    """One or more outlets that a piece of text is attributed to."""

    shape: Shape
    mentions: tuple[Mention, ...]
    cue: Cue | None
    body: int
    """Offset of what the outlet says; after the label, else the start of the line."""

    @property
    def outlet_names(self) -> frozenset[str]:
        """Canonical names."""
        return frozenset(mention.outlet.name for mention in self.mentions)

    @property
    def is_ambiguous(self) -> bool:
        """Whether every name is also a common word."""
        return all(mention.is_ambiguous for mention in self.mentions)


def has_words(tokens: Tokens, first: int, after: int) -> bool:
    """Whether the words say something: figures alone are a rate or a score."""
    return sum(word.isalpha() for word in tokens.words[first:after]) >= _MIN_WORDS


class Attributor:
    """Finds attributions by registry, cues and the words of the trade."""

    def __init__(self, registry: OutletRegistry, cues: CueLexicon, press: PressLexicon) -> None:
        self.registry = registry
        self.cues = cues
        self.press = press

    def label(self, tokens: Tokens, line: Line, mentions: list[Mention]) -> Attribution | None:
        """The line's label, where it opens with outlets and a colon, a dash or nothing follows."""
        if not mentions or not self._is_opening(tokens, tokens.at(line.start), mentions[0].first):
            return None
        named = [mentions[0]]
        for mention in mentions[1:]:
            if not self._is_coordinated(tokens, named[-1], mention):
                break
            named.append(mention)
        after = named[-1].after
        while after < len(tokens.words) and tokens.starts[after] < line.end and tokens.words[after] in self.press.kinds:
            after += 1
        match = _AFTER_LABEL.match(tokens.text, tokens.ends[after - 1], line.end)
        if match is None:
            return None
        return self._label_shape(tokens, line, tuple(named), match)

    def _label_shape(
        self, tokens: Tokens, line: Line, named: tuple[Mention, ...], match: re.Match[str]
    ) -> Attribution | None:
        first, after = tokens.at(match.end()), tokens.at(line.end)
        if _LINK.match(tokens.text, match.end(), line.end):
            return None
        if first == after:
            return Attribution(Shape.ALONE, named, None, match.end())
        if not has_words(tokens, first, after) or match["alone"] is not None:
            return None
        return Attribution(Shape.LABEL, named, None, match.end())

    def _is_opening(self, tokens: Tokens, first: int, after: int) -> bool:
        if after - first > _MAX_HEAD:
            return False
        words = tokens.words[first:after]
        if after > first and _CLAUSE_BREAK.search(tokens.text, tokens.starts[first], tokens.starts[after]):
            return False
        return all(map(self.press.qualifies, words))

    def _is_coordinated(self, tokens: Tokens, left: Mention, right: Mention) -> bool:
        if right.start - left.end > _CONTEXT // 2:
            return False
        between = tokens.text[left.end : right.start].strip(' \t«»"“”„*').casefold()
        between = " ".join(w for w in between.split() if w not in ("the", "газета", "le", "die"))
        return between in self.press.conjunctions

    def credit(self, tokens: Tokens, line: Line, mentions: list[Mention]) -> Attribution | None:
        """The outlet that closes the line after a dash or in brackets."""
        last = mentions[-1] if mentions else None
        if last is None or not _AFTER_CREDIT.match(tokens.text, last.end, line.end):
            return None
        before = tokens.text[max(line.start, last.start - _CONTEXT) : last.start]
        match = _BEFORE_CREDIT.search(before)
        first = tokens.at(line.start)
        if match is None or not has_words(tokens, first, last.first):
            return None
        between = tokens.words[tokens.at(last.start - len(before) + match.start()) : last.first]
        if not all(map(self.press.qualifies, between)):
            return None
        return Attribution(Shape.CREDIT, (last,), None, line.start)

    def cued(self, tokens: Tokens, start: int, end: int, mentions: list[Mention]) -> list[Attribution]:
        """The attributions by cue or piece in one sentence."""
        found: list[Attribution] = []
        bounds = (tokens.at(start), tokens.at(end))
        for position, mention in enumerate(mentions):
            if found and self._joins(tokens, found[-1], mention):
                found[-1] = found[-1]._replace(mentions=(*found[-1].mentions, mention))
                continue
            attribution = self._by_cue(tokens, bounds, mentions, position)
            if attribution is not None:
                found.append(attribution)
        return found

    def _joins(self, tokens: Tokens, held: Attribution, mention: Mention) -> bool:
        return self._is_coordinated(tokens, held.mentions[-1], mention)

    def _by_cue(self, tokens: Tokens, bounds: Offsets, mentions: list[Mention], position: int) -> Attribution | None:
        first, stop = bounds
        mention = mentions[position]
        if self._is_object(tokens, first, mention):
            return None
        last = mention
        for other in mentions[position + 1 :]:
            if not self._is_coordinated(tokens, last, other):
                break
            last = other
        next_first = next((m.first for m in mentions[position + 1 :] if m.first > last.first), stop)
        at_head = mention.first - first <= _MAX_HEAD and not _CLAUSE_BREAK.search(
            tokens.text, tokens.starts[first], mention.start
        )
        after = self.cue_after(tokens, last.after, next_first)
        before = self.cue_before(tokens, first, mention.first)
        cue = after if after and (at_head or before is None or before.after < mention.first - 1) else before
        if cue is None and at_head:
            cue = after = self._closing_cue(tokens, last.after, stop) or self._guessed_verb(tokens, last.after, stop)
        if cue is None:
            return self._piece(tokens, first, mention)
        if mention.is_ambiguous and not self._is_adjacent(tokens, mention, last, cue):
            return None
        shape = Shape.SUBJECT if at_head and cue is after else Shape.CUED
        return Attribution(shape, (mention,), cue, tokens.starts[first])

    def _is_object(self, tokens: Tokens, first: int, mention: Mention) -> bool:
        """Whether the outlet is spoken to, cited, or owner of the sources that speak."""
        index = mention.first
        for back in range(index - 1, max(first, index - 4) - 1, -1):
            word = tokens.words[back]
            if _CLAUSE_BREAK.search(tokens.between(back, back + 1)):
                return False
            if word in self.press.sources:
                return True
            cue = self.cues.at(tokens, back, index)
            if cue is not None and cue.use & CueUse.CITING and cue.after == index:
                return True
            if not self.press.qualifies(word):
                return False
        return False

    def cue_after(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The cue that follows an outlet within a few words of its sentence."""
        for place in range(index, min(stop, index + _MAX_GAP_AFTER)):
            if _SENTENCE_BREAK.search(tokens.between(place - 1, place)) or ":" in tokens.between(place - 1, place):
                return None
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.VERB and not tokens.is_capitalised(place):
                return cue
        return None

    def _closing_cue(self, tokens: Tokens, first: int, stop: int) -> Cue | None:
        """The verb that closes the sentence, in languages which put it there."""
        for place in range(max(first, stop - 3), stop):
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.FINAL and cue.after == stop:
                return cue
        return None

    def _guessed_verb(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The word right after an outlet, where it has the form of a verb that no lexicon lists."""
        if index >= stop or tokens.is_capitalised(index) or not _VERB_FORM.search(tokens.words[index]):
            return None
        if tokens.between(index - 1, index).strip('»"”“*_ ') or tokens.words[index] in self.press.not_verbs:
            return None
        return Cue(index, index + 1, CueUse.GUESS)

    def cue_before(self, tokens: Tokens, first: int, index: int) -> Cue | None:
        """The cue that an outlet follows: no clause ends between them."""
        for place in range(index - 1, max(first, index - _MAX_GAP_BEFORE - 3) - 1, -1):
            cue = self.cues.at(tokens, place, index)
            if cue is not None and index - cue.after <= _MAX_GAP_BEFORE:
                wider = self.cues.at(tokens, place - 1, index) if place > first else None
                cue = wider if wider is not None and wider.after >= cue.after else cue
                return cue if self._may_precede(tokens, cue, index) else None
            if _CLAUSE_BREAK.search(tokens.between(place, place + 1)):
                return None
        return None

    def _may_precede(self, tokens: Tokens, cue: Cue, index: int) -> bool:
        if cue.use & (CueUse.VERB | CueUse.BEFORE) == 0 or _CLAUSE_BREAK.search(
            tokens.between(cue.after - 1, cue.after)
        ):
            return False
        gap = tokens.words[cue.after : index]
        has_noun = any(word in self.press.kinds for word in gap)
        if cue.use & CueUse.TELL and not has_noun:
            return False
        return sum(not self.press.qualifies(word) for word in gap) <= 1

    def _is_adjacent(self, tokens: Tokens, mention: Mention, last: Mention, cue: Cue) -> bool:
        start = mention.start
        if cue.first == last.after or cue.after == mention.first or (start and tokens.text[start - 1] in '«"“'):
            return True
        neighbours = tokens.words[max(0, mention.first - 1) : mention.first] + tokens.words[last.after : last.after + 1]
        return any(map(self.press.describes, neighbours))

    def _piece(self, tokens: Tokens, first: int, mention: Mention) -> Attribution | None:
        if mention.is_ambiguous:
            return None
        for place in range(mention.first - 1, max(first, mention.first - 3) - 1, -1):
            if tokens.words[place] in self.press.pieces:
                return Attribution(Shape.PIECE, (mention,), None, tokens.starts[first])
            if _CLAUSE_BREAK.search(tokens.between(place, place + 1)):
                return None
        return None

    def reference_cue(self, tokens: Tokens, start: int, end: int, mentions: list[Mention]) -> Cue | None:
        """The cue of a labelled unit: beside the same name again or a word such as "newspaper" or "author"."""
        first, stop = tokens.at(start), tokens.at(end)
        named = {m.first for m in mentions}
        references = self.press.references
        for index in range(first, stop):
            if tokens.words[index] not in references and index not in named:
                continue
            cue = self._beside(tokens, first, index, stop)
            if cue is not None:
                return cue
        return None

    def _beside(self, tokens: Tokens, first: int, index: int, stop: int) -> Cue | None:
        for place in (index - 1, index - 2, index - 3):
            if place < first or _CLAUSE_BREAK.search(tokens.between(place, place + 1)):
                break
            cue = self.cues.at(tokens, place, index)
            if cue is not None and cue.use & CueUse.VERB and cue.after >= index - 1:
                wider = self.cues.at(tokens, place - 1, index) if place > first else None
                return wider if wider is not None and wider.after >= cue.after else cue
        for place in (index + 1, index + 2):
            if place >= stop or _CLAUSE_BREAK.search(tokens.between(place - 1, place)):
                break
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.VERB:
                return cue
        return None
