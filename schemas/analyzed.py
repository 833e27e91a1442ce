"""Internal records between the stages. Not a contract with consumers, but versioned all the same."""

from typing import Literal

from pydantic import Field

from schemas.base import Record, UtcDatetime
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


class FingerprintRecord(Record):
    """State of duplicate detection: value of ``posts.fingerprints``, which is read on an assignment."""

    type: Literal["fingerprint"] = Field(default="fingerprint", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: str = Field(description="Key of the post.")
    revision: str = Field(description="Its revision.")
    language: str = Field(description="Its language; posts are compared within one.", examples=["en"])
    posted_at: UtcDatetime | None = Field(default=None, description="When it was posted (UTC).")
    edited_at: UtcDatetime | None = Field(default=None, description="When it was last edited (UTC).")
    fingerprint: Fingerprint = Field(description="What it is compared by.")
    origin: str | None = Field(default=None, description="Key of the post that it forwards.", examples=["tg:1:41"])


AnalyzedValue = AnalyzedPost | Tombstone
"""A deletion has no language: it goes to every partition, behind the post wherever that went."""
