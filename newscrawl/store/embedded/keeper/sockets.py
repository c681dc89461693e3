"""The Unix socket of mongod: where it may be, and whether a MongoDB server answers on it."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path

from .folder import Folder
from .state import RefusalError

SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes in sockaddr_un.sun_path, less its NUL


def answers(path: str | Path, timeout: float = 1.0) -> bool:
    """Whether a MongoDB server answers `hello` on this Unix socket within `timeout` seconds."""
    # One OP_MSG (opcode 2013) with the BSON of {hello: 1, $db: "admin"}:
    # https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
    body = b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    message = struct.pack("<iiiiib", 16 + 5 + len(document), 1, 0, 2013, 0, 0) + document
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        try:
            client.connect(str(path))
            client.sendall(message)
            return b"maxWireVersion" in client.recv(4096)
        except OSError:
            return False


def socket_path(folder: Folder, previous: str = "") -> Path:
    """Make sure of a private folder for the socket and return the socket's path.

    The folder is mode 0700, ours, under the temporary folder and named after the data, since a socket's path may
    have no more than 107 bytes. `previous` is the path of last time: kept if it still can be, so that open clients
    find the server again. Raises `RefusalError`.
    """
    name = f"newscrawl-{os.geteuid()}-{blake2b(os.fsencode(folder.root), digest_size=6).hexdigest()}"
    parents = [Path(tempfile.gettempdir()), Path("/tmp")]
    paths = [parent / name / "m.sock" for parent in parents]
    old = Path(previous)
    if old.parent.name == name and os.access(old.parent.parent, os.W_OK | os.X_OK):
        paths.insert(0, old)
    # A comma would part two addresses in mongod's --bind_ip.
    fitting = [path for path in paths if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and "," not in str(path)]
    if not fitting:
        raise RefusalError(
            f"no path under {parents[0]} or {parents[1]} is short enough for mongod's socket",
            "Set TMPDIR to a folder with a short name.",
        )
    make_private(fitting[0].parent)
    return fitting[0]


def make_private(path: Path) -> None:
    """Make a folder that only we can enter, or refuse the one that is there with a `RefusalError`."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise RefusalError(
            f"cannot make the folder {path} for mongod's socket: {error.strerror}",
            "Set TMPDIR to a folder that you can write to.",
        ) from error
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):  # nor is a symbolic link to one
        problem = "is not a folder"
    elif found.st_uid != os.geteuid():
        problem = f"belongs to another user (uid {found.st_uid})"
    elif found.st_mode & 0o077:
        problem = f"is open to other users (mode {stat.S_IMODE(found.st_mode):04o})"
    else:
        return
    raise RefusalError(
        f"{path}, where mongod's socket would be, {problem}",
        f"Find out who made it, remove it (`rm -r {path}`), or set TMPDIR to a folder of your own.",
    )
