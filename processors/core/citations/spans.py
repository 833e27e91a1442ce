"""The span of a citation: its sentence, and what a label, a pointer or a credit adds to it."""

import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import islice
from typing import Final

from processors.core.citations.kinds import cue_of
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import Surroundings, opens_sentence
from processors.core.citations.token_window import COLONS
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted

MAX_SENTENCES: Final = 3
"""Sentences before a pointer or a credit that belong to it."""
MAX_LINES: Final = 40
"""Lines after a label that stands alone on its line."""
_POINTER_WORDS: Final = 5
_LABEL_TOKENS: Final = 4
"""Of a source's label before a name, its colon included: "Source of the news:"."""
_QUOTATION_AFTER = re.compile(r"\s{0,3}[:：]\s{0,3}[«“„\"‘'「]")
_CONTENT = re.compile(r"[^\W_]")
_ADDRESS = re.compile(r"@|https?://|t\.me/")
_SITE = re.compile(r"\W*[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}\W*$")
_HEADING = re.compile(r"[^\n.!?]{2,40}[:：]\s*$")
_LEAST_SAID: Final = 4
"""Tokens behind "that" which are a statement: "X reports that the port is closed:"."""
Sentences = Callable[[Offsets], list[Offsets]]


def _says_that(lexicon: CitationLexicon, around: Surroundings) -> bool:
    """Whether a clause says what the outlet says, so that a colon behind it introduces something else."""
    cue = around.cue_after
    if cue is None:
        return False
    words = around.after.texts
    at = bisect_left(around.after.starts, cue.end)
    at += words[at : at + 1] == [","]
    return len(words) > at + _LEAST_SAID and words[at] in lexicon.forms.that


class Spans:
    """Finds the spans of one post's citations."""

    def __init__(self, lexicon: CitationLexicon, plain: PlainText, sentences_of: Sentences) -> None:
        self._lexicon = lexicon
        self._plain = plain
        self._sentences_of = sentences_of

    def of(self, around: Surroundings) -> Offsets:
        """The span of the statement whose attribution was read in ``around``."""
        start, end = around.sentence
        if self._is_label(around):
            return self._labelled(around)
        if self._is_credit_of_sentence_before(around):
            return self._back_from(around, around.tail)
        if self._ends_with_colon(end) and end >= around.line[1] - 1 and not _says_that(self._lexicon, around):
            return start, self._introduced(around.line[1])
        if self._points_back(around) or self._stands_alone(around):
            return self._back_from(around, end)
        return start, end

    def _is_label(self, around: Surroundings) -> bool:
        return around.mark_after in COLONS

    def _labelled(self, around: Surroundings) -> Offsets:
        start, line_end = around.sentence[0], around.line[1]
        text = self._plain.text
        if _QUOTATION_AFTER.match(text, around.tail, line_end):
            marks = quoted(text, around.tail, line_end)
            if marks:
                return start, min(line_end, marks[0][1] + 1)
        if _CONTENT.search(text, around.tail, line_end) is None:
            return start, self._introduced(line_end)
        return start, line_end

    def _introduced(self, line_end: int) -> int:
        """The end of what a line that ends with a colon introduces: up to a footer or another heading."""
        text = self._plain.text
        end = line_end
        begin = line_end + 1
        for _ in range(MAX_LINES):
            if begin >= len(text):
                break
            stop = text.find("\n", begin)
            stop = len(text) if stop < 0 else stop
            if _CONTENT.search(text, begin, stop) is not None:
                if self._is_footer(begin, stop) or (end > line_end and self._opens_another(begin, stop, end)):
                    break
                end = stop
            begin = stop + 1
        return end

    def _opens_another(self, begin: int, stop: int, end: int) -> bool:
        """Whether a line is a heading, or a picture opens it below an empty line: what a label at ``end`` introduces
        goes up to there.
        """
        text = self._plain.text
        if _HEADING.match(text, begin, stop):
            return True
        return begin > end + 1 and opens_sentence(text[begin])

    def _is_footer(self, start: int, end: int) -> bool:
        if end - start > 160:
            return False
        if _ADDRESS.search(self._plain.text, start, end) or _SITE.match(self._plain.lower, start, end):
            return True
        return not self._lexicon.footers.isdisjoint(self._plain.lower[start:end].split())

    def _is_credit_of_sentence_before(self, around: Surroundings) -> bool:
        """Whether it is "(AFP)" or "📌 AFP" after a full stop."""
        is_first = around.head - 1 <= self._first_content(around.sentence) + 1
        closes = around.closes_parens or (around.mark_after == "$" and around.mark_before != "^")
        return closes and cue_of(around) is None and is_first

    def _first_content(self, span: Offsets) -> int:
        match = _CONTENT.search(self._plain.text, *span)
        return span[0] if match is None else match.start() - 1

    def _points_back(self, around: Surroundings) -> bool:
        start = around.sentence[0]
        before = around.before
        head = [word for word, _ in islice(before.words(), _POINTER_WORDS)]
        if not head or before.starts[0] > start + 12:
            return False
        return self._lexicon.opens_pointing(head)

    def _stands_alone(self, around: Surroundings) -> bool:
        """Whether the sentence is nothing but the name (and a cue, or the label of a source)."""
        cue = cue_of(around)
        if cue is None and around.is_source and around.first <= _LABEL_TOKENS and around.mark_after in ("$", "."):
            return True
        taken = [(around.head, around.tail)] + ([(cue.start, cue.end)] if cue else [])
        words = (*around.before.words(), *around.after.words())
        return all(any(start <= place < end for start, end in taken) for _, place in words)

    def _back_from(self, around: Surroundings, end: int) -> Offsets:
        """The sentences before, back to the start of the paragraph or of the one before it."""
        text = self._plain.text
        line = around.line
        before = [
            one for one in self._sentences_of(line) if one[1] <= around.sentence[0] and _CONTENT.search(text, *one)
        ]
        if not before:
            above = text[: line[0]].rstrip()
            if not above:
                return around.sentence[0], end
            begin = above.rfind("\n") + 1
            before = [one for one in self._sentences_of((begin, len(above))) if _CONTENT.search(text, *one)]
        return (before[-MAX_SENTENCES:][0][0] if before else around.sentence[0]), end

    def _ends_with_colon(self, end: int) -> bool:
        return self._plain.text[max(0, end - 3) : end].rstrip(" *_")[-1:] in COLONS
