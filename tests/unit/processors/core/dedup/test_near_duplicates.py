"""What counts as a duplicate, by posts as channels write them."""

from datetime import UTC, datetime, timedelta

import pytest
import xxhash

from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import fingerprint
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.outcomes import DedupOutcome, Folded
from processors.core.text.clean import clean
from schemas import (
    Channel,
    DuplicateKind,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    PostFingerprint,
    PostSource,
    Provenance,
)
from tests.support.fingerprints import fold

START = datetime(2024, 3, 1, tzinfo=UTC)
PROVENANCE = Provenance(source=PostSource(kind="test"), lane=Lane.BACKFILL, pipeline_version="1")
STORY = (
    "The port of Lindhaven reopens after the storm\n\n"
    "The first two ferries left at dawn. The harbour master said that the northern pier stays closed until Thursday, "
    "and that 14 cargo ships are waiting outside the breakwater. Passengers with tickets for the weekend can travel on "
    "any later day or ask for their money at the counter."
)
ALERT = "Air raid alert in the Lindhaven region. Go to the shelters."


def post(
    number: int,
    text: str,
    *,
    channel: int | None = None,
    hours: float | None = 0,
    edited: float | None = None,
    forward: ForwardOrigin | None = None,
) -> PostFingerprint:
    """A post of a channel of its own, unless one is named."""
    cleaned = clean(text).text
    channel = number if channel is None else channel
    normalized = NormalizedPost(
        key=f"tg:{channel}:{number}",
        revision=xxhash.xxh3_64_hexdigest(text.encode()),
        channel=Channel(id=channel),
        message_id=number,
        posted_at=None if hours is None else START + timedelta(hours=hours),
        text=cleaned,
        language=Language(code="en"),
        forward=forward,
        provenance=PROVENANCE.model_copy(update={"rank": (0 if edited is None else int(edited), 0)}),
    )
    return post_fingerprint(normalized, fingerprint(cleaned))


def decide(index: DedupIndex, one: PostFingerprint) -> Folded:
    (change,) = fold(index, one)
    return change


def link(change: Folded) -> tuple[str, DuplicateKind] | None:
    assert change.verdict is not None
    duplicate = change.verdict.duplicate
    return None if duplicate is None else (duplicate.of, duplicate.kind)


def verdict(one: str, other: str, **options: int) -> DuplicateKind | None:
    """How the second of two posts is found to repeat the first, an hour older one."""
    index = DedupIndex()
    decide(index, post(1, one, channel=options.get("channel")))
    found = link(decide(index, post(2, other, hours=1, channel=options.get("channel"))))
    return None if found is None else found[1]


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        (STORY.upper(), DuplicateKind.EXACT),
        (f"⚡️⚡️ {STORY} 🔥", DuplicateKind.EXACT),
        (f"{STORY}\n\nSubscribe: @lindhaven_now", DuplicateKind.EXACT),
        (
            f"{STORY}\n\n[Coast Monitor](https://t.me/coast) | [Send us news](https://t.me/coast_bot)",
            DuplicateKind.EXACT,
        ),
        (f"{STORY}\n\n#lindhaven #ferries", DuplicateKind.NEAR),
        (STORY.replace("two ferries", "two boats").replace("at dawn", "at daybreak"), DuplicateKind.NEAR),
        (f"Ships at sea again!\n\n{STORY}", DuplicateKind.NEAR),
        (STORY[: len(STORY) * 7 // 10] + "…", DuplicateKind.NEAR),
        (STORY[: len(STORY) * 2 // 5] + "…", DuplicateKind.PARTIAL),
    ],
)
def test_an_edited_copy_is_found(copy: str, kind: DuplicateKind) -> None:
    assert verdict(STORY, copy) is kind
    assert verdict(copy, STORY) is kind


@pytest.mark.parametrize(
    "other",
    [
        "The port of Lindhaven stays closed. A new storm is expected on Friday, says the harbour master.",
        "🔥🔥",
        "",
        "@name https://example.org/a",
    ],
)
def test_another_post_is_not(other: str) -> None:
    assert verdict(STORY, other) is None
    assert verdict(other, STORY) is None


@pytest.mark.parametrize("empty", ["", "🔥🔥🔥", "@name", "…"])
def test_posts_without_words_are_not_each_others_copies(empty: str) -> None:
    assert verdict(empty, empty) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ALERT, ALERT.replace("Lindhaven", "Northpier")),
        ("Rates today: crown 92.10, florin 99.80", "Rates today: crown 92.35, florin 100.02"),
        (
            "Over the night 14 drones were shot down over the region",
            "Over the night 27 drones were shot down over the region",
        ),
    ],
)
def test_posts_of_one_channel_by_one_template_stay_apart(one: str, other: str) -> None:
    assert verdict(one, other, channel=1) is None
    assert verdict(one, one, channel=1) is DuplicateKind.EXACT


def test_other_numbers_make_another_post_in_other_channels_too() -> None:
    rates = (
        "Rates of the central bank for today: crown {}, florin {}, mark {}. The bank sets them again each day at noon."
    )
    assert verdict(rates.format(92.1, 99.8, 51.2), rates.format(92.3, 100.1, 51.4)) is None


def test_a_template_with_a_running_number_makes_no_copies() -> None:
    index = DedupIndex()
    sentence = "The government said on Monday that the new road between both cities would open in spring. Part {}"
    for number in range(1, 200):
        assert link(decide(index, post(number, sentence.format(number), hours=number / 60))) is None


def test_a_table_of_many_numbers_is_distinguished_from_the_next_one() -> None:
    table = "Prices at the market of Lindhaven this morning in crowns: " + ", ".join(
        f"{name} {{}}" for name in ("flour", "milk", "bread", "butter", "eggs", "salt", "fish", "beans", "oil", "tea")
    )
    monday, tuesday = table.format(*range(101, 111)), table.format(*range(201, 211))
    assert verdict(monday, tuesday) is None
    assert verdict(monday, f"{monday}. Come early!") is DuplicateKind.NEAR


RATES = "Central bank rates for 5 March: crown {}, florin {}. They hold until noon tomorrow, says the bank."
TEMPLATES = [
    ("Dollar {}, euro 101.20", "92.10", "92.35"),
    (RATES.format("{}", "99.80"), "92.10", "92.35"),
    ("Воздушная тревога! Линдская область, все в укрытие. Время {}", "14:05", "14:50"),
    ("Night report: {} drones shot down, 3 of them over the sea, 12 over the region, 2 over the town", "14", "27"),
    ("{} dead and 3 hurt after the shelling of the town, the governor said this morning", "3", "4"),
    ("The governor says that after the shelling of the town {} were hurt this morning", "2 died, 3", "3 died, 2"),
    ("Derinlik 7 km olan deprem saat 14:05 sularında hissedildi. Büyüklük {}, merkez Lindhaven", "4,1", "4,3"),
    ("Fire seen at 48.1234, {} by the satellite of the 2 agencies, with a confidence of 80 percent", "37.61", "37.94"),
    ("Stau von {} auf dem Ring, 15 Minuten mehr, es gelten 80km/h", "4km", "7km"),
    ("Episode {}\n\nOur weekly programme about the harbour and its ships is out now", "4", "5"),
    (f"Bulletin {{}}. {STORY}", "871", "872"),
    (
        "Prices in crowns: "
        + ", ".join(f"{name} {price}" for price, name in enumerate("abcdefghijklmno", 100))
        + " {}",
        "500",
        "501",
    ),
]


@pytest.mark.parametrize(("template", "one", "other"), TEMPLATES)
def test_one_template_with_another_number_is_another_post(template: str, one: str, other: str) -> None:
    assert verdict(template.format(one), template.format(other)) is None


@pytest.mark.parametrize("channels", [1, 5])
@pytest.mark.parametrize("template", [template for template, _, _ in TEMPLATES])
def test_the_posts_of_one_template_do_not_flood_the_links(template: str, channels: int) -> None:
    index = DedupIndex()
    posts = [
        post(number, template.format(1000 + number), channel=number % channels + 1, hours=number / 60)
        for number in range(1, 100)
    ]
    assert {change.change for change in fold(index, *posts)} == {DedupOutcome.EMIT}


BULLETIN = (
    "The harbour master reports for the night to 5 March: 14 ships came in, 9 left, 27 wait outside the breakwater, "
    "and 2 ran aground at the northern pier but are afloat again. No one was hurt, and the ferries leave as planned."
)


@pytest.mark.parametrize(
    "copy",
    [
        BULLETIN.replace("ran aground", "hit the sand").replace("No one was hurt", "Nobody was injured"),
        f"Harbour report of 5 March\n\n{BULLETIN}",
        f"{BULLETIN}\n\nSource: harbour radio on 104.5",
        BULLETIN[:130],
        BULLETIN[: BULLETIN.index("7 wait")] + "…",
        BULLETIN.replace("14 ships", "14-th ships").replace("5 March", "5th of March"),
    ],
    ids=["words", "headline", "footer", "cut", "cut within a number", "endings"],
)
def test_a_copy_of_a_bulletin_with_its_numbers_is_found(copy: str) -> None:
    assert verdict(BULLETIN, copy) is not None
    assert verdict(copy, BULLETIN) is not None


def test_a_report_that_was_rewritten_may_name_its_numbers_in_another_order() -> None:
    one = (
        "Temperatures in Lindhaven this month will be 1.5 to 2 degrees above normal, the warmest since 2020, says the "
        "bureau"
    )
    other = (
        "The warmest December since 2020: temperatures in Lindhaven this month will be 1.5 to 2 degrees above what is "
        "usual, it says"
    )
    assert verdict(one, other) is DuplicateKind.NEAR


def test_the_first_line_of_a_short_post_is_no_footer() -> None:
    news = "Ferries sail again https://example.org/ferries"
    assert verdict(news, f"{news}\nSubscribe to our channel @wire") is DuplicateKind.EXACT


def test_a_last_line_with_a_number_is_news_though_it_has_a_link() -> None:
    rates = "Rates of the bank for today\nCrown {} https://example.org/rates"
    assert verdict(rates.format("92.10"), rates.format("92.35")) is None
    assert verdict(rates.format("92.10"), f"⚡️ {rates.format('92.10')}") is DuplicateKind.EXACT


def test_a_number_is_the_same_with_other_separators() -> None:
    budget = (
        "The council spends {} crowns on the bridge over the river this year, more than on all schools of the town."
    )
    assert verdict(budget.format("10 000 000"), budget.format("10000000")) is DuplicateKind.NEAR
    assert verdict(budget.format("10.000.000"), budget.format("10 500 000")) is None


def test_a_copy_with_many_words_exchanged_may_lack_a_number_too() -> None:
    other = BULLETIN.replace("27 wait", "2 wait")
    for word in ("master", "came", "outside", "northern", "afloat", "planned"):
        other = other.replace(word, "another")
    assert verdict(BULLETIN, other) is DuplicateKind.NEAR


def test_posts_are_compared_within_the_window_alone() -> None:
    index = DedupIndex(window_days=2)
    decide(index, post(1, STORY))
    assert link(decide(index, post(2, STORY, hours=72))) is None
    assert link(decide(index, post(3, STORY, hours=48))) == ("tg:1:1", DuplicateKind.EXACT)
    assert link(decide(index, post(4, STORY, hours=-48))) is None


def test_a_post_without_a_date_is_compared_with_all() -> None:
    index = DedupIndex(window_days=2)
    decide(index, post(1, STORY, hours=24 * 900))
    assert link(decide(index, post(2, STORY, hours=None))) == ("tg:1:1", DuplicateKind.EXACT)
    early = decide(index, post(3, f"{STORY} Good luck!", hours=0))
    assert early.change is DedupOutcome.EMIT
    assert [verdict.key for verdict in early.changed] == ["tg:2:2"]


def test_two_archives_one_after_the_other_find_the_copies_between_them() -> None:
    index = DedupIndex()
    stories = [f"Day {day} in {place}. {STORY[50:]}" for day, place in enumerate(["Ulm", "Bonn", "Kiel", "Trier"])]
    for day, story in enumerate(stories):
        decide(index, post(day + 1, story, channel=1, hours=24 * 20 * day))
    for day, story in enumerate(stories):
        found = link(decide(index, post(day + 1, f"{story}\n\nvia our friends", channel=2, hours=24 * 20 * day + 1)))
        assert found == (f"tg:1:{day + 1}", DuplicateKind.NEAR)


def test_an_edited_original_keeps_the_copy_of_its_first_text() -> None:
    index = DedupIndex()
    corrected = STORY.replace("14 cargo", "11 cargo").replace("Thursday", "Friday")
    decide(index, post(101, STORY))
    assert link(decide(index, post(55, f"⚓️ {STORY}", hours=1))) == ("tg:101:101", DuplicateKind.EXACT)
    revised = decide(index, post(101, corrected, edited=2))
    assert (link(revised), revised.changed) == (None, ())
    other_way = DedupIndex()
    decide(other_way, post(101, corrected, edited=2))
    decide(other_way, post(55, f"⚓️ {STORY}", hours=1))
    stale = decide(other_way, post(101, STORY))
    ends = {changed.key: changed.duplicate for changed in stale.changed}
    again = decide(other_way, post(55, f"⚓️ {STORY}", hours=1))
    assert link(again) == ("tg:101:101", DuplicateKind.EXACT)
    assert again.verdict is not None
    assert ends == {"tg:55:55": again.verdict.duplicate}


@pytest.mark.parametrize("text", ["Look at this", STORY])
def test_a_forward_is_a_duplicate_of_its_origin_by_id(text: str) -> None:
    index = DedupIndex()
    origin = ForwardOrigin(channel_id=9, message_id=7, posted_at=START)
    assert link(decide(index, post(1, text, hours=1, forward=origin))) == ("tg:9:7", DuplicateKind.FORWARD)
    assert link(decide(index, post(2, STORY, hours=0.5))) is None
    copy = decide(index, post(3, text, hours=2))
    assert link(copy) is not None


@pytest.mark.parametrize(
    "origin",
    [
        ForwardOrigin(name="Someone"),
        ForwardOrigin(channel_id=1, message_id=1),
        ForwardOrigin(channel_id=1, message_id=2),
        ForwardOrigin(channel_id=5, message_id=2, posted_at=START + timedelta(days=1)),
    ],
)
def test_an_origin_that_is_unknown_or_later_is_no_origin(origin: ForwardOrigin) -> None:
    assert link(decide(DedupIndex(), post(1, STORY, forward=origin))) is None


def test_a_late_original_takes_its_near_copies() -> None:
    index = DedupIndex()
    decide(index, post(2, f"{STORY} Good luck!", hours=30))
    original = decide(index, post(1, STORY))
    assert original.change is DedupOutcome.EMIT
    (changed,) = original.changed
    assert changed.duplicate is not None
    assert (changed.key, changed.duplicate.of, changed.duplicate.kind) == ("tg:2:2", "tg:1:1", "near")
    assert 0.85 < changed.duplicate.similarity < 1


def test_texts_with_other_line_ends_are_found_by_their_own_second_lines() -> None:
    words = [f"word{number}" for number in range(60)]
    whole, broken = " ".join(words), " ".join(words[:20]) + "\n" + " ".join(words[20:])
    cut = " ".join([*words[20:43], "and"])
    posts = [post(1, whole), post(2, broken, hours=24), post(3, cut, hours=48)]
    index = DedupIndex()
    together = [link(change) for change in fold(index, *posts)]
    alone = DedupIndex()
    assert together == [link(decide(alone, one)) for one in posts]
    assert together[2] is not None


def test_a_near_text_is_found_behind_an_equal_one_without_a_sketch() -> None:
    posts = [post(1, STORY), post(2, STORY, hours=24), post(3, STORY.replace("Thursday", "Friday"), hours=25)]
    bare = posts[0]._replace(fingerprint=posts[0].fingerprint._replace(sketch=None))  # type: ignore[union-attr]
    changes = fold(DedupIndex(), bare, *posts[1:])
    alone = DedupIndex()
    assert changes == [decide(alone, one) for one in [bare, *posts[1:]]]
    assert link(changes[2]) is not None


def test_texts_of_one_channel_that_are_long_and_equal_but_for_a_word_are_copies_and_short_ones_are_not() -> None:
    """Within a channel only nearly the same long text counts: a short one is a template's."""
    long = " ".join(f"word{number}" for number in range(120))
    short = "The ferry to the islands is late"
    assert verdict(long, f"{long} indeed", channel=1) is DuplicateKind.NEAR
    assert verdict(short, f"{short} indeed", channel=1) is None
    phrase = "Air raid alert in the whole region, all to shelters. "
    assert verdict(phrase * 2, phrase * 3, channel=1) is None
    assert verdict(phrase * 2, phrase * 3) is DuplicateKind.NEAR
