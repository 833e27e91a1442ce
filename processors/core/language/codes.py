"""Codes of languages: those in use by default, those that count as one, and their names."""

UNDECIDED = "und"
NOT_IN_USE = "language not in use"
"""The reason for ``und`` where a language leads that is not in use; its name follows where it is known."""

LANGUAGES = frozenset(
    (
        *("am", "ar", "az", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu"),
        *("he", "hi", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "lt", "lv", "mk"),
        *("ml", "mn", "ms", "my", "nl", "no", "pa", "pl", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw"),
        *("ta", "te", "tg", "th", "tk", "tl", "tr", "uk", "ur", "uz", "vi", "zh"),
    )
)
"""Languages that posts are expected in. The models know more; the rest are mostly misclassified noise."""

_ONE_LANGUAGE = {
    "sr": ("bs", "hr", "sh"),
    "no": ("nb", "nn"),
    "ar": ("ary", "arz"),
    "zh": ("wuu", "yue"),
    "bho": ("bh",),
    "ckb": ("sdh",),
    "gn": ("gug",),
    "he": ("hbo",),
}
_STANDS_FOR = {variant: code for code, variants in _ONE_LANGUAGE.items() for variant in variants}

SISTERS = {"sr": ("bs", "hr")}
"""Languages that no model can distinguish in a post; the key represents all of them."""

_NAMES = """
ace Acehnese
af Afrikaans
als Alemannic
alt Altai
am Amharic
an Aragonese
ar Arabic
as Assamese
ast Asturian
av Avar
az Azerbaijani
azb South Azerbaijani
ba Bashkir
ban Balinese
bar Bavarian
bcl Central Bikol
be Belarusian
bg Bulgarian
bho Bhojpuri
bi Bislama
bn Bengali
bo Tibetan
bpy Bishnupriya
br Breton
bxr Buryat
ca Catalan
cbk Chavacano
ce Chechen
ceb Cebuano
ckb Central Kurdish
co Corsican
crh Crimean Tatar
crs Seychellois Creole
cs Czech
csb Kashubian
cv Chuvash
cy Welsh
da Danish
de German
diq Zazaki
doi Dogri
dsb Lower Sorbian
dty Doteli
dv Dhivehi
dz Dzongkha
el Greek
eml Emilian-Romagnol
en English
eo Esperanto
es Spanish
et Estonian
eu Basque
ext Extremaduran
fa Persian
fi Finnish
fj Fijian
fo Faroese
fr French
frr North Frisian
fur Friulian
fuv Fulfulde
fy West Frisian
ga Irish
gag Gagauz
gcf Guadeloupean Creole
gcr Guianese Creole
gd Scottish Gaelic
gl Galician
gn Guarani
gom Goan Konkani
grc Ancient Greek
gu Gujarati
guw Gun
gv Manx
ha Hausa
haw Hawaiian
he Hebrew
hi Hindi
hif Fiji Hindi
hil Hiligaynon
hne Chhattisgarhi
hsb Upper Sorbian
ht Haitian Creole
hu Hungarian
hy Armenian
ia Interlingua
id Indonesian
ie Interlingue
ig Igbo
ilo Ilocano
io Ido
is Icelandic
it Italian
ja Japanese
jbo Lojban
jv Javanese
ka Georgian
kaa Karakalpak
kab Kabyle
kea Kabuverdianu
kik Kikuyu
kk Kazakh
km Khmer
kn Kannada
ko Korean
koi Komi-Permyak
krc Karachay-Balkar
krl Karelian
ks Kashmiri
ku Kurdish
kv Komi
kw Cornish
ky Kyrgyz
la Latin
lad Ladino
lb Luxembourgish
lez Lezgian
lg Ganda
li Limburgish
lij Ligurian
lmo Lombard
ln Lingala
lo Lao
lrc Northern Luri
lt Lithuanian
ltg Latgalian
lv Latvian
mad Madurese
mag Magahi
mai Maithili
mg Malagasy
mhr Meadow Mari
mi Maori
min Minangkabau
mk Macedonian
ml Malayalam
mn Mongolian
mnw Mon
mr Marathi
mrj Hill Mari
ms Malay
mt Maltese
mwl Mirandese
my Burmese
myv Erzya
mzn Mazanderani
nah Nahuatl
nap Neapolitan
nds Low German
ne Nepali
new Newari
nl Dutch
no Norwegian
nso Northern Sotho
ny Chewa
oc Occitan
om Oromo
or Odia
os Ossetian
pa Punjabi
pam Kapampangan
pap Papiamento
pcm Nigerian Pidgin
pfl Palatine German
pl Polish
pms Piedmontese
pnb Western Punjabi
ps Pashto
pt Portuguese
qu Quechua
rm Romansh
ro Romanian
rom Romani
ru Russian
rue Rusyn
rup Aromanian
rw Kinyarwanda
sa Sanskrit
sah Yakut
sc Sardinian
scn Sicilian
sco Scots
sd Sindhi
se Northern Sami
si Sinhala
sk Slovak
skr Saraiki
sl Slovenian
sm Samoan
sn Shona
so Somali
sq Albanian
sr Serbian
st Southern Sotho
su Sundanese
sv Swedish
sw Swahili
szl Silesian
ta Tamil
te Telugu
tg Tajik
th Thai
ti Tigrinya
tk Turkmen
tl Tagalog
to Tongan
tpi Tok Pisin
tr Turkish
tt Tatar
ty Tahitian
tyv Tuvan
ug Uyghur
uk Ukrainian
ur Urdu
uz Uzbek
uzs Southern Uzbek
vec Venetian
vep Veps
vi Vietnamese
vls West Flemish
vo Volapük
wa Walloon
war Waray
wo Wolof
xal Kalmyk
xh Xhosa
xmf Mingrelian
yi Yiddish
yo Yoruba
zdj Comorian
zh Chinese
zu Zulu
"""
_NAME_OF = dict(line.split(" ", 1) for line in _NAMES.strip().splitlines())


def standard(code: str) -> str:
    """The code under which a model's language is reported: ``sr`` for Serbian, Croatian and Bosnian, ``no`` for both
    kinds of Norwegian.
    """
    return _STANDS_FOR.get(code, code)


def name_of(code: str) -> str:
    """A language's name in English; the code where it has none here."""
    return _NAME_OF.get(code, code)
