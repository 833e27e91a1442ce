"""Lists in scripts that put no blanks between words, or write vowels as marks: names, cues and words for the press."""

import pytest

from processors.core.quotes import QuoteSplitter
from processors.core.quotes.lexicon.unparted_words import UnpartedWords
from processors.core.quotes.lines.tokens import Spelling, tokenize

CHINESE = "外媒怎样看灯塔：\n《卫报》报道称，灯塔已经停用。\n路透社指出，船只仍在等待。\n《世界报》认为，没有人会付钱。"
JAPANESE = (
    "灯台の閉鎖を海外メディアはこう伝えた\nロイター通信は、船が待っていると報じた。\n"
    "英紙ガーディアンは「誰も驚かない」と書いた。\nブルームバーグは、費用が増えたと分析した。"
)
HINDI = "विदेशी मीडिया से:\nबीबीसी ने लिखा है कि मीनार बंद है।\nरॉयटर्स के अनुसार जहाज़ इंतज़ार में हैं।"


@pytest.mark.parametrize(
    ("text", "outlets", "cues"),
    [
        (CHINESE, ["The Guardian", "Reuters", "Le Monde"], ["报道称", "指出", "认为"]),
        (JAPANESE, ["Reuters", "The Guardian", "Bloomberg"], ["と報じた", "と書いた", "と分析した"]),
    ],
    ids=["zh", "ja"],
)
def test_a_list_has_its_outlets_and_cues(
    splitter: QuoteSplitter, text: str, outlets: list[str], cues: list[str]
) -> None:
    (quotes,) = splitter.split(text, (), "tg:7:8")
    assert [item.outlets[0].name for item in quotes.items] == outlets
    assert [item.text for item in quotes.items] == text.split("\n")[1:]
    for item, cue in zip(quotes.items, cues, strict=True):
        assert item.cue is not None
        assert text[item.cue.start : item.cue.end] == item.cue.text
        assert cue.endswith(item.cue.text)


def test_words_are_known_phrases_names_and_pairs_of_letters_between() -> None:
    text = "力推TPP，路透社今天早上报道称船沉了"
    parted = UnpartedWords(["报道", "报道称"]).parted(tokenize(text, Spelling(text)), [(6, 9)])
    assert parted.words == ["力推", "tpp", "路透社", "今天", "早上", "报道称", "船沉", "了"]
    assert [text[start:end].lower() for start, end in zip(parted.starts, parted.ends, strict=True)] == parted.words


def test_words_of_india_keep_the_marks_of_their_vowels() -> None:
    text = "बीबीसी के अनुसार।"
    assert UnpartedWords([]).parted(tokenize(text, Spelling(text)), []).words == ["बीबीसी", "के", "अनुसार"]


def test_a_text_in_other_scripts_stays_as_it_is() -> None:
    tokens = tokenize("Reuters: 2 ships", Spelling("Reuters: 2 ships"))
    assert UnpartedWords(["报道"]).parted(tokens, []) is tokens
