"""The file of channels to collect, read with the place of every mistake."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator

from runtime.errors import ConfigurationError, FatalError
from runtime.settings.base import SettingsModel
from runtime.settings.toml_file import TomlFile, read_toml, unknown
from schemas.bounds import ChannelId
from schemas.channel_names import channel_name
from schemas.validation_messages import reason_of

Tier = Literal["high", "normal", "low"]
"""How closely a channel is watched: a bounded set, fit for a metric's label."""
TIERS: tuple[Tier, ...] = get_args(Tier)


class ChannelEntry(SettingsModel):
    """A channel to collect."""

    name: Annotated[str, AfterValidator(channel_name)] = Field(
        description="@name, https://t.me/name, or the channel's id."
    )
    tier: Tier = Field(default="normal", description="How closely it is watched.")
    source: Literal["telegram", "preview"] = Field(default="telegram", description="Where it is read.")
    account: str | None = Field(default=None, description="Account to read it with; unset: any that can.")
    comments: bool = Field(default=False, description="Collect its discussion group as well.")
    backfill: bool = Field(default=False, description="Collect what was posted before it was added.")
    id: ChannelId | None = Field(
        default=None, description="Its id, for archives that hold only its name or title; live collection finds it."
    )
    title: str | None = Field(default=None, min_length=1, description="Its title, as such archives have it.")

    @model_validator(mode="after")
    def _is_one_channel(self) -> Self:
        if self.id is not None and self.known_id != self.id:
            raise ValueError(f"name and id are those of two channels: {self.name} and {self.id}")
        return self

    @property
    def known_id(self) -> int | None:
        """The bare id, where the file has it: in place of a name, or beside it."""
        return self.id if self.name.startswith("@") else int(self.name)

    @property
    def identity(self) -> str:
        """The name as Telegram compares names: without regard to case."""
        return self.name.lower()


class ChannelList(SettingsModel):
    """The file of channels: ``[[channel]]`` tables."""

    channel: tuple[ChannelEntry, ...] = Field(default=(), description="The channels.")


class ChannelFileError(FatalError):
    """The file of channels cannot be written: make it, or its folder, writable."""


class ChannelFile:
    """The file as a long-running process sees it: read again when it has changed."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self.path = path
        self._version: tuple[int, int, int] | None = None

    def changed(self) -> tuple[ChannelEntry, ...] | None:
        """The channels when the file has changed since the last call, else None.

        ConfigurationError, once for each version, explains what is wrong with it: its reader stays with what it knows.
        """
        try:
            state = self.path.stat()
        except OSError:
            version = (0, 0, 0)
        else:
            version = (state.st_mtime_ns, state.st_size, state.st_ino)
        if version == self._version:
            return None
        self._version = version
        return read_channels(self.path)


def read_channels(path: Path) -> tuple[ChannelEntry, ...]:
    """The channels of a file; ConfigurationError lists everything that is wrong with it."""
    if not path.exists():
        raise ConfigurationError(
            [f"{path}: no such file; `tgwire channels add @name` begins one, collect.channels names another"]
        )
    file = read_toml(path)
    try:
        entries = ChannelList.model_validate(file.values).channel
    except ValidationError as error:
        raise ConfigurationError(_problems(error, file)) from None
    if repeated := list(_repeated(entries, file)):
        raise ConfigurationError(repeated)
    return entries


def parse_entry(name: str, place: str, **options: object) -> ChannelEntry:
    """A channel as a person wrote it; ConfigurationError names the place."""
    try:
        return ChannelEntry.model_validate({"name": name, **options})
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        raise ConfigurationError([f"{place}: {name!r}: {reason_of(detail)}"]) from None


def _problems(error: ValidationError, file: TomlFile) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False):
        field = tuple(str(part) for part in detail["loc"])
        place = file.place(field) or file.place(field[:-1]) or file.name
        name = ".".join(part for part in field if not part.isdigit())
        if detail["type"] == "extra_forbidden":
            known = ["channel", *(f"channel.{key}" for key in ChannelEntry.model_fields)]
            yield unknown(f"{place}: {name}: no such field", name, known)
        else:
            yield f"{place}: {name}: {reason_of(detail)}"


def _repeated(entries: tuple[ChannelEntry, ...], file: TomlFile) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        before = first.setdefault(entry.identity, number)
        if before != number:
            place, earlier = (file.place(("channel", str(row), "name")) for row in (number, before))
            yield f"{place}: channel.name: {entry.name} is already at {earlier}"
