"""Every error that newscrawl raises on purpose.

NewscrawlError                  one clear sentence; `advice` says what to do next
├── ConfigError                 exit 2: a setting, a site file or an argument is wrong
│   ├── SiteFileError           names the file, the key and what was expected
│   └── QuestionError           a search, a filter or a cursor that means nothing
├── UnavailableError            exit 3: the store or the network could not be reached
│   ├── SiteUnavailableError    a site's host does not answer
│   ├── ArchiveUnavailableError a web archive does not answer, or wants to be left alone for now
│   ├── StoreUnavailableError   MongoDB does not answer
│   └── EmbeddedServerError     the private mongod is missing or will not start
├── TooBroadError               a question to the store that takes too long to answer
├── ArchiveError                an archive's answer or file is not what it should be
├── LeaseHeldError              another live process works on the same site
├── NotDueError                 another process has just crawled the site: nothing went wrong
└── ExtractionError             a page that gives no article; `reason` is a stable word that statistics count by
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from newscrawl.secrecy import redact


class NewscrawlError(Exception):
    """One clear sentence about what went wrong, and `advice`: what to do next ('' if there is nothing to add).

    Whoever shows either shows no secret: they go as the error is made.
    """

    exit_status = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        self.message = redact(message)
        self.advice = redact(advice)
        super().__init__(self.message)
        if self.advice:
            self.add_note(self.advice)  # whoever shows a traceback shows it too

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows: the sentence and what to do, in place of a traceback."""
        return [f"{type(self).__name__}: {self.message}", *filter(None, [self.advice])]

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders; subclasses take other arguments than `args` holds.
        return (_rebuild, (type(self), self.args, self.__dict__))


class ConfigError(NewscrawlError):
    """A setting, a site file or an argument is wrong."""

    exit_status = 2


class SiteFileError(ConfigError):
    """A site file is wrong: `file`, the dotted `key` in it ('' for the whole file) and what was expected there."""

    def __init__(self, file: Path | str, key: str, expected: str) -> None:
        where = f"{file}: {key}" if key else f"{file}"
        super().__init__(f"{where}: {expected}", advice="Mend the file, then run `newscrawl site check`.")
        self.file = Path(file)
        self.key = key
        self.expected = expected


class QuestionError(ConfigError):
    """A search, a filter or a cursor that means nothing; the message says what of it."""


class TooBroadError(NewscrawlError):
    """A question to the store that takes too long to answer: it finds too much."""


class UnavailableError(NewscrawlError):
    """The store or the network could not be reached."""

    exit_status = 3


class SiteUnavailableError(UnavailableError):
    """A site's host does not answer."""


class ArchiveUnavailableError(UnavailableError):
    """A web archive does not answer, or wants to be left alone for now."""


class StoreUnavailableError(UnavailableError):
    """MongoDB does not answer."""


class EmbeddedServerError(UnavailableError):
    """The private mongod is missing or will not start."""


class ArchiveError(NewscrawlError):
    """An archive's answer or file is not what it should be."""


class LeaseHeldError(NewscrawlError):
    """Another live process works on the same site; `holder` describes it."""

    def __init__(self, site: str, holder: str) -> None:
        super().__init__(
            f"the site {site} is being crawled by {holder}",
            advice="Wait for it to end, or stop it; a dead holder is replaced by itself.",
        )
        self.site = site
        self.holder = holder


class NotDueError(NewscrawlError):
    """A crawl that was wanted only if it was due, and was not once the site was its own: another was quicker."""

    def __init__(self, site: str) -> None:
        super().__init__(f"the site {site} is not due any more: another process has just crawled it")
        self.site = site


class ExtractionError(NewscrawlError):
    """A page that gives no article. `reason` is a stable snake_case word, such as `layout_not_matched`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _rebuild(kind: type[NewscrawlError], args: tuple[Any, ...], state: dict[str, Any]) -> NewscrawlError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
