"""Queries made at random from the posts that they are to find."""

from collections.abc import Sequence
from random import Random

from schemas.query.errors import QueryError
from schemas.query.parser import parse
from schemas.query.tokens import tokens
from schemas.query.tree import Node
from schemas.query.values import date_text
from schemas.times import DAY_MS
from tests.support.search.corpus import CHANNELS, CITATION_KINDS, LANGUAGES, NOW_MS, QUOTE_KINDS, Post


class Queries:
    """Writes queries as people would, so that the parser is part of what is tested."""

    def __init__(self, random: Random, posts: Sequence[Post]) -> None:
        self._random = random
        self._texts = [found for post in posts if (found := tokens(post.text))]

    def next(self) -> Node:
        """A query that is within the limits."""
        while True:
            try:
                return parse(self._either(3))
            except QueryError:
                continue  # a prefix of one letter, a NOT too many

    def _either(self, depth: int) -> str:
        return self._joined(" OR ", depth) if self._random.random() < 0.25 else self._all(depth)

    def _all(self, depth: int) -> str:
        return self._joined(self._random.choice((" ", " AND ")), depth)

    def _joined(self, operator: str, depth: int) -> str:
        return operator.join(self._part(depth - 1) for _ in range(self._random.choice((1, 1, 2, 2, 3))))

    def _part(self, depth: int) -> str:
        if depth > 0 and self._random.random() < 0.3:
            return f"({self._either(depth)})"
        if self._random.random() < 0.15:
            return f"NOT {self._part(depth)}"
        return self._words() if self._random.random() < 0.6 else self._condition()

    def _words(self) -> str:
        found = self._random.choice(self._texts)
        at = self._random.randrange(len(found))
        kind = self._random.random()
        if kind < 0.5:
            return found[at]
        phrase = found[at : at + self._random.randint(2, 4)]
        if kind < 0.7:
            return f'"{" ".join(phrase)}"'
        end = self._random.randint(1, len(phrase[-1]))
        if kind < 0.85:
            return f'"{" ".join([*phrase[:-1], phrase[-1][:end]])}"*'
        return found[at][: self._random.randint(1, len(found[at]))] + "*"

    def _condition(self) -> str:
        random = self._random
        moment = date_text(NOW_MS - random.randrange(35 * DAY_MS))
        channels = [*map(str, CHANNELS), *(f"@{name}" for names in CHANNELS.values() for name in names), "@nobody"]
        outlets = ["bbc", '"Financial Times"', "le-monde", '"новая волна"', '"kyiv post"', "nobody"]
        comparison = random.choice(("<", "<=", ">", ">=", "=", ""))
        return random.choice(
            (
                f"lang:{self._some(LANGUAGES)}",
                f"channel:{self._some(channels)}",
                f"outlet:{self._some(outlets)}",
                f"quote.kind:{self._some(QUOTE_KINDS)}",
                f"cite.kind:{self._some(CITATION_KINDS)}",
                f"is:{self._some(('first', 'copy', 'edited', 'deleted', 'forward'))}",
                f"has:{self._some(('media', 'quotes', 'citations', 'links'))}",
                f"after:{moment}",
                f"before:{moment}",
                f"age:{random.choice(('<', '<=', '>', '>='))}{random.randint(1, 700)}h",
                f"story.{random.choice(('size', 'channels', 'languages'))}:{comparison}{random.randint(0, 4)}",
                f"(story.size:{comparison}{random.randint(1, 3)} story.within:{random.randint(1, 400)}h)",
                f"(story.channels:>=2 story.within:{random.randint(1, 400)}h)",
            )
        )

    def _some(self, values: Sequence[str]) -> str:
        return ",".join(self._random.sample(values, self._random.choice((1, 1, 2))))
