"""What the shared options become: settings, read once and on demand."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from schemas.config import KafkaSettings, Settings
from tgwire.configuration import ConfigurationError, load_settings
from tgwire.logs import configure_logging


@dataclass
class Context:
    """The shared options of one run."""

    config: Path | None
    is_verbose: bool = field(default=False)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with logging set up by them; ConfigurationError names what is wrong and where."""
        settings = load_settings(self.config)
        configure_logging(settings.log, is_verbose=self.is_verbose)
        return settings

    @cached_property
    def kafka(self) -> KafkaSettings:
        """The settings of the cluster, whose outages are said from now on; ConfigurationError when none is named."""
        if self.settings.kafka.bootstrap_servers is None:
            raise ConfigurationError(
                [
                    "no Kafka cluster is set: set KAFKA_BOOTSTRAP_SERVERS, or kafka.bootstrap_servers in tgwire.toml; "
                    "`tgwire broker` starts a local one and prints its address"
                ]
            )
        from tgwire.broker_watch import fold_outages  # the client takes its time to import, and most commands need none

        fold_outages(self.settings.kafka, is_verbose=self.is_verbose or self.settings.log.level == "debug")
        return self.settings.kafka
