"""Whatever a message holds, converting it neither raises nor gives a post that breaks a rule."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from telethon.tl import types

from ingest.live_reader import AbsentMessage
from ingest.telegram.messages.entity_kinds import ENTITY_KINDS
from ingest.telegram.messages.parser import convert
from schemas import Channel, RawPost
from schemas.base import to_json

CHANNEL = Channel(id=1234567890)
NOW = datetime(2024, 5, 2, tzinfo=UTC)

INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = INT64 | st.sampled_from([0, -1, 1])
TEXTS = st.text(st.characters(codec=None) | st.sampled_from("a😀\ud83d\ude00\u200d🇫\n"), max_size=20)
MOMENTS = st.none() | st.integers(-(2**31), 2**31 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
FLAGS = st.none() | st.booleans()
PEERS = st.one_of(st.none(), *(NUMBERS.map(peer) for peer in (types.PeerChannel, types.PeerUser, types.PeerChat)))
SIZES = st.builds(types.PhotoSize, TEXTS, INT32, INT32, INT32) | st.builds(
    types.PhotoSizeProgressive, TEXTS, INT32, INT32, st.lists(INT32, max_size=3)
)
PHOTOS = st.none() | st.builds(types.PhotoEmpty, INT64)
PHOTOS |= st.builds(types.Photo, INT64, INT64, st.binary(), MOMENTS, st.lists(SIZES, max_size=3), INT32)
ATTRIBUTES = st.one_of(
    st.builds(types.DocumentAttributeVideo, st.floats(), INT32, INT32, round_message=FLAGS),
    st.builds(types.DocumentAttributeAudio, INT32, voice=FLAGS),
    st.builds(types.DocumentAttributeFilename, TEXTS),
    st.builds(types.DocumentAttributeImageSize, INT32, INT32),
    st.builds(types.DocumentAttributeAnimated),
)
DOCUMENTS = st.none() | st.builds(
    types.Document, INT64, INT64, st.binary(), MOMENTS, TEXTS, INT64, INT32, st.lists(ATTRIBUTES, max_size=4)
)
RICH_TEXTS = TEXTS | st.builds(types.TextWithEntities, TEXTS, st.just([]))
OPTIONS = st.binary(max_size=1)
POLLS = st.builds(
    types.MessageMediaPoll,
    st.builds(types.Poll, INT64, RICH_TEXTS, st.lists(st.builds(types.PollAnswer, RICH_TEXTS, OPTIONS)), INT64),
    st.builds(
        types.PollResults,
        results=st.none() | st.lists(st.builds(types.PollAnswerVoters, OPTIONS, voters=st.none() | INT32)),
        total_voters=st.none() | INT32,
    ),
)
MEDIA = st.one_of(
    st.none(),
    st.builds(types.MessageMediaPhoto, photo=PHOTOS),
    st.builds(types.MessageMediaDocument, document=DOCUMENTS, video=FLAGS, round=FLAGS, voice=FLAGS),
    POLLS,
    st.builds(types.MessageMediaUnsupported),
)
FORWARDS = st.none() | st.builds(
    types.MessageFwdHeader,
    MOMENTS,
    from_id=PEERS,
    from_name=st.none() | TEXTS,
    channel_post=st.none() | INT32,
    saved_from_peer=PEERS,
    saved_from_msg_id=st.none() | INT32,
)
REPLIES = st.none() | st.builds(
    types.MessageReplyHeader,
    forum_topic=FLAGS,
    reply_to_msg_id=st.none() | INT32,
    reply_to_peer_id=PEERS,
    reply_to_top_id=st.none() | INT32,
)
REACTIONS = st.none() | st.builds(
    types.MessageReactions,
    st.lists(
        st.builds(
            types.ReactionCount,
            st.builds(types.ReactionEmoji, TEXTS) | st.builds(types.ReactionCustomEmoji, INT64),
            INT32,
        ),
        max_size=3,
    ),
)


def entity(kind: type, offset: int, length: int, url: str) -> Any:
    found: Any = object.__new__(kind)
    found.offset, found.length, found.url = offset, length, url
    return found


ENTITIES = st.builds(
    entity,
    st.sampled_from(sorted(ENTITY_KINDS, key=lambda kind: kind.__name__)),
    st.integers(-3, 25) | INT32,
    INT32,
    TEXTS,
) | st.builds(types.MessageEntityBold, st.integers(-3, 25), st.integers(-3, 25))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(-1, 5) | INT32,
    "date": MOMENTS,
    "message": st.none() | TEXTS,
    "entities": st.none() | st.lists(ENTITIES, max_size=5),
    "media": MEDIA,
    "fwd_from": FORWARDS,
    "reply_to": REPLIES,
    "reactions": REACTIONS,
    "replies": st.none() | st.builds(types.MessageReplies, INT32, INT32),
    "views": st.none() | INT32,
    "forwards": st.none() | INT32,
    "edit_date": MOMENTS,
    "edit_hide": FLAGS,
    "grouped_id": st.none() | INT64,
}


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Messages of well-typed nonsense, some with one field that has the type of another."""
    fields = {name: draw(strategy) for name, strategy in FIELDS.items()}
    message = types.Message(peer_id=types.PeerChannel(CHANNEL.id), **fields)
    if draw(st.booleans()):
        name, other = draw(st.sampled_from(sorted(FIELDS))), draw(st.sampled_from(sorted(FIELDS)))
        setattr(message, name, getattr(message, other))
    return message


@given(messages())
@settings(max_examples=150, deadline=None)
def test_a_hostile_message_is_a_valid_post_or_unreadable(message: Any) -> None:
    found = convert(message, CHANNEL, "main", NOW)

    if isinstance(found, AbsentMessage):
        return
    assert all(0 <= entity.start < entity.end <= len(found.text) for entity in found.entities)
    assert RawPost.model_validate_json(to_json(found)) == found
    if isinstance(message.message, str):
        assert len(found.text.encode("utf-16-le")) == len(message.message.encode("utf-16-le", "surrogatepass"))


@given(st.text("a😀é", max_size=30), st.integers(-5, 70), st.integers(-5, 70))
def test_an_entity_covers_what_its_units_cover(text: str, offset: int, length: int) -> None:
    """Whole characters, and no fewer than the units touch."""
    message = types.Message(1, types.PeerChannel(1), NOW, text, entities=[types.MessageEntityBold(offset, length)])
    found = convert(message, CHANNEL, "main", NOW)

    assert isinstance(found, RawPost)
    units = text.encode("utf-16-le")[2 * max(offset, 0) : 2 * max(offset + length, 0)]
    covered = [found.text[entity.start : entity.end] for entity in found.entities]
    assert [units in piece.encode("utf-16-le") for piece in covered] == ([True] if units else [])
    assert all(len(piece.encode("utf-16-le")) - len(units) <= 4 for piece in covered)
