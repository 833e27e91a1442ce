"""Names that share one statement: "Reuters and CNN report"."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from processors.core.citations.name_candidates import NameCandidate

MAX_TOGETHER: Final = 8
MAX_APART: Final = 24
"""Code points between two names of one statement."""
_APOSTROPHES: Final = ("'", "’")
_AND = (
    "и|and|et|und|y|e|i|та|й|och|og|en|ve|و|или|or|&|a|а также|dan|và|és|ja|ir|un|și|şi|και|dhe|eta|və|va|û|және|և"
    "|და|और"
)
_BETWEEN = re.compile(
    rf"[»\"”]?(?:(?P<comma>,)\s|,?\s(?:{_AND})\s|/|[和与與及、とや])(?:the |газета |агентство |die |le |la )?[«\"“]?"
)
_CLOSED = re.compile(rf"[»\"”]?(?:\s(?:{_AND})\s|\s?(?:[,.:;!?)|\n—–]|-\s|$))")
_OPENED = re.compile(r"(?:^|[\n.!?:;—–|])[^\w\n]{0,8}$")
_BEFORE_CODE_POINTS = 10


class NameGroup(NamedTuple):
    """Names in a row with nothing but a comma or a conjunction between them."""

    start: int
    end: int
    names: tuple[NameCandidate, ...]


def grouped(text: str, names: Sequence[NameCandidate]) -> list[NameGroup]:
    """The names, those of one statement together."""
    groups: list[NameGroup] = []
    for name in names:
        last = groups[-1] if groups else None
        if last is not None and _joins(text, last, name):
            groups[-1] = NameGroup(last.start, name.end, (*last.names, name))
        else:
            groups.append(NameGroup(name.start, name.end, (name,)))
    return groups


def _joins(text: str, last: NameGroup, name: NameCandidate) -> bool:
    """Whether a name belongs to the ones before it. A comma alone parts a name that opens a clause from one that closes
    another: "As the NYT writes, RT often reports".
    """
    if name.start - last.end > MAX_APART or len(last.names) >= MAX_TOGETHER:
        return False
    between = _BETWEEN.fullmatch(text, last.end, name.start)
    if between is None or name.outlet.id == last.names[-1].outlet.id:
        return False
    if between["comma"] is None or _CLOSED.match(text, name.end):
        return True
    if text[name.end : name.end + 1] in _APOSTROPHES or len(last.names) > 1:
        return len(last.names) > 1
    return _OPENED.search(text, max(0, last.start - _BEFORE_CODE_POINTS), last.start) is not None
