"""Settings of the worker and of duplicate detection."""

from pathlib import Path
from typing import Annotated

from platformdirs import user_state_path
from pydantic import AfterValidator, Field

from runtime.settings.base import SettingsModel, folder_or_bucket


class WorkerSettings(SettingsModel):
    """The Faust worker."""

    group: str = Field(default="tgwire", min_length=1, description="Consumer group.")
    data_dir: Path = Field(
        default_factory=lambda: user_state_path("tgwire") / "worker",
        description="Folder of local state; unset: worker in ingest.state_dir.",
        examples=["/var/lib/tgwire/worker"],
    )
    snapshots: Annotated[str, Field(min_length=1), AfterValidator(folder_or_bucket)] | None = Field(
        default=None,
        description="Where workers share snapshots of the duplicate index, from which a new one starts: a folder that "
        "all have mounted, or s3://BUCKET/PREFIX (extra s3; address and credentials in AWS_... variables).",
        examples=["/mnt/shared/tgwire", "s3://tgwire/snapshots"],
    )
    snapshot_interval_s: float = Field(
        default=3600.0, gt=0, description="Time between the snapshots of a partition that are shared."
    )
    batch_size: int = Field(default=1000, gt=0, description="Most posts handled at once.")
    batch_wait_s: float = Field(
        default=0.1, gt=0, description="Longest wait to fill a batch; with little to do there is hardly any."
    )
    keep_days: int = Field(
        default=90,
        gt=0,
        description="The last state of a post is kept for this many days after it was written; a deletion "
        "for ever. Not below dedup.keep_days.",
    )
    commit_interval_s: float = Field(default=0.5, gt=0, description="Time between offset commits.")
    session_timeout_s: float = Field(default=10.0, gt=0, description="A worker silent for this long is gone.")
    stall_timeout_s: float = Field(
        default=60.0, gt=0, description="A partition without progress for this long is a fault."
    )
    post_budget_s: float = Field(
        default=5.0, gt=0, description="CPU time for one post; one that takes longer is a dead letter."
    )
    flat: bool = Field(
        default=False,
        description="Also write posts.flat, quotes.flat, citations.flat and duplicates.flat, for Kafka Connect, Flink "
        "and the like.",
    )


SPARE_DAYS = 23
"""Days that duplicate detection keeps a post beyond its window: for archives that are brought late."""


class DedupSettings(SettingsModel):
    """Duplicate detection."""

    window_days: int = Field(
        default=7, ge=0, le=60, description="A post is compared with posts of this many days before and after its own."
    )
    keep_days: int | None = Field(
        default=None,
        gt=0,
        description="The posts of a day are kept for this long after the last of them arrived, their fingerprints in "
        "Kafka as long; unset: window_days and 23 more.",
        examples=[30],
    )
    max_unreadable: int = Field(
        default=100,
        ge=0,
        description="Unreadable records of a partition of posts.fingerprints or posts.states that are skipped; "
        "more end the worker.",
    )
    save_interval_s: float = Field(default=300.0, gt=0, description="Time between saves of the index to data_dir.")

    @property
    def kept_days(self) -> int:
        """``keep_days``, or what it is when it is not set."""
        return self.window_days + SPARE_DAYS if self.keep_days is None else self.keep_days
