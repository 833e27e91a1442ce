"""The tokeniser of search against a plain reading of its rules, one character after the other."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.query.tokens import MAX_LENGTH, MAX_OCCURRENCES, MAX_TOKENS, spans, tokens
from schemas.text import FOLDED
from schemas.text.normalization import without_excess_marks

_PIECES = [
    *" \n\t\r\x00_-.,:/@#*\"()'`’‘ʼ´ʻ′−–",
    *"aZzñéèßſıİŁøæœµªⅣ½²①ⓐ𝐀𝓫ﬁ™℠ℹ㊙️",
    *"бЁёйЙґѝІїєў",
    *"Σςάῆᾳΰΐǅ",
    *"नमस्तेहिंदीংঅாதமிழ்",
    *"שָׁלוֹםاَلْعَرَبِيَّةُىکـ",
    *"中国語のガがｶﾞ㌖々ーไทยกินลาวမြန်မာខ្មែរ한국어ㄳㅏ",
    *"\u0301\u0306\u0308\u0345\u3099\u1100\u1161\u11a8\u0f73\u0344\u093c",
    *"\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u202e\ufe0f\u20e3\U000e0100\U000e0061",
    *"😀👨🇺🇸🅰𐐀𐐨𞤀𞤢𑀓𑀸𠀀丽𝟘٣๑0123456789",
    "\ud800",
    "don't",
    "http://t.me/a_b?c=1",
    "слово",
    "e\u0301",
    "И\u0306",
]
TEXTS = st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=30).map("".join)


@given(TEXTS)
@example("ﬁ’ﬁ Apple™ x´y l''eau 'a' a'")
@example("가ㄳ か\u3099 か\u200d\u3099")
@example("\u0301a \u0301\u0301")
@example("ab'中 中'ab a'\u0301b")
def test_a_text_has_the_tokens_that_its_rules_say(text: str) -> None:
    assert tokens(text) == _by_the_rules(text)


@given(TEXTS)
@example("co\u00adop Don’t e\u0301te\u0301 10½ ﷺﷺ ™x Й И\u0306од")
def test_places_are_those_of_the_tokens(text: str) -> None:
    found = spans(text)
    assert [span.token for span in found] == tokens(text)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(span.token in tokens(text[span.start : span.end]) for span in found)
    assert [span.start for span in found] == sorted(span.start for span in found)


@given(TEXTS, TEXTS)
def test_tokens_do_not_depend_on_the_text_around_them(one: str, other: str) -> None:
    assert tokens(f"{one}\n,\n{other}") == tokens(one) + tokens(other)


@given(TEXTS)
def test_tokens_as_a_text_are_the_same_tokens(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(st.lists(st.sampled_from(["a", "b", "ж", "中", "x" * 70]), min_size=1, max_size=12), st.integers(1, 900))
def test_repeats_beyond_the_bound_keep_their_places(words: list[str], times: int) -> None:
    text = " ".join(words * times)
    expected: list[str] = []
    for word in (words * times)[:MAX_TOKENS]:
        short = word[:MAX_LENGTH]
        expected.append(short if expected.count(short) < MAX_OCCURRENCES else "□")
        if len(expected) > 1_500:  # counting is quadratic here
            break
    assert tokens(text)[: len(expected)] == expected
    assert len(tokens(text)) == min(MAX_TOKENS, len(words) * times)


def _by_the_rules(text: str) -> list[str]:
    found: list[str] = []
    word = ""
    folded = [*_folded(text), " "]
    for at, character in enumerate(folded):
        category = unicodedata.category(character)[0]
        is_single = _is_single(character)
        if not is_single and (category in "LN" or character == "_" or (category == "M" and word)):
            word += character
            continue
        if character == "'" and word and _goes_on(folded[at + 1]):
            continue
        if word:
            found.append(word)
        word = ""
        if is_single:
            found.append(character)
    return found


def _goes_on(character: str) -> bool:
    return character == "_" or (unicodedata.category(character)[0] in "LNM" and not _is_single(character))


def _folded(text: str) -> str:
    apart = "".join(FOLDED[ord(c)] if FOLDED.get(ord(c)) in (" ", "'") else c for c in text)
    whole = unicodedata.normalize("NFKC", without_excess_marks(apart)).casefold()
    last = unicodedata.normalize("NFKC", without_excess_marks(whole))
    visible = "".join(c for c in last if unicodedata.category(c) != "Cf")
    return visible.translate({**FOLDED, ord("ґ"): "г"})


def _is_single(character: str) -> bool:
    code = ord(character)
    if 0x20000 <= code <= 0x3FFFF:  # planes for Chinese characters, also for those that Unicode has yet to name
        return True
    if unicodedata.category(character)[0] not in "LNM":
        return False
    blocks = (
        *((0xE00, 0xEFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F)),
        *((0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F)),
    )
    return any(first <= code <= last for first, last in blocks)
