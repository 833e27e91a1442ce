"""Classes of characters: as the inside of a regex class, or as a table for arrays of code points."""

import numpy as np

IS_WORD = np.fromiter(map(str.isalnum, map(chr, range(0x40000))), np.bool_)
"""For each code point whether it is of a word; the last entry stands for all above, of which none is."""
IS_LETTER = IS_WORD & ~np.fromiter(map(str.isdecimal, map(chr, range(0x40000))), np.bool_)
"""The same without decimal digits: ``[^\\W\\d_]`` of a pattern, which holds ² and ½."""

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
