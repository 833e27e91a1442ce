"""What the word index of either database holds for a post, so that a search reads no more of it than it has to.

Both compare the lists of two words whole where they have no post in common, whatever ids are requested. Therefore

- each token begins with a letter for the language of its post: words have a list for each language, and only lists of
  the same one are compared;
- each post has its period of time as one more token, whose list is short: where it ends the comparison ends.
"""

from functools import lru_cache
from typing import Final

from schemas.query.tokens import language_token

_PERIOD_BITS: Final = 42
"""An id begins with the second of its post, 22 bits above: a period is 2^20 seconds, twelve days."""
_LETTERS: Final = 24
"""So many that ru, uk, en, fa, ar, de, fr, es, it, tr, pl and pt each have their own."""


def period_of(post_id: int) -> int:
    """The period of a post; the next one has the next number."""
    return post_id >> _PERIOD_BITS


def period_token(period: int) -> str:
    """The token of a period, which no text has."""
    return f"§t{period}"


@lru_cache
def language_letter(code: str) -> str:
    """The letter that begins each token of a post in a language; rare languages share it with others."""
    return _letter(f"{language_token(code)} §")


def index_tokens(post_id: int, tokens: str) -> str:
    """The text that is indexed for a post, as SQLite's view ``search`` has it; ``tokens``: those of ``post_tokens``,
    none for an erased text.
    """
    period = period_token(period_of(post_id))
    if not tokens:
        return f" {period}"
    letter = _letter(tokens)
    return f"{letter}{tokens.replace(' ', f' {letter}')} {period}"


def _letter(tokens: str) -> str:
    """From the first two letters of the language, whose token comes first; the view has the same formula."""
    return chr(ord("a") + (9 * ord(tokens[2]) + ord(tokens[3])) % _LETTERS)
