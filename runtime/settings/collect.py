"""Settings of live collection."""

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import (
    BeforeValidator,
    Field,
    PositiveFloat,
)

from runtime.settings.base import SettingsModel
from runtime.settings.list_values import words


class IngestSettings(SettingsModel):
    """The collector and replays."""

    state_dir: Path = Field(
        default_factory=lambda: user_state_path("tgwire"),
        description="Folder of cursors, ledger, sessions and run files; unset: tgwire in the user's state folder.",
        examples=["/var/lib/tgwire"],
    )
    compression: Literal["none", "gzip", "lz4", "zstd"] = Field(default="lz4", description="Of published batches.")
    linger_ms: int = Field(default=20, ge=0, description="Longest wait to fill a batch.")
    max_in_flight: int = Field(default=5000, gt=0, description="Published posts that await acknowledgement.")
    delivery_timeout_s: float = Field(default=120.0, gt=0, description="Give up on a post after this long.")


class CollectSettings(SettingsModel):
    """Live collection."""

    channels: Path = Field(default=Path("channels.toml"), description="File of channels, read again when it changes.")
    max_queue: int = Field(
        default=10_000, gt=0, description="Posts that wait to be published; above it a channel is read again later."
    )
    sweep_high_s: float = Field(default=60.0, gt=0, description="Time between two reads of a channel of tier high.")
    sweep_normal_s: float = Field(default=600.0, gt=0, description="The same for tier normal.")
    sweep_low_s: float = Field(default=3600.0, gt=0, description="The same for tier low.")
    album_wait_s: float = Field(default=1.0, ge=0, description="Longest wait for the next part of an album.")
    recheck_h: Annotated[tuple[PositiveFloat, ...], BeforeValidator(words)] = Field(
        default=(1.0, 6.0, 24.0, 168.0),
        description="Ages in hours at which a post is read again: counts, edits, deletions.",
    )
    keep_days: int = Field(default=30, gt=0, description="Days for which edits and deletions of a post are recognised.")
    media_dir: Path = Field(
        default_factory=lambda: user_state_path("tgwire") / "media",
        description="Folder of files that --media stores; unset: media in ingest.state_dir.",
        examples=["/var/lib/tgwire/media"],
    )
    media_max_bytes: int = Field(default=20_000_000, gt=0, description="Larger files are skipped and counted.")
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
