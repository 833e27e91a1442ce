"""Addresses of channels and posts at Telegram, where they have one."""

import pytest

from schemas.keys import SYNTHETIC_BASE, channel_link, post_link


def test_a_post_of_a_public_channel() -> None:
    assert channel_link("wire_news7") == "https://t.me/wire_news7"
    assert post_link("wire_news7", 42) == "https://t.me/wire_news7/42"


@pytest.mark.parametrize("username", [None, "", "новости", "wire news", "wire/news", "wire\nnews", "wire?x=1"])
def test_a_name_that_telegram_would_not_give_has_no_address(username: str | None) -> None:
    assert channel_link(username) is None
    assert post_link(username, 42) is None


def test_a_derived_message_id_has_no_address() -> None:
    assert post_link("wire_news7", SYNTHETIC_BASE) is None
