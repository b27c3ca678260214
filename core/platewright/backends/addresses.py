"""Addresses that replies bring: followed only where a vendor's results may lie, and never into this network.

A reply is a stranger's text. An address in it is taken only as https to a public machine, or to the very place that
the backend is configured at; its name is looked up once, and the connection goes to what was found then.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from platewright.contract.errors import BackendError

__all__ = ["Place", "place_of"]

_LONGEST = 8192
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads. address: the machine's number, empty where the name is left to the connection.

    own: it is the backend's configured place. target: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str
    address: str = ""
    own: bool = False

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two addresses of one place have in common."""
        return self.scheme, self.host, self.port


def place_of(url: str, own: str, hosts: tuple[str, ...] = ()) -> Place:
    """Where an address from a reply leads. own: the backend's configured base.

    hosts: where results may lie, as endings of names (`.amazonaws.com`); empty: any public machine.
    Raises BackendError `address_refused`, and with `retry` where a name can't be looked up.
    """
    found, base = _parts(url), _parts(own)
    if found.origin == base.origin:
        return Place(found.scheme, found.host, found.port, found.target, own=True)
    if found.scheme != "https":
        raise _refused(f"it is {found.scheme} and not https")
    if hosts and not any(found.host == one.lstrip(".") or found.host.endswith(one) for one in hosts):
        raise _refused(f"{found.host[:100]} is no place for its results")
    return Place(found.scheme, found.host, found.port, found.target, _public(found.host, found.port))


def _parts(url: str) -> Place:
    try:
        split = urlsplit(url)
        port, host = split.port, (split.hostname or "").lower()
    except ValueError as error:
        raise _refused("it is none") from error
    strange = len(url) > _LONGEST or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url)
    if strange or split.scheme not in _PORTS or not host or split.username is not None or split.password is not None:
        raise _refused("it is none that can be followed")
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Place(split.scheme, host, port or _PORTS[split.scheme], target)


def _public(host: str, port: int) -> str:
    """The number of a public machine of that name; all that the name stands for must be public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise BackendError(
            f"there is no machine named {host[:100]}",
            code="backend_unreachable",
            hint="Look whether the network is well.",
            retry=True,
        ) from error
    for one in found:
        if not _is_public(ipaddress.ip_address(one.partition("%")[0])):
            raise _refused(f"{host[:100]} is a machine of this network")
    return min(found, key=lambda one: (":" in one, one))


def _is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether a number leads out of this network, also where it wraps another one (RFC 4291, 6052, 8215, 3056)."""
    if isinstance(number, ipaddress.IPv6Address):
        if number in _LOCAL_NAT64 or number.teredo is not None:
            return False
        within = number.ipv4_mapped or number.sixtofour
        if number in _NAT64:
            within = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if within is not None:
            return _is_public(within)
    return number.is_global and not number.is_multicast


def _refused(why: str) -> BackendError:
    return BackendError(
        f"a reply names an address that is not followed: {why}",
        code="address_refused",
        hint="The vendor may have changed where its results lie; please report this.",
    )
