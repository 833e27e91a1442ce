"""The forms of an outlet's names, each with its alias."""

import re
from collections.abc import Iterator

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import GERMAN, inflected
from processors.core.quotes.lexicon.name_tree import ARTICLES, Alias
from processors.core.quotes.lexicon.outlet_table import TableEntry
from schemas.text import unaccented

_WORD = re.compile(r"[^\W_]+")
_NameForm = tuple[str, Alias, bool]
"""A form of a name, its alias, and whether its first word is an article."""


def forms_of(entry: OutletEntry | TableEntry) -> Iterator[_NameForm]:
    """Every form of an entry's names, each without its article: a text may leave it out."""
    outlet_id, country, canonical = entry.id, entry.country, entry.name
    own_articles = articles_of(canonical)
    is_known_abroad = any("\u0400" <= name[-1] < "\u0500" for name in (*entry.aliases, *entry.ambiguous))
    ambiguous = {name.lower() for name in entry.ambiguous}
    is_canonical_word = canonical.lower() in ambiguous
    is_plain_id = outlet_id in _plain_ids(canonical)
    for name in dict.fromkeys([canonical, *entry.aliases, *entry.ambiguous]):
        first, _, rest = name.partition(" ")
        has_article = (
            bool(rest) and first.lower() in ARTICLES and (len(first) == 1 or not first.isupper())
        )  # "LA Times"
        is_word = name.lower() in ambiguous
        if has_article:
            may_be_word = is_word or " " not in rest or rest.lower() in ambiguous
            needs_support = _is_number(rest)
        else:
            may_be_word, needs_support = is_word, _is_number(name)
        alias = Alias(
            outlet_id,
            country,
            may_be_word or needs_support,
            needs_support,
            2 * (0 if has_article else 1 + (name is canonical)) + is_plain_id,
            is_known_abroad,
            articles_of(name) if has_article else own_articles,
            is_canonical_word,
        )
        for text in inflected(name, country):
            # "Liberation" is another word than "Libération", and "die Süddeutschen" live there.
            is_other_word = text != name and (text.lower() in ambiguous or _is_bare_adjective(text, country))
            yield text, alias._replace(is_ambiguous=True) if is_other_word else alias, has_article


def _plain_ids(canonical: str) -> tuple[str, str]:
    """What the id of an outlet is that has its name before others of other countries: "The Star" has "star" or
    "the-star", the one of Kenya "the-star-ke".
    """
    whole = "-".join(_WORD.findall(unaccented(canonical.lower())))
    return whole, whole.removeprefix("the-")


def _is_bare_adjective(text: str, country: str | None) -> bool:
    return country in GERMAN and " " not in text and text.endswith("en")


def _is_number(name: str) -> bool:
    return "".join(_WORD.findall(name)).isdigit()


def articles_of(canonical: str) -> tuple[str, ...]:
    """The article that a canonical name starts with, in each way to write it, or nothing."""
    if canonical[1:2] in ("'", "’"):
        return (f"{canonical[0]}'", f"{canonical[0]}’")
    article, _, rest = canonical.partition(" ")
    return (f"{article} ",) if rest and article.lower() in ARTICLES else ()
