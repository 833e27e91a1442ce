"""``--map``, and layouts guessed from names and values."""

from typing import Any

import pytest

from ingest.errors import InvalidMapError
from ingest.sources.table.columns import Layout, parse_map
from ingest.sources.table.guess import guess


def test_a_map_is_pairs_of_field_and_column() -> None:
    assert parse_map(["text=message,date=sent at", "id=nr"]) == (("text", "message"), ("date", "sent at"), ("id", "nr"))


def test_quotes_are_around_columns_with_commas() -> None:
    assert parse_map(['text="a, b",id=c']) == (("text", "a, b"), ("id", "c"))


def test_names_of_a_raw_post_are_fields_too() -> None:
    given = "message_id=a,posted_at=b,channel.id=c,counters.views=d,forward.name=e"
    assert [field for field, _ in parse_map([given])] == ["id", "date", "channel_id", "views", "forward_name"]


def test_an_empty_column_leaves_a_field_out() -> None:
    assert parse_map(["views="]) == (("views", ""),)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("text", "'text' is no FIELD=COLUMN"),
        ("txet=message", "there is no field 'txet'; fields are id, text, date"),
        ("text=a,message=b", "text is given twice"),
        ('text="a', "a quote is not closed"),
    ],
)
def test_a_map_that_is_not_understood_is_an_error(given: str, message: str) -> None:
    with pytest.raises(InvalidMapError, match=message):
        parse_map([given])


def test_what_a_layout_shows_can_be_given_as_a_map() -> None:
    layout = Layout(("a, b", "c", "d"), {"text": "a, b", "id": "c"})
    assert dict(parse_map([layout.as_map()])) == layout.fields
    assert str(layout) == "text from a, b, id from c; not read: d"


ROW: dict[str, Any] = {"id": 1, "text": "some text of a post", "date": "2024-05-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # Columns of scripts and courses that people publish
        (
            {
                "Channel Title": "Wire",
                "Channel Username": "@wire",
                "ID": "5",
                "Message": "t",
                "Date": "2024-05-01 12:00:00+00:00",
                "Media Path": "p.jpg",
            },
            {
                "id": "ID",
                "text": "Message",
                "date": "Date",
                "title": "Channel Title",
                "username": "Channel Username",
                "file_name": "Media Path",
            },
        ),
        (
            {
                "msg_id": 5,
                "message_text": "t",
                "message_date": "2024-05-01",
                "view_count": 3,
                "forward_count": 1,
                "reply_count": 0,
            },
            {
                "id": "msg_id",
                "text": "message_text",
                "date": "message_date",
                "views": "view_count",
                "forwards": "forward_count",
                "replies": "reply_count",
            },
        ),
        (
            {"id": 1, "message_id": 900, "sender_id": 5, "text": "t", "timestamp": 1714564800},
            {"id": "message_id", "text": "text", "date": "timestamp"},
        ),
        (
            {"Unnamed: 0": 0, "messageId": 5, "rawText": "t", "createdAt": "2024-05-01T12:00:00Z", "groupedId": 7},
            {"id": "messageId", "text": "rawText", "date": "createdAt", "album": "groupedId"},
        ),
        (
            {"url": "https://t.me/wire/5", "message": "t", "date": "2024-05-01T12:00:00Z", "source": "wire"},
            {"text": "message", "date": "date", "link": "url", "channel": "source"},
        ),
        (
            {"дата": "2024-05-01T12:00:00Z", "текст": "t", "канал": "Новини", "просмотры": 5, "id": 1},
            {"id": "id", "text": "текст", "date": "дата", "channel": "канал", "views": "просмотры"},
        ),
        (
            {"Channel Title": "@wirenews", "Message ID": 5, "Message Text": "t", "Date": "2024-05-01"},
            {"id": "Message ID", "text": "Message Text", "date": "Date", "channel": "Channel Title"},
        ),
        (
            {"id": 5, "text": "t", "date": "2024-05-01", "chat_id": "The wire"},
            {"id": "id", "text": "text", "date": "date", "channel": "chat_id"},
        ),
        (  # Telethon's objects, flattened
            {
                "_": "Message",
                "id": 5,
                "message": "t",
                "date": "2024-05-01",
                "reply_to": "",
                "reply_to/_": "MessageReplyHeader",
                "reply_to/reply_to_msg_id": 4,
                "media/_": "MessageMediaPhoto",
            },
            {
                "id": "id",
                "text": "message",
                "date": "date",
                "reply_to": "reply_to/reply_to_msg_id",
                "media": "media/_",
                "kind": "_",
            },
        ),
        (
            {"data-post": "wirenews/5", "text": "t", "date": "2024-05-01"},
            {"text": "text", "date": "date", "link": "data-post"},
        ),
        ({"id": "wirenews/5", "text": "t", "date": "2024-05-01"}, {"text": "text", "date": "date", "link": "id"}),
        (
            {
                "id": 5,
                "text": "t",
                "date": "2024-05-01",
                "stats": {"views": 3},
                "stats.views": 3,
                "media": [{"type": "photo"}],
            },
            {"id": "id", "text": "text", "date": "date", "views": "stats.views", "media": "media"},
        ),
        (
            {"id": 1, "text": "t", "edit_date": "2024-05-01T12:00:00Z", "date": "2024-05-01T12:00:00Z"},
            {"id": "id", "text": "text", "date": "date"},
        ),
    ],
)
def test_names_are_recognised(row: dict[str, Any], expected: dict[str, str]) -> None:
    assert dict(guess(tuple(row), [row]).fields) == expected


def test_a_column_whose_values_do_not_fit_is_not_taken() -> None:
    row = ROW | {
        "views": {"count": 5},
        "reply_to": {"reply_to_msg_id": 4},
        "url": "https://example.org/",
        "channel_id": ["abc"],
    }
    assert dict(guess(tuple(row), [row]).fields) == {"id": "id", "text": "text", "date": "date"}


def test_a_date_with_a_zone_goes_before_one_without() -> None:
    row = ROW | {"date": "2024-05-01 14:00:00", "timestamp": 1714564800}
    assert guess(tuple(row), [row]).fields["date"] == "timestamp"


def test_an_empty_text_gives_way_to_a_column_with_texts() -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "text": "", "message": "a"}, {"id": 2, "text": None, "message": "b"}]
    assert guess(("id", "text", "message"), rows).fields["text"] == "message"


def test_values_show_what_names_do_not() -> None:
    rows = [
        {"a": 100 + number, "b": 1714564800 + number, "c": f"some text number {number}", "d": "x", "e": number % 2}
        for number in range(9)
    ]
    assert dict(guess(tuple("abcde"), rows).fields) == {"id": "a", "text": "c", "date": "b"}


def test_two_candidates_by_value_are_no_guess() -> None:
    rows: list[dict[str, Any]] = [{"a": number, "b": number, "c": "some text of a post"} for number in range(1, 9)]
    assert "id" not in guess(("a", "b", "c"), rows).fields


def test_reactions_that_are_read_within_their_column_are_not_said_to_be_left_out() -> None:
    fields = {"text": "text", "reactions": "reactions"}
    layout = Layout(("text", "reactions", "reactions.👍", "reactions_total"), fields)
    assert str(layout) == "text from text, reactions from reactions; not read: reactions_total"
