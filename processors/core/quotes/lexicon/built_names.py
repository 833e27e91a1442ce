"""The tree of names as a file. Its nodes are lines, of which those are read that texts ask for: this takes a twentieth
of the time of building the tree.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import orjson

from processors.core.quotes.built_data import built_text, parsed_built
from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.name_tree import Alias, FirstWords, NameNode, NameTree, UnpartedNames
from processors.core.quotes.lexicon.outlet_table import TableEntry

NodeDocument: TypeAlias = "str | dict[str, NodeDocument]"
"""The alias at which names end; or what follows by the next word, and the alias under the empty word."""
_AMBIGUOUS, _NEEDS_SUPPORT, _KNOWN_ABROAD, _WORD_WITH_ARTICLE, _RANK = 1, 2, 4, 8, 16
_PART, _RIVAL, _ENDS = "/", "|", ""


def text_of_tree(tree: NameTree, digest: str) -> str:
    """The file of a tree, which is the same for equal trees: a document with the first words and the names in scripts
    that part no words, an empty line, then a node a line, with its key and what follows, as JSON, by key.
    """
    firsts = tree.firsts
    unparted: dict[str, str] = {}
    for name, alias in (pair for names in tree.unparted.values() for pair in names):
        unparted.setdefault(name, _alias_text(alias))
    document = {
        "lower": firsts.lower,
        "in_lower": firsts.in_lower,
        "unparted": unparted,
        "heads": dict(sorted(firsts.endings.items())),
    }
    keys = sorted(tree.words.union(map(tree.key, firsts.endings)))
    return built_text(document, digest) + "\n" + "".join(f"{key}\t{_node_text(tree, key)}\n" for key in keys)


def tree_of_text(content: bytes, digest: str, entries: Mapping[str, OutletEntry | TableEntry]) -> NameTree | None:
    """The tree of a file; null if it was built from other tables than those of a digest. ``entries`` has the outlets
    that it names.
    """
    head, _, nodes = content.partition(b"\n\n")
    document = parsed_built(head, digest)
    if document is None:
        return None
    firsts = FirstWords(document["heads"], document["lower"], document["in_lower"])
    return NameTree(firsts, _NodeLines(nodes.splitlines(), document["unparted"], _Aliases(entries)))


class _NodeLines:
    """The nodes of a tree as lines, each read when it is requested."""

    def __init__(self, lines: list[bytes], unparted: dict[str, str], aliases: "_Aliases") -> None:
        self._lines = lines  # bytes take half the memory of text, and the search among them no table
        self._unparted = unparted
        self._aliases = aliases

    def find(self, key: str) -> NameNode | None:
        start = f"{key}\t".encode()
        place = bisect_left(self._lines, start)
        if place == len(self._lines) or not self._lines[place].startswith(start):
            return None
        return self._node(self._lines[place][len(start) :])

    def nodes(self) -> Iterator[tuple[str, NameNode]]:
        parted = (line.partition(b"\t") for line in self._lines)
        return ((key.decode(), self._node(document)) for key, _, document in parted if b" " not in key)

    def words(self) -> frozenset[str]:
        keys = (line.partition(b"\t")[0] for line in self._lines)
        return frozenset(key.decode() for key in keys if b" " not in key)

    def unparted(self) -> UnpartedNames:
        names: UnpartedNames = {}
        for name, alias in self._unparted.items():
            names.setdefault(name[0], []).append((name, self._aliases[alias]))
        return names

    def _node(self, document: bytes) -> NameNode:
        return _node(orjson.loads(document), self._aliases)


def _node_text(tree: NameTree, key: str) -> str:
    node = tree.of_key(key)
    assert node is not None, key
    return orjson.dumps(_node_document(node)).decode()


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
