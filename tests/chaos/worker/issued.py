"""What is handed to the publisher, with what is known of it."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from schemas import RawPost, post_key
from tests.chaos.worker.quote_lists import QuoteList
from tests.chaos.worker.statements import Statement
from tests.chaos.worker.stories import Story


class Kind(StrEnum):
    """What is special about a state of a post."""

    NEW = "new"
    COPY = "copies"
    FORWARD = "forwarded"
    EDIT = "edits"
    HIDDEN_EDIT = "hidden edits"
    TRANSLATION = "edits into another language"
    TOUCH = "reactions"
    PART_LOST = "albums that lost a part"
    DELETION = "deletions"
    UNDATED_DELETION = "undated deletions"
    RETURN = "returns"
    OLD = "old states"
    EQUAL = "equal moments"


@dataclass(frozen=True, slots=True)
class Issued:
    """A state of a post, or its deletion, as it was handed to the publisher."""

    number: int
    """From 0, in the order of issue; the position in the post's source, so that every record names it."""
    post: RawPost
    story: str
    """Posts with equal stories have the same content. Empty for a post without a text, and for a deletion."""
    language: str
    """Code that the pipeline's detector gives."""
    quotes: QuoteList | None = None
    """What the story is made of, when it is a media-quote list."""
    statement: Statement | None = None
    """What the story closes with, when it cites an outlet."""
    kind: Kind = Kind.NEW

    @property
    def origin(self) -> str | None:
        """Key of what it forwards; None when it forwards nothing, or the origin has no id."""
        forward = self.post.forward
        if forward is None or forward.channel_id is None or forward.message_id is None:
            return None
        return post_key(forward.channel_id, forward.message_id)

    @property
    def key(self) -> str:
        """The post's key; all its states share it."""
        return post_key(self.post.channel.id, self.post.message_id)

    @property
    def said(self) -> Story:
        """Its content."""
        return Story(self.story, self.language, self.quotes, self.statement)


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that can never become a record."""

    number: int
    key: bytes | None
    value: bytes | None


def poison(number: int, random: Random) -> Poison:
    """One of the ways in which a message can be bad, recognised by its number."""
    mark = b'"chaos": %d' % number
    value = random.choice(
        (
            b"{%b, broken" % mark,
            b"\xff\xfe {%b}" % mark,
            b'{%b, "schema_version": 99, "type": "raw_post"}' % mark,
            b'{%b, "type": "raw_post", "channel": {"id": -5}, "message_id": 1}' % mark,
            b"[%d]" % number,
        )
    )
    return Poison(number, random.choice((None, b"poison-%d" % number, b"\x00\xff")), value)
