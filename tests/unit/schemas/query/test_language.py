"""The query language: what a query means, and what a wrong one is answered with."""

from datetime import UTC, datetime

import pytest

from schemas.keys import ID_LIMIT, synthetic_id
from schemas.query.description import describe
from schemas.query.errors import QueryError
from schemas.query.parser import parse
from schemas.query.tree import (
    After,
    Age,
    And,
    Before,
    CitationKinds,
    Comparison,
    FromOutlet,
    Has,
    InChannel,
    InLanguage,
    Is,
    Measure,
    Node,
    Not,
    Or,
    PostPart,
    PostProperty,
    QuoteKinds,
    Silent,
    Story,
    Words,
    depends_on_later_knowledge,
)

_LINKS = ("t.me/WireNews", "t.me/s/WireNews/", "telegram.me/wirenews#top", "t.me/wirenews/17?single")

A, B, C, D = (Words((letter,)) for letter in "abcd")


def ms(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a NOT b OR c", Or((And((A, Not(B))), C))),
        ("NOT a AND b", And((Not(A), B))),
        ("NOT NOT a", Not(Not(A))),
        ("a -b", And((A, Not(B)))),
        ("-b", Not(B)),
        ("-(a b)", Not(And((A, B)))),
        ('(-"a b")', Not(Words(("a", "b")))),
        ("NOT -a", Not(Not(A))),
        ("a-b", Words(("a", "b"))),
        ("--a", A),
        ("a (b (c AND d))", And((A, B, C, D))),
        ("a and b or not", And((A, Words(("and",)), B, Words(("or",)), Words(("not",))))),
        ("ANDES ORT NOTE", And((Words(("andes",)), Words(("ort",)), Words(("note",))))),
        ("(a)OR(b)", Or((A, B))),
        ("a\n\tb", And((A, B))),
        ('"Big  bridge!"', Words(("big", "bridge"))),
        ("“Big bridge” «мост»", And((Words(("big", "bridge")), Words(("мост",))))),
        ('a"b"', And((A, B))),
        ("t.me/wire don't", And((Words(("t", "me", "wire")), Words(("dont",))))),
        ("北京", Words(("北", "京"))),
        ("брид* 北*", And((Words(("брид",), is_prefix=True), Words(("北",), is_prefix=True)))),
        ('"big bri"*', Words(("big", "bri"), is_prefix=True)),
        ("http://a.b/c:d tg:12:34", And((Words(("http", "a", "b", "c", "d")), Words(("tg", "12", "34"))))),
        ("10:30 something:else", And((Words(("10", "30")), Words(("something", "else"))))),
        ('"lnag:ru"', Words(("lnag", "ru"))),
    ],
)
def test_words_and_operators(query: str, tree: Node) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("lang:ru,EN,und", InLanguage(("ru", "en", "und"))),
        ("LANG:ru", InLanguage(("ru",))),
        ("channel:@WireNews,1234567890,-1001234567890", InChannel(("wirenews", 1234567890))),
        ("channel:https://t.me/s/WireNews", InChannel(("wirenews",))),
        ('outlet:"Financial Times",bbc,financial-times', FromOutlet((("financial", "times"), ("bbc",)))),
        ("quote.kind:headline,direct", QuoteKinds(("headline", "direct"))),
        ("cite.kind:report,credit", CitationKinds(("report", "credit"))),
        ("is:first,edited", Is((PostProperty.FIRST, PostProperty.EDITED))),
        ("has:media", Has((PostPart.MEDIA,))),
        ("after:2026", After(ms(2026, 1, 1))),
        ("after:2026-11", After(ms(2026, 11, 1))),
        ("before:2026-11-29T14:05:30.5", Before(ms(2026, 11, 29, 14, 5, 30) + 500)),
        ("after:2026-11-29T14", After(ms(2026, 11, 29, 14))),
        ("after:2026-11-29T14:05+02:00", After(ms(2026, 11, 29, 12, 5))),
        ("after:2026-11-29-0530", After(ms(2026, 11, 29, 5, 30))),
        ("after:2026-11-29Z", After(ms(2026, 11, 29))),
        ("after:2026-07-01[Europe/Kyiv]", After(ms(2026, 6, 30, 21))),
        ('before:"2026-11-29 14:05 Europe/Kyiv"', Before(ms(2026, 11, 29, 12, 5))),
        ("age:<24h", Age(Comparison.LESS, 86_400_000)),
        ("age:>=90min", Age(Comparison.AT_LEAST, 5_400_000)),
        ("story.channels:>=3", Story(Measure.CHANNELS, Comparison.AT_LEAST, 3)),
        ("story.size:1", Story(Measure.SIZE, Comparison.EQUAL, 1)),
        (
            "story.languages:>2 story.within:30m story.size:<9",
            And(
                (
                    Story(Measure.LANGUAGES, Comparison.MORE, 2, 1_800_000),
                    Story(Measure.SIZE, Comparison.LESS, 9, 1_800_000),
                )
            ),
        ),
        (
            "(story.size:>2 story.within:1h) story.channels:>2",
            And(
                (
                    Story(Measure.SIZE, Comparison.MORE, 2, 3_600_000),
                    Story(Measure.CHANNELS, Comparison.MORE, 2),
                )
            ),
        ),
        ("channel:@wire silent:2h", And((InChannel(("wire",)), Silent(7_200_000)))),
    ],
)
def test_keys(query: str, tree: Node) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("", 1, "the query is empty"),
        (" \n", 1, "the query is empty"),
        ("a (b", 3, "this parenthesis is not closed"),
        ("a) b", 2, "this parenthesis closes none"),
        ("a ()", 3, "nothing is between these parentheses"),
        ("a OR", 3, 'OR needs something after it; as a word it is written "or"'),
        ("a AND OR b", 3, 'AND needs something after it; as a word it is written "and"'),
        ("a -OR b", 3, "- needs a condition after it"),
        ("a - b", 3, "- has no letters or digits to search for"),
        ("(a NOT) b", 4, 'NOT needs something after it; as a word it is written "not"'),
        ("OR a", 1, 'OR needs something before it; as a word it is written "or"'),
        ('a "b', 3, "this quotation mark has no partner"),
        ("a »", 3, "this quotation mark has no partner"),
        ("a --", 3, "-- has no letters or digits to search for"),
        ('"…"', 1, '"…" has no letters or digits to search for'),
        ("b t*", 3, "a word before * has two letters at least, of Chinese or Thai one"),
        ("a-b*", 1, "a word before * has two letters at least, of Chinese or Thai one"),
        ("a b*c", 4, "a * is the rest of a word, and goes behind its last letter"),
        ("a *", 3, "* has no letters or digits to search for"),
        ("x lnag:ru", 3, 'there is no key "lnag": did you mean lang:ru,en? Words with a colon go into quotation marks'),
        (
            "chanel:@a",
            1,
            'there is no key "chanel": did you mean channel:@wirenews? Words with a colon go into quotation marks',
        ),
        ("lang:", 6, "lang: a value is missing; several have commas between them, without blanks"),
        ("lang:ru,", 6, "lang: a value is missing; several have commas between them, without blanks"),
        ("lang:russian", 6, "lang: 'russian' is no language: write codes as ru, en, or und where it is undecided"),
        (
            "channel:a-b",
            9,
            "channel: 'a-b': expected @name, https://t.me/name, or a channel id",
        ),
        ("is:old", 4, "is: 'old' is none of first, copy, edited, deleted, forward"),
        ("has:text", 5, "has: 'text' is none of media, quotes, citations, links"),
        ("quote.kind:loud", 12, "quote.kind: 'loud' is none of headline, direct, indirect, mixed"),
        ("after:2026-13", 7, "after: no such date: month must be in 1..12"),
        ("after:yesterday", 7, "after: not a date: write 2026-11-29, 2026-11-29T14:05 or 2026-11-29T14:05+02:00"),
        ("after:2026,2027", 7, "after: one value only"),
        ("after:2200", 7, "after: outside the years 1970 to 2105"),
        (
            "before:2026-01-01[Mars/Olympus]",
            8,
            "before: no such time zone: Mars/Olympus; names are as Europe/Kyiv",
        ),
        ("age:24h", 5, "age: an age is compared: write age:<24h for newer posts, age:>7d for older ones"),
        ("age:<soon", 5, "age: not a length of time: write 30m, 24h, 7d or 2w"),
        ("story.size:many", 12, "story.size: not a number: write story.size:>=3"),
        (
            "a story.within:30m",
            3,
            "story.within needs a count of a story beside it: story.channels:>=3 story.within:30m",
        ),
        ("silent:2h OR channel:@a1b", 1, "silent: needs a channel beside it: channel:@wirenews silent:2h"),
    ],
)
def test_a_wrong_query_is_answered_with_what_to_write(query: str, column: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.column, caught.value.message) == (column, message)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *((host + path, "wirenews") for host in ("", "http://", "https://", "HTTPS://www.") for path in _LINKS),
        ('"//t.me/WireNews/"', "wirenews"),
        ("https://telegram.dog/s/wirenews?before=20", "wirenews"),
        ("https://wirenews.t.me/17", "wirenews"),
        ("https://t.me/c/1234567890/7/55?single", 1234567890),
        ("t.me/c/1234567890", 1234567890),
        ("https://t.me/1234567890", 1234567890),
        ("-1000000000042", 42),
        ("-1999999999999", 999999999999),
        ("0042", 42),
        (str(synthetic_id("a channel of an archive")), synthetic_id("a channel of an archive")),
        ("@a1b", "a1b"),
        ("https://t.me/s/a1b/", "a1b"),
        ("share", "share"),
    ],
)
def test_every_spelling_of_a_channel_is_the_same(written: str, name: str | int) -> None:
    found = parse(f"channel:{written}")
    assert found == InChannel((name,))
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("https://t.me/+AbCdEf", "an invitation names no channel"),
        ("t.me/addlist/AbCd1234", "t.me/addlist is a link of Telegram's own"),
        ("t.me/c/0/1", "holds no valid id"),
        ("-5", "not the id of a channel"),
        ("0", "not the id of a channel"),
        (str(ID_LIMIT), "no channel has such an id"),
        ("-1009223372036854775808", "no channel has such an id"),
    ],
)
def test_what_names_no_channel_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(f"channel:@wire,{written}")
    assert caught.value.message.startswith(f"channel: {written!r}: ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("inside", "beyond", "column"),
    [
        ("a" * 1_000, "a" * 1_001, 1_001),
        ("a " * 64, "a " * 65, 129),
        ("ab* " * 8, "ab* " * 9, 33),
        ("(" * 16 + "a" + ")" * 16, "(" * 17 + "a" + ")" * 17, 17),
        ("NOT " * 16 + "a", "NOT " * 17 + "a", 65),
        ("(NOT " * 8 + "a" + ")" * 8, "(NOT " * 8 + "(a" + ")" * 9, 41),
        ("中" * 250, "中" * 251, 1),
    ],
)
def test_queries_have_bounds(inside: str, beyond: str, column: int) -> None:
    parse(inside)
    with pytest.raises(QueryError) as caught:
        parse(beyond)
    assert caught.value.column == column


def test_parts_know_their_columns() -> None:
    tree = parse('a (lang:ru OR NOT "b c")')
    assert isinstance(tree, And)
    assert [node.column for node in tree.nodes] == [1, 4]
    either = tree.nodes[1]
    assert isinstance(either, Or)
    assert [node.column for node in either.nodes] == [4, 15]


def test_an_error_points_at_its_column() -> None:
    with pytest.raises(QueryError) as caught:
        parse("мост 北京 lnag:ru")
    assert caught.value.pointed() == "мост 北京 lnag:ru\n          ^"


def test_a_long_query_is_cut_around_the_error() -> None:
    with pytest.raises(QueryError) as caught:
        parse("word " * 30 + "is:old " + "word " * 20)
    line, caret = caught.value.pointed().split("\n")
    assert max(len(line), len(caret)) <= 78
    assert line.startswith("…")
    assert line.endswith("…")
    assert line[len(caret) - 1 :].startswith("old word")


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("Мост AND (обрушился)", "мост обрушился"),
        ("a OR (b c)", "a OR b c"),
        ("a AND (b OR c)", "a (b OR c)"),
        ("NOT (a b)", "NOT (a b)"),
        ("t.me/x брид*", '"t me x" брид*'),
        ("after:2026-11-29T14:05+02:00", "after:2026-11-29T12:05Z"),
        ("a story.size:>3 story.within:90m", "a (story.size:>3 story.within:90m)"),
        ('outlet:"Le Monde",BBC channel:WIRE,12', 'outlet:"le monde",bbc channel:@wire,12'),
    ],
)
def test_a_query_has_one_form(query: str, canonical: str) -> None:
    assert str(parse(query)) == canonical
    assert parse(canonical) == parse(query)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("bridge lang:en", "posts that contain “bridge” and are in en"),
        (
            '"big bridge" OR мост* NOT is:copy',
            "posts that contain the phrase “big bridge” or (contain a word that begins with “мост…” and do not match "
            "(repeat another post))",
        ),
        (
            "channel:@wire,12 has:media,links age:<2h",
            "posts that are from @wire or channel 12, have media or links and were posted less than 2 hours ago",
        ),
        (
            "story.channels:>=3 story.within:30m outlet:bbc",
            "posts that are in a story of 3 or more channels within 30 minutes of its first post and quote or cite "
            "“bbc”",
        ),
        (
            "after:2026-11-01 before:2026-11-02T10:00",
            "posts that were posted at 2026-11-01 00:00 UTC or later and were posted before 2026-11-02 10:00 UTC",
        ),
        ("channel:@wire silent:1d", "posts that are from @wire and end a silence of 1 day or more"),
        (
            "cite.kind:report quote.kind:direct is:edited,deleted",
            "posts that have a citation of the kind report, have a quote of the kind direct and were edited or were "
            "deleted",
        ),
    ],
)
def test_a_query_in_words(query: str, words: str) -> None:
    assert describe(parse(query)) == words


def test_what_later_records_decide() -> None:
    later = ["is:copy", "is:first", "is:deleted", "is:edited", "a NOT (story.size:>2)", "is:forward,copy"]
    assert all(depends_on_later_knowledge(parse(query)) for query in later)
    assert not any(depends_on_later_knowledge(parse(query)) for query in ["a", "is:forward", "lang:ru has:media"])
