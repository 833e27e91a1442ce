"""The context of a command: settings, read once and on demand."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import structlog

from runtime.logs import configure_logging
from runtime.run_files import running
from runtime.settings.kafka import KafkaSettings
from runtime.settings.loading import ConfigurationError, load_settings
from runtime.settings.places import ChosenPath, default_state_dir, find_config
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from tgwire.cli.output.console import err, remark, set_output

_log = structlog.stdlib.get_logger(__name__)


@dataclass
class Context:
    """The shared options of one run."""

    config: Path | None
    verbose: bool = False
    quiet: bool = False
    no_progress: bool = False

    def __post_init__(self) -> None:
        self._apply()

    def take(self, name: str, value: object) -> None:
        """Take a shared option given after the command; it overrides the same one before it."""
        setattr(self, name, value)
        self._apply()

    def _apply(self) -> None:
        set_output(is_quiet=self.quiet, has_progress=not self.no_progress)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with logging set up by them; ConfigurationError names what is wrong and where."""
        settings = load_settings(self.config)
        log = settings.log
        if self.quiet and not self.verbose and log.level in ("debug", "info"):
            log = LogSettings(level="warning", format=log.format)
        configure_logging(log, is_verbose=self.verbose)
        return settings

    @property
    def config_file(self) -> ChosenPath | None:
        """The file of settings in use."""
        return find_config(self.config)

    @property
    def state_dir(self) -> Path:
        """The folder of state; one that nobody has set and that is about to be made is named."""
        folder = self.settings.ingest.state_dir
        if not folder.exists() and folder == default_state_dir(self.config_file).path:
            # To a log, else: a line that is no JSON would break it.
            if err.is_terminal:
                remark(f"State is kept in {folder.absolute()}")
            else:
                _log.info("state folder created", folder=str(folder.absolute()))
        return folder

    @cached_property
    def kafka(self) -> KafkaSettings:
        """Settings of the cluster, whose outages are reported from now on; ConfigurationError when none is named."""
        if self.settings.kafka.bootstrap_servers is None:
            raise ConfigurationError(
                [
                    "no Kafka cluster is set: set KAFKA_BOOTSTRAP_SERVERS, or kafka.bootstrap_servers in tgwire.toml; "
                    + self._local_broker()
                ]
            )
        from runtime.kafka.outage_log import (
            fold_outages,  # the client takes its time to import, and most commands need none
        )

        fold_outages(self.settings.kafka, is_verbose=self.verbose or self.settings.log.level == "debug")
        return self.settings.kafka

    def _local_broker(self) -> str:
        brokers = [process for process in running(self.settings.ingest.state_dir) if process.command == "broker"]
        if brokers and brokers[0].endpoint is not None:
            variables = {"KAFKA_BOOTSTRAP_SERVERS": brokers[0].endpoint} | brokers[0].environment
            exported = " ".join(f"{name}={value}" for name, value in variables.items())
            return f"`tgwire broker` runs (pid {brokers[0].pid}): export {exported}"
        return "`tgwire broker` starts a local one and prints its address; `tgwire up` and --to store need none"
