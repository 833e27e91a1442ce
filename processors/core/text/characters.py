"""Classes of characters: as the inside of a regex class, or as a table for arrays of code points."""

import re

import numpy as np
from numpy.typing import NDArray


def all_characters(count: int) -> str:
    """The characters of the first code points in their order."""
    return np.arange(count, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _where(pattern: str) -> NDArray[np.bool_]:
    """For each code point whether it matches; a search in all of them takes a tenth of the time of asking for each."""
    found = np.zeros(0x40000, np.bool_)
    for run in re.finditer(f"(?:{pattern})+", all_characters(len(found))):
        found[slice(*run.span())] = True
    return found


IS_WORD = _where(r"[^\W_]")
"""For each code point whether it is of a word; the last entry represents all above, of which none is."""
IS_LETTER = _where(r"[^\W\d_]")
"""The same without decimal digits; it holds ² and ½."""

MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75"
    "\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3e-\u0c56"
    "\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d81-\u0d83\u0dca-\u0df3\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u1dc0-\u1dff\u200c\u3099\u309a"
)
r"""Marks that belong to the letter before them, of the scripts in use; ``\w`` leaves them out."""

EMOJI = (
    "\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff"
)
"""Emoji and the arrows and shapes that channels use like them; without modifiers."""

CYRILLIC, HAN, KANA = "Cyrl", "Hani", "Kana"
SCRIPTS = {
    CYRILLIC: "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "Arab": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    HAN: "\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    KANA: "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Hang": "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff",
    "Hebr": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Armn": "\u0530-\u058f",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Deva": "\u0900-\u097f\ua8e0-\ua8ff",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Orya": "\u0b00-\u0b7f",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff",
    "Mymr": "\u1000-\u109f\uaa60-\uaa7f",
    "Ethi": "\u1200-\u139f\u2d80-\u2ddf",
    "Khmr": "\u1780-\u17ff",
    "Thaa": "\u0780-\u07bf",
}
"""Blocks of each script but the Latin one, by ISO 15924 code; Kana means both kinds."""

LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
BLANKS = "\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
JUNK = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc"
)
"""Controls, soft hyphen, zero-width and direction marks, invisible operators, fillers, object replacements."""
SELECTORS = "\ufe0e\ufe0f"
JOINERS = "\u200c\u200d"
