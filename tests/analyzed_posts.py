"""Posts as the analysis writes them, for tests of what comes after it."""

from datetime import datetime

from processors.core.fingerprint import fingerprint
from schemas import (
    AnalyzedPost,
    Channel,
    Fingerprint,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    Provenance,
    Source,
)
from schemas.keys import post_key


def analyzed_post(
    channel: int,
    message: int,
    text: str,
    *,
    posted_at: datetime | None = None,
    edited_at: datetime | None = None,
    collected_at: datetime | None = None,
    revision: str | None = None,
    name: str | None = None,
    language: str = "en",
    forward: ForwardOrigin | None = None,
    found: Fingerprint | None = None,
) -> AnalyzedPost:
    """A post of a text that is clean already; its revision is the text, its fingerprint the text's, unless given."""
    post = NormalizedPost(
        key=post_key(channel, message),
        revision=text if revision is None else revision,
        channel=Channel(id=channel, username=name),
        message_id=message,
        posted_at=posted_at,
        edited_at=edited_at,
        text=text,
        language=Language(code=language),
        forward=forward,
        provenance=Provenance(
            source=Source(kind="test"), lane=Lane.BACKFILL, collected_at=collected_at, pipeline_version="1"
        ),
    )
    return AnalyzedPost(post=post, fingerprint=fingerprint(text) if found is None else found)
