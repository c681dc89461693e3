"""The keeper's process: from the command line to a detached keeper, and its last word when it cannot go on."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from .folder import Folder
from .keeper import Keeper
from .locks import open_lock
from .logs import KEEPER_LOG_LIMIT, note, size
from .state import RefusalError, State, read_state


def main(root: str, binary: str, grace: str, lock_fd: str) -> None:
    """Become the keeper of the folder `root`; `lock_fd` is the open keeper.lock, locked by the client."""
    os.set_inheritable(int(lock_fd), False)  # mongod must not hold it
    if os.fork():  # the client waits for this one; the keeper is nobody's child
        os._exit(0)
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Folder(Path(root))
    if size(folder.keeper_log) > KEEPER_LOG_LIMIT:
        os.ftruncate(2, 0)
    users_fd = open_lock(folder.users_lock)
    said = read_state(folder) or State(attempt=str(time.time_ns()), phase="starting")
    keeper = Keeper(folder, binary, float(grace), users_fd, replace(said, keeper=os.getpid(), binary=binary))

    def on_term(_signal: int, _frame: object) -> None:
        keeper.told_to_stop = True

    signal.signal(signal.SIGTERM, on_term)
    folder.stop.unlink(missing_ok=True)
    try:
        keeper.run()
    except RefusalError as refusal:
        note(str(refusal))
        keeper.publish(phase="failed", mongod=0, message=str(refusal), advice=refusal.advice)
    except OSError as error:
        note(repr(error))
        keeper.publish(phase="failed", mongod=0, message=f"the embedded MongoDB cannot be run: {error}")
    os.close(int(lock_fd))  # before users.lock: who gets that one finds no keeper
    os.close(users_fd)
