"""The work of an HTML parser with elements within elements: it grows with the square of their depth."""

import re
from collections import Counter
from typing import Final

MOST_STEPS: Final = 20_000_000
"""A tenth of a second. A real page has fewer than 100,000."""
_TAG: Final = re.compile(rb"<(/?)([a-z][a-z0-9-]*)")
VOID: Final = frozenset(b"area br col hr img input link meta source track wbr".split())
"""Elements that have no end tag."""
_INLINE: Final = frozenset((b"a", b"b", b"code", b"em", b"i", b"s", b"span", b"strong", b"tg-emoji", b"time", b"u"))
"""Their start tags look at no open elements."""


def is_nested_too_deeply(html: bytes) -> bool:
    """Whether a parser would look at more than MOST_STEPS open elements: one by one at most tags, up to the root."""
    if html.count(b"<") ** 2 <= 2 * MOST_STEPS:
        return False
    steps, depth, are_open = 0, 0, Counter[bytes]()
    for slash, name in _TAG.findall(html.lower()):
        if slash:
            steps += depth
            if are_open[name]:
                are_open[name] -= 1
                depth -= 1
        elif name not in VOID:
            steps += depth if name not in _INLINE else 0
            are_open[name] += 1
            depth += 1
        if steps > MOST_STEPS:
            return True
    return False
