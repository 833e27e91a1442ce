"""What tables look like in terminals of several widths."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from runtime.kafka.topics import Drift, TopicCheck
from runtime.settings.channel_list import ChannelEntry
from schemas import (
    Channel,
    Citation,
    CitationKind,
    CitedOutlet,
    DuplicateKind,
    DuplicateLink,
    DuplicateRecord,
    NormalizedPost,
    PostSource,
    RawPost,
    Span,
)
from tgwire.cli.commands import channels, clusters, topics
from tgwire.cli.output import explain, record_tables, tables
from tgwire.cli.output.console import out
from tgwire.duplicate_clusters import DuplicateCluster, Member

WIDTHS = (80, 100, 120, 200)
STORM = (
    "The port of Lindhaven reopens after the storm, the harbour master said, and two ferries left at dawn on Monday."
)
TEXTS = {
    "latin": ("Wire News", STORM),
    "arabic": ("اخبار البحر", "أعلنت هيئة الميناء إعادة فتح ميناء ليندهافن بعد العاصفة، وغادرت عبارتان عند الفجر."),
    "hebrew": ("נמל", "נמל לינדהאבן נפתח מחדש לאחר הסערה, אמר מנהל הנמל, ושתי מעבורות יצאו עם שחר ביום שני."),
    "chinese": ("港口新闻频道", "暴风雨过后，林德港重新开放，港务局长说，两艘渡轮星期一黎明离开。" * 3),
    "emoji": ("emoji 🚢 wire", "⚡️🚢 The port of Lindhaven reopens 👨‍👩‍👧‍👦🏴‍☠️🇩🇪❤️ " * 2),
}  # fmt: skip
KEYS = {name: f"tg:12345678{number:02}:4211" for number, name in enumerate(TEXTS)}
LISTS = "Foreign media on the storm:\n\n" + "\n".join(
    f"- {outlet} writes that the pier of the old harbour is closed until the spring and that the ferries wait."
    for outlet in ("The Guardian", "Le Figaro", "The New York Times", "Politico")
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], None]], list[str]]:
    """Lines that something prints at a width."""

    def lines(width: int, show: Callable[[], None]) -> list[str]:
        stream = io.StringIO()
        monkeypatch.setattr(out, "_width", width)
        monkeypatch.setattr(out, "_file", stream)
        show()
        return [line.rstrip() for line in stream.getvalue().splitlines()]

    return lines


Shown = Callable[[int, Callable[[], None]], list[str]]


def posts() -> Iterator[NormalizedPost]:
    from processors.in_process import DirectPipeline
    from processors.loading import load_analyzer

    pipeline = DirectPipeline(load_analyzer())
    for number, (name, (title, text)) in enumerate((TEXTS | {"list": ("Press", LISTS)}).items()):
        channel = Channel(id=1234567800 + number, title=title)
        moment = datetime(2026, 3, 1, 10, number, tzinfo=UTC)
        post = RawPost(
            channel=channel, message_id=4211, posted_at=moment, text=text, source=PostSource(kind="text", name=name)
        )
        record = pipeline.process(post).record
        assert isinstance(record, NormalizedPost)
        yield record


@pytest.fixture(scope="module")
def all_posts() -> list[NormalizedPost]:
    return list(posts())


def words_of(lines: list[str]) -> str:
    return re.sub(r"\s", "", "".join(lines))


def cited(post: NormalizedPost) -> NormalizedPost:
    """The post with its opening attributed to an outlet."""
    opening = Span(text=post.text[:40], start=0, end=40)
    citation = Citation(
        **opening.model_dump(),
        key=f"{post.key}:0",
        position=0,
        outlets=(CitedOutlet(id="reuters", name="Reuters", is_known=True, text="Reuters"),),
        outlet_text=(opening,),
        kind=CitationKind.REPORT,
    )
    return post.model_copy(update={"citations": (citation,)})


def show_cluster() -> None:
    members = tuple(
        Member(KEYS[name], None, title, datetime(2026, 3, 1, 10, tzinfo=UTC), text)
        for name, (title, text) in TEXTS.items()
    )
    clusters._show(DuplicateCluster(members), 0)


CHANNELS = [
    ChannelEntry(name=name, tier="high", source="telegram", account="account_of_the_wire", backfill=True, comments=True)
    for name in ("@harbour", "@" + "news_of_the_harbour_of_lindhaven"[:32], "-1001234567890")
]


def show_topics() -> None:
    drifts = (Drift("retention.ms", "2592000000", "604800000"), Drift("cleanup.policy", "compact", "delete"))
    topics.show([TopicCheck("posts.raw.backfill", None, exists=True, drifts=drifts)])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", ["posts", "quotes", "citations", "duplicates", "cluster", "topics", "channels"])
def test_no_line_is_wider_than_the_terminal(
    view: str, width: int, shown: Shown, all_posts: list[NormalizedPost]
) -> None:
    link = DuplicateLink(of="tg:1234567800:4211", kind=DuplicateKind.NEAR, similarity=0.9)
    links = [DuplicateRecord(key=post.key, revision=post.revision, duplicate=link) for post in all_posts]
    views_of = {
        "posts": lambda: record_tables.show_posts(all_posts),
        "quotes": lambda: record_tables.show_quotes(all_posts),
        "citations": lambda: record_tables.show_citations([cited(post) for post in all_posts]),
        "duplicates": lambda: record_tables.show_duplicates(links, {post.key: post.text for post in all_posts}),
        "cluster": show_cluster,
        "topics": show_topics,
        "channels": lambda: channels.show("/home/somebody/.config/tgwire/channels.toml", CHANNELS),
    }
    lines = shown(width, views_of[view])
    assert len(lines) > 3
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_text_of_a_post_takes_half_of_the_width_or_more(
    width: int, shown: Shown, all_posts: list[NormalizedPost]
) -> None:
    lines = shown(width, lambda: record_tables.show_posts(all_posts))
    (line,) = (line for line in lines if "The port of Lindhaven reopens after" in line)
    words = STORM.split()
    last = max(number for number in range(1, len(words) + 1) if " ".join(words[:number]) in line)
    longer = " ".join(words[: last + 1])
    assert last == len(words) or cell_len(longer) > width // 2, line


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", TEXTS)
def test_key_title_and_text_are_whole(name: str, width: int, shown: Shown, all_posts: list[NormalizedPost]) -> None:
    title, text = TEXTS[name]
    all_words = words_of(shown(width, lambda: record_tables.show_posts(all_posts)))
    assert words_of([KEYS[name] if name == "latin" else title]) in all_words
    assert words_of([text])[:40] in all_words


def test_eighty_columns_get_cards(shown: Shown) -> None:
    link = DuplicateLink(of="tg:1:10", kind=DuplicateKind.NEAR, similarity=0.934)
    members = (
        Member("tg:1:10", None, "Wire News", datetime(2026, 3, 1, 10, tzinfo=UTC), STORM),
        Member("tg:2:20", link, "Port Watch", datetime(2026, 3, 1, 10, 19, tzinfo=UTC), STORM),
    )
    assert shown(80, lambda: clusters._show(DuplicateCluster(members), 0)) == [
        "2 posts — The port of Lindhaven reopens after the storm, the harbour…",
        "tg:1:10  Wire News  2026-03-01 10:00:00  first",
        "  The port of Lindhaven reopens after the storm, the harbour master said, and",
        "  two…",
        "tg:2:20  Port Watch  2026-03-01 10:19:00  19 min  near 0.93",
        "  The port of Lindhaven reopens after the storm, the harbour master said, and",
        "  two…",
        "",
    ]


def test_values_that_do_not_fit_beside_a_key_go_on_below_it(shown: Shown) -> None:
    row = [
        "0:17",
        "2026-03-01 10:00:00",
        "posts.raw.backfill 3:123456",
        "analyze",
        "invalid_field",
        "media.0.width_px",
    ]
    columns = ("at", "stored", "from", "stage", "reason", "field", "message")
    assert shown(80, lambda: tables.table("Dead letters", columns, [[*row, "is too small"]], text="message")) == [
        "Dead letters",
        "0:17  2026-03-01 10:00:00  posts.raw.backfill 3:123456  analyze",
        "    invalid_field  media.0.width_px",
        "  is too small",
        "",
    ]


def test_two_hundred_columns_get_a_table(shown: Shown) -> None:
    lines = shown(200, show_cluster)
    assert lines[1].split() == ["post", "channel", "posted", "(UTC)", "lag", "how", "text"]
    assert lines[3].startswith("tg:1234567800:4211   Wire News")


def test_a_row_is_cut_by_cells_not_by_characters() -> None:
    assert tables.shorten("港口" * 10, 10) == "港口港口…"
    assert tables.shorten("abc " * 10, 10) == "abc abc a…"
    assert tables.shorten("a\n\n b\u2028c", 10) == "a b c"


def test_what_is_left_out_is_counted(shown: Shown) -> None:
    lines = shown(80, lambda: tables.table("Rows", ("name",), ([str(n)] for n in range(1, 1201)), most=2))
    assert lines == ["Rows", "name", "────", "1", "2", "and 1,198 more", ""]


def test_the_verdict_is_shown_whatever_is_left_out(shown: Shown, all_posts: list[NormalizedPost]) -> None:
    from processors.loading import load_quote_splitter

    (post,) = (post for post in all_posts if post.quote_lists)
    reasons = load_quote_splitter().explain(post.text, ())
    lines = shown(80, lambda: explain.show_reasons(post, reasons, 3))
    heads = [line.split()[0] for line in lines if re.match(r"  \S", line)]
    assert heads == ["lead-in", "item", "and", "list"]
    assert f"  and {len(reasons) - 3} more" in lines
    assert max(map(cell_len, lines)) <= 80
