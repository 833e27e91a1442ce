"""Who may read the pages: this machine, who has the token, or whom a reverse proxy names."""

import hashlib
import hmac
import socket
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from web.errors import ServeError

COOKIE: Final = "tgwire_session"
_LEAST_TOKEN: Final = 16
_MOST_TOKEN: Final = 4096


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on this address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(path: Path) -> str:
    """The token in a file; ServeError where there is none that is hard to guess."""
    try:
        with path.open("rb") as file:
            token = file.read(_MOST_TOKEN).decode("ascii", "strict").strip()
    except OSError as error:
        raise ServeError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise ServeError(
            f"{path}: a token has ASCII characters only. Make one: openssl rand -hex 32 > {path}"
        ) from None
    if len(token) < _LEAST_TOKEN:
        raise ServeError(
            f"{path}: a token has {_LEAST_TOKEN} characters or more. Make one: openssl rand -hex 32 > {path}"
        )
    return token


@dataclass(frozen=True, slots=True)
class Access:
    """The token or header that a request has to show. Without both anybody on this machine may read."""

    host: str
    token: str | None = None
    user_header: str | None = None
    """A header that a reverse proxy sets to the name of who has signed in."""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses from which that header is believed."""
    names: tuple[str, ...] = ()
    """Names of this server besides its addresses, as they are in ``Host``."""
    session: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and self.token is None and self.user_header is None:
            raise ServeError(
                f"{self.host} can be reached by others: give --token-file FILE, or --user-header NAME "
                "behind a reverse proxy that signs people in; or leave --host out to serve this machine alone"
            )
        if self.token is not None:
            object.__setattr__(self, "session", self._derived("tgwire pages"))

    def is_known_host(self, value: str) -> bool:
        """Whether a ``Host`` names this server: another name may be a page that has itself resolved to this address."""
        name = _without_port(value)
        if name in ("localhost", socket.gethostname().lower(), *(each.lower() for each in self.names)):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether a request comes from a page of this server."""
        scheme, separator, rest = origin.partition("://")
        return bool(separator) and scheme in ("http", "https") and rest.lower() == host.lower()

    def may_read(self, headers: Mapping[str, str], peer: str) -> bool:
        """Whether a request shows what it has to."""
        if self.token is None and self.user_header is None:
            return True
        if self.user_header is not None and peer in self.proxies and headers.get(self.user_header.lower()):
            return True
        return self.shows_token(headers)

    def shows_token(self, headers: Mapping[str, str]) -> bool:
        """Whether a request shows the token, or the cookie that it was given for it."""
        return self.token is not None and (self._has_session(headers) or self._has_token(headers))

    @property
    def form_key(self) -> str:
        """The key that forms carry which change something: a page of another site cannot know it."""
        return "" if self.token is None else self._derived("tgwire forms")

    def is_form_key(self, given: str) -> bool:
        """Whether a form was filled in on these pages."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.form_key.encode())

    def is_token(self, given: str) -> bool:
        """Whether this is the token, in a time that does not depend on it."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def _derived(self, purpose: str) -> str:
        return hmac.new((self.token or "").encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def _has_session(self, headers: Mapping[str, str]) -> bool:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and hmac.compare_digest(cookies[COOKIE].value.encode(), self.session.encode())

    def _has_token(self, headers: Mapping[str, str]) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":  # readers of feeds know no other way
            try:
                given = b64decode(given, validate=True).decode().partition(":")[2]
            except (ValueError, UnicodeDecodeError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return self.is_token(given.strip())


def _without_port(value: str) -> str:
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    name, separator, port = value.rpartition(":")
    return (name if separator and port.isdigit() else value).lower()
