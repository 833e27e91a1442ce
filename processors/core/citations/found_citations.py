"""What is found in a post, at places in its plain text."""

from dataclasses import dataclass

from processors.core.citations.candidate_groups import NameGroup
from processors.core.citations.facts import FactNames
from processors.core.citations.surroundings import CueFound
from processors.core.quotes.lines.lines import Offsets
from schemas.citations import CitationKind


@dataclass(slots=True)
class FoundCitation:
    """A citation."""

    group: NameGroup
    span: Offsets
    cue: CueFound | None
    kind: CitationKind
    quotations: tuple[Offsets, ...]
    cited: tuple[Offsets, ...]
    probability: float


@dataclass(slots=True)
class NameEvidence:
    """What was known of a name when it was decided."""

    group: NameGroup
    sentence: Offsets
    facts: FactNames
    probability: float
    refusal: str | None
    """Why it is never cited, whatever its facts."""
