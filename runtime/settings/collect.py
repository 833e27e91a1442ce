"""Settings of live collection, and the list of channels."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from platformdirs import user_state_path
from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat, PositiveInt, SecretStr, model_validator

from schemas.base import SettingsModel, words
from schemas.channel_names import channel_name

Tier = Literal["high", "normal", "low"]
"""How closely a channel is watched: a bounded set, fit for a metric's label."""
TIERS: tuple[Tier, ...] = get_args(Tier)


class AccountSettings(SettingsModel):
    """One Telegram account."""

    name: str = Field(default="main", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Name in logs and metrics.")
    session: Path | None = Field(
        default=None,
        description="Session file; unset: sessions/NAME.session in ingest.state_dir.",
        examples=["main.session"],
    )
    proxy: SecretStr | None = Field(
        default=None,
        description="socks5://, socks4:// or http://[user:password@]host:port.",
        examples=["socks5://localhost:1080"],
    )
    device_model: str = Field(default="tgwire", min_length=1, description="Device, as Telegram shows it to the owner.")
    system_version: str = Field(default="1", min_length=1, description="System, as Telegram shows it.")
    app_version: str = Field(default="1", min_length=1, description="Application, as Telegram shows it.")
    lang_code: str = Field(default="en", pattern=r"^[a-z]{2}(-[a-zA-Z]+)?$", description="Language of the application.")


class TelegramSettings(SettingsModel):
    """Access to Telegram."""

    api_id: PositiveInt | None = Field(
        default=None, description="Of your application: my.telegram.org, API development tools.", examples=[12345]
    )
    api_hash: SecretStr | None = Field(
        default=None, description="Of your application; better set as TGWIRE_TELEGRAM__API_HASH than in a file."
    )
    accounts: tuple[AccountSettings, ...] = Field(
        default=(AccountSettings(),), min_length=1, description="Accounts: [[telegram.accounts]] tables."
    )
    request_timeout_s: float = Field(default=30.0, gt=0, description="A request that takes longer is given up.")
    requests_per_s: float = Field(
        default=1.0, gt=0, description="Pace of an account's requests that can wait: sweeps, counts, history."
    )
    server: str | None = Field(
        default=None, description="host:port of a data centre of your own.", examples=["localhost:4430"]
    )
    server_key: Path | None = Field(default=None, description="Its public RSA key (PEM).")

    @model_validator(mode="after")
    def _names_differ(self) -> "TelegramSettings":
        names = [account.name for account in self.accounts]
        if len(set(names)) < len(names):
            raise ValueError("two accounts have the same name")
        return self


class CollectSettings(SettingsModel):
    """Live collection."""

    channels: Path = Field(default=Path("channels.toml"), description="File of channels, read again when it changes.")
    max_queue: int = Field(
        default=10_000, gt=0, description="Posts that wait to be published; above it a channel is read again later."
    )
    sweep_high_s: float = Field(default=60.0, gt=0, description="A channel of tier high is looked at so often.")
    sweep_normal_s: float = Field(default=600.0, gt=0, description="A channel of tier normal.")
    sweep_low_s: float = Field(default=3600.0, gt=0, description="A channel of tier low.")
    album_wait_s: float = Field(default=1.0, ge=0, description="Longest wait for the next part of an album.")
    recheck_h: Annotated[tuple[PositiveFloat, ...], BeforeValidator(words)] = Field(
        default=(1.0, 6.0, 24.0, 168.0),
        description="Ages in hours at which a post is read again: counts, edits, deletions.",
    )
    keep_days: int = Field(default=30, gt=0, description="An edit or deletion of a post so old can be recognised.")
    media_dir: Path = Field(
        default_factory=lambda: user_state_path("tgwire") / "media",
        description="Folder of files that --media stores; unset: media in ingest.state_dir.",
        examples=["/var/lib/tgwire/media"],
    )
    media_max_bytes: int = Field(default=20_000_000, gt=0, description="A larger file is left out, and counted.")
    media_types: Annotated[tuple[str, ...], BeforeValidator(words)] = Field(
        default=("image/*",), description="MIME types to store; * after the slash takes all.", examples=[["image/*"]]
    )


class PreviewSettings(SettingsModel):
    """Public web previews of channels: a live source without an account."""

    enabled: bool = Field(default=False, description="Read channels whose source is preview from there.")
    base_url: str = Field(default="https://t.me/s/", pattern=r"^https?://", description="Address before the name.")
    interval_s: float = Field(default=5.0, gt=0, description="Least time between two requests.")
    request_timeout_s: float = Field(default=30.0, gt=0, description="A request that takes longer is given up.")
    user_agent: str = Field(default="tgwire", min_length=1, description="User-Agent header.")


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

    @property
    def identity(self) -> str:
        """The name as Telegram compares names: without regard to case."""
        return self.name.lower()


class ChannelList(SettingsModel):
    """The file of channels: ``[[channel]]`` tables."""

    channel: tuple[ChannelEntry, ...] = Field(default=(), description="The channels.")
