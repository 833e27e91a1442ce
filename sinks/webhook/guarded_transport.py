"""HTTP that reaches public addresses alone, whatever a name resolves to at the moment of the request.

Each name is resolved here, its addresses are judged, and the connection goes to the address that was judged: a name
that points elsewhere a moment later changes nothing. Redirects are followed by nobody.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from sinks.errors import ReceiverError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's own transport, with each request sent to an address that was judged."""

    def __init__(self, networks: Sequence[str] = (), limits: httpx.Limits | None = None) -> None:
        """``networks`` beside the public ones are allowed."""
        self._allowed = [ip_network(network) for network in networks]
        self._inner = httpx.AsyncHTTPTransport(trust_env=False, limits=limits or httpx.Limits())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ReceiverError for an address that is not allowed, httpx.ConnectError for a name without any."""
        host = request.url.host
        address = await self._address(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        # The Host header is that of the name already; TLS asks for the name and checks the certificate for it.
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=str(address))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections to receivers."""
        await self._inner.aclose()

    async def _address(self, host: str, port: int) -> Address:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(f"{host}: the name is not known ({error.strerror or error})") from error
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            if not is_allowed(address, self._allowed):
                raise ReceiverError(
                    f"sink.webhook.url: {host} is at {address}, which is no public address: nothing was sent. Set "
                    "another url, or name its network in sink.webhook.networks"
                )
        return addresses[0]


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or in one of the networks; an address that wraps another is judged by that one."""
    if any(address in network for network in allowed):
        return True
    inner = _wrapped(address)
    if inner is not None:
        return is_allowed(inner, allowed)
    return address.is_global and not address.is_multicast


def _wrapped(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else None)
