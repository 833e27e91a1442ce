"""Settings of proxies."""

import pytest
from pydantic import SecretStr
from python_socks import ProxyType

from ingest.errors import AccountError
from ingest.telegram.net.proxy import proxy_arguments


def test_the_parts_of_a_proxy_are_passed_to_telethon() -> None:
    assert proxy_arguments("main", None) is None
    assert proxy_arguments("main", SecretStr("socks5://us%40er:p%2Fw@[::1]:1080")) == {
        "proxy_type": ProxyType.SOCKS5,
        "addr": "::1",
        "port": 1080,
        "rdns": True,
        "username": "us@er",
        "password": "p/w",
    }
    http = proxy_arguments("main", SecretStr("http://proxy.example:3128"))
    assert http is not None
    assert (http["proxy_type"], http["username"], http["password"]) == (ProxyType.HTTP, None, None)


@pytest.mark.parametrize(
    "setting", ["socks5://host", "ftp://u:hidden@h:1", "u:hidden@h:1", "socks5://u:hidden@h:x", "http://u:hidden@:1"]
)
def test_an_invalid_proxy_setting_is_reported_without_its_password(setting: str) -> None:
    with pytest.raises(AccountError, match=r"account main: telegram\.accounts\.proxy is not") as wrong:
        proxy_arguments("main", SecretStr(setting))
    assert "hidden" not in str(wrong.value)
    assert wrong.value.state == "settings"
