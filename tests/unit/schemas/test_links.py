"""Addresses of channels and posts at Telegram, where they have one."""

import pytest

from schemas.keys import SYNTHETIC_BASE, link_to_channel, link_to_post


def test_a_post_of_a_public_channel() -> None:
    assert link_to_channel("wire_news7") == "https://t.me/wire_news7"
    assert link_to_post("wire_news7", 42) == "https://t.me/wire_news7/42"


@pytest.mark.parametrize("username", [None, "", "новости", "wire news", "wire/news", "wire\nnews", "wire?x=1"])
def test_a_name_that_telegram_would_not_give_has_no_address(username: str | None) -> None:
    assert link_to_channel(username) is None
    assert link_to_post(username, 42) is None


def test_a_derived_message_id_has_no_address() -> None:
    assert link_to_post("wire_news7", SYNTHETIC_BASE) is None
