"""Function words and letters that give away a language which the models do not know, or confuse with a related one."""

import re
from collections import Counter

from processors.core.language.codes import UNDECIDED

_WORDS = {
    # Latin letters
    "an": "dica heba chent zaguer ixe ixa tamién",
    "ast": "tamién yera tolos toles dende conceyu conceyos munchu munchos entós fizo xente asina dellos ayuntamientu "
    "llibertá dixo nesti médicu vieya muncha zarrada",
    "ban": "miwah puniki nenten wenten ugi saluiring",
    "bi": "blong hemi mekem olsem evri bambae evriwan samting taem gavman",
    "ceb": "ug kining kaniadtong niini ngadto usab gikan walay aron karong bisan tungod matag adunay gihapon uban "
    "sulod tanang matod daghang miabot niadtong karon",
    "co": "issa issu nantu quessu quistu fattu ghjè ghjornu avà ancu tandu corsu",
    "crs": "bann dimoun konman devret ziska bokou",
    "csb": "téż dlô jegò kaszëbsczi kaszëbskô ë òd nôwikszi pòdpisóny",
    "dsb": "kótaryž kótare kótara pśez pśi njejo teke wše něnto źinsa pśed",
    "fj": "kei tamata matanitu vakadinata nodra",
    "fo": "tað teir tær hevur skuldi føroya føroyar okkurt hevði segði vóru nógv nógvum millum sambært ongin okkum "
    "morgunin føroyskum",
    "fur": "ancje cheste furlan cun daûr pui gnove vuê culì fûr puint miedi ospedâl sierât dentri cjase cjapât",
    "gag": "lääzım olêr diil onnarın deyni olacek gagauz bän sän angısı yapêr büün",
    "gl": "unha dunha dun polo tamén nosas despois máis",
    "gv": "ayns jeh shen nyn lesh chooilley shoh echey veih jiu",
    "haw": "kēia kākou aupuni kānaka hoʻi ʻana ʻia ʻo nā kekahi pono",
    "hil": "kag gid subong nahanungod",
    "hsb": "kotrež kotryž kotraž dokelž tež njeje sym běše buchu hač přez nichtó wšitke wšitcy hdźe wot swojeho kaž "
    "dźens dźensa wjele hižo lětsa prajił wjace kónc",
    "ia": "iste ista esseva illo illes necuno anque secundo esser hodie altere habeva recipite",
    "ig": "ndị bụ nke ahụ mmadụ ọzọ",
    "ilo": "iti dagiti kadagiti daytoy awan ngem maysa idiay babaen",
    "io": "esis omna kontre anke urbo",
    "jv": "kanggo wis durung lawas kandha ngendika",
    "kaa": "hám ushın menen boyınsha jılı bolıp tiyisli arqalı búgin ҳәм ушын арқалы",
    "kea": "nhos fla mudjer cusas kusas gentis",
    "krl": "karjalan kudai kuduat mugah ollah tänäpäi piäkaupungis oigevus",
    "kw": "yw yma dhyworth kernow hedhyw",
    "lad": "ansina djente komo djudios djudio kualo muncho avlar",
    "lb": "vum wéinst huet gouf ginn",
    "mad": "oreng otaba dhari kaangguy settong",
    "mi": "ngā hoki tēnei tangata kua whare whenua kāore mō ērā whakaaro rātou rā ā",
    "min": "nan indak urang untuak sarato surang kapado pado babarapo sabuah adolah nagari dapek punyo mambuek "
    "mangatokan manarimo harago kalinyo lamo akhia tibo ditutuik kasadoalahan tatap",
    "nds": "hett vun warrn sünd hebbt orrer dörch düsse steiht lüüd hüüt bleven oolt düt johr seggt vundaag drüdde",
    "ny": "kuti omwe chifukwa anthu kwambiri ndipo monga",
    "pam": "ampong metung atin iyang nung kareng ngeni",
    "pap": "tabata awor",
    "rm": "cun betg gea sco dals mintga tranter onn onns svizra vegn vegnir anc emprim dapi èn suenter nagin ditg "
    "giada blers pervi damaun paun saira emna",
    "rom": "thaj savore śaj manuś rromane amare romengo ovel akava akaja",
    "rup": "tsi shi easti suntu unâ tru aestu aestâ armânji multu",
    "sc": "custu custa issu issos issoro totu finas comente tenet dae cun prus sardigna annos",
    "scn": "comu quannu ntô ntâ picchì chiù cci sicilia nta",
    "sco": "wis wha whaur frae fae nae hae hes gie gien isna wasna didna dinna cannae canna disnae wisnae tae mair "
    "oot aboot hoose toun bairn bairns richt naebody ither fowk muckle aw auld wull telt ower haes gaen breid "
    "sae wheen maist brig thae",
    "sm": "lenei tagata latou aua mafai faapea faia lona totonu atunuu tatou",
    "su": "jeung sareng dina geus parantos nyaeta nyaéta éta ieu ayeuna dinten ogé kudu boga bakal poé kabéh",
    "szl": "niy bōł kery kerego kere ôd ślōnski coby dzisiej",
    "to": "ʻoku naʻe ʻoe ʻi ʻa ʻe",
    "tpi": "bilong olgeta olsem wanpela dispela gavman toktok nogat narapela",
    "ty": "fenua taata",
    "vec": "gaveva ghe zé",
    "vep": "miše kudamb ičeze vepsän sidä tämbei",
    "war": "ngan hiya hini ngada",
    "wo": "ñu ñi réew nekk bokk yoon lépp tey",
    "zdj": "wandru wandrwa yahahe ɓaɗa mdru tsi",
    # Cyrillic letters
    "alt": "эмезе кижиниҥ јаан бойынаҥ бӱгӱн",
    "ba": "һәм менән өсөн булған тураһында",
    "ce": "нохчийн дара хилла цуьнан хьалха",
    "koi": "быдӧс кӧр керны мортлӧн вермӧ",
    "os": "ӕмӕ уыдзӕн бирӕ загъта кодта райсом уыди",
    "rue": "лем тыж котры тоты вшытко вшыткы днесь вельо повів русиньскый шпыталю сьме",
    "sah": "уонна киһи биир буолар этэ туһунан",
    "tt": "һәм белән өчен булган турында бүген",
    "tyv": "ооң бүгү чамдык болур хостуг болгаш чок дээш бооп бөгүн кижи",
    # Arabic letters
    "azb": "بیر اولان بو ایله اوچون گؤره",
    "pnb": "تے وچ نوں دا نیں اوہ ایہہ کیتا آکھیا رہوے ہووے ہویا ہندی ساڈے تیجی",
    "ps": "چې کې په سره کړې",
    "sd": "آهي جي تي ٿيو",
    "skr": "کوں کنوں ایں اتے وچ",
    # Other scripts
    "bho": "बा हवे आओर सभे कइल भइल रहल होखे बानी ओकर खातिर नइखे बाटे गइल आपन कइलस एह बाड़ें बाड़े बाड़न आइल कहलें कहलन बतवलस इहाँ",
    "bo": "རེད ཀྱི གྱི ཡིན པའི བའི ལ ནས",
    "doi": "गी ऐ कन्नै नेईं",
    "dz": "ལུ ཨིན འབད ནུག ཚུ ཡི མས",
    "gom": "आनी आसा म्हयन्याच्या म्हळें जाल्लें",
    "hne": "हवय अउ हावय",
    "mag": "हई हलइ हलथिन हथिन",
    "mai": "अछि छै छथि सँ केर एहि कएल नहि आओर ओहि छल गेल कयल धरि कहलक कहलनि आएल छलाह भेल छलैक",
    "ti": "እቲ ናብ ምስ እዮም ድሕሪ ዝነበረ እውን ብዛዕባ ናይ ኣብ እዩ ዝኾነ ካብ ነቲ እዚ ኣሎ ድማ ሎሚ ብዙሓት ወርሒ ናይቲ ክሳብ",
    "yi": "און איז דער פון מיט אויף נישט האבן זענען דאס וואס האט הײנט היינט האָט דאָס זיך צוליב אַז זײַן געווען וועט האָבן",
}
"""Words that no language of the default list uses, or hardly ever."""

_LETTERS = {
    "as": "ৰৱ",
    "ba": "ҙҡ",
    "ckb": "ێڵڕ",
    "cv": "ӑӗӳ",
    "ks": "ؠٲۄ",
    "mnw": "\u105b-\u105f",
    "os": "ӕ",
    "ps": "ټډړښځڅۍڼ",
    "sah": "ҕ",
    "sd": "ڪڄٿٻڀڃڇڊڏڌڍڙڦڱڳڻ",
    "ti": "ሓኸኣቐቑቒቓቔቕ",
    "ug": "ۇۈۋ",
    "yi": "\u05f0-\u05f2",
}
"""Letters of one language, within its script. Shan has none here: in the old encoding of Burmese (Zawgyi) its letters
are Burmese.
"""

_FOREIGN = "ɓɗƙɛɔŋɲɣɖƒʋɩʊɨʉƴɠħġċŵŷĝĥĵŝŭǝṅӏҥӝӟӥӵӈӊӓӹӭӄӷԥҧҵҿӡҩჷჸʇʞʍɥ"
"""Letters of many languages, none of them in the default list; the last four are those of text that is written upside
down, and hardly occur in the phonetic spelling of a word.
"""

MARKED = frozenset(_WORDS) | frozenset(_LETTERS)
"""The languages that a word or a letter speaks for."""

_OSSETIC_AE = "(?P<os_>(?<=[а-яё])æ|æ(?=[а-яё]))"
"""As it is mostly typed: with the Latin letter."""

# One set of characters first: a pattern that starts with a choice is tried at every character.
_ANY_LETTER = re.compile(f"[{''.join(_LETTERS.values())}æ{_FOREIGN}]")
_LETTER = re.compile(
    "|".join((*(f"(?P<{code}>[{letters}])" for code, letters in _LETTERS.items()), _OSSETIC_AE, f"[{_FOREIGN}]"))
)
_CODES: dict[str, list[str]] = {}
for _code, _words in _WORDS.items():
    for _word in _words.split():
        _CODES.setdefault(_word, []).append(_code)
_MARKERS = frozenset(_CODES)


def marker_counts(words: str) -> Counter[str]:
    """How many of the words speak for each language; ``und`` for those with a letter that no language of the default
    list is written with.
    """
    counts: Counter[str] = Counter()
    has_letters = _may_have_letters(words)
    for word in words.split(" "):
        counts.update(_CODES.get(word, ()))
        letter = _LETTER.search(word) if has_letters else None
        if letter is not None:
            counts[(letter.lastgroup or UNDECIDED).rstrip("_")] += 1
    return counts


def has_markers(words: str) -> bool:
    """Whether two of the words or more speak for some language. One in a text is a name or a quotation."""
    if _may_have_letters(words):
        return marker_counts(words).total() > 1
    several = words.split(" ")
    return not _MARKERS.isdisjoint(several) and len(_MARKERS.intersection(several)) > 1


def _may_have_letters(words: str) -> bool:
    return not words.isascii() and _ANY_LETTER.search(words) is not None
