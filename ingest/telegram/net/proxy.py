"""The proxy of an account: from its setting to what Telethon takes."""

from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from python_socks import ProxyType

from ingest.errors import AccountError

_KINDS = {"socks5": ProxyType.SOCKS5, "socks4": ProxyType.SOCKS4, "http": ProxyType.HTTP}


def proxy_arguments(account: str, proxy: SecretStr | None) -> dict[str, Any] | None:
    """Arguments for Telethon; raises AccountError, without the setting in its message: it may hold a password.

    Names are resolved by the proxy, so that no look-up passes it by.
    """
    if proxy is None:
        return None
    try:
        parts = urlsplit(proxy.get_secret_value())
        kind, host, port = _KINDS[parts.scheme], parts.hostname, parts.port
    except (KeyError, ValueError):
        host = port = None
    if not host or not port:
        raise AccountError(
            f"account {account}: telegram.accounts.proxy is not socks5://, socks4:// or http://[user:password@]host:port.",
            "settings",
        )
    return {
        "proxy_type": kind,
        "addr": host,
        "port": port,
        "rdns": True,
        "username": None if parts.username is None else unquote(parts.username),
        "password": None if parts.password is None else unquote(parts.password),
    }
