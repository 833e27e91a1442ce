"""Settings of the sinks."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from runtime.settings.base import FolderOrAddress, SettingsModel, folder_or_bucket
from runtime.settings.list_values import words
from schemas.topics import CHANNEL_STATES, CITATIONS, COUNTERS, DUPLICATES, NORMALIZED, QUOTES, Topic

SinkName = Literal["store", "jsonl", "parquet", "webhook"]
RECORD_TOPICS = (NORMALIZED, QUOTES, CITATIONS, DUPLICATES, COUNTERS, CHANNEL_STATES)
"""Topics of records for other programs to read."""


def _names(topics: tuple[Topic, ...]) -> tuple[str, ...]:
    return tuple(topic.name for topic in topics)


def _known_topics(names: tuple[str, ...]) -> tuple[str, ...]:
    known = _names(RECORD_TOPICS)
    for name in names:
        if name not in known:
            raise ValueError(f"no such topic: {name}; expected some of {', '.join(known)}")
    if not names:
        raise ValueError("name one topic at least")
    return tuple(dict.fromkeys(names))


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        ip_network(network)  # its ValueError names what is wrong
    return networks


TopicNames = Annotated[tuple[str, ...], BeforeValidator(words), AfterValidator(_known_topics)]


class JsonlSinkSettings(SettingsModel):
    """JSON lines, exactly once."""

    folder: Path = Field(
        default_factory=lambda: user_state_path("tgwire") / "jsonl",
        description="Folder of the files; unset: jsonl in ingest.state_dir.",
        examples=["/var/lib/tgwire/jsonl"],
    )
    topics: TopicNames = Field(
        default=_names(RECORD_TOPICS), description="Topics to write, each into files of its own."
    )
    max_bytes: int = Field(
        default=256 << 20, gt=0, description="A file that has reached this size is followed by another."
    )
    batch_records: int = Field(default=5000, gt=0, description="Most records of a partition that are written at once.")
    batch_wait_s: float = Field(default=1.0, gt=0, description="Longest wait to fill a batch.")


class ParquetSinkSettings(SettingsModel):
    """Parquet by day, as Delta tables."""

    place: Annotated[str, FolderOrAddress, Field(min_length=1), AfterValidator(folder_or_bucket)] = Field(
        default_factory=lambda: str(user_state_path("tgwire") / "parquet"),
        description="A folder, or s3://BUCKET/PREFIX (address and credentials in AWS_... variables); unset: parquet in "
        "ingest.state_dir.",
        examples=["/var/lib/tgwire/parquet", "s3://tgwire/parquet"],
    )
    batch_records: int = Field(
        default=20_000, gt=0, description="Most records of a partition that are written at once."
    )
    batch_wait_s: float = Field(default=30.0, gt=0, description="Longest wait to fill a batch.")
    compact_interval_s: float = Field(
        default=3600.0, gt=0, description="Time between two rounds in which small files of a day become larger ones."
    )
    keep_replaced_h: float = Field(
        default=24.0, ge=0, description="Hours for which files that others have replaced stay, for queries that run."
    )


class WebhookSinkSettings(SettingsModel):
    """Signed requests to a receiver, at least once."""

    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of the receiver.",
        examples=["https://example.org/hook"],
    )
    secret: SecretStr | None = Field(
        default=None,
        description="Key of the signatures, 24 characters or more; better set as TGWIRE_SINK__WEBHOOK__SECRET than in "
        "a file.",
    )
    topics: TopicNames = Field(default=(NORMALIZED.name,), description="Topics whose records are sent.")
    begin: Literal["end", "start"] = Field(
        default="end", description="Where the first start begins: with what comes from then on, or with all there is."
    )
    concurrency: int = Field(
        default=8, gt=0, le=256, description="Requests at a time; those of one key follow each other."
    )
    timeout_s: float = Field(default=10.0, gt=0, description="A request that takes longer is tried again.")
    retry_s: float = Field(
        default=3600.0, gt=0, description="A record that the receiver fails on for this long becomes a dead letter."
    )
    networks: Annotated[tuple[str, ...], BeforeValidator(words), AfterValidator(_networks)] = Field(
        default=(),
        description="Networks beside the public ones that the receiver may be in.",
        examples=[["10.0.0.0/8"]],
    )
    batch_records: int = Field(default=200, gt=0, description="Most records of a partition between two commits.")
    batch_wait_s: float = Field(default=0.2, gt=0, description="Longest wait to fill a batch.")


class SinkSettings(SettingsModel):
    """Sinks, each with a table of its own."""

    jsonl: JsonlSinkSettings = Field(default_factory=JsonlSinkSettings, description="JSON lines, exactly once.")
    parquet: ParquetSinkSettings = Field(default_factory=ParquetSinkSettings, description="Parquet by day.")
    webhook: WebhookSinkSettings = Field(
        default=WebhookSinkSettings(), description="Signed requests to a receiver, at least once."
    )
