"""Why a list was or was not found, as values that a program can show."""

from dataclasses import dataclass
from enum import StrEnum


class ReasonSubject(StrEnum):
    """What a reason is about."""

    GATE = "gate"
    """The whole post, before it was read line by line."""
    LINE = "line"
    LEAD_IN = "lead-in"
    ITEM = "item"
    LIST = "list"
    NO_LIST = "no-list"
    CITATION = "citation"
    NO_CITATION = "not-cited"
    """A name that nothing is attributed to."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``text[start:end]`` is what it is about."""

    finding: ReasonSubject
    message: str
    start: int
    end: int
