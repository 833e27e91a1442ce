"""Where words and phrases of a query are in a text: among its tokens, and as what a hit marks of it."""

from collections.abc import Iterator, Sequence

from schemas.query.characters import folded
from schemas.query.tokens import MAX_TEXT, spans
from schemas.query.tree import And, Node, Or, Words

MarkedSpan = tuple[int, int]
"""Start and end, in code points."""


def places(words: Words, found: Sequence[str]) -> Iterator[int]:
    """The numbers of the tokens, from 0, at which the searched words begin."""
    *whole, last = words.tokens
    for at, token in enumerate(found[len(whole) :]):
        is_last = token.startswith(last) if words.is_prefix else token == last
        if is_last and (not whole or list(found[at : at + len(whole)]) == whole):
            yield at


def sought(node: Node) -> Iterator[Words]:
    """The words that hits have because of the query; not those behind NOT."""
    match node:
        case Words():
            yield node
        case And(nodes=nodes) | Or(nodes=nodes):
            for each in nodes:
                yield from sought(each)


def marks(tree: Node, text: str) -> list[MarkedSpan]:
    """The pieces of a text that the query asks for, apart from each other and in order."""
    words = list(sought(tree))
    if not words:
        return []
    # That nothing is sought here is seen at a tenth of the cost; of a hit's headline and the rest one is mostly so.
    spelled = folded(text[:MAX_TEXT]).replace("'", "")
    if not any(each.tokens[0] in spelled for each in words):
        return []
    found = spans(text)
    tokens = [span.token for span in found]
    pieces = [(found[at].start, found[at + len(each.tokens) - 1].end) for each in words for at in places(each, tokens)]
    merged: list[MarkedSpan] = []
    for start, end in sorted(pieces):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
