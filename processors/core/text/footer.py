"""The content of a post, without the links and calls to subscribe that channels put under it.

Judged by the form of the lines alone. Footers learned from a channel's earlier posts would strip more, but then a
post's fingerprint would depend on what came before it, and on the order in which it came.
"""

import re
from collections.abc import Sequence

from schemas import EntityKind, TextEntity

FOOTER_WORDS = 8
"""A longer line has content, whatever it links to."""
FOOTER_LINES = 8

_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"https?://|www\.|\bt\.me/|@\w", re.IGNORECASE)
_OF_ADDRESSES = ("@", "://", "www.", ".me/")
_CALLS = (
    *("подпис", "подпиш", "підпис", "підпиш", "падпіс", "падпіш", "прислать новость", "надіслати новину", "наш чат"),
    *(
        "subscribe",
        "follow us",
        "join us",
        "join our",
        "abonnier",
        "abonnez",
        "abonneer",
        "suscrib",
        "suscríb",
        "iscrivi",
    ),
    *("inscreva", "assine", "subskryb", "zasubskryb", "odebírejte", "abone ol"),
)
# One set of characters first: a pattern that starts with a choice is tried at every character.
_CALL = re.compile(
    f"[{''.join(sorted({call[0] for call in _CALLS}))}](?<!\\w.)(?:"
    + "|".join(f"(?<={call[0]}){call[1:]}" for call in _CALLS)
    + ")"
)
_LINKS = frozenset({EntityKind.TEXT_LINK, EntityKind.URL, EntityKind.MENTION, EntityKind.TEXT_MENTION})


def footer_words(text: str, folded: str, entities: Sequence[TextEntity] = ()) -> int:
    """How many of the words of a clean text, which ``fold`` has folded, are its footer's; the first line never is."""
    links = [entity.start for entity in entities if entity.kind in _LINKS]
    end, folded_end, count = len(text), len(folded), 0
    for _ in range(FOOTER_LINES):
        start, folded_start = text.rfind("\n", 0, end) + 1, folded.rfind("\n", 0, folded_end) + 1
        if start == 0 or text.count(" ", start, end) > 2 * FOOTER_WORDS:
            break
        line = text[start:end]
        if not _may_be_footer(line, has_link=bool(links) and any(start <= link < end for link in links)):
            break
        words = folded[folded_start:folded_end]
        if words.count(" ") >= FOOTER_WORDS or _DIGIT.search(words):
            break
        count += len(words.split())
        end, folded_end = start - 1, folded_start - 1
    return count


def _may_be_footer(line: str, *, has_link: bool) -> bool:
    if not line or has_link:
        return True
    # Few lines have what the patterns look for: a look for it costs a tenth of theirs.
    lowered = line.lower()
    if any(map(lowered.__contains__, _OF_ADDRESSES)) and _ADDRESS.search(line) is not None:
        return True
    return any(map(lowered.__contains__, _CALLS)) and _CALL.search(lowered) is not None
