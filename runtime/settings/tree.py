"""The one configuration tree. Read once at the edge and passed down.

``runtime.settings.loading.load_settings`` reads it. Sources, later ones win: defaults, a TOML file,
``KAFKA_BOOTSTRAP_SERVERS`` for the brokers alone, environment variables (``TGWIRE_KAFKA__TOPIC_PREFIX``).
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings.collect import CollectSettings, PreviewSettings, TelegramSettings
from schemas.base import SettingsModel, words

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:,/]+):([0-9]{1,5})")


def _brokers(value: str) -> str:
    servers = [server.strip() for server in value.split(",")]
    for server in servers:
        match = _HOST_AND_PORT.fullmatch(server)
        if match is None or not 0 < int(match[2]) < 65536:
            raise ValueError("expected host:port, or several with commas between")
    return ",".join(servers)


def _folder_or_bucket(place: str) -> str:
    if "://" in place and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/.*)?", place):
        raise ValueError("expected a folder, or s3://BUCKET/PREFIX")
    return place


class KafkaSettings(SettingsModel):
    """The cluster, and how to speak to it."""

    bootstrap_servers: Annotated[str, AfterValidator(_brokers)] | None = Field(
        default=None, description="Brokers: host:port, comma-separated.", examples=["localhost:9092"]
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Transport security."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="SASL mechanism, with a SASL_ protocol."
    )
    username: str | None = Field(default=None, description="SASL user.", examples=["tgwire"])
    password: SecretStr | None = Field(
        default=None, description="SASL password; better set as TGWIRE_KAFKA__PASSWORD than in a file."
    )
    ssl_cafile: Path | None = Field(default=None, description="CA certificates (PEM); unset: the system's.")
    ssl_certfile: Path | None = Field(default=None, description="Client certificate (PEM).")
    ssl_keyfile: Path | None = Field(default=None, description="Client key (PEM, not encrypted).")
    topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$", description="Put before every topic name.")
    replication_factor: int = Field(default=-1, ge=-1, description="For created topics; -1 is the broker's default.")
    raw_retention_days: int = Field(
        default=30, gt=0, description="Days that created topics keep raw posts: how far back records can be rebuilt."
    )
    idempotent: bool = Field(default=True, description="Idempotent producers; off only for a broker without them.")
    request_timeout_s: float = Field(default=30.0, gt=0, description="Longest wait for one request.")

    @model_validator(mode="after")
    def _credentials_go_with_sasl(self) -> "KafkaSettings":
        if self.security_protocol.startswith("SASL_") and (self.username is None or self.password is None):
            raise ValueError(f"security_protocol {self.security_protocol} needs username and password")
        return self

    @model_validator(mode="after")
    def _files_go_with_tls(self) -> "KafkaSettings":
        files = {"ssl_cafile": self.ssl_cafile, "ssl_certfile": self.ssl_certfile, "ssl_keyfile": self.ssl_keyfile}
        given = [name for name, path in files.items() if path is not None]
        if given and not self.has_tls:
            raise ValueError(f"{given[0]} needs security_protocol SSL or SASL_SSL, not {self.security_protocol}")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("ssl_keyfile needs ssl_certfile")
        return self

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")


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


class LanguageSettings(SettingsModel):
    """Language detection."""

    languages: (
        Annotated[
            tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], BeforeValidator(words), Field(min_length=1)
        ]
        | None
    ) = Field(
        default=None,
        description="Languages to expect, as ISO 639 codes; unset: those of docs/language.md.",
        examples=[["en", "ru", "uk"]],
    )
    prior: Path | None = Field(
        default=None, description="File of channel priors, written by `tgwire language-prior`.", examples=["prior.json"]
    )
    second_model: Literal["py3langid", "lingua"] = Field(
        default="py3langid", description="Model for short and close cases; lingua needs the extra of that name."
    )


class QuoteSettings(SettingsModel):
    """Media-quote lists."""

    outlets: Path | None = Field(
        default=None,
        description="File of outlets of your own, added to the registry; its form is in docs/quotes.md.",
        examples=["outlets.toml"],
    )


class WorkerSettings(SettingsModel):
    """The Faust worker."""

    group: str = Field(default="tgwire", min_length=1, description="Consumer group.")
    data_dir: Path = Field(
        default_factory=lambda: user_state_path("tgwire") / "worker",
        description="Folder of local state; unset: worker in ingest.state_dir.",
        examples=["/var/lib/tgwire/worker"],
    )
    snapshots: Annotated[str, Field(min_length=1), AfterValidator(_folder_or_bucket)] | None = Field(
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
        description="What is known of a post's last state is forgotten so many days after it was written; a deletion "
        "never. Not below dedup.keep_days.",
    )
    commit_interval_s: float = Field(default=0.5, gt=0, description="Time between offset commits.")
    session_timeout_s: float = Field(default=10.0, gt=0, description="A worker silent for this long is gone.")
    stall_timeout_s: float = Field(
        default=60.0, gt=0, description="A partition without progress for so long is a fault."
    )
    post_budget_s: float = Field(
        default=5.0, gt=0, description="CPU time for one post; one that takes longer is a dead letter."
    )


SPARE_DAYS = 23
"""Days that duplicate detection keeps a post beyond its window: for archives that are brought late."""


class DedupSettings(SettingsModel):
    """Duplicate detection."""

    window_days: int = Field(
        default=7, ge=0, le=60, description="A post is compared with posts of so many days before and after its own."
    )
    keep_days: int | None = Field(
        default=None,
        gt=0,
        description="Forget the posts of a day so long after the last of them arrived, and keep their fingerprints in "
        "Kafka for so long; unset: window_days and 23 more.",
        examples=[30],
    )
    max_unreadable: int = Field(
        default=100,
        ge=0,
        description="Unreadable records of a partition of posts.fingerprints or posts.states that are passed over; "
        "more end the worker.",
    )
    save_interval_s: float = Field(default=300.0, gt=0, description="Time between saves of the index to data_dir.")

    @property
    def kept_days(self) -> int:
        """``keep_days``, or what it is when it is not set."""
        return self.window_days + SPARE_DAYS if self.keep_days is None else self.keep_days


class HttpSettings(SettingsModel):
    """The endpoint of /metrics, /healthz and /readyz."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=0, ge=0, le=65535, description="Port; 0 takes a free one and logs it.")


class LogSettings(SettingsModel):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level shown.")
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: console on a terminal, else JSON lines."
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="TGWIRE_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    kafka: KafkaSettings = Field(default=KafkaSettings(), description="The cluster, and how to speak to it.")
    ingest: IngestSettings = Field(default_factory=IngestSettings, description="The collector and replays.")
    telegram: TelegramSettings = Field(default=TelegramSettings(), description="Access to Telegram.")
    collect: CollectSettings = Field(default_factory=CollectSettings, description="Live collection.")
    preview: PreviewSettings = Field(default=PreviewSettings(), description="Public web previews of channels.")
    language: LanguageSettings = Field(default=LanguageSettings(), description="Language detection.")
    quotes: QuoteSettings = Field(default=QuoteSettings(), description="Media-quote lists.")
    worker: WorkerSettings = Field(default_factory=WorkerSettings, description="The Faust worker.")
    dedup: DedupSettings = Field(default=DedupSettings(), validate_default=True, description="Duplicate detection.")
    http: HttpSettings = Field(default=HttpSettings(), description="The endpoint of /metrics, /healthz and /readyz.")
    log: LogSettings = Field(default=LogSettings(), description="Logging.")

    @field_validator("dedup")
    @classmethod
    def _states_outlive_duplicates(cls, dedup: DedupSettings, info: ValidationInfo) -> DedupSettings:
        worker = info.data.get("worker")
        if worker is not None and worker.keep_days < dedup.kept_days:
            raise ValueError(
                f"keep_days is {dedup.kept_days}, but worker.keep_days {worker.keep_days}: it must not be less, since "
                "the analysis must know each post that duplicate detection knows"
            )
        return dedup
