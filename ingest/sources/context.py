"""What a reader is given for one pass over a file: the options, the channel's identity, a place for remarks."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.channel_fields import readable_name
from ingest.sources.format import ArchiveRecord, EmptyMessageError, place_of
from ingest.sources.options import ReadOptions
from schemas import Channel, Counters, ForwardOrigin, Media, PostSource, RawPost, Reply, TextEntity, synthetic_id
from schemas.plurals import counted

_MAY_HAVE_ATTACHMENTS = "a post without a text is kept: the file does not say what was attached"
_FEW = 3
"""So many channels whose id is derived are named, more of them counted."""
_raw_post: Callable[[dict[str, object]], RawPost] = RawPost.__pydantic_validator__.validate_python
_post_source: Callable[[dict[str, object]], PostSource] = PostSource.__pydantic_validator__.validate_python


class ReadContext:
    """Builds posts of one file, and collects what a user should know about it."""

    def __init__(self, kind: str, file: ArchiveFile, options: ReadOptions) -> None:
        self.options = options
        self.file = file
        self._kind = kind
        self._remarks: Counter[str] = Counter()
        self._first_places: dict[str, str] = {}
        """Of the remarks on fields."""
        self.record: ArchiveRecord | None = None
        """The one that is mapped now; None between records."""
        self._derived: list[str] = []
        """Names of the first channels whose id is derived."""
        self._derived_count = 0
        self._channels: dict[tuple[object, ...], Channel] = {}
        self._has_dates, self._undated = False, 0
        self._first_undated = ""
        self.says_attachments = True
        """False where a post may have had an attachment of which the file says nothing."""

    def warn(self, message: str) -> None:
        """Remark on the file once, however often it is called; a remark holds no text of posts."""
        self._remarks[message] += 1

    def unknown(self, field: str, what: str) -> None:
        """Remark that a field is of a wrong type, and is read as if it were not there: ``what`` it should be. The
        first record where it is so is named.
        """
        self._remark_on_record(f"{field} holds what is no {what}; it is left unknown")

    def replaced_half_pair(self) -> None:
        """Remark that a text holds U+FFFD in place of half a surrogate pair; the first such record is named."""
        self._remark_on_record("half a surrogate pair in a text is replaced by U+FFFD")

    def _remark_on_record(self, message: str) -> None:
        if self.record is not None and message not in self._remarks:
            self._first_places[message] = place_of(self.record)
        self.warn(message)

    @property
    def warnings(self) -> list[str]:
        """The remarks so far, with how often each was made."""
        said = [f"{message}{self._where(message, times)}" for message, times in self._remarks.items()]
        if self._has_dates and self._undated:
            first = f" (first in {self._first_undated})" if self._first_undated else ""
            posts = counted(self._undated, "post")
            said.append(f"{posts} without a date, or with one of 1970, among others with one{first}")
        return [*self._remarks_on_ids(), *said]

    def _where(self, message: str, times: int) -> str:
        place = self._first_places.get(message)
        if times == 1:
            return f" ({place})" if place else ""
        return f" ({times:,} times, first in {place})" if place else f" ({times:,} times)"

    def _remarks_on_ids(self) -> list[str]:
        if self._derived_count <= _FEW:
            what = "is unknown, and one is derived from its name; --channel ID gives it"
            return [f"the id of channel {name} {what}" for name in self._derived]
        names = f"{', '.join(self._derived)} and {self._derived_count - _FEW:,} others"
        return [f"the ids of {names} are unknown, and are derived from their names; channels.toml can give them"]

    def channel(
        self, *, channel_id: int | None = None, username: str | None = None, title: str | None = None, fallback: str
    ) -> Channel:
        """The channel of posts, by what the file says of it; cheap to call for each post.

        Without an id in the file it is the one of ``--channel``, else one that is known elsewhere by this username or
        title, else one that is derived from the username, the title or ``fallback`` (say, the folder's name), of which
        the user is warned. ValidationError for an id that cannot be.
        """
        key = (channel_id, username, title, fallback)
        found = self._channels.get(key)
        if found is None:
            found = self._channels[key] = self._resolve(channel_id, username, title, fallback)
        return found

    def _resolve(self, channel_id: int | None, username: str | None, title: str | None, fallback: str) -> Channel:
        username = (username or "").removeprefix("@") or None
        if channel_id is not None:
            return Channel(id=channel_id, username=username, title=title or None)
        given = self.options.channel
        if given is not None:
            channel_id, username, title = given.id, given.username or username, given.title or title
        if channel_id is None:
            known = self._known(username, title)
            if known is not None:
                return Channel(id=known.id, username=username or known.username, title=title or known.title)
            name = f"@{username.lower()}" if username else title or readable_name(fallback)
            channel_id, title = synthetic_id(name), title or (None if username else name)
            self._derived_count += 1
            if len(self._derived) < _FEW:
                self._derived.append(name)
        return Channel(id=channel_id, username=username, title=title or None)

    def _known(self, username: str | None, title: str | None) -> Channel | None:
        find = self.options.directory.find
        found: Sequence[Channel] = find(username=username) if username else find(title=title) if title else ()
        if len(found) > 1:
            self.warn(f"{len(found)} channels are known as {username or title}; --channel ID says which one it is")
        return found[0] if len(found) == 1 else None

    def post(
        self,
        channel: Channel,
        message_id: int,
        *,
        place: int | None,
        posted_at: datetime | None = None,
        edited_at: datetime | None = None,
        text: str = "",
        entities: tuple[TextEntity, ...] = (),
        media: tuple[Media, ...] = (),
        forward: ForwardOrigin | None = None,
        reply_to: Reply | None = None,
        album_id: int | None = None,
        counters: Counters | None = None,
        original: object = None,
        file_name: str | None = None,
    ) -> RawPost:
        """A post of this file. ``place`` is ``Record.line`` or ``.number``, ``original`` the parsed payload, which
        is kept when the user wants it. ValidationError for what cannot be, EmptyMessageError for what has neither a
        text nor an attachment, unless the file does not say what is attached.
        """
        if not media and (not text or text.isspace()):
            if self.says_attachments:
                raise EmptyMessageError
            self.warn(_MAY_HAVE_ATTACHMENTS)
        fields: dict[str, object] = {
            "channel": channel,
            "message_id": message_id,
            "text": text,
            "source": self._source(place, file_name),
            "lane": self.options.lane,
        }
        if self.options.keeps_original:
            fields["original"] = original
        # What is left out costs nothing: a third of the time of a post went into saying None.
        if posted_at is not None:
            fields["posted_at"] = posted_at
            self._has_dates = True
        else:
            if not self._undated and self.record is not None:
                self._first_undated = place_of(self.record)
            self._undated += 1
        if edited_at is not None:
            fields["edited_at"] = edited_at
        if entities:
            fields["entities"] = entities
        if media:
            fields["media"] = media
        if forward is not None:
            fields["forward"] = forward
        if reply_to is not None:
            fields["reply_to"] = reply_to
        if album_id is not None:
            fields["album_id"] = album_id
        if counters is not None:
            fields["counters"] = counters
        return _raw_post(fields)

    def taken_over(self, post: RawPost, *, place: int | None, original: object = None) -> RawPost:
        """A post that the parser of a live source has built, as one of this file: nobody collected it."""
        return post.model_copy(
            update={
                "collected_at": None,
                "source": self._source(place, None),
                "lane": self.options.lane,
                "original": original if self.options.keeps_original else None,
            }
        )

    def _source(self, place: int | None, file_name: str | None) -> PostSource:
        return _post_source({"kind": self._kind, "name": file_name or self.file.name, "position": place})
