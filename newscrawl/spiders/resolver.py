"""Names of hosts to addresses, for the whole process: to those of the public internet, unless a site file says more.

What is judged is the address that the connection is made to, after the cache, so a name that changes its meaning
between two looks (DNS rebinding) gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scrapy.resolver import CachingThreadedResolver, dnscache
from twisted.internet.error import DNSLookupError

from newscrawl.network import is_public, proxy_hosts
from newscrawl.sites import Site
from newscrawl.sites.hosts import bare

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

_private: set[str] = set()
"""Hosts, without their `www.`, that may be in a private network."""
_refused: dict[str, str] = {}
"""Host -> the address that it had when it was refused last."""


def allow_private(site: Site) -> None:
    """Let the hosts of a site be where its file says that they may be."""
    _private.update(bare(host) for host in site.private_hosts)


def refused_address(host: str) -> str | None:
    """Return the private address for which a host was refused, None if it was not."""
    return _refused.get(_key(host))


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver (IPv4, cached), which refuses what is not public."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        """Return the address of a host; DNSLookupError when it has none that may be asked."""
        return super().getHostByName(name, timeout).addCallback(self._judge, name)

    def _judge(self, address: str, name: str) -> str:
        key = _key(name)
        if is_public(address) or bare(key) in _private or key in proxy_hosts():
            _refused.pop(key, None)
            return address
        dnscache.pop(name, None)  # it may have been put right by the next time
        _refused[key] = address
        raise DNSLookupError(f"{name} is {address}, which is not on the public internet")


def _key(host: str) -> str:
    return host.lower().rstrip(".")
