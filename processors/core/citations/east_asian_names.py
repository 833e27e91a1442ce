"""Names that the registry lacks in Chinese, Japanese and Korean, which their form shows to be outlets': 西日本新聞,
港湾日报, 부산일보. Those in marks of a name are found for lists, too (``names_by_form``).
"""

import re
from collections.abc import Iterator
from typing import Final

from processors.core.quotes.lines.lines import Offsets

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_KATAKANA: Final = "\u30a1-\u30fa\u30fc"
_HANGUL: Final = "\uac00-\ud7a3"
_CHINESE: Final = (
    "[日晚早晨时時快]报|[日晚早晨时時快]報|[邮郵商]报|[邮郵商]報|都市报|都市報|青年报|青年報|新闻网|新聞網|电视台|電視台|卫视|衛視|"
    "通讯社|通訊社|新闻社|新聞社|周刊|週刊"
)
_FORM: Final = re.compile(
    rf"(?<![{_HAN}])(?:[据據由与與对對向]|[引援]述|引用|援引|告[诉訴]|接受|根[据據])?"
    rf"(?P<chinese>[{_HAN}]{{2,6}}?(?:{_CHINESE}))(?![{_HAN}]{{0,2}}[大总總]?[厦廈楼樓])"
    rf"|(?P<japanese>(?<![{_HAN}{_KATAKANA}])[{_HAN}{_KATAKANA}]{{2,8}}(?:新聞|新報|日報|テレビ|放送|通信))(?=[はがもにのによ」（(、]|社説|電子版|の)"
    rf"|(?P<korean>(?<![{_HANGUL}])[{_HANGUL}]{{2,6}}(?:신문|일보|뉴스|타임스|방송|투데이))"
    rf"(?=(?:은|는|이|가|도|의|에|와|과|와의|과의|에서|에게|을|를)(?![{_HANGUL}])|[,:：(])"
)
_DESCRIPTIONS: Final = re.compile(
    "(?:各|地方|全国|全國|主要|外国|外國|当地|當地|现地|現地|国内|國內|本地|境外|中文|英文|英字|国営|国有|国家|國家|官方|民間|民间|公共|衛星|卫星|日本|中国|"
    "インターネット|ケーブル|スポーツ|ラジオ|ネット|외국|현지|해외|국내|지역|지방|일간|조간|석간|종이|인터넷|경제|관영|국영|공영|유력|주요|"
    "가짜|오늘|속보|생|재|라디오|텔레비전|공중파|종합|교육)+.{2,4}"
)
"""What is no name, but a description: "a local paper"."""
_MARKS: Final = (
    "报",
    "報",
    "新聞",
    "新闻",
    "电视",
    "電視",
    "通讯社",
    "通訊社",
    "刊",
    "卫视",
    "衛視",
    "テレビ",
    "放送",
    "通信",
    "신문",
    "일보",
    "뉴스",
    "타임스",
    "방송",
    "투데이",
)


def may_hold_east_asian(text: str) -> bool:
    """Whether any such name can be in a text."""
    return any(mark in text for mark in _MARKS)


def east_asian(text: str) -> Iterator[Offsets]:
    """The places of such names."""
    for match in _FORM.finditer(text):
        name = match.lastgroup or 0
        if not _DESCRIPTIONS.fullmatch(match[name]):
            yield match.span(name)
