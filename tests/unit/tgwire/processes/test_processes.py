"""What a child process receives of the settings."""

import pytest
from pydantic import SecretStr

from runtime.settings.analysis import LanguageSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.loading import load_settings
from runtime.settings.telegram import TelegramSettings
from runtime.settings.tree import Settings
from tgwire.processes.child import environment


def test_a_worker_reads_the_settings_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers="localhost:9092", username="u", password=SecretStr("p")),
        language=LanguageSettings(languages=("en", "ru")),
        telegram=TelegramSettings(api_hash=SecretStr("hunter2")),
    )
    variables = environment(settings)
    assert not any("hunter2" in value for value in variables.values())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    read = load_settings()
    assert (read.kafka, read.language) == (settings.kafka, settings.language)
