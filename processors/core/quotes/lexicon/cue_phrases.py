"""From the tables of cues to phrases: stems with their endings, spelled, in words, with what each may be."""

from collections.abc import Iterable, Mapping

from processors.core.quotes.lexicon.cues import ATTRIBUTING, CueUse
from processors.core.quotes.lexicon.file_models import BuiltCues, CueTable
from processors.core.quotes.lexicon.phrase_table import by_first_word
from processors.core.quotes.lexicon.scripts import FIRST_UNPARTED, UNPARTED, UNPARTED_RUN
from processors.core.quotes.lines.tokens import Spelling, spell, words_in


def built_cues(tables: Iterable[CueTable]) -> BuiltCues:
    """The phrases of a lexicon, for use as they are."""
    uses = uses_of(tables)
    return BuiltCues(
        by_first=by_first_word(_of_use(uses, ATTRIBUTING)),
        helpers=by_first_word(_of_use(uses, CueUse.AFTER | CueUse.POINTER | CueUse.TO)),
        behind=first_words(uses, CueUse.AFTER),
        citing=first_words(uses, CueUse.CITING),
        unparted=sorted(filter(UNPARTED_RUN.fullmatch, uses)),
    )


def _of_use(uses: Mapping[str, int], wanted: int) -> list[tuple[str, int]]:
    return [(phrase, use) for phrase, use in uses.items() if use & wanted]


def first_words(uses: Mapping[str, int], wanted: int) -> list[str]:
    """First words of the phrases with one of the wanted bits, each once, in order."""
    return sorted({phrase.partition(" ")[0] for phrase, _ in _of_use(uses, wanted)})


def uses_of(tables: Iterable[CueTable]) -> dict[str, int]:
    """The phrases of a lexicon with bits of CueUse, in words parted by blanks; those of most words come first."""
    by_phrase: dict[str, int] = {}
    for table in tables:
        for phrase, use in (*phrases_of(table), *helpers_of(table), *reviews_of(table)):
            by_phrase[phrase] = by_phrase.get(phrase, 0) | use
    uses: dict[str, int] = {}
    for words, use in zip(words_of_phrases(by_phrase), by_phrase.values(), strict=True):
        phrase = " ".join(words)
        uses[phrase] = uses.get(phrase, 0) | use
    return dict(sorted(uses.items(), key=lambda item: -item[0].count(" ")))


def words_of_phrases(phrases: Iterable[str]) -> list[list[str]]:
    """The words of each phrase: of scripts without blanks the whole, for texts come cut at it (UnpartedWords)."""
    # All spelled at once, which takes a third of the time.
    spelled = spell("\n".join(phrases)).text
    return [_words_of_spelled(phrase) for phrase in spelled.split("\n")] if spelled else []


def _words_of_spelled(spelled: str) -> list[str]:
    lowered = spelled.lower()
    if lowered.isalpha() and lowered < FIRST_UNPARTED:  # as most: no need to look for its words
        return [lowered]
    return lowered.split() if UNPARTED.search(spelled) else words_in(Spelling(spelled))


def phrases_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every phrase that is a cue on its own, with its use."""
    for group in table.verbs:
        yield from ((stem + ending, CueUse.VERB) for stem in group.stems for ending in group.endings)
    verb = CueUse.VERB | CueUse.FINAL if table.verb_final else CueUse.VERB
    yield from ((form, verb) for form in table.forms if form not in table.before)
    yield from ((f"{aux} {form}", CueUse.VERB) for aux in table.auxiliaries for form in table.participles)
    yield from ((form, CueUse.BEFORE) for form in table.before)
    yield from ((form, verb | CueUse.HEADLINE) for form in table.headlines)
    yield from ((form, CueUse.INTERVIEW) for form in table.interview)
    yield from ((form, CueUse.CITING) for form in table.citing)


def helpers_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every phrase that is a cue only with another word or behind the outlet, with its use."""
    yield from ((form, CueUse.AFTER) for form in table.after)
    yield from ((form, CueUse.POINTER) for form in table.pointers)
    yield from ((form, CueUse.TO) for form in table.to)


def reviews_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every verb that is a cue in a list of several outlets alone."""
    return ((form, CueUse.VERB) for form in table.reviews)
