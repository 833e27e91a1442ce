"""Every sink passes one suite: tests/contract/sinks/sink_contract.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.sinks.sink_contract import SinkContract
from tests.contract.sinks.sink_places import JsonlPlace, ParquetPlace, Receiver, WebhookPlace


class TestJsonl(SinkContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> JsonlPlace:
        return JsonlPlace(tmp_path / "jsonl")


class TestParquet(SinkContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> ParquetPlace:
        return ParquetPlace(str(tmp_path / "parquet"))


class TestWebhook(SinkContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[WebhookPlace]:
        with Receiver().running() as receiver:
            yield WebhookPlace(tmp_path / "webhook", receiver.url, receiver)
