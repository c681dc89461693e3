"""A site's certificates in a crawl: verified where its file asks for it, else looked at and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet._sslverify import IOpenSSLTrustRoot
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import optionsForClientTLS
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from newscrawl.certificates import Problem, verification_problem
from newscrawl.sites import Site
from newscrawl.spiders.pace import Pace

_LEGACY_SERVERS = 0x4
"""OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, as Scrapy sets it: old servers renegotiate in the old way."""
Note = Callable[[str, Problem], None]
"""Told of a host and of what is wrong with its certificate."""


class SiteDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https, with the certificates that the spider's site asks for."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        use_site_certificates(self, crawler)
        self._pace = crawler.get_extension(Pace)

    async def download_request(self, request: Request) -> Response:
        """Return the answer; the pause before the next request counts from here."""
        if self._pace is None:
            return await super().download_request(request)
        departing = asyncio.ensure_future(self._pace.departs(request))
        try:
            return await super().download_request(request)
        finally:
            await departing


def use_site_certificates(handler: HTTP11DownloadHandler, crawler: Crawler) -> None:
    """Have a handler of Scrapy's look at certificates as the site of the crawler's spider asks."""

    def note(host: str, problem: Problem) -> None:
        if crawler.spider is not None:
            crawler.spider.tally.certificate(host, problem)  # type: ignore[attr-defined]

    site: Site | None = getattr(crawler.spidercls, "site", None)
    if site is None:  # `scrapy shell` and its like
        return
    handler._contextFactory = _SitePolicy(handler._contextFactory, site, note)  # type: ignore[assignment]


@implementer(IPolicyForHTTPS)
class _SitePolicy:
    """Scrapy's own TLS settings with the site's roots."""

    def __init__(self, usual: Any, site: Site, note: Note) -> None:
        self._usual = usual
        self._site = site
        self._note = note
        self._creators: dict[bytes, _Creator] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Creator:  # noqa: N802 - Twisted's name
        if hostname not in self._creators:  # one for each host, since reading the roots takes some 10 ms
            options = self._usual._get_cert_options_kwargs()
            self._creators[hostname] = _Creator(hostname.decode("ascii"), options, self._site, self._note)
        return self._creators[hostname]


@implementer(IOpenSSLTrustRoot)
class _Roots:
    """The system's roots and those of a bundle."""

    def __init__(self, bundle: Path | None) -> None:
        self._bundle = bundle

    def _addCACertsToContext(self, context: SSL.Context) -> None:  # noqa: N802 - Twisted's name
        context.set_default_verify_paths()
        if self._bundle is not None:
            context.load_verify_locations(str(self._bundle))
        context.set_options(_LEGACY_SERVERS)


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    """Makes the connections to one host, which share their settings."""

    def __init__(self, host: str, options: dict[str, Any], site: Site, note: Note) -> None:
        roots = _Roots(site.ca_bundle)
        self._usual: Any = optionsForClientTLS(host, trustRoot=roots, extraCertificateOptions=options)  # type: ignore[arg-type]
        self._host = host
        self._site = site
        self._note = note
        is_address = isIPAddress(host) or isIPv6Address(host)
        self._identity = IPAddress_ID(host) if is_address else DNS_ID(host)

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803 - Twisted's names
        connection: SSL.Connection = self._usual.clientConnectionForTLS(tlsProtocol)
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verify)
        return connection

    def _verify(self, connection: SSL.Connection, certificate: Any, code: int, depth: int, ok: int) -> bool:
        """Judge one certificate of the chain; called by OpenSSL, the host's own last."""
        problem = None
        if not ok:
            problem = verification_problem(code)
        elif depth == 0 and not self._names_host(certificate):
            problem = "tls_wrong_host"
        if problem is None:
            return True
        self._note(self._host, problem)
        return not self._site.is_verified_by_tls

    def _names_host(self, certificate: Any) -> bool:
        try:
            verify_service_identity(extract_patterns(certificate), [self._identity], [])
        except (CertificateError, VerificationError):
            return False
        return True
