"""Which IP addresses are the public internet's, connections that lead to no others, and when to come back.

A name is looked up once, every address is judged, and the connection goes to the very address that was judged: a name
that means another address a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""RFC 4291, 2.4: all that is given out so far."""


class PrivateAddressError(OSError):
    """A host's name means an address that is not on the public internet."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, and so are all that it carries inside.

    Private, loopback, link-local, shared, reserved and multicast ones are not, nor IPv6 addresses that a gateway or
    the system would take to such an IPv4 address (mapped ones are refused whole). What is no address is not public.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found not in _GLOBAL_UNICAST and found not in _NAT64:
        return False
    return all(one.is_global and not one.is_multicast for one in (found, *_carried(found)))


def _carried(address: IPAddress) -> list[IPAddress]:
    """Return the IPv4 addresses that an IPv6 address carries: 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried: list[IPAddress] = [address.sixtofour] if address.sixtofour is not None else []
    if address.teredo is not None:
        carried.extend(address.teredo)
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return carried


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address, an IPv6 one with or without its brackets."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def host_of(url: str) -> str:
    """Return the host of an address in small letters, without port or last dot; '' where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def proxy_hosts() -> frozenset[str]:
    """Return the hosts of the proxies that the environment names (`http_proxy`, `https_proxy`): an operator's own."""
    found = (host_of(proxy if "://" in proxy else f"http://{proxy}") for proxy in getproxies().values())
    return frozenset(filter(None, found))


def connect(
    address: tuple[str, int],
    timeout: float | None,
    source: tuple[str, int] | None,
    *,
    may_be_private: Callable[[str], bool],
) -> socket.socket:
    """Connect to (host, port) as `socket.create_connection` does, but to public addresses alone.

    Raises PrivateAddressError when the name has no other and `may_be_private` does not say that this host may.
    """
    host, port = address
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    allowed = may_be_private(host)
    targets = [one for one in found if allowed or is_public(str(one[4][0]))]
    if not targets:
        raise PrivateAddressError(f"{host} is {found[0][4][0]}, an address inside a private network")
    failed: OSError | None = None
    for family, kind, protocol, _, target in targets:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout)
            if source:
                connection.bind(source)
            connection.connect(target)
        except OSError as error:
            connection.close()
            failed = error
        else:
            return connection
    assert failed is not None
    raise failed


def retry_after(told: str | None) -> float | None:
    """Return the seconds that a Retry-After asks for (RFC 9110, 10.2.3), None where it asks nothing readable."""
    told = (told or "").strip()
    if told.isdecimal():
        return float(told[:9])
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
