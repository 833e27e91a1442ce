"""Media-quote lists that are built item by item, so that outlet, text and place of each item are known without any
splitter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

OUTLETS = {
    "Guardian": ("guardian", "The Guardian"),
    "Reuters": ("reuters", "Reuters"),
    "Politico": ("politico", "Politico"),
    "Spiegel": ("der-spiegel", "Der Spiegel"),
    "Bloomberg": ("bloomberg", "Bloomberg"),
    "CNN": ("cnn", "CNN"),
    "New York Times": ("new-york-times", "The New York Times"),
    "Le Monde": ("le-monde", "Le Monde"),
}
"""Name as it is written here -> id and canonical name by the registry's documentation."""
LEAD_INS = {
    "en": "Foreign newspapers on the news of the day:",
    "ru": "О чём пишут зарубежные СМИ:",
    "de": "Internationale Pressestimmen zum Tage:",
}
"""The languages of lists."""
SUBJECTS = {
    "en": "The newspaper {} writes that {}.",
    "ru": "Газета {} пишет, что {}.",
    "de": "Die Zeitung {} schreibt, dass {}.",
}
LABEL = "{}: {}."
MARKERS = ("🔹", "▪️", "•")
MIN_ITEMS, MAX_ITEMS = 3, 6
"""As docs/quotes.md has it, a list has two outlets; three leave room for an edit."""
ITEM_WORDS = 12
"""For two lists to have next to no word pairs in common."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one outlet wrote according to the list."""

    outlet: str
    """Name as written."""
    text: str
    """Without the marker."""

    @property
    def outlet_id(self) -> str:
        """Id in the registry."""
        return OUTLETS[self.outlet][0]

    @property
    def outlet_name(self) -> str:
        """Canonical name."""
        return OUTLETS[self.outlet][1]


@dataclass(frozen=True, slots=True)
class QuoteList:
    """A post that is nothing but a list."""

    language: str
    marker: str
    form: str
    """Of every item: takes the outlet and the words."""
    items: tuple[Item, ...]

    @property
    def lead_in(self) -> str:
        """The first line."""
        return LEAD_INS[self.language]

    @property
    def text(self) -> str:
        """The post's text."""
        return "\n\n".join([self.lead_in, *(f"{self.marker} {item.text}" for item in self.items)])

    def starts(self) -> list[int]:
        """Offset of each item's text in the post's."""
        found, at = [], len(self.lead_in)
        for item in self.items:
            at += len("\n\n") + len(self.marker) + len(" ")
            found.append(at)
            at += len(item.text)
        return found


def invent(random: Random, language: str, vocabulary: Sequence[str]) -> QuoteList:
    """A list of some items, each of another outlet."""
    empty = QuoteList(language, random.choice(MARKERS), random.choice((LABEL, SUBJECTS[language])), ())
    outlets = random.sample(list(OUTLETS), random.randint(MIN_ITEMS, MAX_ITEMS))
    return replace(empty, items=tuple(_item(random, empty, outlet, vocabulary) for outlet in outlets))


def edit(random: Random, known: QuoteList, vocabulary: Sequence[str]) -> QuoteList:
    """The list with an item more or less, at any place, or with one that has another text."""
    items = list(known.items)
    place = random.randrange(len(items))
    unused = sorted(set(OUTLETS) - {item.outlet for item in items})
    match random.choice(("add", "change", "remove")):
        case "add" if unused:
            items.insert(random.randint(0, len(items)), _item(random, known, random.choice(unused), vocabulary))
        case "remove" if len(items) > MIN_ITEMS:
            del items[place]
        case _:
            items[place] = _item(random, known, random.choice([items[place].outlet, *unused]), vocabulary)
    return replace(known, items=tuple(items))


def _item(random: Random, known: QuoteList, outlet: str, vocabulary: Sequence[str]) -> Item:
    return Item(outlet, known.form.format(outlet, " ".join(random.choices(vocabulary, k=ITEM_WORDS))))
