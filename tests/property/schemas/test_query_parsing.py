"""Whatever is typed: a tree whose text is the same query, or an error with its place."""

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.query.description import describe
from schemas.query.errors import QueryError
from schemas.query.keys import EXAMPLES
from schemas.query.parser import parse
from schemas.query.tree import Node

PIECES = [
    *' \n()":,*“”„«»\x00#@-_.',
    *("AND", "OR", "NOT", "and", "word", "мост", "北京", "ไทย", "e\u0301", "don't", "10:30", "t.me/x", "tg:1:2"),
    *(f"{name}:" for name in EXAMPLES),
    *EXAMPLES.values(),
    *("ru", ">=3", "<24h", "2026-11-29", "T14:05", "+02:00", "[Europe/Kyiv]", "1234567890", "bri*", "lnag:ru"),
    "\ud800",
]
QUERIES = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=25).map("".join) | st.lists(
    st.sampled_from([*EXAMPLES.values(), "AND", "OR", "NOT", "-a", "(", ")", "a", '"b c"', "de*"]), max_size=20
).map(" ".join)


def _understood(query: str) -> Node | QueryError:
    try:
        return parse(query)
    except QueryError as error:
        return error


@given(QUERIES)
@example("(story.size:>=5 story.within:1h) OR NOT (story.size:2 story.within:3s)")
@example('after:"2026-11-29 14:05 Europe/Kyiv" NOT (a OR NOT (b c))')
@example("NOT (story.size:>=5 story.within:1h)")
def test_a_query_is_understood_or_refused_with_its_place(query: str) -> None:
    tree = _understood(query)
    if isinstance(tree, QueryError):
        assert 1 <= tree.column <= len(query) + 1
        _, caret = tree.pointed().split("\n")
        assert caret.strip() == "^"
        assert len(caret) <= 78
        return
    assert parse(str(tree)) == tree
    assert str(parse(str(tree))) == str(tree)
    assert describe(tree).startswith("posts that ")
