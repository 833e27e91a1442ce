"""Strings and brackets of a JSON text that may be cut or broken."""

import re
from collections.abc import Iterator
from typing import AnyStr

_MARK = r'"(?:[^"\\]|\\.)*+(?:"|(\\?\Z))|[{}\[\]]'
"""A string (group 1: that is not closed) or a bracket."""
_BRACKET = r"[{}\[\]]"
_OF_TEXT = re.compile(_MARK, re.DOTALL), re.compile(_BRACKET)
_OF_BYTES = re.compile(_MARK.encode(), re.DOTALL), re.compile(_BRACKET.encode())


def json_tokens(text: AnyStr, start: int = 0) -> Iterator[re.Match[AnyStr]]:
    """Strings and brackets from a position on. Behind a quote that nothing closes there are brackets alone: no other
    quote there is closed either, and to look from each would take the square of the time.
    """
    token, bracket = _OF_TEXT if isinstance(text, str) else _OF_BYTES
    for found in token.finditer(text, start):
        if found[1] is not None:
            yield from bracket.finditer(text, found.start() + 1)
            return
        yield found


def is_deeper(text: str, levels: int) -> bool:
    """Whether a JSON text is nested more deeply than so many levels."""
    depth = 0
    for token in json_tokens(text):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth > levels:
            return True
    return False
