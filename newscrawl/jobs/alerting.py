"""Tell people of alarms: one message a round and channel, each alarm once a day, its end once."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from newscrawl.alerts import LOG, Channel, Due, Message, Outcome, channels, deliver, due, message
from newscrawl.alerts.channels import tell_log
from newscrawl.clock import now as clock
from newscrawl.config import Config
from newscrawl.errors import UnavailableError
from newscrawl.sites import all_sites
from newscrawl.store import Store
from newscrawl.watching import watch_from_outside

_HOUR = timedelta(hours=1)
_TEST = Message("newscrawl: a test", "If you read this, alerts reach you here.")
_log = logging.getLogger(__name__)


def send_due_alerts(store: Store, config: Config, now: datetime | None = None) -> list[Outcome]:
    """Look for sites that cannot be crawled, then tell each channel what it must hear; return what became of it.

    Safe to call from any number of processes, after every crawl and on every tick: one tells at a time, and what was
    told stands in MongoDB. Takes some 20 seconds at most. Never raises for a channel or a store that is away: the log
    says so, and the next call tells what this one could not.
    """
    at = now or clock()
    holder = secrets.token_hex(8)
    try:
        watch_from_outside(store, all_sites(config.own_sites).keys(), at, forget=True)
        sent = store.alarms.claim_round(holder)
        if sent is None:
            return []
        further = {name: list(times) for name, times in sent.items()}
        try:
            return _tell(store, config, at, further)
        finally:
            store.alarms.leave_round(holder, further)
    except UnavailableError as error:
        _log.warning("alerts wait for the store: %s", error.message)
        return []


class AlertRounds:
    """Sends what is due every so often, in a thread of its own, while the block runs; once more at its end."""

    def __init__(self, store: Store, config: Config, every: float = 60.0) -> None:
        """`every`: seconds from one round to the next."""
        self._send = partial(send_due_alerts, store, config)
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def __enter__(self) -> AlertRounds:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            self._send()
        self._send()


def send_test(config: Config) -> list[Outcome]:
    """Send a test message to every configured channel."""
    return deliver([(channel, _TEST) for channel in channels(config.alerts)])


def _tell(store: Store, config: Config, at: datetime, sent: dict[str, list[datetime]]) -> list[Outcome]:
    alarms = store.alarms.to_tell(at)
    repeat = timedelta(hours=config.alerts_repeat)
    log = due(alarms, LOG, now=at, repeat=repeat)
    if log:
        tell_log(message(log))
        store.alarms.mark_told(LOG, [*log.new, *log.lasting], log.over, at)
    found = {channel: due(alarms, channel.name, now=at, repeat=repeat) for channel in channels(config.alerts)}
    open_: dict[Channel, Due] = {
        channel: what for channel, what in found.items() if what and _may_tell(sent, channel, at, config.alerts_an_hour)
    }
    outcomes = deliver([(channel, message(what)) for channel, what in open_.items()])
    for (channel, what), outcome in zip(open_.items(), outcomes, strict=True):
        if outcome.error is None:
            store.alarms.mark_told(channel.name, [*what.new, *what.lasting], what.over, at)
            sent[channel.name] = [*_lately(sent, channel, at), at]
        else:
            _log.warning("the alert channel %s failed and is tried again next time: %s", channel.name, outcome.error)
    return outcomes


def _may_tell(sent: Mapping[str, Sequence[datetime]], channel: Channel, at: datetime, most: int) -> bool:
    """Tell whether a channel has room for a message in this hour; what waits comes with the next one."""
    return len(_lately(sent, channel, at)) < most


def _lately(sent: Mapping[str, Sequence[datetime]], channel: Channel, at: datetime) -> list[datetime]:
    return [moment for moment in sent.get(channel.name, ()) if at - moment < _HOUR]
