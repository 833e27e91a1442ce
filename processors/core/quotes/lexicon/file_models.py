"""What the data files hold: the registry of outlets, the cues and the words of the trade."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_validator

SHORTEST_ENDING = 3
"""Letters of the shortest ending of a nationality."""

Spelling = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, pattern=r"\w")]


class OutletEntry(BaseModel):
    """One outlet of the registry file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    name: Spelling
    """Canonical name: the outlet's own usual full name, in Latin script."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1 alpha-2 of the newsroom; absent for an outlet of no country."""
    domains: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = Field(
        default_factory=list
    )
    aliases: list[Spelling] = Field(default_factory=list)
    """Other names and spellings, in any script; Cyrillic ones are inflected by rule."""
    ambiguous: list[Spelling] = Field(default_factory=list)
    """Names that are also common words or other things: they count only in a place that nothing but a source takes."""


class OutletFile(BaseModel):
    """A registry file: the package's own, or a user's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    outlet: list[OutletEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for entry in self.outlet:
            if entry.id in seen:
                raise ValueError(f"outlet id {entry.id!r} is there twice")
            seen.add(entry.id)
        return self


class Conjugation(BaseModel):
    """Stems that all take the same endings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stems: list[str]
    endings: list[str]


class CueTable(BaseModel):
    """The cues of one language; cues.toml explains what each list holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    verb_final: bool = False
    verbs: list[Conjugation] = Field(default_factory=list)
    forms: list[str] = Field(default_factory=list)
    before: list[str] = Field(default_factory=list)
    headlines: list[str] = Field(default_factory=list)
    tell: list[str] = Field(default_factory=list)
    citing: list[str] = Field(default_factory=list)
    auxiliaries: list[str] = Field(default_factory=list)
    participles: list[str] = Field(default_factory=list)


class CueFile(RootModel[dict[str, CueTable]]):
    """cues.toml: a table for each language."""


class PressWords(BaseModel):
    """The word lists; press.toml explains what each holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    press: list[str]
    review: list[str]
    kinds: list[str]
    openers: list[str]
    authors: list[str]
    pieces: list[str]
    sources: list[str]
    footers: list[str]
    credits: list[str]
    promotion: list[str]
    titles: list[str]
    person: list[str]
    not_names: list[str]
    not_verbs: list[str]
    press_services: list[str]
    particles: list[str]
    organisations: list[str]
    nationality_endings: list[Annotated[str, StringConstraints(min_length=SHORTEST_ENDING)]]
    name_endings: list[str]
    conjunctions: list[str]
