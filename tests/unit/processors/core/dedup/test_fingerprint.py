import pytest
import xxhash

from processors.core.dedup.fingerprint import fingerprint, fingerprints
from processors.core.dedup.minhash import unpack
from processors.core.text.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⚡️ BREAKING: fire, in town!", "Breaking — fire in town ❗️"),
        ("Fire in town https://a.example @one", "Fire in town\n\nt.me/other"),
        ("#Fire in ｔｏｗｎ", "fire in town"),
        ("ℹ️ Fire in town™", "fire in town"),
        ("🅿️ Fire in town 🇺🇦", "fire in town"),
    ],
)
def test_decoration_makes_no_difference(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Поезд всё ещё стоит у моста", "Поезд все еще стоит у моста"),
        ("TREN HÂLÂ KÖPRÜDE BEKLİYOR", "Tren hâlâ köprüde bekliyor"),
        ("Το τρένο είναι ακόμη στη γέφυρα", "ΤΟ ΤΡΕΝΟ ΕΙΝΑΙ ΑΚΟΜΗ ΣΤΗ ΓΕΦΥΡΑ"),
        ("قطار هنوز روی پل ایستاده و ۱۲ نفر می‌مانند", "قطار هنوز روي پل ايستاده و 12 نفر مي مانند"),
        ("القِطارُ لا يَزالُ عَلى الجِسْرِ مُنْذُ ٣ ساعاتٍ", "القطار لا يزال على الجسر منذ 3 ساعات"),
        ("הָרַכֶּבֶת עוֹמֶדֶת עַל הַגֶּשֶׁר", "הרכבת עומדת על הגשר"),
        ("Потяг досі не об’їхав міст", "Потяг досі не обʼїхав міст"),
        ("Trenul aşteaptă lângă staţie", "Trenul așteaptă lângă stație"),
        ("Der Zug fährt über die Straße", "DER ZUG FÄHRT ÜBER DIE STRASSE"),
        ("𝙏𝙝𝙚 𝙩𝙧𝙖𝙞𝙣 𝙨𝙩𝙞𝙡𝙡 𝙬𝙖𝙞𝙩𝙨", "ᴛʜᴇ ᴛʀᴀɪɴ sᴛɪʟʟ ᴡᴀɪᴛs"),
        ("Пoeзд cтoит y мocтa c утpa", "Поезд стоит у моста с утра"),
        ("हिन्दी में ज़रूरी ख़बर", "हिंदी में जरूरी खबर"),
    ],
)
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"), [("USD 91.5", "USD 92.5"), ("#btc up", "#eth up"), ("कि", "की"), ("ab", "a b")]
)
def test_numbers_tags_marks_and_word_bounds_do(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("text", ["", "🔥🔥🔥", "https://example.org/a @name", "... — !"])
def test_without_words_there_is_nothing_to_compare(text: str) -> None:
    assert fingerprint(text).exact is None


def test_the_hash_never_changes() -> None:
    assert fingerprint("Fire in town!").exact == 0x5A40A82E5AA859AC


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("Fire in town!", 0xDB78D5C139AB1812),
        ("Fire in the town: 12 of 10 000 left\nThe port reopens", 0xFC1C21B407939D2B),
    ],
)
def test_the_sketch_never_changes(text: str, hashed: int) -> None:
    sketch = fingerprint(text).sketch
    assert sketch is not None
    assert xxhash.xxh3_64_intdigest(sketch) == hashed


def test_a_batch_of_texts_gives_the_same_as_one_by_one() -> None:
    texts = [
        "Fire in town",
        "",
        "🔥",
        "Ночью в порту был шторм\n\nПаромы стоят\nПодписаться @name",
        "one",
        "a b\nc d e f g h i j",
    ]
    together = fingerprints([(text, (), fold(text)) for text in texts])
    assert together == [fingerprint(text) for text in texts]
    assert fingerprints([]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Half price today only\nThe port reopens after the storm tonight",
            "Now\nThe port reopens after the storm tonight",
        ),
        (
            "🔥\n\nNow\nThe port reopens after the storm tonight",
            "HTTPS://a.example now\nThe port reopens after the storm tonight",
        ),
    ],
)
def test_the_second_line_that_has_words_is_known_under_any_headline(one: str, other: str) -> None:
    leads = [unpack([fingerprint(text).sketch or b""])["leads"][0].tolist() for text in (one, other)]
    assert leads[0][1] == leads[1][1]


def test_a_footer_below_a_short_line_hides_no_lead() -> None:
    """The last line is a footer where it ends the post, and none where more follows."""
    post = "The bridge over the river is closed again\n\nOfficial report out\n\nFull report in https://t.me/example"
    copy = f"🐍 {post}\nSource: the town council, with many more details of it all in our second channel"
    sketches = unpack([fingerprint(text).sketch or b"" for text in (post, copy)])
    assert sketches["leads"][0].tolist() == sketches["leads"][1].tolist()
