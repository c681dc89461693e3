"""A client of the configured server, the embedded one or a named one, with patience when it goes away."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.uri_parser import parse_uri
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential

from newscrawl.config import Config
from newscrawl.errors import ConfigError, EmbeddedServerError, StoreUnavailableError
from newscrawl.store.embedded import EmbeddedServer
from newscrawl.store.schema import Document

Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_SELECTION_TIMEOUT_MS = 3000
_WRITE_TIMEOUT_MS = 10_000
"""How long the members of a replica set may take to hold a write before it is tried again."""
_NO_RIGHT = 13
_NOT_LET_IN = frozenset({18, 334, 8000})
_OUT_OF_SPACE = 14031
# Codes of a server that ends, of a primary that steps down or is not one yet, of members that lag or cannot be reached.
_PASSING = frozenset({
    6, 7, 64, 89, 91, 133, 134, 189, 202, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 175, 237, 43,
    _OUT_OF_SPACE,
})  # fmt: skip
_UNTRUSTED = re.compile(r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|Hostname mismatch|IP address mismatch")
_NO_TLS = re.compile(r"\[SSL|SSL:|SSL handshake|tlsv1 alert|WRONG_VERSION_NUMBER")
_CLIENT_CERTIFICATE = re.compile(r"certificate required|ALERT_CERTIFICATE_REQUIRED|alert number 116", re.IGNORECASE)


class Connection:
    """A client, the embedded server behind it (if it is that), and how long to wait for either.

    `answer_within`: seconds after which a server that says nothing is one that does not answer; None: never, since a
    job's question may take its time.
    """

    def __init__(self, config: Config, *, answer_within: float | None = None) -> None:
        self.patience = config.patience
        self._answer_within = answer_within
        if config.mongo_uri is not None and not config.mongo_uri.startswith(("mongodb://", "mongodb+srv://")):
            raise _unusable("it begins with neither mongodb:// nor mongodb+srv://")
        self.server = EmbeddedServer(config.home) if config.mongo_uri is None else None
        self.uri = config.mongo_uri or (self.server.connect() if self.server else "")
        self._server_error: EmbeddedServerError | None = None
        self._in_vain = False
        self._is_away = False
        """Whether it was told that the server does not answer: once, however many calls wait for it."""
        try:
            # Of an option that it does not know or understand a client only warns, and goes on without, TLS too.
            parse_uri(self.uri, validate=True, warn=False)
            self.client = self._client()
        except (InvalidURI, ConfigurationError, ValueError, OSError) as error:
            raise _unusable(_without_quotes(str(error)) if "@" in self.uri else error) from None

    def _client(self) -> MongoClient[Document]:
        return MongoClient(
            self.uri,
            tz_aware=True,
            appname="newscrawl",
            serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MS,
            connectTimeoutMS=_SELECTION_TIMEOUT_MS,
            timeoutMS=None,
            socketTimeoutMS=int(self._answer_within * 1000) if self._answer_within is not None else None,
            waitQueueTimeoutMS=_SELECTION_TIMEOUT_MS if self._answer_within is not None else None,
            retryReads=self._answer_within is None,  # else `call` alone tries again, and nobody waits twice as long
            **_durability(self.uri),
        )

    def close(self) -> None:
        """Leave the server; the embedded one stops when its last user has left."""
        self.client.close()
        if self.server is not None:
            self.server.close()

    def call(self, operation: Callable[[], Result], *, patience: float | None = None) -> Result:
        """Run a database operation that may be repeated without harm.

        While MongoDB does not answer it is tried again with growing pauses, for `patience` seconds (the configured ones
        by default); an embedded server that died is started again. Then StoreUnavailableError. A server that was waited
        for in vain gets one try an operation until it answers: whatever ends a job does not wait all over again.
        """
        limit = self.patience if patience is None else patience
        if self._in_vain:
            limit = 0.0
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            wait=wait_exponential(multiplier=0.2, max=5),
            stop=stop_after_delay(limit),
            before_sleep=self._revive,
            reraise=True,
        )
        try:
            result = retrying(operation)
            self._in_vain = False
            if self._is_away:
                self._is_away = False
                _log.warning("MongoDB answers again: %s", self.described)
            return result
        except PyMongoError as error:
            self._in_vain = self._in_vain or (_is_passing(error) and limit >= self.patience)
            if self._server_error is not None:
                raise self._server_error from error
            told = self._told(error)
            if told is None:
                raise
            raise StoreUnavailableError(f"MongoDB at {self.described} {told[0]}", advice=told[1]) from error

    def _told(self, error: PyMongoError) -> tuple[str, str] | None:
        """Return why the server did not do what was asked, and what to do; None when the fault is ours."""
        code = error.code if isinstance(error, OperationFailure) else None
        if code in _NOT_LET_IN:
            return "refuses the user or password", (
                "Look at both in NEWSCRAWL_MONGO_URI, and at authSource: the database in which the user was made."
            )
        if code == _NO_RIGHT:
            return "does not let the user do what newscrawl must", (
                "It needs the roles readWrite and dbAdmin on the database; docs/mongodb.md has the command."
            )
        if _is_untrusted(error):
            return _why_no_tls(str(error))
        if not _is_passing(error):
            return None
        if _has_code(error, _OUT_OF_SPACE):
            return "has no space left on its disk", (
                "Make room there and run the same command again; what was acknowledged is safe."
            )
        if _NO_TLS.search(str(error)):
            return _why_no_tls(str(error))
        if "connection closed" in str(error):
            return "closes every connection", (
                "If it wants TLS, add it to the address (…/?tls=true); else `newscrawl doctor` looks for the cause."
            )
        return _why(error), "`newscrawl doctor` looks for the cause; what was acknowledged is safe."

    @property
    def described(self) -> str:
        """The server in words that give no password away."""
        if self.server is not None:
            return "the embedded server"
        return urlsplit(self.uri).netloc.rpartition("@")[2]

    def note_away(self) -> None:
        """Say that the server does not answer and is waited for, unless that was said; `call` says when it is back."""
        if not self._is_away:
            self._is_away = True
            _log.warning("MongoDB does not answer: waiting for %s", self.described)

    def _revive(self, state: RetryCallState) -> None:
        self.note_away()
        self._server_error = None
        if self.server is not None:
            try:
                self.server.connect()
            except EmbeddedServerError as error:  # told when patience ends: it may pass, as a full disk does
                self._server_error = error


def _unusable(why: object) -> ConfigError:
    return ConfigError(f"NEWSCRAWL_MONGO_URI is not usable: {why}", advice="Expected mongodb://host:port/ or like.")


def _without_quotes(message: str) -> str:
    """Return pymongo's words without what it quotes of the address: it might be a password."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "…", message)


def _durability(uri: str) -> dict[str, Any]:
    """Return what a write waits for: the journals of most members, so that a failover loses nothing acknowledged.

    A `w` in the address counts more; the journal is always waited for.
    """
    named = {part.partition("=")[0].lower() for part in uri.partition("?")[2].split("&")}
    waits: dict[str, Any] = {} if "w" in named else {"w": "majority"}
    return {"journal": True} | waits | ({} if "wtimeoutms" in named else {"wTimeoutMS": _WRITE_TIMEOUT_MS})


def _is_passing(error: BaseException) -> bool:
    """Tell whether waiting may help: the server is away, changing its primary, or out of disk space."""
    if isinstance(error, ConnectionFailure):
        return not _is_untrusted(error)
    if isinstance(error, BulkWriteError):
        return any(_has_code(error, code) for code in _PASSING)
    if isinstance(error, OperationFailure):
        return error.code in _PASSING or error.has_error_label("RetryableWriteError")
    return False


def _has_code(error: BaseException, code: int) -> bool:
    if isinstance(error, BulkWriteError):
        told = [*error.details.get("writeErrors", []), *error.details.get("writeConcernErrors", [])]
        return any(one.get("code") == code for one in told)
    return isinstance(error, OperationFailure) and error.code == code


def _is_untrusted(error: BaseException) -> bool:
    """Tell whether TLS failed in a way that waiting does not mend."""
    told = str(error)
    return isinstance(error, ConnectionFailure) and bool(_UNTRUSTED.search(told) or _CLIENT_CERTIFICATE.search(told))


def _why_no_tls(told: str) -> tuple[str, str]:
    """Return what is wrong with the server's TLS, and what to do."""
    if _CLIENT_CERTIFICATE.search(told):
        return "asks for a certificate of newscrawl's own", (
            "Name the PEM file with it and its key in the address: …/?tls=true&tlsCertificateKeyFile=FILE."
        )
    if "mismatch" in told:
        return "has a certificate that is made out to another name", (
            "Name the server in NEWSCRAWL_MONGO_URI as its certificate does."
        )
    if _UNTRUSTED.search(told):
        return "has a certificate that nobody trusted here vouches for", (
            "Name the PEM file of its authority in the address: …/?tls=true&tlsCAFile=FILE."
        )
    return "does not speak TLS as it is asked to", "Look whether the server has TLS, and at tls=… in the address."


def _why(error: PyMongoError) -> str:
    if isinstance(error, OperationFailure):
        return f"reports: {error.details.get('errmsg', error) if error.details else error}"
    return f"does not answer ({str(error).split(' (configured', 1)[0][:120]})"
