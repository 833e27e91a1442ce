"""Statements that a text attributes to an outlet, built so that outlet, cue and place are known without any finder."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.worker.quote_lists import OUTLETS

FORMS = {
    "en": (("{words}, reports {outlet}.", "reports"), ("According to {outlet}, {words}.", "According to")),
    "ru": (("{words}, сообщает {outlet}.", "сообщает"), ("По данным {outlet}, {words}.", "По данным")),
    "de": (("{words}, berichtet {outlet}.", "berichtet"), ("Laut {outlet} {words}.", "Laut")),
}
"""By language: forms with their cue."""
STATEMENT_WORDS = 8
"""Few beside those of the text that it closes: two texts with one statement have next to nothing in common."""
PART = "\n\n"
"""Parts a statement from the text before it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The last paragraph of a post, which is one citation."""

    outlet: str
    """Name as written."""
    cue: str
    text: str

    @property
    def outlet_id(self) -> str:
        """Id in the registry."""
        return OUTLETS[self.outlet][0]

    def start_in(self, text: str) -> int:
        """Its offset in the post's text."""
        return len(text) - len(self.text)


def invent(random: Random, language: str, vocabulary: Sequence[str]) -> Statement:
    """A statement of any outlet."""
    form, cue = random.choice(FORMS[language])
    outlet = random.choice(list(OUTLETS))
    words = " ".join(random.choices(vocabulary, k=STATEMENT_WORDS))
    return Statement(outlet, cue, form.format(words=words, outlet=outlet))
