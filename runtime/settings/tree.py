"""The configuration tree. Read once at the edge and passed down.

``runtime.settings.loading.load_settings`` reads it. Sources, later ones win: defaults, a TOML file,
``KAFKA_BOOTSTRAP_SERVERS`` for the brokers alone, environment variables (``TGWIRE_KAFKA__TOPIC_PREFIX``).
"""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings.analysis import LanguageSettings, QuoteSettings
from runtime.settings.collect import CollectSettings, IngestSettings, PreviewSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import HttpSettings, LogSettings
from runtime.settings.sink import SinkSettings
from runtime.settings.store import StoreSettings
from runtime.settings.telegram import TelegramSettings
from runtime.settings.worker import DedupSettings, WorkerSettings


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="TGWIRE_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    kafka: KafkaSettings = Field(default=KafkaSettings(), description="Connection to the Kafka cluster.")
    ingest: IngestSettings = Field(default_factory=IngestSettings, description="The collector and replays.")
    telegram: TelegramSettings = Field(default=TelegramSettings(), description="Access to Telegram.")
    collect: CollectSettings = Field(default_factory=CollectSettings, description="Live collection.")
    preview: PreviewSettings = Field(default=PreviewSettings(), description="Public web previews of channels.")
    language: LanguageSettings = Field(default=LanguageSettings(), description="Language detection.")
    quotes: QuoteSettings = Field(default=QuoteSettings(), description="Media-quote lists.")
    worker: WorkerSettings = Field(default_factory=WorkerSettings, description="The Faust worker.")
    dedup: DedupSettings = Field(default=DedupSettings(), validate_default=True, description="Duplicate detection.")
    sink: SinkSettings = Field(default_factory=SinkSettings, description="Sinks: `tgwire sink NAME`.")
    store: StoreSettings = Field(default=StoreSettings(), description="Where records are kept to be read and searched.")
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
