"""The words of a text that show its language: no addresses, tags, numbers, codes, laughter or emoji."""

import re
from collections.abc import Sequence

from processors.core.language.scripts import LATIN_LETTERS
from processors.core.text.character_kinds import UNUSUAL_LETTER, has_several, letters_of_each, letters_of_parts
from processors.core.text.characters import IS_LETTER, MARKS
from processors.core.text.words import kinds, words_alone
from schemas.text import in_one_script, plain

_OF_ADDRESSES = ("/", "@", "#", "$", "w.", "W.", "](")
"""One of these is in each address: they are looked for in a sixth of the time that a pattern takes."""
_ADDRESS = re.compile(
    r"\]\([^()\s]*+\)"  # the target of a Markdown link; up to a bracket, so that a text of brackets costs no more
    r"|(?:https?://|www\.|t\.me/)[^\s)\]]+"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++\.\w[\w.]*"
    r"|[@#$]\w+",
    re.IGNORECASE,
)
_CYRILLIC = "\u0400-\u052f"
# Persian or Urdu typed with Arabic letters: these letters are in no Arabic word, and these words in no Arabic text.
_PERSIAN = re.compile("[پچژگٹڈڑںے]")
_ARABIC_FORM = re.compile("[يىك]")
_PERSIAN_WORD = re.compile(r"\b(?:در|از|[کك]ه|را|است|برا[یيى]|شد|بود|م[يىی])\b")
_ARABIC_SIGN = re.compile(r"[ةأإ]|\bال\w\w")
# Sindhi, Pashto and Uyghur have those and the Arabic letters as well.
_NOT_PERSIAN = re.compile("[ڪڄٿٻڀڃڇڊڏڌڍڙڦڱڳڻټډړښځڅېۍګۇۆۈۋ]")
_PERSIAN_LETTERS = str.maketrans("يىك", "ییک")
# Romanian typed with cedillas: the second is in no other language.
_CEDILLAS = re.compile("[ţŢ]")
_COMMAS = str.maketrans("şţŞŢ", "șțȘȚ")
_CAPITALS = re.compile(r"[^\W\d_]{2,}")
# Turkish of an old code page (ISO 8859-9) that was read as the Western one.
_ICELANDIC_IN_TURKISH = re.compile("[ðþÞ]")
_TURKISH = re.compile("[ýüçÝ]")
_ICELANDIC = re.compile("[áéíóúæÁÉÍÓÚÆ]")
_TURKISH_LETTERS = str.maketrans("ðýþÐÝÞ", "ğışĞİŞ")
_OF_ANOTHER = re.compile("[يىكţŢðþÞ]")
"""Any of these that may be of another encoding or keyboard: one look in place of three."""
_WORD = re.compile(rf"[^\W\d_]+(?:[{MARKS}]+[^\W\d_]*)*")
_KINDS = kinds(IS_LETTER)
_FEW = 4
"""Arrays need about as long for one text as for a dozen, a pattern as long for each."""
_CASED = f"{LATIN_LETTERS}{_CYRILLIC}"
# Letters without case do not belong to a number beside them: Chinese and Japanese write no blanks.
_DIGIT_WORD = re.compile(rf"(?:[{_CASED}]+[-–/])?[{_CASED}]*\d[\d{_CASED}]*(?:[-–/][\d{_CASED}]+)*")
_NUMBER = re.compile(r"\d")
# Bounded, so that a text of opening marks costs no more than another.
_QUOTED = re.compile(r"«[^»]{1,400}»|“[^”]{1,400}”|„[^“”]{1,400}[“”]|\"[^\"\n]{1,400}\"")

SHORT = 6
"""Up to so many words a text may be a name, a code or a laugh altogether."""
_TITLE = 4
_ACRONYM_LETTERS = 4
_CAMEL = re.compile(rf"[{LATIN_LETTERS}]*[a-z][A-Z]\w*")
_LAUGHTER = re.compile(
    r"[аa]*(?:[хx]+[аa]+){2,}[хx]*|[аa]*(?:[аa]+[хx]+){2,}|(?:[хx]+[еиоei]+){2,}[хx]*|[ыэ]{2,}|(?:гы){2,}"
    r"|a*(?:h+a+){2,}h*|a*(?:a+h+){2,}|(?:h+[eio]+){2,}h*|(?:j+[aeiá]+){2,}j*|(?:rs){2,}|k{3,}|w{3,}"
    r"|l+o+l+(?:o+l+)*|r+o+f+l+|l+m+f*a+o+|[kк]+[eе]+[kк]+|л+о+л+|[xх]+[dд]+|h+m+|[хx]+м+|[мm]{2,}|[аa]{3,}|[оo]{3,}"
    r"|[уu]{3,}|[ㅋㅎㅠㅜ]+|[哈呵嘿]{2,}|ه{3,}|\w*(\w)\1\1\w*|qwert\w*|asdf\w*|йцуке\w*|фыва\w*"
)


def words_of(text: str) -> str:
    """The words in lower case with one blank between them."""
    return _lowered(" ".join(_WORD.findall(_mended(text))))


def words_of_each(groups: Sequence[Sequence[str]], letters: Sequence[int] | None = None) -> list[list[str]]:
    """The words of each text, as :func:`words_of`; the texts of a group are repaired together, and none may hold a
    line's end. ``letters`` are the kinds of letters in each group, if they are known; they may hold more.
    """
    texts = ["\n".join(group) for group in groups]
    if len(texts) < _FEW:
        return [[_lowered(" ".join(_WORD.findall(line))) for line in _mended(text).split("\n")] for text in texts]
    mended = _mended_all(texts, letters_of_each(texts) if letters is None else letters)
    return [_lowered(text).split("\n") for text in words_alone(mended, _KINDS)]


def words_but_names(text: str) -> str:
    """The words of a part of a text, as :func:`words_of`; none when it is but a name or a title in Latin letters."""
    mended = _mended(text)
    words = _WORD.findall(mended)
    return "" if len(words) <= _TITLE and all(map(_is_latin_name, words)) else _lowered(" ".join(words))


def distinctive_words(text: str) -> str:
    """The words of a short text, as :func:`words_of`, without those which are the same in every language; none at all
    when the text is but a name with a number.
    """
    text = _mended(text)
    bare = _DIGIT_WORD.sub(" ", text)
    words = _WORD.findall(bare)
    if len(words) > SHORT:
        return _lowered(" ".join(words))
    if _is_name(words, has_number=_NUMBER.search(text) is not None) or _is_code(words):
        return ""
    return _lowered(
        " ".join(word for word in words if not (_CAMEL.fullmatch(word) or _LAUGHTER.fullmatch(word.lower())))
    )


def has_quotations(text: str) -> bool:
    """Whether a text may quote: a look at its marks."""
    return "«" in text or '"' in text or "“" in text or "„" in text


def without_quotations(text: str) -> str:
    """The text with blanks for what is in quotation marks; as it is when nothing else is left. Offsets stay."""
    rest = _QUOTED.sub(_blank, _ADDRESS.sub(_blank, text))  # an address cut in two would leave words
    return rest if _WORD.search(rest) else text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _is_name(words: Sequence[str], *, has_number: bool) -> bool:
    """Whether words are but a name with its number or letter: iPhone 15 Pro Max, Tesla Model S, Arsenal 2:1 Ajax."""
    is_numbered = has_number or (len(words) > 1 and len(words[-1]) == 1)
    return is_numbered and len(words) <= _TITLE and all(map(_is_latin_name, words))


def _is_code(words: Sequence[str]) -> bool:
    """Whether words are but codes or particles: NATO, BTC/USDT, wi-fi."""
    return len(words) <= 2 and all(
        (word.isupper() and len(word) <= _ACRONYM_LETTERS) or (word.lower() != word.upper() and len(word) <= 2)
        for word in words
    )


def _is_latin_name(word: str) -> bool:
    """Whether a word looks like a name or a code; one in capitals is a word of a text in capitals, if it is long."""
    if word.isupper() and len(word) > _ACRONYM_LETTERS + 1:
        return False
    return (word[0].isupper() and word[0] < "\u0250") or bool(_CAMEL.fullmatch(word))


def _is_persian(text: str) -> bool:
    """Whether a text in Arabic letters is in a language that has letters of its own for some of them."""
    if _PERSIAN.search(text):
        return True
    return _PERSIAN_WORD.search(text) is not None and _ARABIC_SIGN.search(text) is None


def _lowered(text: str) -> str:
    """The text in lower case; a language with a dotted capital I has a dotless small one for the other."""
    if "İ" not in text:
        return text.lower()
    return _CAPITALS.sub(_without_dot, text).replace("İ", "i").lower()


def _without_dot(match: re.Match[str]) -> str:
    return match[0].replace("I", "ı") if match[0].isupper() else match[0]


def _mended(text: str) -> str:
    """The text without addresses, and with the letters that were meant."""
    text = _without_addresses(text)
    return text if text.isascii() else _meant(in_one_script(plain(text)))


def _mended_all(texts: Sequence[str], letters: Sequence[int]) -> list[str]:
    """The same for several texts, in less time: most need no look at their words."""
    bare = [_without_addresses(text) for text in texts]
    return [
        text if text.isascii() else _meant(in_one_script(plain(text)) if _may_be_mended(own) else text)
        for text, own in zip(bare, letters_of_parts(bare, letters), strict=True)
    ]


def _may_be_mended(letters: int) -> bool:
    return letters & UNUSUAL_LETTER != 0 or has_several(letters)


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(" ", text) if any(map(text.__contains__, _OF_ADDRESSES)) else text


def _meant(text: str) -> str:
    """A text without letters of another encoding or keyboard."""
    if _OF_ANOTHER.search(text) is None:
        return text
    if _ARABIC_FORM.search(text) and _is_persian(text) and not _NOT_PERSIAN.search(text):
        text = text.translate(_PERSIAN_LETTERS)
    if _CEDILLAS.search(text):
        text = text.translate(_COMMAS)
    if _ICELANDIC_IN_TURKISH.search(text) and _TURKISH.search(text) and not _ICELANDIC.search(text):
        text = text.translate(_TURKISH_LETTERS)
    return text
