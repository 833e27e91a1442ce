"""Internal records between the stages. Not a contract with consumers, but versioned all the same."""

from typing import ClassVar, Literal, Self

from pydantic import Field, ValidationError

from schemas.base import Record, UtcDatetime
from schemas.bounds import PostKey
from schemas.events import Tombstone
from schemas.normalized import NormalizedPost


class Fingerprint(Record):
    """What duplicate detection compares."""

    exact: str | None = Field(description="Hash of the folded text; null when no word is left to compare.")
    sketch: str | None = Field(
        default=None,
        min_length=392,
        max_length=392,
        pattern=r"^[A-Za-z0-9+/]{392}$",
        description="Base64 of 294 bytes: MinHash signature, numbers, first words and length of the text, by which "
        "near-duplicates are found; null when there are none to look for.",
    )


class AnalyzedPost(Record):
    """A post before duplicate detection: value of ``posts.analyzed``, keyed by language."""

    type: Literal["analyzed"] = Field(default="analyzed", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    post: NormalizedPost = Field(description="The post; its duplicate field is still null.")
    fingerprint: Fingerprint = Field(description="What duplicate detection compares.")


class PostHead(NormalizedPost):
    """What duplicate detection reads of a post. Text, layout, media and counts are not here: they stay in the bytes
    that the post came in, and go on with them.
    """

    text: str = Field(default="", description="Not read.")
    whole: ClassVar[bytes] = b""
    """JSON of the whole post, its duplicate null; each instance has its own."""

    def stand_for(self, whole: bytes) -> None:
        """Take the JSON of the whole post along."""
        vars(self)["whole"] = whole  # no private attribute of pydantic: each validation of one takes 2 us

    def to_json(self) -> bytes:
        """The whole post with this duplicate."""
        if self.duplicate is None:
            return self.whole
        # No text can hold this: quotation marks are escaped in it.
        return self.whole.replace(_NO_DUPLICATE, b',"duplicate":%b,' % self.duplicate.to_json(), 1)


class AnalyzedHead(AnalyzedPost):
    """An analyzed post of which only the head is read: decoding and dumping all of it takes twice the time."""

    post: PostHead = Field(description="The head of the post.")

    @classmethod
    def read(cls, value: bytes) -> Self | None:
        """The head of an ``AnalyzedPost`` that ``to_json`` wrote; None when the bytes are of another form, or not
        valid. The rest of the post is not looked at.
        """
        text = value.find(b',"text":"')
        language = value.rfind(b',"language":{"code":')
        reply = value.find(b',"reply_to":', language)
        provenance = value.rfind(b',"provenance":{')
        end = value.rfind(b',"fingerprint":{')
        if not (value.startswith(_OPENING) and 0 < text < language < reply < provenance < end):
            return None
        try:
            head = cls.model_validate_json(value[:text] + value[language:reply] + value[provenance:])
        except ValidationError:
            return None
        if head.post.duplicate is not None:
            return None
        head.post.stand_for(value[len(_OPENING) : end])
        return head


_OPENING = b'{"type":"analyzed","schema_version":1,"post":'
_NO_DUPLICATE = b',"duplicate":null,'


class ChannelName(Record):
    """A channel's public name: travels on ``posts.analyzed`` to all partitions, and is kept in ``posts.fingerprints``,
    since a forward may name its origin by it alone.
    """

    type: Literal["channel_name"] = Field(default="channel_name", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    username: str = Field(description="Public name in lower case, without @.", examples=["wirenews"])
    channel_id: int = Field(gt=0, description="Bare id of the channel.", examples=[1234567890])
    seen_at: UtcDatetime | None = Field(default=None, description="When the channel was seen with it (UTC).")

    @property
    def key(self) -> str:
        """Key of the record, e.g. ``@wirenews:1234567890``."""
        return f"@{self.username}:{self.channel_id}"


class NamedOrigin(Record):
    """The origin of a forward, where its channel's id is not given."""

    username: str = Field(description="Public name of the channel, in lower case, without @.", examples=["wirenews"])
    message_id: int = Field(gt=0, description="Message id at the origin.", examples=[41])
    seen_at: UtcDatetime | None = Field(default=None, description="When the forward was seen (UTC).")


class FingerprintRecord(Record):
    """State of duplicate detection: value of ``posts.fingerprints``, which is read on an assignment."""

    type: Literal["fingerprint"] = Field(default="fingerprint", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: PostKey = Field(description="Key of the post.")
    revision: str = Field(description="Its revision.")
    language: str = Field(description="Its language; posts are compared within one.", examples=["en"])
    posted_at: UtcDatetime | None = Field(default=None, description="When it was posted (UTC).")
    edited_at: UtcDatetime | None = Field(default=None, description="When it was last edited (UTC).")
    fingerprint: Fingerprint = Field(description="What it is compared by.")
    origin: PostKey | None = Field(default=None, description="Key of the post that it forwards.", examples=["tg:1:41"])
    named_origin: NamedOrigin | None = Field(default=None, description="That post, by its channel's name.")


AnalyzedValue = AnalyzedPost | Tombstone | ChannelName
"""A deletion has no language: it goes to every partition, behind the post wherever that went; so does a channel's name,
before the posts that show it."""

StateValue = FingerprintRecord | ChannelName
"""What the state log holds."""
