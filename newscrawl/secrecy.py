"""Secrets stay out of logs, runs, error messages and tracebacks.

Two rules work together: what stands in an address where a password stands is hidden wherever it appears, and what was
handed to `conceal` is hidden word for word. `guard_log` has every record of `logging` obey, whoever writes it.
"""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import unquote, urlsplit

HIDDEN = "***"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # user:password@ of an address, up to the last @ before its path
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#'\"<>]*@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"\b((?:tlsCertificateKeyFilePassword|AWS_SESSION_TOKEN|api_?key|access_token|auth_token|token|password|passwd"
            r"|secret)(?:=|%3D|:))[^&,\s'\"<>]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # the address of a Telegram bot
    (re.compile(r"/bot\d+:[\w-]+"), f"/bot{HIDDEN}"),
)
_SHORTEST = 4
"""Characters of a secret that is hidden word for word: a shorter one would be hidden inside common words."""

_secrets: set[str] = set()


def conceal(*secrets: str | None) -> None:
    """Hide these words from now on, wherever they would be told. None and what is too short to tell apart is left."""
    for secret in secrets:
        if secret:
            _secrets.update(form for form in (secret, unquote(secret)) if len(form) >= _SHORTEST)


def conceal_address(uri: str | None) -> None:
    """Hide the password in an address, also one that is written wrongly, with `/`, `@` or `:` as they are."""
    before, separator, _ = (uri or "").partition("://")[2].rpartition("@")
    if separator:
        user, _, password = before.partition(":")
        if password != user:  # `newscrawl:newscrawl@` is nothing to hide a common word for
            conceal(password, *re.split(r"[/@:?#]", password))


def redact(text: str) -> str:
    """Return a text without its secrets."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def has_credentials(url: str) -> bool:
    """Tell whether an address carries a user or a password."""
    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return "@" in url


class _Record(logging.LogRecord):
    """A record whose message and traceback have no secrets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info and self.exc_info[0] is not None:
            # Formatters take this text in place of making one.
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """Return the message with its arguments in place."""
        return redact(super().getMessage())


def guard_log() -> None:
    """Have every record that is logged in this process from now on obey. May be called again."""
    if logging.getLogRecordFactory() is logging.LogRecord:
        logging.setLogRecordFactory(_Record)
