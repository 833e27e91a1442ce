"""Posts of an invented day, as a desk sees them: a list of quotes, copies, edits, a deletion, several scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas import (
    Channel,
    Counters,
    ForwardOrigin,
    Lane,
    Media,
    MediaKind,
    PostSource,
    RawPost,
    Reply,
)
from schemas.channel_state import BackfillProgress, ChannelCondition, ChannelGap, ChannelState, NewestPost

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
SOURCE = PostSource(kind="telethon", name="desk")
HARBOUR = Channel(id=1_500_000_001, username="harbour_wire", title="Harbour Wire ⚓ news from the strait")
REVIEW = Channel(id=1_500_000_002, username="press_window", title="Press Window")
PASSAGE = Channel(id=1_500_000_003, username="proliv_live", title="Пролив: сводки, паромы и всё, что движется по воде")
TIDE = Channel(id=1_500_000_004, username="tide_table", title="Tide Table")
COAST = Channel(id=1_500_000_005, username="almina_alan", title="الميناء الآن")
ISLAND = Channel(id=1_500_000_006, username="haixia_bao", title="海峡早报")
PRIVATE = Channel(id=1_500_000_007, title="Fährleute (intern)")
EVIL = Channel(id=1_500_000_008, username="evil_name", title='</h3><script>alert(1)</script>"\u202egnp.exe')
CHANNELS = (HARBOUR, REVIEW, PASSAGE, TIDE, COAST, ISLAND, PRIVATE, EVIL)

FERRY = (
    "Ferry runs aground off Marrow Point, 212 passengers taken ashore.\n"
    "The Saint Osyth left Kestrel Quay at 09:10 and touched the sandbank in thick fog twenty minutes later. "
    "Lifeboats from three harbours brought everybody to Marrow; 14 people were treated for cold. "
    "The channel is closed to ships over 60 metres until the evening tide."
)
FERRY_CORRECTED = FERRY.replace("212 passengers", "218 passengers").replace("14 people", "17 people")
PARTIAL = (
    "Ferry aground in the strait, 209 passengers safe. Divers look for damage below the waterline, and the owner "
    "promises a report within a week. The school trip on board goes home by bus."
)
QUOTES = (
    "What the foreign press writes about the ferry:\n\n"
    "🔹 Financial Times: “The sandbank had moved forty metres since the last survey”.\n"
    "🔹 The Guardian reports that the owner had asked for a new buoy in March.\n"
    "🔹 According to Le Monde, insurers expect the ship back in service “before the winter is over”.\n"
    "🔹 Der Spiegel: „Niemand hat die Karte erneuert“\n\n"
    "More at https://example.org/ferry?a=1&b=2"
)
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)> & \"quoted\" {{ 7*7 }} "
    "\u202etxet desrever\u202c javascript:alert(1)\n[link](javascript:alert(1)) <b>bold</b>"
)


@dataclass(slots=True)
class _Numbers:
    last: int = 100

    def next(self) -> int:
        self.last += 1
        return self.last


def _post(channel: Channel, number: int, minutes: float, text: str, **more: object) -> RawPost:
    moment = NOW - timedelta(minutes=minutes)
    more.setdefault("collected_at", moment + timedelta(seconds=2))
    collected = more["collected_at"]
    assert isinstance(collected, datetime)
    return RawPost.model_validate(
        {
            "channel": channel,
            "message_id": number,
            "posted_at": moment,
            "text": text,
            "source": SOURCE,
            "lane": Lane.LIVE,
            "order": round(collected.timestamp() * 1_000_000),
            **more,
        }
    )


def _views(minutes: float, views: int, **more: object) -> Counters:
    return Counters.model_validate(
        {"observed_at": NOW - timedelta(minutes=minutes), "views": views, "forwards": views // 80, **more}
    )


def posts() -> Iterator[RawPost]:
    """The day, in the order of arrival."""
    numbers = _Numbers()
    first = numbers.next()
    yield _post(TIDE, numbers.next(), 1600, "High water at Kestrel Quay 04:12 and 16:40, at Marrow 04:31 and 16:58.")
    yield _post(
        HARBOUR,
        first,
        190,
        FERRY,
        counters=_views(188, 410),
        media=(Media(kind=MediaKind.PHOTO, id="1"), Media(kind=MediaKind.PHOTO, id="2")),
    )
    yield _post(TIDE, numbers.next(), 186, FERRY + "\nFollow us: @tide_table", counters=_views(180, 95))
    yield _post(PRIVATE, numbers.next(), 181, FERRY)
    yield _post(
        PASSAGE,
        numbers.next(),
        178,
        "Паром сел на мель у мыса Марроу, пассажиры на берегу. " * 2
        + "Движение крупных судов закрыто до вечернего прилива.",
        counters=_views(170, 8_100),
        media=(Media(kind=MediaKind.VIDEO, id="3", duration_s=42.0),),
    )
    yield _post(
        COAST,
        numbers.next(),
        170,
        "جنوح عبّارة قرب رأس مارو ونقل جميع الركاب إلى الشاطئ. تم إغلاق الممر أمام السفن الكبيرة حتى المساء.",
        counters=_views(160, 31_700),
    )
    yield _post(
        ISLAND,
        numbers.next(),
        165,
        "渡轮在马罗角附近搁浅，所有乘客已安全上岸。航道在晚潮之前禁止大型船只通行，救援人员仍在现场检查船体。",
    )
    yield _post(
        PASSAGE,
        numbers.next(),
        150,
        FERRY,
        forward=ForwardOrigin(
            channel_id=HARBOUR.id,
            channel_username=HARBOUR.username,
            message_id=first,
            name=HARBOUR.title,
            posted_at=NOW - timedelta(minutes=190),
        ),
    )
    yield _post(
        HARBOUR,
        first,
        190,
        FERRY_CORRECTED,
        collected_at=NOW - timedelta(minutes=140),
        edited_at=NOW - timedelta(minutes=141),
        counters=_views(140, 9_200),
    )
    yield _post(
        HARBOUR,
        first,
        190,
        FERRY_CORRECTED.replace("twenty minutes", "25 minutes"),
        collected_at=NOW - timedelta(minutes=100),
        edited_at=NOW - timedelta(minutes=101),
        counters=_views(100, 12_300, replies=38, reactions={"👍": 402, "😢": 97}),
    )
    yield _post(ISLAND, numbers.next(), 95, PARTIAL, counters=_views(90, 640))
    review = numbers.next()
    yield _post(REVIEW, review, 80, QUOTES, counters=_views(60, 19_200))
    yield _post(TIDE, numbers.next(), 64, QUOTES)
    yield _post(
        PASSAGE, numbers.next(), 50, "", media=tuple(Media(kind=MediaKind.PHOTO, id=f"p{at}") for at in range(4))
    )
    rumour = numbers.next()
    yield _post(
        PASSAGE,
        rumour,
        40,
        "Говорят, паром снимут с мели уже сегодня 🤔 Пока это слухи, ждём подтверждения.",
        counters=_views(38, 1_100),
    )
    yield _post(
        PASSAGE,
        rumour,
        40,
        "",
        is_deleted=True,
        collected_at=NOW - timedelta(minutes=21),
        last_seen_at=NOW - timedelta(minutes=23),
    )
    yield _post(
        EVIL,
        numbers.next(),
        30,
        HOSTILE,
        media=(Media(kind=MediaKind.DOCUMENT, id="x", file_name="../../<b>\u202e.pdf"),),
    )
    yield _post(
        REVIEW,
        numbers.next(),
        20,
        "Long read. " + "The survey of the strait is late again, and the harbour "
        "masters have written about it for three years without an answer. " * 14,
    )
    yield _post(
        HARBOUR,
        numbers.next(),
        8,
        "Was the fog signal on when you passed Marrow Point?",
        reply_to=Reply(message_id=first),
    )
    yield _post(
        TIDE,
        numbers.next(),
        3,
        "Freight: Kestrel to Marrow 20 ft 410 (+18 %), 40 ft 690. Next fixing 16:00.",
        forward=ForwardOrigin(channel_id=1_400_000_000, name="Freight Desk"),
        counters=_views(1, 95),
    )


def late_post(number: int, text: str = "Tugs are on their way to Marrow Point.", minutes: float = 0) -> RawPost:
    """A post that comes while pages are open."""
    return _post(HARBOUR, 5_000 + number, minutes - number / 60, f"{text} No. {number}.")


def states() -> Iterator[ChannelState]:
    """How the channels are."""
    for channel in CHANNELS[:6]:
        yield _state(channel)
    yield _state(PRIVATE, condition=ChannelCondition.BANNED, reason="the account may not read it", last_post=None)
    yield _state(EVIL, gap=ChannelGap(first=42, last=75, size=34, since=NOW - timedelta(minutes=30)))


def _state(channel: Channel, **more: object) -> ChannelState:
    backfill = BackfillProgress(reached=40, up_to=100, is_complete=False) if channel is ISLAND else None
    values: dict[str, object] = {
        "channel": channel,
        "condition": ChannelCondition.LIVE,
        "since": NOW - timedelta(days=2),
        "last_post": NewestPost(message_id=200, posted_at=NOW - timedelta(minutes=20)),
        "usual_interval_s": 2400.0,
        "backfill": backfill,
        "observed_at": NOW,
        **more,
    }
    return ChannelState.model_validate(values)
