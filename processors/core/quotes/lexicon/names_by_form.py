"""Outlets that the registry lacks and whose form shows them: Chinese 《…报》, Japanese …紙, Korean …신문."""

import re
from bisect import bisect_right
from typing import Final

from processors.core.quotes.lexicon.outlets import OutletName
from processors.core.quotes.lexicon.unknown_id import unknown_outlet

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_KATAKANA: Final = "\u30a1-\u30fa\u30fc・"
_HANGUL: Final = "\uac00-\ud7a3"
_NAME_AGAIN: Final = 3
"""Signs between a name and the same in Latin letters: 《新聞報》(Diário de Notícias)."""
_FORM: Final = re.compile(
    rf"[《〈「『](?P<chinese>[{_HAN}·]{{1,12}}(?:[报報]|[周週]刊|新[闻聞]|[杂雜][志誌]|[电電][视視][台臺]|通[讯訊]社))[》〉」』]"
    rf"|(?P<japanese>(?<![{_KATAKANA}])[{_KATAKANA}]{{3,20}})[紙誌]"
    rf"|(?P<korean>(?<![{_HANGUL}])[{_HANGUL}]{{2,8}}(?:신문|일보|뉴스|타임스))(?=[은는이가도의에](?![{_HANGUL}])|[,:：(])"
)


_COUNTRY_WORDS: Final = (
    "アメリカ イギリス フランス ドイツ イタリア スペイン ロシア ブラジル カナダ "
    "オランダ ベルギー スイス オーストリア スウェーデン ノルウェー デンマーク "
    "フィンランド ポーランド ウクライナ トルコ イスラエル インド タイ ベトナム "
    "インドネシア メキシコ アルゼンチン ポルトガル ギリシャ ハンガリー チェコ エジプト "
    "サウジアラビア イラン オーストラリア シンガポール スポーツ タブロイド ローカル "
    "ビジネス "
)
_KOREAN_WORDS: Final = (
    "외국 현지 해외 국내 지역 지방 일간 조간 석간 종이 인터넷 경제 관영 국영 유력 주요 가짜 오늘 속보 방송 "
    "스포츠 연예 정치 사회 아침 저녁 주말 특종 단독 관련 미국 영국 일본 중국 독일 프랑스"
)
_DESCRIPTIONS: Final = frozenset(
    [*_COUNTRY_WORDS.split(), *(word + kind for word in _KOREAN_WORDS.split() for kind in ("신문", "일보", "뉴스"))]
)
"""What is no name, but a description: "a German paper"."""


def names_by_form(text: str, names: list[OutletName]) -> list[OutletName]:
    """The names of a text with those of unknown outlets that their form shows; without a known name that is only the
    beginning or the middle of such a one.
    """
    if text.isascii() or not _may_have_any(text):
        return names
    starts = [name.start for name in names]
    found: list[OutletName] = []
    covered: set[int] = set()
    for match in _FORM.finditer(text):
        start, end = match.span(match.lastgroup or 0)
        if text[start:end] in _DESCRIPTIONS:
            continue
        first = max(0, bisect_right(starts, start) - 1)
        near = range(first, bisect_right(starts, end + _NAME_AGAIN, lo=first))
        if any(_is_of(names[place], start, end) for place in near):
            continue
        covered.update(place for place in near if start < names[place].end and names[place].start < end)
        found.append(OutletName(start, end, unknown_outlet(text[start:end]), is_ambiguous=False))
    if not found:
        return names
    kept = [name for place, name in enumerate(names) if place not in covered]
    return sorted([*kept, *found], key=lambda name: name.start)


def _is_of(name: OutletName, start: int, end: int) -> bool:
    """Whether a known name is that of ``text[start:end]``: it has the same end, or repeats it in brackets."""
    return (start < name.end and name.start < end <= name.end) or end <= name.start <= end + _NAME_AGAIN


def _may_have_any(text: str) -> bool:
    """A cheap test first: nearly no post has such a name. Written out, which takes a third of the time of a loop."""
    return (
        "《" in text
        or "「" in text
        or "〈" in text
        or "紙" in text
        or "誌" in text
        or "신문" in text
        or "일보" in text
        or "뉴스" in text
        or "타임스" in text
    )
