import pytest

from processors.core.text import annotations
from schemas import EntityKind, TextEntity


def _entity(kind: EntityKind, start: int, end: int, url: str | None = None) -> TextEntity:
    return TextEntity(kind=kind, start=start, end=end, url=url)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://example.org/a, then.", ["https://example.org/a"]),
        ("(https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        (
            "[more](https://example.org/x) | [b](http://example.org/y)",
            ["https://example.org/x", "http://example.org/y"],
        ),
        ("join t.me/chan! or www.example.org…", ["https://t.me/chan", "https://www.example.org"]),
        ("看https://example.org/路 «https://пример.рф»", ["https://example.org/路", "https://пример.рф"]),
        ("HTTPS://EXAMPLE.ORG", ["HTTPS://EXAMPLE.ORG"]),
        ("no link: a://, t.me/, mail@t.me/x, 10:30", []),
    ],
)
def test_links_in_the_text(text: str, urls: list[str]) -> None:
    assert [link.url for link in annotations.links(text, ())] == urls


def test_marked_links_win_over_found_ones_and_all_are_in_order() -> None:
    text = "https://a.example/x b.example word https://c.example"
    entities = (
        _entity(EntityKind.TEXT_LINK, 30, 34, "https://hidden.example"),
        _entity(EntityKind.URL, 20, 29),
        _entity(EntityKind.TEXT_LINK, 0, 19, "https://other.example"),
    )
    found = [(link.text, link.url) for link in annotations.links(text, entities)]
    assert found == [
        ("https://a.example/x", "https://other.example"),
        ("b.example", "https://b.example"),
        ("word", "https://hidden.example"),
        ("https://c.example", "https://c.example"),
    ]


def test_mentions_and_hashtags() -> None:
    text = "@channel_1 says #Россия #2024 #3д, mail a@example.org, https://t.me/@inside#tag #हिंदी"
    links = annotations.links(text, ())
    assert [span.text for span in annotations.mentions(text, (), links)] == ["@channel_1"]
    assert [span.text for span in annotations.hashtags(text, (), links)] == ["#Россия", "#3д", "#हिंदी"]


def test_a_mention_behind_a_link_text_is_still_a_mention() -> None:
    text = "Follow @channel"
    links = annotations.links(text, (_entity(EntityKind.TEXT_LINK, 0, 15, "https://t.me/channel"),))
    assert [span.text for span in annotations.mentions(text, (), links)] == ["@channel"]
