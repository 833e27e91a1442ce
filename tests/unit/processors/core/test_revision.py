from datetime import UTC, datetime

import pytest

from processors.core.revision import revision_of
from schemas import Channel, Counters, EntityKind, Media, MediaKind, PostSource, RawPost, TextEntity

POST = RawPost(
    channel=Channel(id=1),
    message_id=1,
    text="Text",
    entities=(TextEntity(kind=EntityKind.BOLD, start=0, end=4),),
    media=(Media(kind=MediaKind.PHOTO, id="7"),),
    source=PostSource(kind="test"),
)


def test_a_revision_is_16_hex_digits_and_never_changes() -> None:
    assert revision_of(POST) == "4246a3b9bf4f2757"


@pytest.mark.parametrize(
    "change",
    [
        {"counters": Counters(views=5, reactions={"👍": 1})},
        {"edited_at": datetime(2024, 1, 1, tzinfo=UTC)},
        {"source": PostSource(kind="other")},
        {"channel": Channel(id=1, title="New title")},
        {"media": (Media(kind=MediaKind.PHOTO, id="7", file_name="a.jpg"), Media(kind=MediaKind.WEB_PAGE))},
    ],
)
def test_what_is_no_edit_makes_no_revision(change: dict[str, object]) -> None:
    assert revision_of(POST.model_copy(update=change)) == revision_of(POST)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Text "},
        {"entities": ()},
        {"entities": (TextEntity(kind=EntityKind.ITALIC, start=0, end=4),)},
        {"media": ()},
        {"media": (Media(kind=MediaKind.PHOTO, id="8"),)},
    ],
)
def test_an_edit_makes_a_revision(change: dict[str, object]) -> None:
    assert revision_of(POST.model_copy(update=change)) != revision_of(POST)
