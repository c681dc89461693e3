"""The folders of the server: ours alone, writable, with room on their disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newscrawl.errors import EmbeddedServerError
from newscrawl.store.embedded.keeper.folder import Folder

MIB = 1024 * 1024
SPACE_FOR_NEW_DATA = 320 * MIB  # an empty dbpath of mongod 6.0 takes 301 MiB, 300 of them for the journal
SPACE_FOR_OLD_DATA = 32 * MIB


def prepare(home: Path, folder: Folder) -> None:
    """Make the folders of the server, private to us, or raise EmbeddedServerError for a home that is not ours."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.root.mkdir(mode=0o700, exist_ok=True)
    for path in (home, folder.root):
        _require_ours(path)
    if stat.S_IMODE(folder.root.stat().st_mode) != 0o700:
        folder.root.chmod(0o700)
    for path in (folder.data, folder.users, folder.log.parent):
        path.mkdir(mode=0o700, exist_ok=True)


def _require_ours(path: Path) -> None:
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise EmbeddedServerError(
            f"{path} belongs to another user (uid {found.st_uid})",
            advice="Run newscrawl as that user, or set NEWSCRAWL_HOME to a folder of your own.",
        )
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        raise EmbeddedServerError(
            f"every user may write to {path}",
            advice=f"Make it yours alone with `chmod go-w {path}`, or set NEWSCRAWL_HOME to another folder.",
        )
    if not os.access(path, os.W_OK | os.X_OK):
        raise EmbeddedServerError(
            f"{path} cannot be written to", advice="Set NEWSCRAWL_HOME to a folder that you can write to."
        )


def require_space(data: Path) -> None:
    """Raise EmbeddedServerError if the disk has too little room for mongod to start on this data folder."""
    needed = SPACE_FOR_OLD_DATA if (data / "WiredTiger").exists() else SPACE_FOR_NEW_DATA
    free = shutil.disk_usage(data).free
    if free < needed:
        raise EmbeddedServerError(
            f"only {free // MIB} MiB are free on the disk of {data}, and MongoDB needs {needed // MIB} MiB to start",
            advice="Free some space there, or set NEWSCRAWL_HOME to a folder on a larger disk.",
        )


def space_hint(folder: Folder) -> str:
    """A sentence to add to an error that a full disk may explain; '' if the disk is not full."""
    free = shutil.disk_usage(folder.root).free
    return f" Only {free // MIB} MiB are free on its disk." if free < SPACE_FOR_OLD_DATA else ""


@contextmanager
def refusals_explained() -> Iterator[None]:
    """Turn what the system refuses into an EmbeddedServerError with advice."""
    try:
        yield
    except OSError as error:
        raise EmbeddedServerError(
            f"the embedded MongoDB cannot use its folder: {error}",
            advice="Set NEWSCRAWL_HOME to a folder that you can write to and that has space.",
        ) from error
