"""What the data files hold: the registry of outlets, the cues and the words of the trade."""

from itertools import product
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints, field_validator

from processors.core.quotes.lexicon.language_codes import LANGUAGE_CODES
from processors.core.quotes.lexicon.phrase_table import PhraseTable

SHORTEST_ENDING = 3
"""Letters of the shortest ending of a nationality."""

SpellingText = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, pattern=r"\w")]


OutletKind = Literal["agency", "newspaper", "broadcaster", "online", "telegram-channel"]
"""What an outlet is; magazines are newspapers here."""
Username = Annotated[str, StringConstraints(pattern=r"^(?:[A-Za-z][A-Za-z0-9_]{3,31}|-?[0-9]{1,20})$")]


class OutletEntry(BaseModel):
    """One outlet of the registry."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    name: SpellingText
    """Canonical name: the outlet's own usual full name, in Latin script."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1 alpha-2 of the newsroom; absent for an outlet of no country."""
    kind: OutletKind | None = None
    domains: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = Field(
        default_factory=list
    )
    aliases: list[SpellingText] = Field(default_factory=list)
    """Other names and spellings, in any script; Cyrillic ones are inflected by rule."""
    ambiguous: list[SpellingText] = Field(default_factory=list)
    """Names that are also common words or other things: they count only in a place that nothing but a source takes."""
    parent: str | None = None
    """Id of the outlet whose edition this one is: a Sunday paper's daily, a regional edition's newsroom."""
    channels: list[Username] = Field(default_factory=list)
    """Telegram channels of its own: usernames without @, or numeric ids."""
    former: list[Annotated[str, StringConstraints(min_length=1, max_length=90)]] = Field(default_factory=list)
    """Ids that it had before, also as an outlet that the registry lacked ("?trinidad express")."""
    languages: list[str] = Field(default_factory=list)
    """ISO 639-1 codes of the languages that it publishes in."""

    @field_validator("languages")
    @classmethod
    def _languages_exist(cls, codes: list[str]) -> list[str]:
        for code in codes:
            if code not in LANGUAGE_CODES:
                raise ValueError("expected ISO 639-1 codes of languages")
        return codes


class OutletFile(BaseModel):
    """A registry file of a user's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    outlet: list[OutletEntry] = Field(default_factory=list)


class Conjugation(BaseModel):
    """Stems that all take the same endings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stems: list[str]
    endings: list[str]


def expanded(phrases: list[str]) -> list[str]:
    """Each phrase with each choice of its words: ``a|the report`` is two phrases."""
    return [
        " ".join(words) for phrase in phrases for words in product(*(word.split("|") for word in phrase.split(" ")))
    ]


PhraseList = Annotated[list[str], AfterValidator(expanded)]


class CueTable(BaseModel):
    """The cues of one language; cues.toml explains what each list holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    verb_final: bool = False
    verbs: list[Conjugation] = Field(default_factory=list)
    forms: PhraseList = Field(default_factory=list)
    reviews: PhraseList = Field(default_factory=list)
    before: PhraseList = Field(default_factory=list)
    headlines: PhraseList = Field(default_factory=list)
    interview: PhraseList = Field(default_factory=list)
    to: PhraseList = Field(default_factory=list)
    citing: PhraseList = Field(default_factory=list)
    after: PhraseList = Field(default_factory=list)
    pointers: PhraseList = Field(default_factory=list)
    auxiliaries: list[str] = Field(default_factory=list)
    participles: list[str] = Field(default_factory=list)


class CueFile(RootModel[dict[str, CueTable]]):
    """cues.toml: a table for each language."""


class BuiltLexicons(BaseModel):
    """What is built from both lexicons, for use as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cues: "BuiltCues"
    press: "PressWords"
    """In spelling."""


class BuiltCues(BaseModel):
    """The phrases of the cues with bits of CueUse."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    by_first: PhraseTable
    """Those that are a cue on their own."""
    helpers: PhraseTable
    """The others."""
    behind: list[str]
    """First words of those that follow an outlet."""
    citing: list[str]
    """First words of those that name whom the outlet cites."""
    unparted: list[str]
    """Those of scripts that part no words."""


class PressWords(BaseModel):
    """The word lists; press.toml explains what each holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    press: list[str]
    press_endings: list[Annotated[str, StringConstraints(min_length=SHORTEST_ENDING)]]
    review: list[str]
    kinds: list[str]
    openers: list[str]
    authors: list[str]
    pieces: list[str]
    sources: list[str]
    earlier: list[str]
    footers: list[str]
    credits: list[str]
    origins: list[str]
    promotion: list[str]
    titles: list[str]
    person: list[str]
    pronouns: list[str]
    not_names: list[str]
    topics: list[str]
    questions: list[str]
    not_verbs: list[str]
    press_services: list[str]
    own_affairs: list[str]
    leaders: list[str]
    particles: list[str]
    organisations: list[str]
    nationality_endings: list[Annotated[str, StringConstraints(min_length=SHORTEST_ENDING)]]
    name_endings: list[str]
    conjunctions: list[str]
    correspondents: list[str]
