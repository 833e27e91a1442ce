"""Whether a record matches a query, as alerts and ``tail --kafka`` ask."""

from datetime import UTC, datetime

import pytest

from schemas import (
    Channel,
    DuplicateKind,
    DuplicateLink,
    ForwardOrigin,
    Language,
    Link,
    Media,
    MediaKind,
    MediaQuote,
    NormalizedPost,
    Outlet,
    PostSource,
    Provenance,
    QuoteKind,
    QuoteList,
    Span,
)
from schemas.query.matching import matches
from schemas.query.parser import parse
from schemas.query.searched_post import searched
from schemas.raw import Lane

POSTED = datetime(2026, 11, 18, 12, tzinfo=UTC)
NOW_MS = round(datetime(2026, 11, 18, 14, tzinfo=UTC).timestamp() * 1000)
TEXT = "FT: the bridge collapsed https://t.me/a"

PLAIN = NormalizedPost(
    key="tg:1234567890:7",
    revision="r",
    channel=Channel(id=1234567890, username="WireNews"),
    message_id=7,
    posted_at=POSTED,
    text=TEXT,
    language=Language(code="en"),
    provenance=Provenance(source=PostSource(kind="jsonl"), lane=Lane.LIVE, pipeline_version="1"),
)
QUOTE = MediaQuote(
    key="tg:1234567890:7:0",
    position=0,
    outlets=(Outlet(id="financial-times", name="Financial Times", is_known=True),),
    outlet_text=(Span(text="FT", start=0, end=2),),
    kind=QuoteKind.INDIRECT,
    text=TEXT,
    start=0,
    end=len(TEXT),
)
FULL = PLAIN.model_copy(
    update={
        "edited_at": POSTED,
        "quote_lists": (QuoteList(items=(QUOTE,)),),
        "links": (Link(text="https://t.me/a", start=25, end=39, url="https://t.me/a"),),
        "media": (Media(kind=MediaKind.PHOTO),),
        "forward": ForwardOrigin(channel_id=77),
        "duplicate": DuplicateLink(of="tg:77:1", kind=DuplicateKind.EXACT, similarity=1.0),
    }
)


@pytest.mark.parametrize(
    ("query", "plain", "full"),
    [
        ("bridge", True, True),
        ("BRIDG* collapsed", True, True),
        ('"bridge collapsed" NOT storm', True, True),
        ('"collapsed bridge"', False, False),
        ("lang:ru,en", True, True),
        ("channel:@wirenews", True, True),
        ("channel:1234567890", True, True),
        ("channel:@wire", False, False),
        ("after:2026-11-18T12:00 before:2026-11-18T12:01", True, True),
        ("age:<=2h", True, True),
        ("age:<2h", False, False),
        ("is:first story.size:1", True, False),
        ("is:copy is:edited is:forward", False, True),
        ("has:media has:links has:quotes", False, True),
        ('outlet:"financial times"', False, True),
        ("outlet:financial-times,bbc", False, True),
        ("outlet:bbc", False, False),
        ("quote.kind:indirect", False, True),
        ("quote.kind:direct OR has:citations OR cite.kind:report", False, False),
    ],
)
def test_a_record_matches(query: str, plain: bool, full: bool) -> None:
    tree = parse(query)
    assert [matches(tree, searched(post), NOW_MS) for post in (PLAIN, FULL)] == [plain, full]


def test_a_post_without_a_date_has_that_of_its_arrival() -> None:
    undated = searched(PLAIN.model_copy(update={"posted_at": None}), arrived_ms=NOW_MS)
    assert matches(parse("age:<1m"), undated, NOW_MS)
    assert not matches(parse("before:2026-11-18T14:00"), undated, NOW_MS)
