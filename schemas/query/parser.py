"""Queries read into trees."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from schemas.query.errors import QueryError
from schemas.query.grammar import build
from schemas.query.keys import EXAMPLES, KEYS, WITHIN, similar_key
from schemas.query.tokens import tokens
from schemas.query.tree import And, InChannel, Node, Not, Or, Silent, Story, Words
from schemas.query.values import read_duration

MAX_CHARACTERS = 1_000
MAX_LEAVES = 64
MAX_PREFIXES = 8
MAX_DEPTH = 16
MAX_PHRASE = 250
"""Tokens of a phrase: no text has more of one token in a row."""

_KEYED = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*):(.*)", re.DOTALL)
_NO_KEY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|tg:[0-9]+:[0-9]+$")
"""Links, and keys of posts, which are words."""
_VALUE = re.compile(r'"([^"]*)"|[“„]([^“”„]*)[“”]|«([^«»]*)»|([^,"“”„«»]+)')
_QUOTATION_MARKS = frozenset('"“”„«»')


class _FaultError(Exception):
    """What is wrong at an offset of the query."""

    def __init__(self, message: str, offset: int) -> None:
        self.message, self.offset = message, offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Within:
    """``story.within``, until its conjunction has given it to the conditions beside it."""

    length_ms: int
    offset: int


_QueryPart = Node | _Within


def parse(query: str) -> Node:
    """The tree of a query; QueryError where it cannot be understood or would cost too much."""
    try:
        _check_size(query)
        lexed = _lexed(query)
        _check_limits(lexed)
        tree = _node(_parsed(query, lexed))
        _check_silence(tree, ())
    except _FaultError as fault:
        raise QueryError(fault.message, query, fault.offset + 1) from None
    return tree


def _check_size(query: str) -> None:
    if not query.strip():
        raise _FaultError("the query is empty", 0)
    if len(query) > MAX_CHARACTERS:
        raise _FaultError(f"the query has {len(query):,} characters; {MAX_CHARACTERS:,} at most", MAX_CHARACTERS)


@cache
def _parser() -> Lark:
    return build(_TreeBuilder())


def _lexed(query: str) -> list[Token]:
    try:
        return list(_parser().lex(query))
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
    if query[at] in _QUOTATION_MARKS:
        raise _FaultError("this quotation mark has no partner", at)
    raise _FaultError("this character is not understood", at)


def _check_limits(lexed: Sequence[Token]) -> None:
    conditions = [token for token in lexed if token.type in ("PHRASE", "TERM")]
    if len(conditions) > MAX_LEAVES:
        raise _FaultError(f"more than {MAX_LEAVES} words and conditions", _offset(conditions[MAX_LEAVES]))
    prefixes = [token for token in conditions if token.endswith("*")]
    if len(prefixes) > MAX_PREFIXES:
        raise _FaultError(f"more than {MAX_PREFIXES} words with *", _offset(prefixes[MAX_PREFIXES]))
    _check_depth(lexed)


def _check_depth(lexed: Sequence[Token]) -> None:
    depth = 0
    outside: list[int] = []
    for token in lexed:
        if token.type == "LPAR":
            outside.append(depth := depth + 1)
        elif token.type == "NOT":
            depth += 1
        elif token.type == "RPAR" and outside:
            outside.pop()
        if depth > MAX_DEPTH:
            raise _FaultError(f"more than {MAX_DEPTH} parentheses and NOTs inside each other", _offset(token))
        if token.type not in ("LPAR", "NOT"):
            depth = outside[-1] if outside else 0


def _parsed(query: str, lexed: Sequence[Token]) -> _QueryPart:
    try:
        return _parser().parse(query)  # type: ignore[return-value]  # what the transformer makes
    except UnexpectedToken as error:
        raise _misplaced(error.token, lexed) from None


def _misplaced(token: Token, lexed: Sequence[Token]) -> _FaultError:
    """The words for a token where there may be none; ``$END`` is the one behind the last."""
    before = [each for each in lexed if token.type == "$END" or _offset(each) < _offset(token)]
    last = before[-1] if before else None
    if last == "-":
        return _FaultError("- needs a condition after it", _offset(last))
    if last is not None and last.type in ("AND", "OR", "NOT"):
        return _FaultError(f'{last} needs something after it; as a word it is written "{last.lower()}"', _offset(last))
    if token.type == "$END":
        return _FaultError("this parenthesis is not closed", _unclosed(before))
    if token.type == "RPAR" and last is not None and last.type == "LPAR":
        return _FaultError("nothing is between these parentheses", _offset(last))
    if token.type == "RPAR":
        return _FaultError("this parenthesis closes none", _offset(token))
    return _FaultError(f'{token} needs something before it; as a word it is written "{token.lower()}"', _offset(token))


def _unclosed(lexed: Sequence[Token]) -> int:
    opened: list[int] = []
    for token in lexed:
        if token.type == "LPAR":
            opened.append(_offset(token))
        elif token.type == "RPAR":
            opened.pop()
    return opened[-1]


def _check_silence(node: Node, beside: Sequence[Node]) -> None:
    """``silent`` is about channels that are named beside it."""
    match node:
        case And(nodes=nodes) | Or(nodes=nodes):
            for each in nodes:
                _check_silence(each, nodes if isinstance(node, And) else ())
        case Not(node=inner):
            _check_silence(inner, ())
        case Silent() if not any(isinstance(each, InChannel) for each in beside):
            raise _FaultError("silent: needs a channel beside it: channel:@wirenews silent:2h", node.column - 1)


class _TreeBuilder(Transformer[Token, _QueryPart]):
    """Makes nodes of what the grammar recognises."""

    def disjunction(self, parts: list[_QueryPart | Token]) -> Node:
        """Conditions with OR between them."""
        nodes = [_node(part) for part in parts if not isinstance(part, Token)]
        flat = [each for node in nodes for each in (node.nodes if isinstance(node, Or) else (node,))]
        return Or(tuple(flat), column=nodes[0].column)

    def conjunction(self, parts: list[_QueryPart | Token]) -> Node:
        """Conditions side by side, or with AND between them."""
        within = [part for part in parts if isinstance(part, _Within)]
        nodes = [part for part in parts if isinstance(part, Node)]
        if within:
            nodes = _with_window(nodes, within)
        flat = [each for node in nodes for each in (node.nodes if isinstance(node, And) else (node,))]
        return And(tuple(flat), column=flat[0].column) if len(flat) > 1 else flat[0]

    def negation(self, parts: list[_QueryPart | Token]) -> Node:
        """NOT and its condition."""
        operator, part = parts
        assert isinstance(operator, Token)
        assert not isinstance(part, Token)
        return Not(_node(part), column=_offset(operator) + 1)

    def group(self, parts: list[_QueryPart | Token]) -> _QueryPart:
        """Parentheses."""
        _, part, _ = parts
        assert not isinstance(part, Token)
        return part

    def phrase(self, parts: list[Token]) -> Node:
        """Words in quotation marks."""
        (token,) = parts
        is_prefix = token.endswith("*")
        return _words(token[1 : -2 if is_prefix else -1], is_prefix, token, _offset(token))

    def term(self, parts: list[Token]) -> _QueryPart:
        """A word, or a key with its value."""
        (token,) = parts
        keyed = _KEYED.fullmatch(token)
        if keyed is None or _NO_KEY.match(token):
            return _word(token)
        name = keyed[1].lower()
        if name not in EXAMPLES:
            meant = similar_key(name)
            if meant is None:
                return _word(token)
            raise _FaultError(
                f'there is no key "{keyed[1]}": did you mean {EXAMPLES[meant]}? '
                "Words with a colon go into quotation marks",
                _offset(token),
            )
        return _condition(name, keyed[2], _offset(token))


def _with_window(nodes: Sequence[Node], within: Sequence[_Within]) -> list[Node]:
    if len(within) > 1:
        raise _FaultError(f"{WITHIN} is here twice", within[1].offset)
    if not any(isinstance(node, Story) for node in nodes):
        raise _FaultError(_WITHIN_ALONE, within[0].offset)
    length = within[0].length_ms
    return [
        replace(node, within_ms=length) if isinstance(node, Story) and node.within_ms is None else node
        for node in nodes
    ]


_WITHIN_ALONE = f"{WITHIN} needs a count of a story beside it: story.channels:>=3 story.within:30m"


def _node(part: _QueryPart) -> Node:
    if isinstance(part, _Within):
        raise _FaultError(_WITHIN_ALONE, part.offset)
    return part


def _word(token: Token) -> Node:
    is_prefix = token.endswith("*")
    text = token[:-1] if is_prefix else str(token)
    if "*" in text:
        raise _FaultError(
            "a * is the rest of a word, and goes behind its last letter", _offset(token) + text.index("*")
        )
    return _words(text, is_prefix, token, _offset(token))


def _words(text: str, is_prefix: bool, written: str, offset: int) -> Node:
    found = tuple(tokens(text))
    if not found:
        raise _FaultError(f"{written} has no letters or digits to search for", offset)
    if len(found) > MAX_PHRASE:
        raise _FaultError(f"a phrase of more than {MAX_PHRASE} words", offset)
    if is_prefix and len(found[-1]) < 2 and not _is_whole(found[-1]):
        raise _FaultError("a word before * has two letters at least, of Chinese or Thai one", offset)
    return Words(found, is_prefix, column=offset + 1)


def _is_whole(token: str) -> bool:
    """Whether a character is always a token of its own."""
    return len(tokens(token + token)) > 1


def _condition(name: str, raw: str, offset: int) -> _QueryPart:
    try:
        values = _values(raw)
        if name != WITHIN:
            return replace(KEYS[name](values), column=offset + 1)
        if len(values) > 1:
            raise ValueError("one value only")
        return _Within(read_duration(values[0]), offset)
    except ValueError as error:
        raise _FaultError(f"{name}: {error}", offset + len(name) + 1) from None


def _values(raw: str) -> list[str]:
    """Values with commas between them, each as it is or in quotation marks."""
    values: list[str] = []
    at = 0
    while True:
        match = _VALUE.match(raw, at)
        value = next((group for group in match.groups() if group is not None), "").strip() if match else ""
        if match is None or not value:
            raise ValueError("a value is missing; several have commas between them, without blanks")
        values.append(value)
        at = match.end()
        if at == len(raw):
            return values
        if raw[at] != ",":
            raise ValueError("a comma is missing between two values")
        at += 1


def _offset(token: Token) -> int:
    return token.start_pos or 0
