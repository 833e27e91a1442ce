"""Items as web pages and newsletters of press reviews write them: which outlets a list is given to."""

import pytest

from processors.core.quotes import QuoteSplitter
from tests.support.quotes import outlets_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "Обзор прессы\n\n▪️ **Коммерсантъ**. Банки просят отсрочки по кредитам\n"
            "▪️ **Ведомости**. Заводы меняют поставщиков стали\n"
            "▪️ **Волжский маяк**. В Камышине чинят набережную третий год",
            ["Kommersant", "Vedomosti", "Волжский маяк"],
            id="bold label, then a stop",
        ),
        pytest.param(
            "Przegląd prasy\n\n• **Rzeczpospolita.** Rząd odkłada podatek od aut\n"
            "• **Gazeta Wyborcza.** Sąd wraca do sprawy mostu\n• **Głos Zalewu.** Szczecin czeka na nowy prom",
            ["Rzeczpospolita", "Gazeta Wyborcza", "Głos Zalewu"],
            id="bold label with its stop",
        ),
        pytest.param(
            "Titelseiten vom Montag\n\nDER STANDARD | ÖSTERREICH\nDie Regierung verschiebt die Steuerreform auf das "
            "nächste Jahr, die Länder protestieren.\nLE FIGARO | FRANKREICH\nDer Präsident verliert die Mehrheit im "
            "Senat.\nTHE GUARDIAN | UK\nDie Wasserwerke zahlen hohe Dividenden, während die Leitungen verfallen.",
            ["Der Standard", "Le Figaro", "The Guardian"],
            id="name and country on a line of their own",
        ),
        pytest.param(
            "How the world's papers see the strike\n\n**Le Soir, Brussels**\nThe unions have won a week and lost the "
            'public, the paper says.\n\n**Irish Times, Dublin**\n"Nobody told the passengers", reads the headline.\n\n'
            "**Skerry Courant, Kirkwall**\nThe ferry crews were never asked, the paper complains.",
            ["Le Soir", "The Irish Times", "Skerry Courant"],
            id="name and town on a line of their own",
        ),
        pytest.param(
            "Presse étrangère sur la grève\n\n**Pologne.** Onet : les ports ferment deux jours et les navires attendent"
            "\n\n**Espagne.** El País : les marins n'ont pas été payés en août",
            ["Onet", "El País"],
            id="country before the label",
        ),
        pytest.param(
            "아침 신문 브리핑입니다\n\n동아일보는 정부가 전기요금을 올리기로 했다고 1면에 실었고, 한국일보는 "
            "서민 부담이 커진다고 지적했습니다.\n\n경향신문은 노조가 파업을 미뤘다고 전했습니다.",
            ["Dong-A Ilbo", "Hankook Ilbo", "Kyunghyang Shinmun"],
            id="Korean clauses with one closing verb",
        ),
        pytest.param(
            "各報頭條\n\n聯合報指出電價下月調漲，中國時報則批評政府毫無準備。\n\n自由時報報導工會延後罷工。",
            ["United Daily News", "China Times", "Liberty Times"],
            id="Chinese clauses",
        ),
        pytest.param(
            "أقوال الصحف المصرية\n\nكتبت صحيفة (الجمهورية) أن الحكومة أجلت قرار رفع الأسعار إلى الشهر المقبل.\n\n"
            "وأشارت (الأهرام) إلى أن النقابات تطالب بحوار جديد.\n\n"
            "وذكرت صحيفة (المصري اليوم) أن الجسر سيغلق أسبوعين.",
            ["Al-Ahram", "Al-Masry Al-Youm"],
            id="names in brackets",
        ),
        pytest.param(
            "Zagraniczna prasa o strajku\n\n• Le Monde pisze, że porty zamknięto na dwa dni.\n\n"
            "• Norweska Fyrlykta podaje, że statki odpływają puste.\n\n"
            "• Hiszpański El País informuje, że nikomu nie zapłacono.",
            ["Le Monde", "Fyrlykta", "El País"],
            id="unknown outlet of a country",
        ),
        pytest.param(
            "Os jornais de hoje\n\nO Diário de Notícias publica uma entrevista com o ministro das Finanças. O DN diz "
            "ainda que a taxa sobe em março.\n\nO Público diz que o Governo recua na lei da água.",
            ["Diário de Notícias", "Público"],
            id="initials of the outlet before",
        ),
    ],
)
def test_each_item_is_given_to_its_outlet(splitter: QuoteSplitter, text: str, names: list[str]) -> None:
    assert outlets_of(splitter, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Finalists of the regatta\n\nANNA BERG | NORWAY\nTwo wins this year and a broken mast in May.\n"
        "THE TIMES | UK\nA boat named after the newspaper that paid for her sails in 1923.\n"
        "LUCA CONTI | ITALY\nThe youngest skipper of the fleet.",
        "Nouvelles du jour\n\n• **Renault.** L'usine de Douai ferme deux semaines\n"
        "• **Airbus.** Trois avions livrés en retard\n• **Le Monde.** Le journal change de siège en mai",
        "La norvegese Equinor afferma che il gas basta. Lo ha detto all'agenzia Reuters.\n\n"
        "La tedesca Uniper sostiene che i prezzi caleranno, scrive Bloomberg.\n\n"
        "La francese Engie informa che il terminale riapre.",
        "ذكرت وكالة (رويترز) أن النفط ارتفع اليوم. وقالت (أسوشيتد برس) إن الأسواق هدأت بعد ذلك.",
        "한국은행은 금리를 동결했고, 연합뉴스는 이를 속보로 전했다.\n\n로이터는 시장이 이미 예상했다고 전했다.",
    ],
)
def test_what_only_has_the_form_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []
