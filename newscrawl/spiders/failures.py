"""Why a request got no page: a stable word to count by, and a sentence."""

from __future__ import annotations

from typing import Any

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

_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (CannotResolveHostError, "dns", "the host's name is not known"),
    (DownloadConnectionRefusedError, "refused", "the host refuses connections"),
    (DownloadTimeoutError, "timeout", "the host took too long"),
    (DownloadCancelledError, "too_large", "the page is larger than DOWNLOAD_MAXSIZE allows"),
    (ResponseDataLossError, "broken_off", "the host broke the answer off"),
    (DownloadFailedError, "broken_off", "the host broke the answer off"),
    (IgnoreRequest, "robots", "robots.txt forbids it"),
)


def describe(failure: Any) -> tuple[str, str]:
    """Return (reason, sentence) of a Twisted failure that Scrapy gave to an errback."""
    error = failure.value
    if isinstance(error, HttpError):
        return f"http_{error.response.status}", f"the server answered {error.response.status}"
    for kind, reason, sentence in _KINDS:
        if isinstance(error, kind):
            return reason, sentence
    return "network", f"{type(error).__name__}: {error}"[:200]
