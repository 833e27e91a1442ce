"""Attributions by a cue: which outlet a sentence is attributed to, and by which phrase."""

import re
from dataclasses import replace

from processors.core.quotes.attribution.by_label import CLAUSE_BREAK, MAX_JOINED, ends_clause, is_coordinated
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.cues import Cue, CueLexicon, CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention, OutletRegistry
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.unparted_words import UnpartedWords
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.tokens import Tokens

_VERB_FORM = re.compile(
    r"(?:[^s]s|ed|[aeiou]te?|te[nt]?|[bdfgklmnprstz]t|ent|ó|[аеёиыоуюя]л[аои]?|[аеёиыюяу]т|[лс]ся|[лш]ась|[юе]тся|[аяуюії]ть|ує|ає|яє|ить|[иау]в"
    r"|uje|ują|dı|di|du|dü|tı|ti|tu|tü)$"
)
_APPOSITION = re.compile(r"[»\"”*_]?,\s[^,.:;!?\n«»„“”\"]{2,80},\s")
"""A clause between commas behind a name: "X, owned by Y, writes"."""
_SENTENCE_BREAK = re.compile(r"[.!?;…](?:\s|$)|[。！？；।]")
_QUOTATION_FOLLOWS = re.compile(r"[»”》」]?\s?[:：]?\s?[«„“\"「]\w")
_CLOSING = frozenset(")）")
_MAX_GAP_AFTER = 4
_MAX_GAP_HELPER = 2
"""Words behind an outlet among which a phrase such as "zufolge" begins."""
_MAX_GAP_BEFORE = 4
_MAX_HEAD = 8
_QUOTED_NAME = 12
"""Code points before a name in its own quotation marks: what the outlet is called, its article."""
_CLOSING_MARK = re.compile('[»“”"]')
_SHORT = 3
"""Letters of articles and other small words that are outlets' names, too."""


class Attributor:
    """Finds attributions by registry, cues and the words of the trade."""

    def __init__(self, registry: OutletRegistry, cues: CueLexicon, press: PressLexicon) -> None:
        self.registry = registry
        self.cues = cues
        self.press = press
        self.unparted = UnpartedWords(cues.unparted, press.vocabulary)
        """Cuts the words of scripts that put no blanks between them."""

    def cued(self, tokens: Tokens, start: int, end: int, mentions: list[Mention]) -> list[Attribution]:
        """The attributions by cue or piece in one sentence."""
        found: list[Attribution] = []
        bounds = (tokens.at(start), tokens.at(end))
        for position, mention in enumerate(mentions):
            if (
                found
                and len(found[-1].mentions) < MAX_JOINED
                and is_coordinated(self.press, tokens, found[-1].mentions[-1], mention)
            ):
                found[-1] = replace(found[-1], mentions=(*found[-1].mentions, mention))
                continue
            attribution = self._by_cue(tokens, bounds, mentions, position)
            if attribution is not None:
                found.append(attribution)
        return found

    def _by_cue(self, tokens: Tokens, bounds: Offsets, mentions: list[Mention], position: int) -> Attribution | None:
        first, stop = bounds
        mention = mentions[position]
        if self.is_object(tokens, first, mention):
            return None
        last_position = self._coordinated_to(tokens, mentions, position)
        last = mentions[last_position]
        next_first = mentions[last_position + 1].first if last_position + 1 < len(mentions) else stop
        is_bracketed = self._is_bracketed(tokens, mention)
        at_head = mention.first - first <= _MAX_HEAD and not CLAUSE_BREAK.search(
            tokens.text, tokens.starts[first], mention.start - is_bracketed
        )
        after = self.cue_after(tokens, last.after, next_first) or self._cue_behind_apposition(tokens, last, stop)
        before = self.cue_before(tokens, first, mention.first, is_bracketed=is_bracketed)
        cue = after if after and (at_head or before is None or before.after < mention.first - 1) else before
        if mention.is_ambiguous and before is not None and before.after == mention.first:
            cue = before
        if cue is None and at_head:
            cue = after = self._closing_cue(tokens, last.after, stop) or self.guessed_verb(tokens, last.after, stop)
        if cue is None:
            return self._piece(tokens, first, mention) or self._sharing(tokens, mentions, position)
        if cue.use & CueUse.GUESS and (mention.needs_support or self._is_forced_capital(tokens, mention, first)):
            return None
        if mention.is_ambiguous and self._precedes_certain(tokens, cue, mentions, last_position):
            return None
        if mention.is_ambiguous and not self._is_adjacent(tokens, mention, last, cue):
            return None
        if self._is_spoken_of(tokens, bounds, mention, cue):
            return None
        shape = Shape.SUBJECT if at_head and cue is after else Shape.CUED
        return Attribution(shape, (mention,), cue, tokens.starts[first])

    def _is_spoken_of(self, tokens: Tokens, bounds: Offsets, mention: Mention, cue: Cue) -> bool:
        """Whether a name is in a quotation of more than itself, whose verb is outside: "“... The Sun ...”, he said"."""
        if (
            cue.first < mention.after
            or _CLOSING_MARK.search(tokens.text, mention.end, tokens.starts[cue.first]) is None
        ):
            return False
        start, end = tokens.span(*bounds)
        return any(
            first < mention.start - _QUOTED_NAME and mention.end < after <= tokens.starts[cue.first]
            for first, after in quoted(tokens.text, max(0, start - 1), end)
        )

    def _is_forced_capital(self, tokens: Tokens, mention: Mention, first: int) -> bool:
        """Whether a common word is the first of its sentence, whose capital says nothing: "As assinaturas"."""
        return (
            mention.is_ambiguous
            and mention.first == first == mention.after - 1
            and mention.end - mention.start <= _SHORT
        )

    def _precedes_certain(self, tokens: Tokens, cue: Cue, mentions: list[Mention], position: int) -> bool:
        """Whether a verb behind a common word is rather the verb of a name that follows it."""
        following = mentions[position + 1] if position + 1 < len(mentions) else None
        if following is None or following.is_ambiguous or cue.first < mentions[position].after:
            return False
        return all(map(self.press.qualifies, tokens.words[cue.after : following.first]))

    def _sharing(self, tokens: Tokens, mentions: list[Mention], position: int) -> Attribution | None:
        """A later name right before a quotation, which shares the verb of an earlier one: "X said ... and Y "...""."""
        mention = mentions[position]
        if position and _QUOTATION_FOLLOWS.match(tokens.text, mention.end):
            return Attribution(Shape.SUBJECT, (mention,), None, mention.start)
        return None

    def joined(self, tokens: Tokens, mentions: list[Mention], position: int) -> tuple[Mention, ...]:
        """The name at a position with those that are joined to it."""
        return tuple(mentions[position : self._coordinated_to(tokens, mentions, position) + 1])

    def _coordinated_to(self, tokens: Tokens, mentions: list[Mention], position: int) -> int:
        """The last of the names that are joined to the one at a position."""
        last = position
        while (
            last + 1 < len(mentions)
            and last - position < MAX_JOINED
            and is_coordinated(self.press, tokens, mentions[last], mentions[last + 1])
        ):
            last += 1
        return last

    def is_object(self, tokens: Tokens, first: int, mention: Mention) -> bool:
        """Whether the outlet is spoken to, cited, or owner of the sources that speak."""
        index = mention.first
        for back in range(index - 1, max(first, index - 4) - 1, -1):
            word = tokens.words[back]
            if ends_clause(tokens, back):
                return False
            if word in self.press.sources:
                return True
            cue = self.cues.at(tokens, back, index) if word in self.cues.citing_words else None
            if cue is not None and cue.use & CueUse.CITING and cue.after == index:
                return True
            if not self.press.qualifies(word):
                return False
        return False

    def cue_after(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The cue that follows an outlet within a few words of its sentence."""
        stop_looking = min(stop, index + _MAX_GAP_AFTER)
        if not self.cues.may_follow(tokens.words[index:stop_looking]):
            return None
        for place in range(index, stop_looking):
            gap = tokens.between(place - 1, place)
            if gap != " " and (":" in gap or "：" in gap or _SENTENCE_BREAK.search(gap)):
                return None
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.VERB and not tokens.is_capitalised(place):
                return cue
            helper = self.cues.helper_at(tokens, place, stop) if place - index < _MAX_GAP_HELPER else None
            if helper is not None and helper.use & CueUse.AFTER:
                return helper
        return None

    def _cue_behind_apposition(self, tokens: Tokens, mention: Mention, stop: int) -> Cue | None:
        match = _APPOSITION.match(tokens.text, mention.end)
        if match is None:
            return None
        index = tokens.at(match.end())
        cue = self.cues.at(tokens, index, stop) if index < stop else None
        return cue if cue is not None and cue.use & CueUse.VERB else None

    def _closing_cue(self, tokens: Tokens, first: int, stop: int) -> Cue | None:
        """The verb that closes the sentence, in languages which put it there."""
        for place in range(max(first, stop - 3), stop):
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.FINAL and cue.after == stop:
                return cue
        return None

    def guessed_verb(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The word right after an outlet, where it has the form of a verb that no lexicon lists."""
        if index >= stop or tokens.is_capitalised(index) or not _VERB_FORM.search(tokens.words[index]):
            return None
        if tokens.between(index - 1, index).strip('»"”“*_ ') or tokens.words[index] in self.press.not_verbs:
            return None
        return Cue(index, index + 1, CueUse.GUESS)

    def cue_before(self, tokens: Tokens, first: int, index: int, *, is_bracketed: bool = False) -> Cue | None:
        """The cue that an outlet follows: no clause ends between them; the bracket before a name ends none where
        ``is_bracketed``.
        """
        if not self.cues.may_open(tokens.words[max(first, index - _MAX_GAP_BEFORE - 3) : index]):
            return None
        for place in range(index - 1, max(first, index - _MAX_GAP_BEFORE - 3) - 1, -1):
            cue = self.cues.at(tokens, place, index)
            if cue is not None and index - cue.after <= _MAX_GAP_BEFORE:
                wider = self.cues.at(tokens, place - 1, index) if place > first else None
                cue = wider if wider is not None and wider.after >= cue.after else cue
                return cue if self._may_precede(tokens, cue, index, is_bracketed=is_bracketed) else None
            if ends_clause(tokens, place) and not (is_bracketed and place == index - 1):
                return None
        return None

    def _may_precede(self, tokens: Tokens, cue: Cue, index: int, *, is_bracketed: bool) -> bool:
        if cue.use & (CueUse.VERB | CueUse.BEFORE) == 0:
            return False
        if ends_clause(tokens, cue.after - 1) and not (is_bracketed and cue.after == index):
            return False
        gap = tokens.words[cue.after : index]
        has_noun = any(word in self.press.kinds for word in gap)
        if cue.use & CueUse.INTERVIEW and not has_noun:
            return False
        return sum(not self.press.qualifies(word) for word in gap) <= 1

    def _is_bracketed(self, tokens: Tokens, mention: Mention) -> bool:
        """Whether a name is in brackets as others are in quotation marks: in scripts without capitals, or behind a word
        for what it is ("كتبت صحيفة (الأهرام)", "le quotidien (Liberté)").
        """
        start = mention.start
        if (
            not mention.first
            or tokens.text[start - 1] not in "(（"
            or tokens.text[mention.end : mention.end + 1] not in _CLOSING
        ):
            return False
        word = tokens.words[mention.first - 1]
        return word[0] >= FIRST_UNCASED or self.press.describes(word)

    def _is_adjacent(self, tokens: Tokens, mention: Mention, last: Mention, cue: Cue) -> bool:
        start = mention.start
        if cue.first == last.after or cue.after == mention.first or (start and tokens.text[start - 1] in '«"“'):
            return True
        neighbours = tokens.words[max(0, mention.first - 1) : mention.first] + tokens.words[last.after : last.after + 1]
        if any(map(self.press.describes, neighbours)):
            return True
        # "is the headline in the Sun"
        gap = tokens.words[cue.after : mention.first]
        press = self.press
        return cue.use & CueUse.HEADLINE != 0 and all(
            word in press.openers or word in ARTICLES or word in press.press or word in press.pieces for word in gap
        )

    def _piece(self, tokens: Tokens, first: int, mention: Mention) -> Attribution | None:
        if mention.is_ambiguous:
            return None
        for place in range(mention.first - 1, max(first, mention.first - 3) - 1, -1):
            if tokens.words[place] in self.press.pieces:
                return Attribution(Shape.PIECE, (mention,), None, tokens.starts[first])
            if ends_clause(tokens, place):
                return None
        return None

    def reference_cue(self, tokens: Tokens, first: int, stop: int, mentions: list[Mention]) -> Cue | None:
        """The cue among the words ``first`` to ``stop - 1`` of a labelled unit: beside the same name again or a word
        such as "newspaper" or "author".
        """
        named = {m.first for m in mentions}
        references = self.press.references
        if not named and references.isdisjoint(tokens.words[first:stop]):
            return None
        for index in range(first, stop):
            if tokens.words[index] not in references and index not in named:
                continue
            cue = self._beside(tokens, first, index, stop)
            if cue is not None:
                return cue
        return self._final_reference(tokens, first, stop, named)

    def _final_reference(self, tokens: Tokens, first: int, stop: int, named: set[int]) -> Cue | None:
        """The verb that closes the sentence in which the first reference is, in languages which put it there."""
        for index in range(first, min(stop, first + _MAX_HEAD)):
            if tokens.words[index] in self.press.references or index in named:
                after = index + 1
                while after < stop and not _SENTENCE_BREAK.search(tokens.between(after - 1, after)):
                    after += 1
                return self._closing_cue(tokens, index + 1, after)
        return None

    def _beside(self, tokens: Tokens, first: int, index: int, stop: int) -> Cue | None:
        for place in (index - 1, index - 2, index - 3):
            if place < first or ends_clause(tokens, place):
                break
            cue = self.cues.at(tokens, place, index)
            if cue is not None and cue.use & CueUse.VERB and cue.after >= index - 1:
                wider = self.cues.at(tokens, place - 1, index) if place > first else None
                return wider if wider is not None and wider.after >= cue.after else cue
        for place in (index + 1, index + 2):
            if place >= stop or ends_clause(tokens, place - 1):
                break
            cue = self.cues.at(tokens, place, stop)
            if cue is not None and cue.use & CueUse.VERB:
                return cue
        return None
