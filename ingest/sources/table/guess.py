"""A layout guessed from the names of columns, and from what is in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean

from ingest.sources.channel_fields import parse_id
from ingest.sources.format import InvalidRecordError
from ingest.sources.table import cells, dates, written_out
from ingest.sources.table.columns import Layout
from ingest.sources.tdlib.message_ids import STEP

Row = Mapping[str, object]
SAMPLE_ROWS = 100
_NAMES: Mapping[str, str] = {
    "id": "messageid msgid postid telegrammessageid telegramid tgmessageid tgid messageidtg mid idmessage idpost id "
    "messagenumber",
    "text": "text messagetext msgtext posttext rawtext fulltext originaltext textoriginal messagecontent content "
    "message messagebody messagemessage msg body post postcontent texto текст сообщение текстсообщения текстпоста "
    "nachricht mensaje contenido contenttexttext",
    "caption": "caption mediacaption contentcaptiontext",
    "entities": "entities messageentities captionentities contenttextentities",
    "date": "dateunixtime unixtimestamp unixtime timestampunix date postedat datetime messagedate msgdate postdate "
    "dateutc datetimeutc publishedat publishdate published createdat created sentat timestamp messagetimestamp time "
    "messagedatetime posttime dateposted pubdate fecha datum дата датапубликации время датавремя датачас originaldate",
    "channel_id": "channelid chatid peeridchannelid peerid peerchannelid channelchannelid dialogid groupid tgchannelid "
    "telegramchannelid sourceid toidchannelid idchannel",
    "username": "channelusername chatusername username channelhandle handle peerusername sourceusername channelslug",
    "title": "channeltitle chattitle title channelfullname grouptitle dialogname",
    "channel": "channel chat channelname chatname source sourcechannel sourcename peer group groupname dialog "
    "telegramchannel tgchannel channellink channelurl канал источник chatid channelid channeltitle chattitle",
    "link": "link url permalink messagelink msglink messageurl posturl postlink telegramlink telegramurl tglink "
    "ссылка datapost postid messageid id",
    "views": "views viewcount viewscount numviews numberviews nviews messageviews просмотры просмотров "
    "перегляди переглядів aufrufe vistas vues",
    "forwards": "forwards forwardcount forwardscount numforwards numberforwards messageforwards shares sharecount "
    "reposts репосты репости",
    "replies": "repliesreplies replies repliescount replycount numberreplies numreplies comments commentscount "
    "commentcount numcomments",
    "reactions": "reactions reactionsresults reactionsjson reactionsdict messagereactions reactionscount "
    "реакции реакції",
    "observed": "observedat scrapedat collectedat fetchedat retrievedutc retrievedat parsedat scrapetime scrapedate "
    "collectiondate crawledat",
    "reply_to": "replytomsgid replytomessageid replyto replytoid replytoreplytomsgid inreplyto replymsgid "
    "replytomessageidid repliedtoid",
    "forward": "forwardedfrom forwardfrom fwdfrom forward forwardedfromname isforward isforwarded forwarded",
    "forward_channel_id": "fwdfromfromidchannelid fwdfromchannelid forwardfromchatid forwardedfromid forwardfromid "
    "fwdfromid fwdchannelid forwardchannelid forwardfromchannelid forwardedfromchannelid",
    "forward_username": "fwdfromusername forwardusername forwardedfromusername forwardfromusername fwdusername "
    "forwardfromchatusername",
    "forward_message_id": "fwdfromchannelpost forwardfrommessageid forwardedfrommessageid fwdmessageid "
    "forwardmessageid fwdfrommessageid fwdfrommsgid",
    "forward_name": "fwdfromfromname fwdfromname forwardname forwardsendername forwardfromchattitle forwardtitle "
    "forwardfromname",
    "forward_date": "fwdfromdate forwarddate forwardeddate forwardfromdate fwddate",
    "album": "groupedid albumid mediagroupid",
    "media": "mediatype messagemediatype mediaclass media mediakind hasmedia containsmedia attachmenttype contenttype "
    "filetype isphoto",
    "file_name": "filename mediafilename attachmentfilename mediapath mediafile imagepath photopath filepath file "
    "mediafilepath",
    "mime_type": "mimetype mediamimetype filemimetype",
    "kind": "type messagetype class actionclass action service isservice",
    "sender_id": "senderid fromid fromidchannelid userid authorid",
}
"""Names of columns for each field, the better ones first; in small letters, without anything between words.

None for ``edited``: Telegram moves that date with reactions as well, and a table seldom says which it was
(``edit_hide``). It would give the state a false rank, so ``--map edited=COLUMN`` alone reads it.
"""

_SURE = frozenset(("id", "messageid", "msgid", "postid", "date", "datetime", "messagedate", "postedat"))
"""Names that nobody gives to anything else."""
_DATES = ("date", "observed", "forward_date")
_IDS = ("id", "reply_to", "forward_message_id")
_WRAPPERS = re.compile(
    r"(?:channel_post|message|post|metadata|meta|stats|statistics|metrics|counters|engagement|info|data)[./]",
    re.IGNORECASE,
)
"""Objects within a row that hold what is the row's own: ``stats.views``, ``channel_post.text``."""
_CLASS = re.compile(r"(?:.*[./])?_")
_PERSONS = re.compile(r"sender|first_?name|last_?name|from_?user|user_?id|author", re.IGNORECASE)
_LONG_TEXT = 12
_OBJECT = re.compile(r"\s*(?:\{\s*['\"][^'\"]{1,80}['\"]\s*:.*\}|[A-Z]\w+\([a-z_]+=.*\))\s*", re.DOTALL | re.ASCII)
"""An object as JSON, or as Python writes it."""
_CLASS_NAME = re.compile(r"(?:[A-Za-z]+\.)*[A-Za-z][a-z0-9]*(?:[A-Z][a-z0-9]+)+", re.ASCII)
"""``messageText``, ``types.MessageService``: what an object is, and no text of a post."""
_NO_BLANK = re.compile("[!-~]+")
"""A link, an address or a name in code: texts in Latin letters have blanks."""


def guess(columns: Sequence[str], rows: Sequence[Row]) -> Layout:
    """Which columns are which, as far as names and values agree."""
    sample = {name: _values(rows, name) for name in columns}
    found: dict[str, str] = {}
    plain = {name: _plain(name) for name in columns}
    for field, names in _NAMES.items():
        candidates = sorted(
            (name for name in columns if plain[name] in names.split() and name not in found.values()),
            key=lambda name: (names.split().index(plain[name]), _WRAPPERS.match(name) is not None),
        )
        chosen = _best(field, candidates, sample)
        if chosen is not None and not (field == "username" and _is_a_persons(chosen, columns)):
            found[field] = chosen
    _by_values(columns, sample, found)
    orders = {name: order for name in columns if (order := dates.order_of(sample[name])) is not None}
    tdlib_ids = frozenset(name for name in columns if _are_tdlib_ids(sample[name]))
    return Layout(tuple(columns), {field: found[field] for field in _NAMES if field in found}, orders, tdlib_ids)


def is_named(columns: Sequence[str]) -> bool:
    """Whether the names alone say that rows are posts: a text, an id or a link, and a date."""
    plain = {_plain(name) for name in columns}
    has = {field: bool(plain & set(_NAMES[field].split())) for field in ("id", "text", "date", "link")}
    return has["text"] and has["date"] and (has["id"] or has["link"])


def names_a_post(columns: Sequence[str]) -> bool:
    """Whether there is a text by its name, and an id, a date or a link."""
    plain = {_plain(name) for name in columns}
    has = {field: bool(plain & set(_NAMES[field].split())) for field in ("id", "text", "date", "link")}
    return has["text"] and (has["id"] or has["date"] or has["link"])


def _plain(name: str) -> str:
    """The name in small letters alone; ``_`` is where Telethon writes the class of an object: ``media/_``."""
    if _CLASS.fullmatch(name):
        name = f"{name[:-1]}class"
    return re.sub(r"[\W_]+", "", _WRAPPERS.sub("", name, count=1)).lower()


def _is_a_persons(name: str, columns: Iterable[str]) -> bool:
    """``username`` beside the sender's other columns is the sender's."""
    return _plain(name) == "username" and any(_PERSONS.search(other) for other in columns)


def _values(rows: Sequence[Row], name: str) -> list[object]:
    return [value for row in rows if (value := cells.known(value_of(row, name))) is not None]


def value_of(row: Row, column: str) -> object:
    """The value of a column; with dots, of an object within others."""
    value = row.get(column)
    if value is None and "." in column and column not in row:
        found: object = row
        for part in column.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found
    return value


def _best(field: str, candidates: Sequence[str], sample: Mapping[str, list[object]]) -> str | None:
    """The first candidate whose values fit: one that is not empty, and of dates one with a zone, before others."""
    fitting = [name for name in candidates if _fits(field, sample[name])]
    if not fitting and field in ("id", "date"):  # rows with broken ones are rejected, not read without
        candidates = [name for name in candidates if not _all(sample[name], _CHECKS["link"])]
        fitting = [name for name in candidates if _plain(name) in _SURE or any(map(_CHECKS[field], sample[name]))]
    fitting.sort(key=lambda name: not sample[name])  # "message" may be empty beside "cleaned_message"
    if field == "date":
        fitting.sort(key=lambda name: not (sample[name] and all(map(cells.has_zone, sample[name][:5]))))
    return fitting[0] if fitting else None


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(_DATES, cells.is_date),
    "id": lambda value: _id_or_cut(value),
    "text": lambda value: isinstance(value, list) or _may_be_text(value),
    "entities": lambda value: isinstance(value, list) or str(value).startswith("["),
    "caption": lambda value: isinstance(value, str),
    "channel_id": lambda value: type(parse_id(value)) is int or written_out.class_of(value) == "PeerChannel",
    "link": lambda value: cells.link(value) is not None,
    "username": lambda value: isinstance(value, str),
    "title": lambda value: isinstance(value, str) and not value.startswith("@"),
    "channel": lambda value: isinstance(value, str | int),
    "sender_id": lambda value: str(value).strip().startswith("-100"),
    "kind": lambda value: isinstance(value, str | bool | int),
    "media": lambda value: isinstance(value, str | bool | int | dict | list),
    "file_name": lambda value: isinstance(value, str),
    **dict.fromkeys(
        ("views", "forwards", "replies", "reply_to", "forward", "forward_channel_id", "forward_message_id", "album"),
        lambda value: not isinstance(value, dict | list),
    ),
}


def _id_or_cut(value: object) -> bool:
    try:
        return type(parse_id(cells.whole(value, ""))) is int
    except InvalidRecordError:
        return True  # 1.23E+09: an id, of which the rows are rejected


def _fits(field: str, values: list[object]) -> bool:
    check = _CHECKS.get(field)
    if check is None:
        return True
    if not values:
        return field not in ("id", "date", "link")
    return sum(map(check, values)) * 2 > len(values)


def _by_values(columns: Sequence[str], sample: Mapping[str, list[object]], found: dict[str, str]) -> None:
    """Id, date and text by what is in columns whose names say nothing."""
    free = [name for name in columns if name not in found.values() and sample[name]]
    if "link" not in found:
        _take(found, "link", [name for name in free if _all(sample[name], _CHECKS["link"])])
    if "date" not in found:
        _take(found, "date", [name for name in free if _all(sample[name], cells.is_date)])
    free = [name for name in free if name not in found.values()]
    if "id" not in found and "link" not in found:
        _take(found, "id", [name for name in free if _are_ids(sample[name])])
    if "text" not in found:
        free = [
            name for name in free if not _all(sample[name], lambda value: _NO_BLANK.fullmatch(str(value)) is not None)
        ]
        texts = {name: mean(map(len, sample[name])) for name in free if _all(sample[name], _is_text)}  # type: ignore[arg-type]
        longest = max(texts, key=texts.__getitem__, default=None)
        if longest is not None and texts[longest] >= _LONG_TEXT:
            found["text"] = longest


def _take(found: dict[str, str], field: str, candidates: Sequence[str]) -> None:
    """A guess by values needs to be the only one."""
    if len(candidates) == 1:
        found[field] = candidates[0]


def _all(values: Sequence[object], check: Callable[[object], bool]) -> bool:
    return bool(values) and all(map(check, values))


def _are_ids(values: Sequence[object]) -> bool:
    if not _all(values, cells.is_id):
        return False
    numbers = [int(str(parse_id(cells.whole(value, "")))) for value in values]
    return len(set(numbers)) == len(numbers) and (numbers == sorted(numbers) or numbers == sorted(numbers)[::-1])


def _are_tdlib_ids(values: Sequence[object]) -> bool:
    """Whether most are multiples of 2^20, which of Telegram's own ids hardly one is; the others are local messages."""
    numbers = [parse_id(value) for value in values]
    return sum(type(number) is int and number > 0 and not number % STEP for number in numbers) * 2 > len(values)


def _is_text(value: object) -> bool:
    return _may_be_text(value) and not cells.is_date(value) and type(parse_id(value)) is not int


def _may_be_text(value: object) -> bool:
    return isinstance(value, str) and not _OBJECT.fullmatch(value) and not _CLASS_NAME.fullmatch(value)


def flat_columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names of all columns of rows of objects; those of objects within them with dots, two levels deep."""
    names: dict[str, None] = {}
    for row in rows:
        _flatten(row, "", 0, names)
    return tuple(names)


def _flatten(row: Row, prefix: str, depth: int, names: dict[str, None]) -> None:
    for key, value in row.items():
        name = f"{prefix}{key}"
        names[name] = None
        if isinstance(value, dict) and depth < 2:
            _flatten(value, f"{name}.", depth + 1, names)
