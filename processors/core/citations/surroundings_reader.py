"""Reads what is around a name, in a bounded window to each side of it."""

from processors.core.citations.before_name import read_before
from processors.core.citations.behind_name import read_behind
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import Surroundings
from processors.core.citations.token_window import WINDOW, tokens, word_start
from processors.core.quotes.lines.lines import Offsets


def read(lexicon: CitationLexicon, plain: PlainText, name: Offsets, sentence: Offsets, line: Offsets) -> Surroundings:
    """What is around ``plain.text[name]``."""
    begin = word_start(plain.lower, max(sentence[0], name[0] - WINDOW), sentence[0])
    before = tokens(lexicon, plain, begin, name[0])
    after = tokens(lexicon, plain, name[1], min(sentence[1], name[1] + WINDOW))
    found = Surroundings(sentence, line, before, after, name)
    read_before(lexicon, found)
    read_behind(lexicon, plain, found)
    return found
