"""Marked-up text of a preview as text and entities."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest.preview.messages.text import marked_text
from schemas import EntityKind


def read(markup: str) -> tuple[str, list[tuple[EntityKind, str]]]:
    body = LexborHTMLParser(f'<div class="js-message_text">{markup}</div>').css_first(".js-message_text")
    assert body is not None
    text, entities = marked_text(body)
    return text, [(entity.kind, text[entity.start : entity.end]) for entity in entities]


def test_lines_and_characters() -> None:
    assert read("One &amp; two<br/><br/>  three&nbsp;&lt;b&gt;")[0] == "One & two\n\n  three\xa0<b>"


def test_markup_with_other_line_breaks_and_indents_has_the_same_text() -> None:
    markup = (
        "\n  One <b>\n  two\n </b>\n  <br/>\n  three  four\n  <a href='https://example.org/x'>\n   here</a>.\n"
        "<pre>a\n  b</pre>\n  five\n"
    )
    assert read(markup) == (
        "One two\nthree  four here.\na\n  b\nfive",
        [(EntityKind.BOLD, "two"), (EntityKind.TEXT_LINK, "here"), (EntityKind.PRE, "a\n  b")],
    )


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<b>word</b>", EntityKind.BOLD),
        ("<i>word</i>", EntityKind.ITALIC),
        ("<u>word</u>", EntityKind.UNDERLINE),
        ("<s>word</s>", EntityKind.STRIKE),
        ("<code>word</code>", EntityKind.CODE),
        ("<tg-spoiler>word</tg-spoiler>", EntityKind.SPOILER),
        ('<a href="https://example.org/x">word</a>', EntityKind.TEXT_LINK),
        ('<a href="http://word/">word</a>', EntityKind.URL),
        ('<a href="mailto:word">word</a>', EntityKind.EMAIL),
        ('<a href="tel:word">word</a>', EntityKind.PHONE),
        ('<a href="tg://user?id=1">word</a>', EntityKind.TEXT_MENTION),
    ],
)
def test_kinds_of_entity(markup: str, kind: EntityKind) -> None:
    assert read(f"😀 {markup}!") == ("😀 word!", [(kind, "word")])


def test_words_that_the_page_links_by_itself() -> None:
    markup = (
        '<a href="?q=%23storm">#storm</a> <a href="?q=%24ABC">$ABC</a> '
        '<a href="https://t.me/wirenews">@WireNews</a> <a href="https://t.me/wirenews">news</a>'
    )

    assert read(markup)[1] == [
        (EntityKind.HASHTAG, "#storm"),
        (EntityKind.CASHTAG, "$ABC"),
        (EntityKind.MENTION, "@WireNews"),
        (EntityKind.TEXT_LINK, "news"),
    ]


@pytest.mark.parametrize("base", ["", "https://t.me/s/wirenews"])
def test_hashtags_are_known_by_their_link_also_where_a_browser_completed_it(base: str) -> None:
    markup = f'<a href="{base}?q=%23storm">#storm</a> <a href="{base}?q=%24ABC">$ABC</a>'

    assert read(markup)[1] == [(EntityKind.HASHTAG, "#storm"), (EntityKind.CASHTAG, "$ABC")]


def test_an_emoji_that_is_drawn_is_its_character() -> None:
    markup = '<i class="emoji" style="background-image:url(\'//x/F09F9880.png\')"><b>😀</b></i> news'

    assert read(markup) == ("😀 news", [])
    assert read(f'<tg-emoji emoji-id="5">{markup[:-5]}</tg-emoji>') == ("😀", [(EntityKind.CUSTOM_EMOJI, "😀")])
    assert read(f"<b>{markup}</b>")[1] == [(EntityKind.BOLD, "😀 news")]


def test_code_blocks_and_quotes_are_on_lines_of_their_own() -> None:
    text, entities = read(
        'Before<blockquote>quote <b>bold</b></blockquote>after<pre><code class="x">a = 1</code></pre>'
    )

    assert text == "Before\nquote bold\nafter\na = 1"
    assert entities == [
        (EntityKind.BLOCKQUOTE, "quote bold"),
        (EntityKind.BOLD, "bold"),
        (EntityKind.PRE, "a = 1"),
    ]
    assert read("<blockquote>first</blockquote>then")[0] == "first\nthen"
    assert read("line<br/><blockquote>quote</blockquote>")[0] == "line\nquote"


def test_the_outer_one_of_two_over_the_same_words_is_first() -> None:
    assert read("<b><i>word</i></b>")[1] == [(EntityKind.BOLD, "word"), (EntityKind.ITALIC, "word")]


def test_entities_of_nothing_are_left_out() -> None:
    assert read("a<b></b>b") == ("ab", [])


def test_an_album_s_text_is_in_two_boxes() -> None:
    assert read('<div class="js-message_text">caption</div>') == ("caption", [])
