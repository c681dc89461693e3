"""A client of the configured server, the embedded one or a named one, with patience when it goes away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar
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
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential

from newscrawl.config import Config
from newscrawl.errors import ConfigError, EmbeddedServerError, StoreUnavailableError
from newscrawl.store.embedded import EmbeddedServer
from newscrawl.store.schema import Document

Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_SELECTION_TIMEOUT_MS = 3000
_UNAUTHORISED = frozenset({13, 18})
_OUT_OF_SPACE = 14031


class Connection:
    """A client, the embedded server behind it (if it is that), and how long to wait for either."""

    def __init__(self, config: Config) -> None:
        self.patience = config.patience
        if config.mongo_uri is not None and not config.mongo_uri.startswith(("mongodb://", "mongodb+srv://")):
            raise _unusable("it begins with neither mongodb:// nor mongodb+srv://")
        self.server = EmbeddedServer(config.home) if config.mongo_uri is None else None
        self.uri = config.mongo_uri or (self.server.connect() if self.server else "")
        self._server_error: EmbeddedServerError | None = None
        self._is_away = False
        """Whether it was told that the server does not answer: once, however many calls wait for it."""
        try:
            self.client: MongoClient[Document] = MongoClient(
                self.uri,
                tz_aware=True,
                appname="newscrawl",
                journal=True,
                serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MS,
                connectTimeoutMS=_SELECTION_TIMEOUT_MS,
                timeoutMS=None,
            )
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise _unusable(error) from None

    def close(self) -> None:
        """Leave the server; the embedded one stops when its last user has left."""
        self.client.close()
        if self.server is not None:
            self.server.close()

    def call(self, operation: Callable[[], Result], *, patience: float | None = None) -> Result:
        """Run a database operation that may be repeated without harm.

        While MongoDB does not answer it is tried again with growing pauses, for `patience` seconds (the configured ones
        by default); an embedded server that died is started again. Then StoreUnavailableError.
        """
        limit = self.patience if patience is None else patience
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            wait=wait_exponential(multiplier=0.2, max=5),
            stop=stop_after_delay(limit),
            before_sleep=self._revive,
            reraise=True,
        )
        try:
            result = retrying(operation)
            if self._is_away:
                self._is_away = False
                _log.warning("MongoDB answers again: %s", self.described)
            return result
        except PyMongoError as error:
            if self._server_error is not None:
                raise self._server_error from error
            if _is_passing(error) or (isinstance(error, OperationFailure) and error.code in _UNAUTHORISED):
                raise StoreUnavailableError(
                    f"MongoDB at {self.described} {_why(error)}",
                    advice="`newscrawl doctor` looks for the cause; what was acknowledged is safe.",
                ) from error
            raise

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


def _is_passing(error: BaseException) -> bool:
    """Tell whether waiting may help: the server is away, changing its primary, or out of disk space."""
    if isinstance(error, BulkWriteError):
        return any(one.get("code") == _OUT_OF_SPACE for one in error.details.get("writeErrors", []))
    if isinstance(error, OperationFailure):
        return error.code == _OUT_OF_SPACE or error.has_error_label("RetryableWriteError")
    return isinstance(error, ConnectionFailure)


def _why(error: PyMongoError) -> str:
    if isinstance(error, OperationFailure):
        if error.code in _UNAUTHORISED:
            return "refuses the user or password"
        return f"reports: {error.details.get('errmsg', error) if error.details else error}"
    return f"does not answer ({str(error).split(' (configured', 1)[0][:120]})"
