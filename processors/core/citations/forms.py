"""Words and endings around a name that are compared as the spelling of a text has them."""

from collections.abc import Iterable

from ahocorasick_rs import BytesAhoCorasick

from processors.core.citations.file_models import FormWords
from processors.core.quotes.lexicon.outlets import ARTICLES


class Forms:
    """The section ``forms`` of words.toml, which explains each list, for use as it is."""

    def __init__(self, words: FormWords) -> None:
        self.joined_to = frozenset(words.joined_to)
        self.columns = frozenset(words.columns)
        self.indefinite = frozenset(words.indefinite)
        self.articles = ARTICLES.union(words.indefinite, words.articles)
        self.of = frozenset(words.of)
        self.datives = frozenset(words.datives)
        self.to_behind = frozenset(words.to_behind)
        self.dative_endings = tuple(words.dative_endings)
        self.dative_kind_endings = tuple(words.dative_kind_endings)
        self.cases = frozenset(words.cases)
        self.that_behind_comma = frozenset(words.that_behind_comma)
        self.that_behind_verb = frozenset(words.that_behind_verb)
        self.that_behind_copula = frozenset(words.that_behind_copula)
        self.that = self.that_behind_comma.union(self.that_behind_verb, self.that_behind_copula, words.that)
        """What opens the statement behind a verb of saying."""
        self.copulas = frozenset(words.copulas)
        self.states = self.copulas.union(words.states)
        self.means = frozenset(words.means)
        self.before_nouns = frozenset(words.before_nouns)
        self.which = frozenset(words.which)
        self.past_plural = tuple(words.past_plural)
        self.past_neuter = tuple(words.past_neuter)
        self.past_singular = tuple(words.past_singular)
        self.kind_datives = tuple(words.kind_datives)
        self.baltic_kind_datives = frozenset(words.baltic_kind_datives)
        self.persian_said = frozenset(words.persian_said)
        self.not_speakers = frozenset(words.not_speakers)
        self.openers = frozenset(words.openers)
        self.citing_or_and = frozenset(words.citing_or_and)
        self.closers = frozenset(words.closers).union(words.common_closers)
        self.lower_closers = frozenset(words.lower_closers)
        self.not_openers = frozenset(words.not_openers)
        self.label_openers = frozenset(words.label_openers)
        self.any_ending = BytesAhoCorasick([ending.encode() for ending in words.endings])
        self.compounds = tuple(words.compounds)
        self.last_words = (*words.compounds, *(f"{mark}{word}" for word in self.closers for mark in (" ", "-")))
        """Ends of a text that a credit closes."""
        self.last_letters = frozenset(word[-3:] for word in self.last_words)
        self.contractions = frozenset(words.contractions)
        self.other_trades = tuple(words.other_trades)
        self.sites = tuple(words.sites)
        self.german_articles = frozenset(words.german_articles)
        self.caseless_closers = frozenset(words.caseless_closers)
        self.institutions = tuple(words.institutions)
        self.genitive_cues = frozenset(words.genitive_cues)
        self.citing = frozenset(words.citing)
        self.shows = frozenset(words.shows)
        self.seen_by = by_first_word(words.seen_by)
        self.named = frozenset(words.named)
        self.no_press_hosts = frozenset(words.no_press_hosts)


def by_first_word(phrases: Iterable[str]) -> dict[str, list[str]]:
    """Phrases by their first words, those of one word in the order given."""
    found: dict[str, list[str]] = {}
    for phrase in phrases:
        found.setdefault(phrase.partition(" ")[0], []).append(phrase)
    return found
