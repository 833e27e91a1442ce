"""Escaping of untrusted text for a terminal: characters that control it, reorder lines or are invisible.

Foreign is whatever others wrote: posts, titles, names of files and users, keys of reactions, headers of messages,
values of settings, words of a broker or a library. What is shown passes here; data in files and pipes does not.
"""

import re
from collections.abc import Callable

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
"""C0 without newline and tab, DEL and C1: ESC begins a sequence, and so does U+009B alone."""
_BIDI = r"\u202a-\u202e\u2066-\u206f"
"""Embeddings, overrides and isolates, which turn the order of what follows them. Right-to-left letters need none
of them, and the marks U+200E, U+200F and U+061C pass: they move nothing but the punctuation beside them."""
_LINES = r"\u2028\u2029"
_INVISIBLE = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_SURROGATES = r"\ud800-\udfff"
_JOINING = (
    r"\u0600-\u109f\u1780-\u18af\ua840-\uaaff\ufb50-\ufdff\ufe70-\ufefe\U00010a00-\U00011fff"  # scripts
    r"\xa9\xae\u203c-\u2049\u2100-\u2bff\ufe0f\U0001f000-\U0001faff"  # emoji
)
"""What a joiner (U+200C, U+200D) may follow: elsewhere it is invisible and does nothing."""
_MARKS = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MAX_MARKS = 8
"""Marks on one letter, beyond which they cover other lines; no language writes more than four."""
_SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"

_FLAG = r"\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f"
"""The flag of a region, e.g. of Scotland: the one use of tag characters."""
_UNFIT = re.compile(
    rf"(?P<fit>{_FLAG})|[{_CONTROLS}{_BIDI}{_LINES}{_INVISIBLE}{_SURROGATES}]|(?<![{_JOINING}])[\u200c\u200d]"
    rf"|(?<=[{_MARKS}]{{{_MAX_MARKS}}})[{_MARKS}]|(?<!\S)[{_SELECTORS}]|(?<=[{_SELECTORS}])[{_SELECTORS}]"
)
_PLAIN = {"…": "~", "—": "-", "–": "-", "·": ".", "•": "*"}
"""What tgwire itself writes, for terminals of few characters; each as wide as before."""


def printable(text: str) -> str:
    r"""The text with every character written out (``\x1b``, ``\u202e``) that could steer, reorder or hide.

    Newlines and tabs stay. What comes out passes unchanged a second time.
    """
    return _UNFIT.sub(_as_python, text)


def one_line(text: str) -> str:
    """A text made printable on one line: newlines and tabs are written out as well."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def json_for_terminal(document: str) -> str:
    """JSON with such characters as JSON's own escapes: it means what it meant before."""
    return _UNFIT.sub(_as_json, document)


def encodable(text: str, encoding: str) -> str:
    """The text with what an encoding lacks written out, or replaced by something as plain."""
    if _has(encoding, text):
        return text
    for character, plain in _PLAIN.items():
        if not _has(encoding, character):
            text = text.replace(character, plain)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _as_python(match: re.Match[str]) -> str:
    return _escaped(match, lambda code: f"\\x{code:02x}" if code < 0x100 else _unicode_escape(code))


def _as_json(match: re.Match[str]) -> str:
    return _escaped(match, lambda code: "".join(f"\\u{unit:04x}" for unit in _utf_16(code)))


def _escaped(match: re.Match[str], escape: Callable[[int], str]) -> str:
    return match[0] if match["fit"] else escape(ord(match[0]))


def _unicode_escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _utf_16(code: int) -> tuple[int, ...]:
    return (code,) if code < 0x10000 else (0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF))
