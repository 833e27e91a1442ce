"""The channel and the moment that a message of a preview carries."""

import base64
from datetime import UTC, datetime

import pytest

from ingest.preview.messages.data_view import DataView, read_data_view


def attribute(json: str) -> str:
    return base64.urlsafe_b64encode(json.encode()).decode().rstrip("=")


def test_it_names_the_channel_and_when_the_page_was_made() -> None:
    view = read_data_view(attribute('{"c":-1234567890,"p":529,"t":1714564800,"h":"6d99536dd7de1d7f6b"}'))

    assert view == DataView(1234567890, datetime(2024, 5, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "given",
    ["", "!", attribute("[]"), attribute('{"c":5,"t":5}'), attribute('{"c":"-5","t":"x"}'), attribute('{"t":1e300}')],
)
def test_what_cannot_be_is_not_said(given: str) -> None:
    assert read_data_view(given) == DataView()
