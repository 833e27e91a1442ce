"""Options of all commands that read archives, and what they become."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ingest.errors import InvalidMapError
from ingest.sources.format import Format
from ingest.sources.known_formats import FORMATS, format_by_name
from ingest.sources.options import Chats, GivenChannel, ReadOptions
from ingest.sources.selection import Selection
from ingest.sources.table.columns import parse_map
from runtime.settings.tree import Settings
from schemas import Lane
from schemas.channel_names import channel_name
from tgwire.known_channels import known_channels

_PANEL = "What archives are and what they do not say"
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")


def _option(name: str, help_: str, metavar: str | None = None) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(name, help=help_, metavar=metavar, rich_help_panel=_PANEL)


FormatName = Annotated[str | None, _option("--format", "Format of all files; default: recognised by content.", "NAME")]
ChannelOption = Annotated[
    str | None, _option("--channel", "@name or id of the channel, for files that do not name theirs.", "CHANNEL")
]
Timezone = Annotated[str | None, _option("--timezone", "Time zone of dates without one: Europe/Kyiv, UTC+3.", "ZONE")]
ChatsOption = Annotated[Chats, _option("--chats", "Which chats of a full export to read.")]
Columns = Annotated[
    list[str] | None,
    _option("--map", "Columns of a table to read fields from: text=message,date=posted.", "FIELD=COLUMN"),
]
Markup = Annotated[str | None, _option("--markup", "Parse Telethon's markdown in texts.", "markdown")]
JoinAlbums = Annotated[bool, _option("--join-albums", "Join an album's parts where the format does not group them.")]
Original = Annotated[bool, _option("--original", "Keep each record of the archive in the field original.")]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="Posts of this date (UTC) or later.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Posts before this date (UTC).")]
FromId = Annotated[int | None, typer.Option("--from-id", min=1, help="Posts with this id or a higher one.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Maximum number of posts.")]


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """The options for reading archives, as the user wrote them."""

    format: str | None = None
    channel: str | None = None
    timezone: str | None = None
    chats: Chats = "channels"
    columns: tuple[str, ...] = ()
    markup: str | None = None
    joins_albums: bool = False
    keeps_original: bool = False

    def given_format(self) -> Format | None:
        """The format; BadParameter names those that are known."""
        if self.format is None:
            return None
        found = format_by_name(self.format)
        if found is None:
            known = ", ".join(each.name for each in FORMATS)
            raise typer.BadParameter(f"known formats are {known}", param_hint="--format")
        return found

    def read_options(self, lane: Lane, settings: Settings) -> ReadOptions:
        """The options as readers take them; BadParameter for what cannot be."""
        if self.markup not in (None, "markdown"):
            raise typer.BadParameter("only markdown is known", param_hint="--markup")
        return ReadOptions(
            lane=lane,
            channel=_channel(self.channel),
            directory=known_channels(settings),
            timezone=_timezone(self.timezone),
            chats=self.chats,
            keeps_original=self.keeps_original,
            columns=_columns(self.columns),
            is_markdown=self.markup == "markdown",
            joins_albums=self.joins_albums,
        )

    @property
    def variant(self) -> str:
        """The options by which posts differ from those that the same files give without them: part of their cursors'
        keys.
        """
        given = {
            "format": self.format,
            "channel": self.channel,
            "timezone": self.timezone,
            "chats": self.chats if self.chats != "channels" else None,
            "map": ",".join(self.columns) or None,
            "markup": self.markup,
            "albums": self.joins_albums or None,
            "original": self.keeps_original or None,
        }
        return "&".join(f"{name}={value}" for name, value in given.items() if value is not None)


def selection(since: str | None, until: str | None, from_id: int | None) -> Selection:
    """The part of the archives that is wanted; BadParameter for what is no date, and where no date can be of it."""
    chosen = Selection(_date(since, "--since"), _date(until, "--until"), from_id)
    if chosen.since is not None and chosen.until is not None and chosen.since >= chosen.until:
        raise typer.BadParameter("--since is not before --until: nothing lies between them")
    return chosen


def _date(written: str | None, option: str) -> datetime | None:
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter("expected a date: 2024-05-01, 2024-05-01T12:00:00Z", param_hint=option) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _channel(written: str | None) -> GivenChannel | None:
    if written is None:
        return None
    try:
        name = channel_name(written)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--channel") from None
    return GivenChannel(username=name[1:]) if name.startswith("@") else GivenChannel(id=int(name))


def _timezone(written: str | None) -> tzinfo | None:
    if written is None:
        return None
    if match := _OFFSET.fullmatch(written):
        sign, hours, minutes = match[1], int(match[2]), int(match[3] or 0)
        if hours <= 14 and minutes < 60:
            moment = datetime.fromisoformat(f"2000-01-01T00:00:00{sign}{hours:02}:{minutes:02}")
            return moment.tzinfo
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "unknown; expected a zone such as Europe/Kyiv, or an offset such as UTC+3"
        raise typer.BadParameter(hint, param_hint="--timezone") from None


def _columns(written: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    try:
        return parse_map(written)
    except InvalidMapError as error:
        raise typer.BadParameter(str(error).removeprefix("--map: "), param_hint="--map") from None
