"""Posts to addresses that customers name, and never into our own network."""

import asyncio
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

import httpx

from finops_common.jobs import GiveUpError

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
WITHIN_S = 20.0
"""For the whole call: an answer that comes byte by byte would keep others' messages waiting."""
_NAT64 = IPv6Network("64:ff9b::/96")


class NotTakenError(Exception):
    """The channel answered that it did not take the message."""


class AddressRefusedError(ValueError):
    """A customer's address that we do not call; the text says why."""


class Outgoing:
    """Posts over HTTPS. With `private`, for a local stack, also HTTP and private networks."""

    def __init__(self, *, private: bool, within_s: float = WITHIN_S) -> None:
        self._private = private
        self._within_s = within_s
        self._tls = httpx.create_ssl_context(trust_env=False)

    def check(self, url: str) -> SplitResult:
        """The parts of an address that may be called, as far as can be told without a look-up.

        Raises:
            AddressRefusedError: no HTTPS, no host, a user in it, or a private network.
        """
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number is refused here
        if parts.scheme not in ({"https", "http"} if self._private else {"https"}):
            raise AddressRefusedError("must begin with https://")
        if not parts.hostname or parts.username or parts.password:
            raise AddressRefusedError("must name a host and no user")
        try:
            literal = ipaddress.ip_address(parts.hostname)
        except ValueError:
            return parts
        self._check(literal)
        return parts

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        """Post once; follows no redirect and reads no answer.

        Raises:
            GiveUpError: the address is refused, or gone (410). NotTakenError: another status.
            httpx.HTTPError, OSError: no answer, or none in time.
        """
        async with asyncio.timeout(self._within_s):
            await self._post(url, body, headers)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        try:
            parts = self.check(url)
            address = await self._resolved(parts)
        except AddressRefusedError as error:
            raise GiveUpError(str(error)) from None
        # To the address that was checked: asked again, the name might lead elsewhere.
        target = httpx.URL(url).copy_with(host=address)
        sent = headers | {"Host": httpx.URL(url).netloc.decode()}
        # A client of its own: a kept connection was proven for another customer's name.
        async with (
            httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, trust_env=False) as http,
            http.stream(
                "POST",
                target,
                content=body,
                headers=sent,
                extensions={"sni_hostname": parts.hostname or ""},
            ) as answer,
        ):
            if answer.status_code == httpx.codes.GONE:
                raise GiveUpError("gone (410)")
            if not answer.is_success:
                raise NotTakenError(f"status {answer.status_code}")

    async def _resolved(self, parts: SplitResult) -> str:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            parts.hostname, parts.port or 443, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            self._check(ipaddress.ip_address(address))
        return addresses[0]

    def _check(self, address: IPv4Address | IPv6Address) -> None:
        if not self._private and not is_public(address):
            raise AddressRefusedError("must not lead into a private network")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of the public internet, also behind what wraps IPv4 in IPv6."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
