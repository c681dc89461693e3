"""Why a request got no page: a stable word to count by, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from newscrawl import certificates
from newscrawl.extract.diagnosis import diagnose
from newscrawl.sites import Site
from newscrawl.spiders.pages import page_of

_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (CannotResolveHostError, "dns", "the host's name is not known"),
    (DownloadConnectionRefusedError, "refused", "the host refuses connections"),
    (DownloadTimeoutError, "timeout", "the host took too long"),
    (DownloadCancelledError, "too_large", "the page is larger than DOWNLOAD_MAXSIZE allows"),
    (ResponseDataLossError, "broken_off", "the host broke the answer off"),
    (DownloadFailedError, "broken_off", "the host broke the answer off"),
    (IgnoreRequest, "robots", "robots.txt forbids it"),
)


def describe(failure: Any, site: Site, known: Mapping[str, certificates.Problem]) -> tuple[str, str]:
    """Return (reason, sentence) of a Twisted failure that Scrapy gave to an errback.

    `known` has by host what was found wrong with certificates: OpenSSL's own error says no more than that they are.
    """
    error = failure.value
    if isinstance(error, HttpError):
        status, found = error.response.status, diagnose(page_of(error.response, site))
        told = f"the server answered {status}"
        return (found.reason, f"{told}: {found.sentence}") if found else (f"http_{status}", told)
    problem = certificates.problem_in_words(_whole(error)) if isinstance(error, DownloadFailedError) else None
    if problem == "tls_untrusted":
        problem = known.get(urlsplit(failure.request.url).hostname or "", problem)
    if problem is not None:
        return problem, certificates.SENTENCES[problem]
    for kind, reason, sentence in _KINDS:
        if isinstance(error, kind):
            return reason, sentence
    return "network", f"{type(error).__name__}: {error}"[:200]


def _whole(error: Exception) -> str:
    """Return an error's words with those of what it came from: Twisted wraps what OpenSSL said."""
    reasons = getattr(error.__cause__, "reasons", None) or ()
    return " ".join([str(error), *(str(getattr(one, "value", one)) for one in reasons)])
