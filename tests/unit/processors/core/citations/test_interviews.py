"""What is said to an outlet, by its case, by the word before it or by the verb, in many languages. Cited names are in
braces.
"""

import re

import pytest

from tests.support.citations import cited

_NAME = re.compile(r"\{([^}]*)\}")


@pytest.mark.parametrize(
    "marked",
    [
        "Directorul portului a declarat pentru {Digi24} că feribotul nu pleacă.",
        "Trajekt ne plovi. To je za {Večernji list} potvrdio kapetan Marko Kurelić.",
        "Trajekta ne bo, je za {Delo} povedala kapitanka.",
        "Kapitan je za {Večer} dejal, da ladja ne pluje.",
        "Loď nepluje 😔 Pre {TASR} to potvrdila hovorkyňa Jana Veslová.",
        "— Prom nie popłynie — powiedział kapitan w rozmowie z {Onetem}.",
        "Kapitan powiedział {Onetowi}, że prom nie popłynie.",
        "Капетанот за {Слободен печат} изјави дека бродот не плови.",
        "Капитан распавёў {Еўрарадыё}, што паром не пойдзе.",
        "Паром не піде — про це капітан розповів «{Українській правді}».",
        "Капитан рассказала «{Медузе}», что паром не пойдёт.",
        "Паром не пойдёт, сообщил {Коммерсанту} капитан.",
        "Kapitonas „{Lietuvos rytui}“ sakė, kad keltas neplauks.",
        "Kapteinis aģentūrai {LETA} pastāstīja, ka prāmis nekursēs.",
        "Kapten ütles {ERRile}, et praam ei sõida.",
        "Lautta ei kulje, kapteeni kertoo {Ylelle}.",
        "A kapitány a {Telexnek} azt mondta, hogy a komp nem indul.",
        'Kaptan "Feribot kalkmayacak" dedi kaptan {Sözcü}\'ye.',
        "Kaptan {NTV}'ye feribotun kalkmayacağını söyledi.",
        "Kapitan {APA}-ya bərənin yola düşməyəcəyini deyib.",
        "Капитан «{Дарё}»га паром юрмаслигини маълум қилди.",
        "Капитан {Tengrinews}-ке паромның жүрмейтінін айтты.",
        "„ბორანი არ გავა“, - განუცხადა {ინტერპრესნიუსს} კაპიტანმა.",
        "Նավապետը {Արմենպրեսին} ասել է, որ լաստանավը չի մեկնի։",
        "ক্যাপ্টেন {প্রথম আলো}কে বলেন, ফেরি চলবে না।",
        "कप्तान ने {एनडीटीवी} से कहा कि नौका नहीं चलेगी।",
        "کپتان نے {جیو نیوز} کو بتایا کہ کشتی نہیں چلے گی۔",
        "قبطان العبّارة لـ«{الجزيرة}»: الرحلات متوقفة حتى الصيف",
        "קברניט המעבורת ל{כלכליסט}: אין הפלגות עד הקיץ",
        "船長は{朝日新聞}の取材に「船は夏まで出ない」と答えた。",
        '선장은 {연합뉴스}와의 인터뷰에서 "배는 여름까지 뜨지 않는다"고 말했다.',
        "Trả lời {VnExpress}, thuyền trưởng cho biết phà ngừng chạy.",
        "Kepada {Kompas}, nakhoda mengaku feri tidak berlayar.",
        "Le capitaine a confié au {Parisien} que le ferry restera à quai.",
        "Il comandante al {Corriere della Sera}: «Il traghetto non parte fino all'estate»",
        "De kapitein laat aan {RTV Utrecht} weten dat de pont niet vaart.",
        "Kapiteni tha për {Top Channel} se trageti nuk niset.",
    ],
)
def test_what_someone_says_to_an_outlet(marked: str) -> None:
    (one,) = cited(_NAME.sub(r"\1", marked))
    assert one.outlet_text[0].text.startswith(_NAME.findall(marked)[0])
    assert one.kind == "interview"


@pytest.mark.parametrize(
    "text",
    [
        "Färjan går inte, uppger SVT.",
        "Lautta ei kulje, kertoo Yle.",
        "Trajekt nepluje, tvrdí Blesk.",
        "Паром не пойдёт, сообщил Коммерсант.",
    ],
)
def test_a_verb_that_has_the_outlet_as_its_subject(text: str) -> None:
    (one,) = cited(text)
    assert one.kind == "report"


@pytest.mark.parametrize(
    "text",
    [
        "Občina je za Dnevnik plačala oglas.",
        "Pre SME pracujem už desať rokov.",
        "Kepada Tempo, warga kirim bunga ulang tahun.",
        "Başkan NTV'ye dava açtı.",
        "Firma Onetu nie płaci za reklamy.",
    ],
)
def test_an_outlet_that_is_given_something_else(text: str) -> None:
    assert cited(text) == []
