"""Whatever a page holds, reading it neither raises nor gives a post that breaks a rule."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ReaderLostError
from ingest.live_reader import AbsentMessage
from ingest.preview.messages.media import _CONVERTERS
from ingest.preview.messages.parser import PageContext
from ingest.preview.messages.text import _KINDS
from ingest.preview.page import PreviewPage
from schemas import Channel, RawPost
from schemas.base import to_json
from tests.support.linear import is_linear

READING = PageContext(Channel(id=1234567890, username="wirenews"), datetime(2024, 5, 2, tzinfo=UTC))
TAGS = [*_KINDS, "a", "br", "div", "span", "time", "video"]
CLASSES = [
    *_CONVERTERS,
    "emoji",
    "js-message_text",
    "message_video_duration",
    "service_message",
    "tgme_reaction",
    "tgme_widget_message",
    "tgme_widget_message_bubble",
    "tgme_widget_message_date",
    "tgme_widget_message_forwarded_from_name",
    "tgme_widget_message_reply",
    "tgme_widget_message_views",
]
LINKS = ["", "https://t.me/wirenews/43?single", "https://t.me/c/0/0", "?q=%23x", "https://t.me/c/9/9", "tg://user?id=1"]
TEXTS = st.text(max_size=10) | st.sampled_from(["12.3K", "0:42", "&#xD83D;", "<", "😀"])
WORDS = st.sampled_from(["wirenews/42", "wirenews/0", "x", "", "eyJjIjowfQ", "2024-05-01T12:00:00+00:00"]) | TEXTS


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(TEXTS)
    tag = draw(st.sampled_from(TAGS))
    names = " ".join(draw(st.lists(st.sampled_from(CLASSES), max_size=2)))
    inner = "".join(draw(st.lists(elements(depth - 1), max_size=3)))
    post, view, date = (draw(WORDS).replace('"', "") for _ in range(3))
    link = draw(st.sampled_from(LINKS))
    attributes = f'class="{names}" href="{link}" data-post="{post}" data-view="{view}" datetime="{date}"'
    return f"<{tag} {attributes}>{inner}</{tag}>"


@given(st.lists(elements(), max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_hostile_page_gives_valid_posts(parts: list[str]) -> None:
    body = "".join(parts)
    block = f'<div class="tgme_widget_message" data-post="wirenews/7">{body}</div>'
    html = f'<section class="tgme_channel_history">{body}{block}</section>'
    page = PreviewPage(html.encode("utf-8", "surrogatepass"), "page")
    page.channel("wirenews")

    for found in page.blocks(READING):
        for entry in found.entries:
            if not isinstance(entry, AbsentMessage):
                assert all(0 <= entity.start < entity.end <= len(entry.text) for entity in entry.entities)
                assert RawPost.model_validate_json(to_json(entry)) == entry


def test_tags_without_an_end_cost_one_post() -> None:
    deep = '<div class="tgme_widget_message" data-post="wirenews/7"><div class="js-message_text">' + "<b>" * 50_000
    fine = '<div class="tgme_widget_message" data-post="wirenews/6"></div>'
    page = PreviewPage(f'<section class="tgme_channel_history">{fine}{deep}'.encode(), "page")

    assert [type(block.entries[0]) for block in page.blocks(READING)] == [RawPost, AbsentMessage]


SECTION = '<section class="tgme_channel_history">{}</section>'
POST = '<div class="tgme_widget_message" data-post="wirenews/7">{}</div>'
TEXT = POST.format('<div class="js-message_text">{}</div>')


@pytest.mark.parametrize(
    ("page", "piece", "pieces"),
    [
        (POST, '<a class="tgme_widget_message_poll"></a>', 80_000),
        (POST, '<a class="tgme_widget_message_photo_wrap"></a>', 80_000),
        (TEXT, "<b>a</b>", 400_000),
        (TEXT, '<a href="http://x">http://y</a>', 100_000),
        ("{}", '<div class="tgme_widget_message" data-post="wirenews/7">', 60_000),
        ("{}", '<div class="tgme_widget_message" data-post="wirenews/7"></div>', 60_000),
        (TEXT, "<div>", 500_000),
        (TEXT, "<ul><li>", 300_000),
        (TEXT, "<b></i>", 400_000),
        (TEXT, "<x></y>", 400_000),
    ],
    ids=["polls", "photos", "bold", "links", "posts within posts", "posts", "deep", "lists", "wrong ends", "unknown"],
)
def test_the_time_for_a_page_grows_with_its_size(page: str, piece: str, pieces: int) -> None:
    def read(count: int) -> None:
        with suppress(ReaderLostError):
            PreviewPage(SECTION.format(page.format(piece * count)).encode(), "page").blocks(READING)

    assert is_linear(lambda: read(pieces // 10), lambda: read(pieces))
