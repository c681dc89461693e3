"""What takes long to reckon: kept, made anew while readers get the old one, waited for when it is too old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from newscrawl.errors import StoreUnavailableError
from newscrawl.web.kept import Kept


class Clocked:
    """Counts how often something was made; waits for `go` when told to."""

    def __init__(self) -> None:
        self.made = 0
        self.go = threading.Event()
        self.go.set()
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.go.wait(20)
        if self.error is not None:
            raise self.error
        self.made += 1
        return self.made


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_kept_is_made_anew_while_readers_get_the_old_one() -> None:
    make = Clocked()
    kept = Kept(make, fresh=0.0, stale=60.0)
    assert kept.get() == 1
    make.go.clear()
    until(lambda: kept.get() == 1 and kept._making.locked())
    assert [kept.get() for _ in range(5)] == [1] * 5
    make.go.set()
    until(lambda: kept.get() >= 2)


@pytest.mark.parametrize("error", [StoreUnavailableError("gone"), ValueError("gone")])
def test_what_cannot_be_made_anew_stays_as_it_was(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    make = Clocked()
    kept = Kept(make, fresh=0.0, stale=60.0)
    assert kept.get() == 1
    make.error = error
    until(lambda: kept.get() == 1 and "gone" in caplog.text)
    make.error = None
    until(lambda: kept.get() == 2)


def test_what_is_too_old_is_waited_for_and_its_error_is_the_readers() -> None:
    make = Clocked()
    make.error = StoreUnavailableError("gone")
    kept = Kept(make, fresh=0.0, stale=0.0)
    with pytest.raises(StoreUnavailableError):
        kept.get()
    make.error = None
    assert (kept.get(), kept.get()) == (1, 2)


def test_one_of_many_readers_makes_it() -> None:
    make = Clocked()
    make.go.clear()
    kept = Kept(make)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    make.go.set()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
