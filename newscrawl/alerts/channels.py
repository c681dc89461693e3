"""E-mail, webhooks, Telegram and a hundred others through apprise; and the log, which is always told.

Addresses hold secrets. A channel is named by its kind and number (`mailtos-1`), and whatever apprise says is shown only
after every part of the address has been taken out.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from pydantic import SecretStr

from newscrawl.alerts.digest import Message

LOG = "log"
"""The channel that is always there."""
_TIMEOUT = 20.0
"""Seconds that a channel may take; all are told at once, so a round takes no longer."""
_SHORT_WORD = 3
"""Parts of an address that are no longer give nothing away."""
_HARMLESS = frozenset({"yes", "true", "false", "html", "text", "smtp", "from", "user", "pass"})
_log = logging.getLogger("newscrawl.alerts")


@dataclass(frozen=True)
class Channel:
    """One way to tell people."""

    name: str
    """Its kind and number: `json-1`; no part of its address but the scheme."""
    address: SecretStr = field(repr=False)
    """As apprise takes it: `mailtos://…`, `json://…`, `tgram://…`."""


@dataclass(frozen=True)
class Outcome:
    """What became of a message."""

    channel: str
    error: str | None
    """Why it was not delivered; None when it was."""


def channels(addresses: Sequence[SecretStr]) -> list[Channel]:
    """Name the channels of a configuration; the n-th of its kind keeps its name when others are added."""
    seen: Counter[str] = Counter()
    found = []
    for address in addresses:
        match = re.match(r"([a-z][a-z0-9]{0,20})://", address.get_secret_value(), re.IGNORECASE)
        kind = match[1].lower() if match else "unreadable"
        seen[kind] += 1
        found.append(Channel(f"{kind}-{seen[kind]}", address))
    return found


def deliver(messages: Sequence[tuple[Channel, Message]], *, timeout: float = _TIMEOUT) -> list[Outcome]:
    """Send each channel its message, all at once; never raises, and returns after `timeout` seconds at most."""
    results: dict[str, str | None] = {}

    def send(channel: Channel, message: Message) -> None:
        try:
            results[channel.name] = _send(channel, message)
        except Exception as error:  # noqa: BLE001 (a hundred plugins; the address may be in the words)
            results[channel.name] = f"it failed with {type(error).__name__}"

    # Daemons: one that hangs keeps no command from ending.
    threads = [threading.Thread(target=send, args=one, name=f"alert {one[0].name}", daemon=True) for one in messages]
    for thread in threads:
        thread.start()
    waited = threading.Event()
    deadline = threading.Timer(timeout, waited.set)
    deadline.daemon = True
    deadline.start()
    for thread in threads:
        while thread.is_alive() and not waited.is_set():
            thread.join(0.05)
    deadline.cancel()
    silent = f"it did not answer within {timeout:g} s"
    return [Outcome(channel.name, results.get(channel.name, silent)) for channel, _ in messages]


def tell_log(message: Message) -> None:
    """Write a message to the log, a line an alarm."""
    for line in [message.title, *message.body.splitlines()]:
        _log.warning("%s", line)


def _send(channel: Channel, message: Message) -> str | None:
    import apprise  # late: it brings a hundred plugins, and most commands send nothing

    _silence_apprise()
    address = channel.address.get_secret_value()
    sender = apprise.Apprise()
    if not sender.add(address):
        return "apprise does not understand its address; see docs/monitoring.md"
    result = sender.notify(
        body=message.body,
        title=message.title,
        notify_type=apprise.NotifyType(message.kind),
        body_format=apprise.NotifyFormat.TEXT,
    )
    if result:
        return None
    said = [str(entry.message) for entry in result.logs() if entry.level in {"WARNING", "ERROR"}]
    return without_secrets(said[-1], address) if said else "it was not delivered"


def _silence_apprise() -> None:
    """Keep apprise's own lines, which may hold addresses, out of every log."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def without_secrets(text: str, address: str) -> str:
    """Return what was said of a message with every part of its address taken out."""
    rest = address.partition("://")[2]
    parts = {*re.split(r"[/?&=:@,+]", rest), *re.split(r"[/?&=:@,+]", unquote(rest)), rest}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > _SHORT_WORD and part.lower() not in _HARMLESS:
            text = text.replace(part, "***")
    return " ".join(text.split())[:200]
