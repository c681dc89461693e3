"""Why a request got no page: a stable word to count by, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from newscrawl import certificates
from newscrawl.extract.diagnosis import diagnose
from newscrawl.network import host_of
from newscrawl.secrecy import redact
from newscrawl.sites import Site
from newscrawl.spiders.own_hosts import ForeignRequestError
from newscrawl.spiders.pages import page_of
from newscrawl.spiders.resolver import refused_address
from newscrawl.spiders.robots import ForbiddenByRobotsError, RobotsUnreachableError

TOLD_ONCE = frozenset({"robots_unreachable", "private_address", "dns", "refused"})
"""Reasons that hold for a host as a whole: told of once, then only counted."""
SAID_BY_SITE = frozenset({"private_address", "other_host", "redirects"})
"""Reasons for which the same command does not go on by itself later."""

_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (CannotResolveHostError, "dns", "the host's name is not known"),
    (DownloadConnectionRefusedError, "refused", "the host refuses connections"),
    (DownloadTimeoutError, "timeout", "the host took too long"),
    (DownloadCancelledError, "too_large", "the page is larger than DOWNLOAD_MAXSIZE allows"),
    (ResponseDataLossError, "broken_off", "the host broke the answer off"),
    (DownloadFailedError, "broken_off", "the host broke the answer off"),
    (ForbiddenByRobotsError, "robots", "robots.txt forbids it"),
)
_WHOLE_HOST = ("dns", "refused", "private_address", "tls_")
"""Beginnings of the reasons that have nothing to do with robots.txt, though that was asked for first."""


def describe(failure: Any, site: Site, known: Mapping[str, certificates.Problem]) -> tuple[str, str]:
    """Return (reason, sentence) of a Twisted failure that Scrapy gave to an errback.

    `known` has by host what was found wrong with certificates: OpenSSL's own error says no more than that they are.
    """
    host = host_of(failure.request.url)
    if isinstance(failure.value, RobotsUnreachableError):
        return _describe_robots(failure.value.cause, host, site, known)
    if isinstance(failure.value, HttpError):
        return _describe_answer(failure.value.response, site)
    return describe_error(failure.value, host, known)


def asked_for(request: Request) -> str:
    """Return the address that a request was made for before any redirect, without its secrets."""
    return redact(str(request.meta.get("redirect_urls", [request.url])[0]))


def describe_error(error: Exception, host: str, known: Mapping[str, certificates.Problem]) -> tuple[str, str]:
    """Return (reason, sentence) of an error that came in place of an answer; arguments as `describe` has them."""
    if isinstance(error, ForeignRequestError):
        return "other_host", str(error)
    if isinstance(error, CannotResolveHostError) and (address := refused_address(host)) is not None:
        return "private_address", (
            f"the name {host} means {address}, an address inside a private network, which is not asked; if the site is"
            " there, its file must say `private_network = true`"
        )
    problem = certificates.problem_in_words(_whole(error)) if isinstance(error, DownloadFailedError) else None
    if problem == "tls_untrusted":
        problem = known.get(host, problem)
    if problem is not None:
        return problem, certificates.SENTENCES[problem]
    for kind, reason, sentence in _KINDS:
        if isinstance(error, kind):
            return reason, sentence
    if isinstance(error, IgnoreRequest) and "redirection" in str(error):
        return "redirects", "is redirected without end"
    return "network", redact(f"{type(error).__name__}: {error}")[:200]


def _describe_answer(response: Response, site: Site) -> tuple[str, str]:
    found = diagnose(page_of(response, site))
    told = f"the server answered {response.status}"
    return (found.reason, f"{told}: {found.sentence}") if found else (f"http_{response.status}", told)


def _describe_robots(
    cause: Response | Exception, host: str, site: Site, known: Mapping[str, certificates.Problem]
) -> tuple[str, str]:
    """Say why robots.txt could not be had; where the whole host is out of reach, or behind a wall, just that."""
    if isinstance(cause, Exception):
        reason, sentence = describe_error(cause, host, known)
        if reason.startswith(_WHOLE_HOST):
            return reason, sentence
    else:
        reason, sentence = _describe_answer(cause, site)
        if not reason.startswith("http_"):
            return reason, sentence
    return "robots_unreachable", f"robots.txt cannot be had ({sentence}), so nothing may be fetched from {host}"


def _whole(error: Exception) -> str:
    """Return an error's words with those of what it came from: Twisted wraps what OpenSSL said."""
    reasons = getattr(error.__cause__, "reasons", None) or ()
    return " ".join([str(error), *(str(getattr(one, "value", one)) for one in reasons)])
