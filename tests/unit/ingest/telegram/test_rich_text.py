"""Rich messages as a text with entities."""

from datetime import UTC, datetime
from inspect import signature
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import types

from ingest.telegram.messages.parser import convert
from schemas import Channel, EntityKind, MediaKind, RawPost

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOTHING = types.TextEmpty()


def plain(text: str) -> Any:
    return types.TextPlain(text)


def paragraph(*texts: Any) -> Any:
    return types.PageBlockParagraph(types.TextConcat(list(texts)))


def post(*blocks: Any, text: str = "", photos: tuple[Any, ...] = ()) -> RawPost:
    rich = types.RichMessage(list(blocks), list(photos), [])
    message = types.Message(7, types.PeerChannel(5), date=NOW, message=text, rich_message=rich)
    found = convert(BinaryReader(bytes(message)).tgread_object(), Channel(id=5), "main", NOW)
    assert isinstance(found, RawPost)
    return found


def covered(found: RawPost) -> list[tuple[EntityKind, str]]:
    return [(entity.kind, found.text[entity.start : entity.end]) for entity in found.entities]


def _hints(kind: type) -> dict[str, object]:
    return {name: parameter.annotation for name, parameter in signature(kind).parameters.items()}


def test_blocks_are_lines_and_texts_are_entities() -> None:
    found = post(
        types.PageBlockHeading1(types.TextBold(plain("Storm 🌪"))),
        paragraph(
            plain("It passed, "),
            types.TextUrl(types.TextItalic(plain("writes")), "https://example.org", 0),
            plain(" a paper. "),
            types.TextHashtag(plain("#weather")),
        ),
        types.PageBlockBlockquote(plain("Nobody was hurt."), plain("Ann")),
    )

    assert found.text == "Storm 🌪\nIt passed, writes a paper. #weather\nNobody was hurt.\nAnn"
    assert covered(found) == [
        (EntityKind.BOLD, "Storm 🌪"),
        (EntityKind.TEXT_LINK, "writes"),
        (EntityKind.ITALIC, "writes"),
        (EntityKind.HASHTAG, "#weather"),
        (EntityKind.BLOCKQUOTE, "Nobody was hurt.\nAnn"),
    ]
    assert found.entities[1].url == "https://example.org"


def test_lists_and_tables() -> None:
    cells = [types.PageTableCell(text=plain(text)) for text in ("wind", "30 m/s")]
    found = post(
        types.PageBlockList(
            [types.PageListItemText(plain("one")), types.PageListItemBlocks([paragraph(plain("two"))])]
        ),
        types.PageBlockTable(plain("Figures"), [types.PageTableRow(cells)]),
    )

    assert found.text.split("\n") == ["one", "two", "Figures", "wind", "30 m/s"]


def test_a_plain_text_beside_the_blocks_is_taken() -> None:
    assert post(paragraph(plain("rich")), text="plain").text == "plain"


def test_its_photos_are_media() -> None:
    photo = types.Photo(5, 6, b"r", NOW, [types.PhotoSize("x", 10, 20, 30)], 2)
    shown = types.PageBlockPhoto(5, types.PageCaption(plain("A tree"), NOTHING))
    found = post(shown, photos=(photo,))

    assert found.text == "A tree"
    assert [(media.kind, media.id) for media in found.media] == [(MediaKind.PHOTO, "5")]


def test_every_kind_of_rich_text_and_block_gives_its_words() -> None:
    """A kind whose words are in a field of another name would vanish without a trace."""
    from ingest.telegram.messages.rich_text import _PARTS, _WORDS

    silent = {"anchor", "name", "url", "html", "language", "num", "type", "email", "phone"}
    for name, kind in vars(types).items():
        if not (
            name.startswith(("PageBlock", "PageList", "PageTable", "PageCaption", "Text")) and isinstance(kind, type)
        ):
            continue
        fields = {
            field
            for field, hint in _hints(kind).items()
            if any(word in str(hint) for word in ("RichText", "PageBlock", "PageListItem", "PageTable", "PageCaption"))
            or (hint is str and field not in silent)
        }
        left_out = fields - {*_PARTS, _WORDS.get(kind, "")}
        assert left_out <= {"entities", "old_text"}, (name, left_out)
