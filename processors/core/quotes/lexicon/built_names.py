"""The tree of names as lines of a text, of which those are read that texts ask for: it takes a twentieth of the time of
building the tree.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import orjson

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.name_tree import Alias, NameNode, NameTree
from processors.core.quotes.lexicon.outlet_table import TableEntry

NodeDocument: TypeAlias = "str | dict[str, NodeDocument]"
"""The alias at which names end; or what follows by the next word, and the alias under the empty word."""
_AMBIGUOUS, _NEEDS_SUPPORT, _KNOWN_ABROAD, _WORD_WITH_ARTICLE, _RANK = 1, 2, 4, 8, 16
_PART, _RIVAL, _ENDS = "/", "|", ""


_UNPARTED = " "
"""Key of the line with names in scripts that do not part their words."""


def lines_of(tree: NameTree) -> Iterator[str]:
    """The lines of a tree, which are the same for equal trees: a node each, with its key, the first words that lead to
    it, as texts write them, and what follows, as JSON.
    """
    heads: dict[str, list[str]] = {word: [] for word in tree.words}
    for head, key in sorted(tree.heads.items()):
        heads.setdefault(key, []).append(head)
    unparted: dict[str, str] = {}
    for name, alias in (pair for names in tree.unparted.values() for pair in names):
        unparted.setdefault(name, _alias_text(alias))
    yield _line(_UNPARTED, (), unparted)
    for key, written in sorted(heads.items()):
        yield _line(key, written, _node_document(tree.node(key)))


def tree_of_lines(lines: Iterable[str], entries: Mapping[str, OutletEntry | TableEntry]) -> NameTree:
    """The tree of lines; ``entries`` has the outlets that it names."""
    aliases = _Aliases(entries)
    heads: dict[str, str] = {}
    nodes: dict[str, str] = {}
    for line in lines:
        key, written, nodes[key] = line.split("\t")
        for head in written.split():
            heads[head] = key
    unparted: dict[str, list[tuple[str, Alias]]] = {}
    for name, alias in orjson.loads(nodes.pop(_UNPARTED)).items():
        unparted.setdefault(name[0], []).append((name, aliases[alias]))
    words = frozenset(key for key in nodes if " " not in key)
    return NameTree(lambda key: _node(orjson.loads(nodes[key]), aliases), words, heads, unparted)


def _line(key: str, written: Iterable[str], document: object) -> str:
    return "\t".join((key, " ".join(written), orjson.dumps(document).decode()))


def _node_document(node: NameNode) -> NodeDocument:
    alias = None if node.alias is None else _alias_text(node.alias)
    if alias is not None and not node.following:
        return alias
    following = {word: _node_document(child) for word, child in sorted((node.following or {}).items(), key=_word)}
    return following if alias is None else {_ENDS: alias, **following}


def _node(document: NodeDocument, aliases: "_Aliases") -> NameNode:
    if isinstance(document, str):
        return NameNode(aliases[document])
    following = {word: _node(child, aliases) for word, child in document.items()}
    ends = following.pop(_ENDS, None)
    return NameNode(None if ends is None else ends.alias, following)


class _Aliases(dict[str, Alias]):
    """Aliases by their texts, each made once."""

    def __init__(self, entries: Mapping[str, OutletEntry | TableEntry]) -> None:
        self._entries = entries

    def __missing__(self, text: str) -> Alias:
        first, *rivals = text.split(_RIVAL)
        outlet_id, bits, *articles = first.split(_PART)
        flags = int(bits)
        alias = self[text] = Alias(
            outlet_id,
            self._entries[outlet_id].country,
            bool(flags & _AMBIGUOUS),
            bool(flags & _NEEDS_SUPPORT),
            flags // _RANK,
            bool(flags & _KNOWN_ABROAD),
            tuple(articles),
            bool(flags & _WORD_WITH_ARTICLE),
            tuple([self[rival] for rival in rivals]),
        )
        return alias


def _alias_text(alias: Alias) -> str:
    """Such as "the-port/5/The |port-oslo/4": the alias, then its rivals, which have none of their own."""
    return _RIVAL.join(map(_one_text, (alias, *alias.rivals)))


def _one_text(alias: Alias) -> str:
    flags = (
        _AMBIGUOUS * alias.is_ambiguous
        + _NEEDS_SUPPORT * alias.needs_support
        + _KNOWN_ABROAD * alias.is_known_abroad
        + _WORD_WITH_ARTICLE * alias.is_word_with_article
        + _RANK * alias.rank
    )
    return _PART.join((alias.id, str(flags), *alias.articles))


def _word(item: tuple[str, NameNode]) -> str:
    return item[0]
