"""Reactions as 4CAT writes them: each emoji as often as it was chosen; what it does not know as Python shows it."""

import re

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts

_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # flags
    "|[0-9#*]\ufe0f?\u20e3"  # keycaps
    "|(?:[^\\s\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
    "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*)"
    "(?:\u200d[^\\s\u200d][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?)*"
)
"""One emoji as it is seen: with its variation, skin tone or tags, and joined ones together."""
_SHOWN = re.compile(r"\{.*\}(?:, )?", re.DOTALL)
_COUNT = re.compile(r"'count': ([0-9]{1,9})")
_DOCUMENT = re.compile(r"'document_id': ([0-9]{1,20})")


def reactions_of(written: str, context: ReadContext) -> dict[str, int] | None:
    """Reaction -> count; None where none are written, since unknown ones look the same."""
    if not written.strip():
        return None
    shown = _SHOWN.search(written)
    found: list[tuple[str | None, object]] = list(_shown_ones(shown[0])) if shown else []
    plain = written[: shown.start()] + written[shown.end() :] if shown else written
    times: dict[str, int] = {}
    for match in _EMOJI.finditer(plain):
        times[match[0]] = times.get(match[0], 0) + 1
    return counts.reactions(context, [*found, *times.items()], "reactions")


def _shown_ones(text: str) -> list[tuple[str | None, object]]:
    """Of a custom emoji or a paid reaction: its name and its count, wherever they are within the object."""
    found: list[tuple[str | None, object]] = []
    for part in re.split(r"(?<=\}), (?=\{)", text):
        number, document = _COUNT.search(part), _DOCUMENT.search(part)
        name = f"custom:{document[1]}" if document else "paid" if "ReactionPaid" in part else None
        if number is not None:
            found.append((name, int(number[1])))
    return found
