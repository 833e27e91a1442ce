"""Telegram messages as posts: real TL objects, sent through their wire form."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from ingest.telegram.messages.parser import convert
from schemas import Channel, EntityKind, ForwardOrigin, RawPost, Reply
from schemas.times import UNIX_EPOCH

WIRE_NEWS = Channel(id=1234567890, username="wirenews", title="Wire News")
POSTED = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 5, 1, 13, tzinfo=UTC)
SEEN = datetime(2024, 5, 2, tzinfo=UTC)
HERE = types.PeerChannel(WIRE_NEWS.id)


def received(message: Any) -> Any:
    return BinaryReader(bytes(message)).tgread_object()


def entry(**fields: Any) -> PostOrAbsence:
    given = {"id": 42, "peer_id": HERE, "date": POSTED, "message": "", **fields}
    return convert(received(types.Message(**given)), WIRE_NEWS, "main", SEEN)


def post(**fields: Any) -> RawPost:
    found = entry(**fields)
    assert isinstance(found, RawPost)
    return found


def test_a_post_names_its_channel_times_and_source() -> None:
    found = post(message="Breaking", edit_date=LATER, grouped_id=99)

    assert found.channel == WIRE_NEWS
    assert (found.message_id, found.text, found.album_id) == (42, "Breaking", 99)
    assert (found.posted_at, found.edited_at, found.collected_at) == (POSTED, LATER, SEEN)
    assert (found.source.kind, found.source.name, found.lane) == ("telethon", "main", "live")


def test_a_reaction_is_no_edit() -> None:
    assert post(edit_date=LATER, edit_hide=True).edited_at is None


def test_no_date_is_an_unknown_date() -> None:
    assert post(date=UNIX_EPOCH).posted_at is None


def test_what_is_no_post_has_a_reason() -> None:
    pinned = types.MessageService(5, HERE, date=POSTED, action=types.MessageActionPinMessage())
    empty = types.MessageEmpty(6, HERE)

    assert convert(received(pinned), WIRE_NEWS, "main", SEEN) == AbsentMessage(5, AbsenceReason.SERVICE)
    assert convert(received(empty), WIRE_NEWS, "main", SEEN) == AbsentMessage(6, AbsenceReason.NOT_RETURNED)


def test_a_field_of_an_unknown_type_makes_the_message_unreadable() -> None:
    assert entry(reactions=types.PeerUser(1)) == AbsentMessage(42, AbsenceReason.UNREADABLE)
    assert entry(id=-1) == AbsentMessage(-1, AbsenceReason.UNREADABLE)


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        (types.MessageEntityBold(0, 4), EntityKind.BOLD),
        (types.MessageEntityItalic(0, 4), EntityKind.ITALIC),
        (types.MessageEntityUnderline(0, 4), EntityKind.UNDERLINE),
        (types.MessageEntityStrike(0, 4), EntityKind.STRIKE),
        (types.MessageEntitySpoiler(0, 4), EntityKind.SPOILER),
        (types.MessageEntityCode(0, 4), EntityKind.CODE),
        (types.MessageEntityPre(0, 4, "python"), EntityKind.PRE),
        (types.MessageEntityBlockquote(0, 4), EntityKind.BLOCKQUOTE),
        (types.MessageEntityUrl(0, 4), EntityKind.URL),
        (types.MessageEntityEmail(0, 4), EntityKind.EMAIL),
        (types.MessageEntityPhone(0, 4), EntityKind.PHONE),
        (types.MessageEntityMention(0, 4), EntityKind.MENTION),
        (types.MessageEntityMentionName(0, 4, 777), EntityKind.TEXT_MENTION),
        (types.MessageEntityHashtag(0, 4), EntityKind.HASHTAG),
        (types.MessageEntityCashtag(0, 4), EntityKind.CASHTAG),
        (types.MessageEntityBotCommand(0, 4), EntityKind.BOT_COMMAND),
        (types.MessageEntityBankCard(0, 4), EntityKind.BANK_CARD),
        (types.MessageEntityCustomEmoji(0, 4, 1), EntityKind.CUSTOM_EMOJI),
        (types.MessageEntityFormattedDate(0, 4, POSTED), EntityKind.UNKNOWN),
        (types.MessageEntityDiffReplace(0, 4, "old"), EntityKind.UNKNOWN),
        (types.MessageEntityUnknown(0, 4), EntityKind.UNKNOWN),
    ],
    ids=lambda value: value.value if isinstance(value, EntityKind) else "",
)
def test_kinds_of_entity(entity: Any, kind: EntityKind) -> None:
    (found,) = post(message="text", entities=[entity]).entities

    assert (found.kind, found.start, found.end, found.url) == (kind, 0, 4, None)


def test_every_kind_of_entity_of_the_layer_is_known() -> None:
    from ingest.telegram.messages.entity_kinds import ENTITY_KINDS

    named = {value for name, value in vars(types).items() if name.startswith("MessageEntity")}
    assert named <= set(ENTITY_KINDS)


def test_a_text_link_keeps_its_target() -> None:
    (found,) = post(message="link", entities=[types.MessageEntityTextUrl(0, 4, "https://example.org")]).entities

    assert (found.kind, found.url) == (EntityKind.TEXT_LINK, "https://example.org")


def test_offsets_count_code_points() -> None:
    #       units: 0-1 flag half, 2-3 flag half, 4 space, 5-8 word
    found = post(message="🇫🇷 word 😀", entities=[types.MessageEntityBold(5, 4), types.MessageEntityItalic(10, 2)])

    assert [found.text[entity.start : entity.end] for entity in found.entities] == ["word", "😀"]


@pytest.mark.parametrize(
    ("offset", "length", "covered"),
    [(1, 1, "😀"), (0, 1, "😀"), (1, 2, "😀a"), (3, 99, "b"), (-5, 7, "😀"), (0, 0, None), (4, 5, None), (2, -1, None)],
)
def test_what_does_not_fit_the_text_is_clipped_or_left_out(offset: int, length: int, covered: str | None) -> None:
    found = post(message="😀ab", entities=[types.MessageEntityBold(offset, length)])

    assert [found.text[entity.start : entity.end] for entity in found.entities] == ([covered] if covered else [])


def test_entities_may_overlap() -> None:
    found = post(message="abcdef", entities=[types.MessageEntityBold(0, 4), types.MessageEntityItalic(2, 4)])

    assert [(entity.start, entity.end) for entity in found.entities] == [(0, 4), (2, 6)]


def test_half_a_surrogate_pair_is_replaced_and_moves_nothing() -> None:
    halved = types.Message(1, HERE, date=POSTED, message="a\ud83dbc 😀", entities=[types.MessageEntityBold(2, 2)])
    found = convert(halved, WIRE_NEWS, "main", SEEN)  # no wire form: it cannot be encoded

    assert isinstance(found, RawPost)
    assert found.text == "a\ufffdbc 😀"
    assert [found.text[entity.start : entity.end] for entity in found.entities] == ["bc"]


def test_a_reply() -> None:
    assert post(reply_to=types.MessageReplyHeader(reply_to_msg_id=40)).reply_to == Reply(message_id=40)


@pytest.mark.parametrize(
    ("peer", "reply"),
    [
        (types.PeerChannel(99), Reply(message_id=40, channel_id=99)),
        (HERE, Reply(message_id=40)),
        (types.PeerUser(5), None),
    ],
)
def test_a_reply_to_another_chat(peer: Any, reply: Reply | None) -> None:
    header = types.MessageReplyHeader(reply_to_msg_id=40, reply_to_peer_id=peer)

    assert post(reply_to=header).reply_to == reply


def test_a_message_in_a_topic_is_a_reply_only_when_it_answers_one_there() -> None:
    in_topic = types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=10)
    answer = types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=40, reply_to_top_id=10)

    assert post(reply_to=in_topic).reply_to is None
    assert post(reply_to=answer).reply_to == Reply(message_id=40)


def test_a_story_is_not_a_post_that_is_answered() -> None:
    assert post(reply_to=types.MessageReplyStoryHeader(HERE, 3)).reply_to is None


def forwarded(header: Any, *entities: Any) -> ForwardOrigin | None:
    """The origin, where Telethon knows these entities, as after every answer of the server."""
    from telethon.utils import get_peer_id

    message = received(types.Message(42, HERE, date=POSTED, message="", fwd_from=header))
    client = SimpleNamespace(_mb_entity_cache={}, _self_id=1)
    message._finish_init(client, {get_peer_id(entity): entity for entity in entities}, None)
    found = convert(message, WIRE_NEWS, "main", SEEN)
    assert isinstance(found, RawPost)
    return found.forward


def test_a_forward_from_a_channel() -> None:
    header = types.MessageFwdHeader(LATER, from_id=types.PeerChannel(77), channel_post=5, post_author="Ann Example")
    channel = types.Channel(77, "Origin", types.ChatPhotoEmpty(), POSTED, username="origin")

    assert forwarded(header, channel) == ForwardOrigin(
        channel_id=77, channel_username="origin", message_id=5, name="Origin", posted_at=LATER
    )
    assert forwarded(header) == ForwardOrigin(channel_id=77, message_id=5, posted_at=LATER)


def test_a_channel_may_have_several_usernames() -> None:
    header = types.MessageFwdHeader(LATER, from_id=types.PeerChannel(77), channel_post=5)
    names = [types.Username("sold"), types.Username("bought", active=True)]
    found = forwarded(header, types.Channel(77, "Origin", types.ChatPhotoEmpty(), POSTED, usernames=names))

    assert found is not None
    assert found.channel_username == "bought"


def test_of_a_person_a_forward_keeps_the_shown_name_alone() -> None:
    by_id = types.MessageFwdHeader(
        LATER, from_id=types.PeerUser(5), saved_from_peer=types.PeerChannel(6), saved_from_msg_id=9
    )
    person = types.User(5, first_name="Ann", last_name="Example", username="ann", phone="10000000")

    assert forwarded(by_id, person) == ForwardOrigin(name="Ann Example", posted_at=LATER)
    assert forwarded(types.MessageFwdHeader(LATER, from_name="Ann")) == ForwardOrigin(name="Ann", posted_at=LATER)


def test_a_forward_that_names_nobody_falls_back_on_where_it_came_from_last() -> None:
    header = types.MessageFwdHeader(LATER, saved_from_peer=types.PeerChannel(77), saved_from_msg_id=5)

    assert forwarded(header) == ForwardOrigin(channel_id=77, message_id=5, posted_at=LATER)


def test_counters() -> None:
    reactions = types.MessageReactions(
        [
            types.ReactionCount(types.ReactionEmoji("👍"), 12),
            types.ReactionCount(types.ReactionCustomEmoji(555), 3),
            types.ReactionCount(types.ReactionPaid(), 2),
            types.ReactionCount(types.ReactionEmpty(), 1),
        ]
    )
    found = post(views=100, forwards=5, replies=types.MessageReplies(7, 0), reactions=reactions).counters

    assert found is not None
    assert (found.observed_at, found.views, found.forwards, found.replies) == (SEEN, 100, 5, 7)
    assert found.reactions == {"👍": 12, "custom:555": 3, "paid": 2}


def test_a_missing_count_is_unknown() -> None:
    found = post().counters

    assert found is not None
    assert (found.views, found.forwards, found.replies, found.reactions) == (None, None, None, None)
