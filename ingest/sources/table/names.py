"""Names that columns have, for each field that they can be read as."""

import re
from collections.abc import Iterable, Mapping, Sequence

NAMES: Mapping[str, str] = {
    "id": "messageid msgid postid messageidtg mid idmessage idpost id messagenumber",
    "text": "text messagetext msgtext posttext rawtext fulltext originaltext textoriginal messagecontent content "
    "message messagebody messagemessage msg body post postcontent texto текст сообщение текстсообщения текстпоста "
    "nachricht mensaje contenido contenttexttext",
    "caption": "caption mediacaption contentcaptiontext",
    "entities": "entities messageentities captionentities contenttextentities",
    "date": "dateunixtime unixtimestamp unixtime timestampunix date postedat datetime messagedate msgdate postdate "
    "dateutc datetimeutc publishedat publishdate published createdat created sentat timestamp messagetimestamp time "
    "ts epoch messagedatetime posttime dateposted pubdate fecha datum дата датапубликации время датавремя датачас "
    "originaldate",
    "channel_id": "channelid chatid peeridchannelid peerid peerchannelid channelchannelid dialogid groupid "
    "sourceid toidchannelid idchannel",
    "username": "channelusername chatusername username channelhandle handle peerusername sourceusername channelslug",
    "title": "channeltitle chattitle title channelfullname grouptitle dialogname",
    "channel": "channel chat channelname chatname source sourcechannel sourcename peer group groupname dialog "
    "channellink channelurl канал источник chatid channelid channeltitle chattitle",
    "link": "link url permalink messagelink msglink messageurl posturl postlink ссылка datapost postid messageid id",
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
"""Names of columns for each field, the better ones first; in small letters, without anything between words. ``tg`` or
``telegram`` may be before any of them, and goes before the name without it.

None for ``edited``: Telegram moves that date with reactions as well, and a table seldom says which it was
(``edit_hide``). It would give the state a false rank, so ``--map edited=COLUMN`` alone reads it.
"""

_PREFIX = re.compile(r"(?:telegram|tg)(?=\w)")
_WRAPPERS = re.compile(
    r"(?:_source|channel_post|message|post|metadata|meta|stats|statistics|metrics|counters|engagement|info|data)[./]",
    re.IGNORECASE,
)
"""Objects within a row that hold what is the row's own: ``stats.views``, ``channel_post.text``, and Elasticsearch's
``_source``.
"""
_CLASS = re.compile(r"(?:.*[./])?_")


def is_named(columns: Sequence[str]) -> bool:
    """Whether the names alone say that rows are posts: a text, an id or a link, and a date."""
    has = _named(columns)
    return has["text"] and has["date"] and (has["id"] or has["link"])


def names_a_post(columns: Sequence[str]) -> bool:
    """Whether there is a text by its name, and an id, a date or a link."""
    has = _named(columns)
    return has["text"] and (has["id"] or has["date"] or has["link"])


def _named(columns: Iterable[str]) -> Mapping[str, bool]:
    """Which of what posts need has a column by its name."""
    plain = [plain_name(name) for name in columns]
    needed = {field: NAMES[field].split() for field in ("id", "text", "date", "link")}
    return {field: any(rank_of(name, names) is not None for name in plain) for field, names in needed.items()}


def rank_of(plain: str, names: Sequence[str]) -> tuple[int, bool] | None:
    """How good a name it is, the lower the better; None for none of them."""
    bare = bare_name(plain)
    if bare in names:
        return names.index(bare), bare == plain
    return (names.index(plain), True) if plain in names else None


def plain_name(name: str) -> str:
    """The name in small letters alone; ``_`` is where Telethon writes the class of an object: ``media/_``."""
    if _CLASS.fullmatch(name):
        name = f"{name[:-1]}class"
    return re.sub(r"[\W_]+", "", _WRAPPERS.sub("", name, count=1)).lower()


def bare_name(plain: str) -> str:
    """A name in small letters without ``tg`` or ``telegram`` before it."""
    return _PREFIX.sub("", plain, count=1)


def is_wrapped(name: str) -> bool:
    """Whether a column is of an object within the row: ``stats.views``."""
    return _WRAPPERS.match(name) is not None
