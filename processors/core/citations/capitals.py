"""Capitals, for patterns."""

from typing import Final

UPPER: Final = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚƏΆΈ-ΏΑ-ΩЀ-ЯҐҒҚҢҮҰҺӘӨԱ-Ֆ"
"""Capitals of the alphabets that have them, for a class of a pattern."""
