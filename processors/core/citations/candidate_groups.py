"""Names that share one statement: "Reuters and CNN report"."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from processors.core.citations.name_candidates import NameCandidate

MAX_TOGETHER: Final = 8
_AND = "и|and|et|und|y|e|i|та|й|och|og|en|ve|و|или|or|&|a|а также"
_BETWEEN = re.compile(rf"[»\"”]?(?:,\s|,?\s(?:{_AND})\s|/)(?:the |газета |агентство |die |le |la )?[«\"“]?")


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
        if (
            last is not None
            and name.start - last.end <= 24
            and len(last.names) < MAX_TOGETHER
            and name.outlet.id != last.names[-1].outlet.id
            and _BETWEEN.fullmatch(text, last.end, name.start)
        ):
            groups[-1] = NameGroup(last.start, name.end, (*last.names, name))
        else:
            groups.append(NameGroup(name.start, name.end, (name,)))
    return groups
