"""The files of one embedded server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """The files of one embedded server, all under `root` (mode 0700)."""

    root: Path

    @property
    def data(self) -> Path:
        """What mongod calls the dbpath."""
        return self.root / "data"

    @property
    def first_start(self) -> Path:
        """Exists from before mongod's first start on new data until it was ready: no client has had such data."""
        return self.root / "first-start"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper."""
        return self.root / "keeper.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by the clients."""
        return self.root / "users.lock"

    @property
    def users(self) -> Path:
        """One file a client, named after its process id."""
        return self.root / "users"

    @property
    def state(self) -> Path:
        """The JSON of `State`."""
        return self.root / "state.json"

    @property
    def pin(self) -> Path:
        """Exists while the server has to run without users."""
        return self.root / "pinned"

    @property
    def stop(self) -> Path:
        """Made by whoever wants the server stopped now."""
        return self.root / "stop"

    @property
    def log(self) -> Path:
        """The log of mongod; the one before is `mongod.log.1`."""
        return self.root / "logs" / "mongod.log"

    @property
    def output(self) -> Path:
        """What the last mongod said outside its log: the dynamic linker's complaints, mostly."""
        return self.root / "logs" / "mongod.out"

    @property
    def keeper_log(self) -> Path:
        """What the keeper did."""
        return self.root / "logs" / "keeper.log"
