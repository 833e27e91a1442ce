"""What the name of a label may be: a known outlet in a form that names seldom have, a person, a section of news."""

import re

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED, without_and
from processors.core.quotes.lines.lines import Line, shows_media
from processors.core.quotes.lines.tokens import Tokens

_SELDOM = re.compile(
    r"[a-zà-ÿа-яёіїєґα-ω][\w .&'’-]*|[\w-]+(?:\.[\w-]+)+|[A-ZÀ-Þ]\w*[a-zà-ÿ][A-ZÀ-Þ]\w*|[A-ZÀ-Þ]{2,5}[a-zà-ÿ]\w+"
)
"""Names as most are not written; those of other form the search for known names has found."""
_FIRST_JOINING, _AFTER_JOINING = "\u0590", "\u0700"
"""Letters of Hebrew and Arabic."""
_MAX_WORDS = 5
_MAX_PERSON = 3
_MAX_TOPIC = 3


def known_label(attributor: Attributor, tokens: Tokens, start: int, end: int, *, is_press: bool) -> Mention | None:
    """The outlet of a label that is written as names seldom are: in lower case, as one word, as a domain; in a post
    about the press also one without its word for a newspaper, in scripts whose names show no capital.
    """
    if _FIRST_JOINING <= tokens.text[start] < _AFTER_JOINING:
        start, end = label_bounds(attributor, tokens, start, end)
    first, after = tokens.at(start), tokens.at(end)
    if not 0 < after - first <= _MAX_WORDS:
        return None
    written = tokens.text[start:end]
    if _SELDOM.fullmatch(written):
        found = attributor.registry.as_label(written)
        if found is not None and found.is_ambiguous and not may_open_name(tokens, first):
            return None
    elif is_press and written[0] >= FIRST_UNCASED:
        registry = attributor.registry
        found = registry.as_label(written) or registry.without_kind(written, attributor.press.kinds)
    else:
        return None
    if found is None:
        return None
    return Mention(start, end, first, after, found.outlet, found.is_ambiguous)


def label_bounds(attributor: Attributor, tokens: Tokens, start: int, end: int) -> tuple[int, int]:
    """Where the name in a label is: in Arabic and Hebrew without small words before it and verbs around it, which
    letters may be joined to ("أما الديار فعنونت", "وكتبت الجمهورية").
    """
    if not _FIRST_JOINING <= tokens.text[start] < _AFTER_JOINING:
        return start, end
    first, after = tokens.at(start), tokens.at(end)
    while after - first > 1 and _is_around_name(attributor, tokens.words[first]):
        if tokens.words[first + 1].isdigit():  # "القناة 13"
            break
        first += 1
    while after - first > 1 and _is_around_name(attributor, tokens.words[after - 1]):
        after -= 1
    return tokens.span(first, after)


def _is_around_name(attributor: Attributor, word: str) -> bool:
    press, cues = attributor.press, attributor.cues
    return any(press.qualifies(one) or cues.is_phrase(one) for one in {word, without_and(word)})


def may_open_name(tokens: Tokens, index: int) -> bool:
    """Whether a word is written as a name: with a capital, in front or inside ("iNews")."""
    word = tokens.text[tokens.starts[index] : tokens.ends[index]]
    return tokens.is_capitalised(index) or word != word.lower()


def is_like_a_person(attributor: Attributor, tokens: Tokens, line: Line, mention: Mention) -> bool:
    """Whether a label is two or three words that nothing shows to be an outlet's: among known ones it is a person's."""
    if mention.outlet.is_known or shows_media(tokens.text, line):
        return False
    words = tokens.words[mention.first : mention.after]
    if not 1 < len(words) <= _MAX_PERSON or "(" in tokens.text[mention.end : mention.end + 2]:
        return False
    name = tokens.text[mention.start : mention.end]
    if words[0] in ARTICLES or not all(part.istitle() for part in name.split()):
        return False
    return not any(word in attributor.press.kinds or attributor.press.ends_like_name(word) for word in words)


def is_topic(attributor: Attributor, tokens: Tokens, start: int, end: int) -> bool:
    """Whether a name is a section of news ("Weather", "Home affairs"), rather than an outlet."""
    words = tokens.words[tokens.at(start) : tokens.at(end)]
    press = attributor.press
    return 0 < len(words) <= _MAX_TOPIC and all(word in press.topics or word in press.conjunctions for word in words)


def is_like_outlet(attributor: Attributor, tokens: Tokens, start: int, end: int) -> bool:
    """Whether a word of a name is one of outlets' names, or what an outlet is called, or it is in marks of titles."""
    if tokens.text[start - 1 : start] == "《":
        return True
    words = tokens.words[tokens.at(start) : tokens.at(end)]
    press = attributor.press
    if any(word in press.kinds or press.ends_like_name(word) for word in words):
        return True
    return press.ends_like_name(tokens.text[start:end])  # Korean joins particles to names


def is_review_label(attributor: Attributor, words: list[str]) -> bool:
    """Whether a label is the title of a review ("Editorial round-up: ..."), rather than an outlet."""
    press = attributor.press
    return all(
        word in press.press or word in press.review or word in press.pieces or word in press.particles for word in words
    )
