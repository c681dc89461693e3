"""Who uses the server: each client holds a share of users.lock, and a file in users/ that tells its process id."""

from __future__ import annotations

import os
import secrets
import time

from newscrawl.errors import EmbeddedServerError
from newscrawl.store.embedded.keeper.folder import Folder
from newscrawl.store.embedded.keeper.locks import is_held, lock, open_lock, try_lock

POLL = 0.02  # seconds between two looks at what another process does


class Membership:
    """One client's place among the users. A forked child that inherits it keeps the server running too."""

    def __init__(self, folder: Folder, deadline: float) -> None:
        """Join, waiting for a keeper that is just shutting down. Raises EmbeddedServerError after `deadline`."""
        self._share = open_lock(folder.users_lock)
        try:
            while not try_lock(self._share, shared=True):
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        "the embedded MongoDB is still stopping",
                        advice=f"Try again in a moment; what it does is in {folder.log}.",
                    )
                time.sleep(POLL)
            self._owner = os.getpid()
            self._file = folder.users / f"{self._owner}-{secrets.token_hex(4)}"
            self._name = open_lock(self._file)
        except BaseException:
            os.close(self._share)
            raise
        lock(self._name)

    def leave(self) -> None:
        """Leave; to be called once."""
        if self._owner == os.getpid():
            self._file.unlink(missing_ok=True)
        # Closed, not unlocked: a forked child that shares the open files may still need the server.
        os.close(self._name)
        os.close(self._share)


def live_users(folder: Folder) -> tuple[int, ...]:
    """Process ids of the clients that are connected; the files of dead ones are not counted."""
    return tuple(int(file.name.partition("-")[0]) for file in sorted(folder.users.glob("*-*")) if is_held(file))
