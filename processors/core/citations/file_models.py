"""The form of the data files of this package, checked when they are read."""

from pydantic import BaseModel, ConfigDict

from processors.core.quotes.lexicon.file_models import CueTable
from processors.core.quotes.lexicon.phrase_table import PhraseTable


class AroundWords(BaseModel):
    """Words around a name; words.toml explains what each list holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    postpositions: list[str]
    pieces: list[str]
    joins: list[str]
    source_labels: list[str]
    editions: list[str]
    fillers: list[str]
    kinds: list[str]
    weak_kinds: list[str]
    generic_kinds: list[str]
    authors: list[str]
    pointers: list[str]
    places: list[str]
    topics: list[str]
    elsewhere: list[str]
    footers: list[str]
    credits: list[str]
    adverts: list[str]
    evenings: list[str]
    not_outlets: list[str]
    too_common: list[str]
    quoting_cues: list[str]
    naming_cues: list[str]
    passives: list[str]
    pointed_cues: list[str]
    stories: list[str]
    cues_behind: list[str]
    name_openers: list[str]


class FormWords(BaseModel):
    """Words and endings as the spelling of a text has them; words.toml explains what each list holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    joined_to: list[str]
    columns: list[str]
    indefinite: list[str]
    articles: list[str]
    of: list[str]
    datives: list[str]
    to_behind: list[str]
    dative_endings: list[str]
    dative_kind_endings: list[str]
    cases: list[str]
    that_behind_comma: list[str]
    that_behind_verb: list[str]
    that_behind_copula: list[str]
    that: list[str]
    copulas: list[str]
    states: list[str]
    means: list[str]
    before_nouns: list[str]
    which: list[str]
    past_plural: list[str]
    past_neuter: list[str]
    past_singular: list[str]
    kind_datives: list[str]
    baltic_kind_datives: list[str]
    persian_said: list[str]
    not_speakers: list[str]
    openers: list[str]
    citing_or_and: list[str]
    closers: list[str]
    lower_closers: list[str]
    common_closers: list[str]
    not_closers: list[str]
    not_openers: list[str]
    label_openers: list[str]
    endings: list[str]
    compounds: list[str]
    contractions: list[str]
    other_trades: list[str]
    sites: list[str]
    german_articles: list[str]
    caseless_closers: list[str]
    no_press_hosts: list[str]
    named: list[str]
    to_kinds: list[str]
    institutions: list[str]
    genitive_cues: list[str]
    citing: list[str]
    shows: list[str]
    seen_by: list[str]


class CitationWords(BaseModel):
    """What is built from words.toml and the cues of the quote lists, for use as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    by_first: PhraseTable
    """Phrases with bits of Role."""
    by_last: PhraseTable
    final_verbs: list[str]
    """First words of the phrases that may close the clause of a name."""
    joining: list[str]
    """Phrases of one word that join a verb of saying to the outlet."""
    interview: list[str]
    """Those that are of an interview alone."""
    unparted: list[str]
    """Those of scripts that part no words."""
    reporting: list[str]
    """Last words of the phrases of words.toml that attribute a statement."""
    ends: list[str]
    """First and last words of the phrases that are before an outlet's name or of an interview, or their longest one."""
    around: AroundWords
    """Single words in spelling, pointers and evenings as phrases."""
    forms: FormWords


class WordsFile(BaseModel):
    """words.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    not_cues: list[str]
    cues: dict[str, CueTable]
    around: AroundWords
    forms: FormWords
