"""Where words and phrases of a query are among the tokens of a text."""

from collections.abc import Iterator, Sequence

from schemas.query.tree import And, Node, Or, Words


def places(words: Words, found: Sequence[str]) -> Iterator[int]:
    """Where the words begin, as numbers of tokens."""
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
