"""What a child process and the worker above it say to each other: pickled values, each after its length."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import IO, Any

from newscrawl.errors import NewscrawlError

_LENGTH = 8


@dataclass(frozen=True)
class Said:
    """What a part has counted and had to say so far."""

    number: int
    """1, 2, …: a later one says all that an earlier one did."""
    stats: dict[str, int | float]
    warnings: list[str]


NOTHING = Said(0, {}, [])


@dataclass(frozen=True)
class Ended:
    """How a part ended."""

    said: Said
    result: Any = None
    error: NewscrawlError | None = None


def write_frame(stream: IO[bytes], value: Any) -> None:
    """Write one value and see that it leaves."""
    data = pickle.dumps(value)
    stream.write(len(data).to_bytes(_LENGTH, "big") + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Any:
    """Return the next value. Raises EOFError when the other side is gone."""
    length = int.from_bytes(_read(stream, _LENGTH), "big")
    return pickle.loads(_read(stream, length))


def _read(stream: IO[bytes], length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data
