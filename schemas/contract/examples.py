"""One whole example of each record, all of the same invented post, as it passes through the pipeline."""

from datetime import UTC, datetime

from schemas.base import Record, Span
from schemas.channel_state import BackfillProgress, ChannelCondition, ChannelGap, ChannelState, NewestPost
from schemas.citations import Citation, CitationKind, CitationRecord, CitedOutlet
from schemas.events import CounterUpdate, DeadLetter, DuplicateRecord, RejectReason, Tombstone
from schemas.flat import FlatCitation, FlatDuplicate, FlatPost, FlatQuote
from schemas.keys import citation_key, post_key, quote_key
from schemas.normalized import (
    Block,
    BlockKind,
    DuplicateKind,
    DuplicateLink,
    Language,
    NormalizedPost,
    Provenance,
)
from schemas.quotes import MediaQuote, Outlet, QuoteKind, QuoteList, QuoteRecord
from schemas.raw import Channel, Counters, EntityKind, Lane, Media, MediaKind, PostSource, RawPost, TextEntity

_HEADLINE = "Harbour reopens after the storm"
_LEAD_IN = "Foreign press on the harbour:"
_ITEM = 'The Financial Times notes that trade "will need weeks" to recover.'
_STATEMENT = "The harbour master expects the first ferry on Sunday, Reuters reports, citing the port authority."
_TEXT = f"{_HEADLINE}\n\n{_LEAD_IN}\n\n🔹 {_ITEM}\n\n{_STATEMENT}"


def _span(piece: str) -> Span:
    start = _TEXT.index(piece)
    return Span(text=piece, start=start, end=start + len(piece))


def _block(piece: str, kind: BlockKind, marker: str | None = None) -> Block:
    return Block.model_validate(_span(piece).model_dump() | {"kind": kind, "marker": marker})


_POSTED_AT = datetime(2025, 3, 14, 9, 26, 53, tzinfo=UTC)
_ORIGINAL_POSTED_AT = datetime(2025, 3, 14, 9, 20, 11, tzinfo=UTC)
_SEEN_AT = datetime(2025, 3, 14, 9, 26, 55, 120_000, tzinfo=UTC)
_LAST_SEEN_AT = datetime(2025, 3, 14, 10, 26, 53, tzinfo=UTC)
_DELETED_AT = datetime(2025, 3, 14, 11, 0, tzinfo=UTC)
_CHANNEL = Channel(id=1234567890, username="wirenews", title="Wire News")
_KEY = post_key(_CHANNEL.id, 42)
_REVISION = "9f86d081884c7d65"
_SOURCE = PostSource(kind="telethon", name="collector-1", position=None)
_ENTITIES = (TextEntity(kind=EntityKind.BOLD, start=0, end=len(_HEADLINE)),)
_MEDIA = (Media(kind=MediaKind.PHOTO, id="5368324170671202286", width_px=1280, height_px=720),)
_COUNTERS = Counters(observed_at=_SEEN_AT, is_exact=True, views=12300, forwards=45, replies=6, reactions={"👍": 12})
_RANK = (1741944415120000, 1)
_PROVENANCE = Provenance(source=_SOURCE, lane=Lane.LIVE, collected_at=_SEEN_AT, rank=_RANK, pipeline_version="1")
_LINK = DuplicateLink(of="tg:1234567890:41", kind=DuplicateKind.EXACT, similarity=1.0)

_QUOTE = MediaQuote(
    **_span(_ITEM).model_dump(),
    key=quote_key(_KEY, 0),
    position=0,
    marker="🔹",
    outlets=(Outlet(id="financial-times", name="Financial Times", country="GB", is_known=True),),
    outlet_text=(_span("Financial Times"),),
    cue=_span("notes that"),
    kind=QuoteKind.MIXED,
    quotes=("will need weeks",),
    quote_offsets=((_span("will need weeks").start, _span("will need weeks").end),),
)
_CITATION = Citation(
    **_span(_STATEMENT).model_dump(),
    key=citation_key(_KEY, 0),
    position=0,
    outlets=(CitedOutlet(id="reuters", name="Reuters", country="GB", is_known=True, text="Reuters"),),
    outlet_text=(_span("Reuters"),),
    cue=_span("reports"),
    kind=CitationKind.REPORT,
    cited=(_span("the port authority"),),
    confidence=0.97,
)
_POST = NormalizedPost(
    key=_KEY,
    revision=_REVISION,
    channel=_CHANNEL,
    message_id=42,
    posted_at=_POSTED_AT,
    text=_TEXT,
    entities=_ENTITIES,
    blocks=(
        _block(_HEADLINE, BlockKind.HEADLINE),
        _block(_LEAD_IN, BlockKind.PARAGRAPH),
        _block(_ITEM, BlockKind.BULLET, "🔹"),
        _block(_STATEMENT, BlockKind.PARAGRAPH),
    ),
    language=Language(code="en", confidence=0.98),
    quote_lists=(QuoteList(lead_in=_span(_LEAD_IN), items=(_QUOTE,)),),
    citations=(_CITATION,),
    media=_MEDIA,
    counters=_COUNTERS,
    provenance=_PROVENANCE,
)

EXAMPLES: tuple[Record, ...] = (
    RawPost(
        channel=_CHANNEL,
        message_id=42,
        posted_at=_POSTED_AT,
        collected_at=_SEEN_AT,
        text=_TEXT,
        entities=_ENTITIES,
        media=_MEDIA,
        counters=_COUNTERS,
        source=_SOURCE,
        lane=Lane.LIVE,
    ),
    _POST.model_copy(update={"duplicate": _LINK}),
    Tombstone(
        key=_KEY,
        channel=_CHANNEL,
        message_id=42,
        last_seen_at=_LAST_SEEN_AT,
        provenance=_PROVENANCE.model_copy(update={"collected_at": _DELETED_AT, "rank": (1741950000000000, 1)}),
    ),
    QuoteRecord(
        post_key=_KEY,
        revision=_REVISION,
        channel=_CHANNEL,
        posted_at=_POSTED_AT,
        language="en",
        lead_in=_span(_LEAD_IN),
        quote=_QUOTE,
    ),
    CitationRecord(
        post_key=_KEY,
        revision=_REVISION,
        channel=_CHANNEL,
        posted_at=_POSTED_AT,
        language="en",
        citation=_CITATION,
    ),
    DuplicateRecord(
        key=_KEY,
        revision=_REVISION,
        rank=_RANK,
        duplicate=_LINK,
        posted_at=_POSTED_AT,
        original_posted_at=_ORIGINAL_POSTED_AT,
    ),
    CounterUpdate(key=_KEY, counters=_COUNTERS),
    ChannelState(
        channel=_CHANNEL,
        condition=ChannelCondition.LIVE,
        since=datetime(2025, 3, 14, 6, 0, 2, tzinfo=UTC),
        last_post=NewestPost(message_id=42, posted_at=_POSTED_AT),
        usual_interval_s=1260.0,
        gap=ChannelGap(first=43, last=45, size=3, since=_LAST_SEEN_AT),
        backfill=BackfillProgress(reached=12, up_to=30, skipped=4, is_complete=False),
        observed_at=_DELETED_AT,
    ),
    FlatPost(
        key=_KEY,
        revision=_REVISION,
        channel_id=_CHANNEL.id,
        channel_username="wirenews",
        channel_title="Wire News",
        message_id=42,
        posted_at=_POSTED_AT,
        edited_at=None,
        collected_at=_SEEN_AT,
        headline=_HEADLINE,
        text=_TEXT,
        text_length=len(_TEXT),
        language_code="en",
        language_confidence=0.98,
        script=None,
        quote_count=1,
        citation_count=1,
        media_count=1,
        is_forward=False,
        album_id=None,
        view_count=12300,
        forward_count=45,
        reply_count=6,
        has_exact_counts=True,
        hashtags="[]",
        links="[]",
        media='[{"kind":"photo","id":"5368324170671202286"}]',
        lane="live",
        source_kind="telethon",
        source_name="collector-1",
        rank_us=_RANK[0],
        rank_class=_RANK[1],
        pipeline_version="1",
    ),
    FlatQuote(
        key=quote_key(_KEY, 0),
        post_key=_KEY,
        ordinal=0,
        outlet_id="financial-times",
        outlet_name="Financial Times",
        kind="mixed",
        cue="notes that",
        text=_ITEM,
        outlets='[{"id":"financial-times","name":"Financial Times","country":"GB","is_known":true}]',
        posted_at=_POSTED_AT,
        channel_id=_CHANNEL.id,
    ),
    FlatCitation(
        key=citation_key(_KEY, 0),
        post_key=_KEY,
        ordinal=0,
        outlet_id="reuters",
        outlet_name="Reuters",
        kind="report",
        cue="reports",
        text=_STATEMENT,
        outlets='[{"id":"reuters","name":"Reuters","country":"GB","is_known":true,"text":"Reuters"}]',
        posted_at=_POSTED_AT,
        channel_id=_CHANNEL.id,
    ),
    FlatDuplicate(
        key=_KEY, duplicate_of="tg:1234567890:41", duplicate_kind="exact", similarity=1.0, revision=_REVISION
    ),
    DeadLetter(
        stage="analyze",
        topic="posts.raw.live",
        partition=3,
        offset=71828,
        reason=RejectReason.INVALID_FIELD,
        field="channel.id",
        message="expected a number greater than 0",
        pipeline_version="1",
        failed_at=_SEEN_AT,
    ),
)
"""One for each record of the contract."""
