"""Where we go for a company: HTTPS to public addresses, and to those an administrator lists. Pure but for resolving.

A URL comes from a company, and we stand inside somebody's network: without this, anybody could have us knock on doors that
only we can reach. The name is resolved once and the connection made to the very address that was judged, because a name
may answer differently the second time.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_LENGTH = 2000
_EMBEDDED_V4 = ip_network("64:ff9b::/96")
_NEVER = [
    # Translated to somebody's own addresses, or tunnelled: what they lead to cannot be judged.
    ip_network("64:ff9b:1::/48"),
    ip_network("2001::/32"),
    ip_network("::/96"),
    # Shared by the customers of one provider; some clouds answer about themselves there.
    ip_network("100.64.0.0/10"),
    ip_network("192.0.0.0/24"),
    ip_network("198.18.0.0/15"),
]


class AddressRefused(Exception):
    """The URL does not lead where we may go; the text says why."""


def read_url(text: str, *, allowed: Sequence[Network]) -> httpx.URL:
    """The URL, as far as it can be judged without asking anybody. Raises AddressRefused.

    One reader for judging and connecting: two would understand some URL differently.
    """
    if len(text) > MAX_URL_LENGTH or not text.isascii() or not text.isprintable() or any(c in text for c in ' \\"<>'):
        raise AddressRefused(f"A URL of at most {MAX_URL_LENGTH} ASCII characters, without blanks and backslashes.")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError):
        raise AddressRefused("This is not a URL.") from None
    if url.scheme not in ({"https", "http"} if allowed else {"https"}):
        raise AddressRefused("Must begin with https://.")
    if not url.host or url.userinfo or "@" in text.partition("//")[2].partition("/")[0]:
        raise AddressRefused("Must name a host, and no user.")
    if url.fragment or (port is not None and not 1 <= port <= 65535):
        raise AddressRefused("Must not have a fragment, nor a port that is none.")
    literal = _literal(url.host)
    if literal is not None:
        judge(literal, scheme=url.scheme, allowed=allowed)
    return url


def judge(address: Address, *, scheme: str, allowed: Sequence[Network]) -> None:
    """Raise AddressRefused unless we may go there."""
    address = _plain(address)
    if any(address in network for network in allowed):
        return
    if scheme != "https":
        raise AddressRefused("Must begin with https://.")
    if not _is_public(address):
        raise AddressRefused("Its address is not a public one.")


async def resolve(url: httpx.URL, *, allowed: Sequence[Network]) -> Address:
    """The address to connect to. Raises AddressRefused when one of the name's is not allowed, OSError when it has none.

    One that is not allowed among several good ones is no accident.
    """
    entries: Sequence[Any] = ()
    if _literal(url.host) is None:
        entries = await asyncio.get_running_loop().getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
    return _first_judged(url, entries, allowed)


def resolve_here(url: httpx.URL, *, allowed: Sequence[Network]) -> Address:
    """As `resolve`, for who waits for the answer."""
    entries: Sequence[Any] = ()
    if _literal(url.host) is None:
        entries = socket.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
    return _first_judged(url, entries, allowed)


def _first_judged(url: httpx.URL, entries: Sequence[Any], allowed: Sequence[Network]) -> Address:
    """The first of the addresses, all of which are judged; a host that is an address itself has no other."""
    literal = _literal(url.host)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries] if literal is None else [literal]
    for address in addresses:
        judge(address, scheme=url.scheme, allowed=allowed)
    return addresses[0]


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _EMBEDDED_V4:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
        or any(address in network for network in _NEVER)
    )
