"""What a keeper says about itself, and how it says that it cannot go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .folder import Folder


@dataclass(frozen=True)
class State:
    """What a keeper last said about itself; only true of now while keeper.lock is held."""

    attempt: str  # a new one every time that a client starts a keeper
    phase: str  # starting | ready | stopping | stopped | failed
    socket: str = ""
    binary: str = ""
    keeper: int = 0  # process ids
    mongod: int = 0
    exit_status: int | None = None  # failed: of mongod, negative for a signal, None if it never ran
    tries: int = 0  # failed: mongods that ended too soon, one after the other
    message: str = ""  # failed: the reason, when the keeper knows it by itself
    advice: str = ""


class RefusalError(Exception):
    """The keeper cannot go on; the message is one sentence and `advice` says what to do next."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


def read_state(folder: Folder) -> State | None:
    """The last `State` written, None if there is none that can be read."""
    try:
        return State(**json.loads(folder.state.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_state(folder: Folder, state: State) -> None:
    """Replace the state in one step. Only the holder of keeper.lock may. Raises OSError."""
    new = folder.state.with_suffix(".new")
    new.write_text(json.dumps(asdict(state)), encoding="utf-8")
    new.replace(folder.state)
