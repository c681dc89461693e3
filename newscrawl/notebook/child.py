"""The command line in a process of its own: a notebook may crawl as often as it likes, and inside a running loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from newscrawl.config import Config, environment
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError

_SIGN = "newscrawl: "
"""Before the sentence with which a command ends that could not be done."""
_TERMINAL = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM")
"""What notebooks set so that programs draw as on a terminal."""
_STOPPED = 130
_ERRORS: dict[int, type[NewscrawlError]] = {2: ConfigError, 3: UnavailableError}
_MOMENT = 10.0
"""Seconds for a child to end that is told to."""


@dataclass(frozen=True)
class Ended:
    """How a command ended that gave an answer."""

    status: int
    answer: Any
    """What it printed as JSON."""


def run(config: Config, *arguments: str) -> Ended:
    """Run `newscrawl ARGUMENTS` with these settings; its progress appears line by line as it works.

    An interrupt (the notebook's stop button, Ctrl-C) ends it in order, a second one at once; then KeyboardInterrupt.
    Raises ConfigError, UnavailableError or NewscrawlError with the command's own sentence and advice where it gave no
    answer.
    """
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(
            [sys.executable, "-m", "newscrawl", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.PIPE,
            env=_environment(config),
            start_new_session=True,  # the interrupt that this process gets is passed on once, not given to both
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        with _ended(child):
            sentence = _listen(child)
        status = child.wait()
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    if not text.strip():
        raise _error(status, sentence)
    try:
        return Ended(status, json.loads(text))
    except ValueError:
        raise NewscrawlError(
            f"newscrawl {arguments[0]} gave an answer that is no JSON: {text[:200]!r}",
            advice="Run the same command in a terminal to see what is in its way.",
        ) from None


def _environment(config: Config) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _TERMINAL}
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}
    return kept | environment(config) | plain


def _listen(child: subprocess.Popen[str]) -> list[str]:
    """Pass on what the child says while it works; return the lines with which it says why it gave up, if it did."""
    is_stopping = False
    sentence: list[str] = []
    while True:
        try:
            for line in _lines(child):
                if sentence or line.startswith(_SIGN):
                    sentence.append(line.rstrip())
                else:
                    _tell(line)
            break
        except KeyboardInterrupt:
            if is_stopping:
                raise
            is_stopping = True
            child.send_signal(signal.SIGINT)
            _tell("Stopping in order; interrupt again to stop at once.\n")
    if is_stopping:
        raise KeyboardInterrupt
    return sentence


def _lines(child: subprocess.Popen[str]) -> Iterator[str]:
    if child.stderr is None:
        raise NewscrawlError("a child process has no pipe")
    return iter(child.stderr.readline, "")


def _tell(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


@contextmanager
def _ended(child: subprocess.Popen[str]) -> Iterator[None]:
    """See to it that the child has ended when the block has, however that ended."""
    try:
        yield
        child.wait()
    except BaseException:
        child.terminate()
        try:
            child.wait(_MOMENT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    finally:
        if child.stderr is not None:
            child.stderr.close()


def _error(status: int, sentence: Sequence[str]) -> NewscrawlError:
    kind = _ERRORS.get(status, NewscrawlError)
    if not sentence:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        how = "was stopped" if status == _STOPPED else how
        return NewscrawlError(
            f"the command {how} and said nothing", advice="Run it in a terminal, with --debug before it."
        )
    return kind(sentence[0].removeprefix(_SIGN), advice=" ".join(sentence[1:]))
