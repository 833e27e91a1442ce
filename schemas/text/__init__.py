"""Orthographic equivalences: which characters are two ways to write one, for all that compares, looks up or reads text.

One table for language detection, duplicates and quotes; each keeps its own idea of what a word is. What counts as the
same and what does not, and why: docs/duplicates.md.
"""

from schemas.text.diacritics import LOOSE_MARKS, unaccented
from schemas.text.folding import FOLDED, fold
from schemas.text.letters import APOSTROPHES, QUOTATION_MARKS, respelled
from schemas.text.lookalikes import OWN, SHARED_LATIN, Script, in_main_script, in_one_script
from schemas.text.usual_letters import SELDOM, UNUSUAL, alike, is_usual, loose_marks, plain, usual

__all__ = [
    "APOSTROPHES",
    "FOLDED",
    "LOOSE_MARKS",
    "OWN",
    "QUOTATION_MARKS",
    "SELDOM",
    "SHARED_LATIN",
    "UNUSUAL",
    "Script",
    "alike",
    "fold",
    "in_main_script",
    "in_one_script",
    "is_usual",
    "loose_marks",
    "plain",
    "respelled",
    "unaccented",
    "usual",
]
