"""The grammar of queries, for lark."""

from lark import Lark, Transformer

_QUOTATION_MARKS = '"“”„«»'
_PLAIN = rf"[^\s(){_QUOTATION_MARKS}]"
_QUOTED = r'"[^"]*"|[“„][^“”„]*[“”]|«[^«»]*»'

GRAMMAR = rf"""
?start: disjunction
?disjunction: conjunction (OR conjunction)*
?conjunction: negation (AND? negation)*
?negation: NOT negation -> negation
         | atom
?atom: LPAR disjunction RPAR -> group
     | PHRASE -> phrase
     | TERM -> term

AND.3: /AND(?!{_PLAIN})/
OR.3: /OR(?!{_PLAIN})/
NOT.3: /NOT(?!{_PLAIN})|(?<![^\s(])-(?=[^\s)-])/
LPAR: "("
RPAR: ")"
PHRASE.2: /(?:{_QUOTED})\*?/
TERM: /[A-Za-z][A-Za-z0-9_.-]*:(?:{_QUOTED}|{_PLAIN})*|{_PLAIN}+/
%ignore /\s+/
"""
"""NOT (or a hyphen in front) binds before AND, AND before OR; words side by side are joined by AND. Values may be in
quotation marks."""


def build(transformer: Transformer) -> Lark:  # type: ignore[type-arg]
    """A parser whose rules are reduced by the transformer as they are recognised: no recursion, however deep."""
    return Lark(GRAMMAR, parser="lalr", lexer="basic", transformer=transformer)
