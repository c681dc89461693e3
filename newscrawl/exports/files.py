"""Files that are there whole or not at all."""

from __future__ import annotations

import gc
import gzip
import io
import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import psutil

from newscrawl.errors import ConfigError

_MARK = "newscrawl-part"
_HOST = re.sub(r"[^A-Za-z0-9-]", "-", platform.node()) or "-"
_MINE = re.compile(rf"\.(?P<name>.*)\.{re.escape(_HOST)}\.(?P<pid>\d+)\.{_MARK}")
COMPRESSIONS = (".gz", ".zst")


def temporary_name(path: Path) -> Path:
    """Return the name, beside the final one, under which this process writes a file or a folder."""
    return path.with_name(f".{path.name}.{_HOST}.{os.getpid()}.{_MARK}")


def remains(path: Path) -> list[Path]:
    """Return what processes of this machine that have died left of their attempts to write `path`."""
    left = []
    for one in path.parent.glob(f".*.{_MARK}"):
        found = _MINE.fullmatch(one.name)
        if found is not None and found["name"] == path.name and not _is_at_work(int(found["pid"])):
            left.append(one)
    return sorted(left)


def _is_at_work(pid: int) -> bool:
    return pid != os.getpid() and psutil.pid_exists(pid)


def remove(path: Path) -> None:
    """Delete a file or a folder with all that is in it, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that gets its final name when all is written and on the disk, and only then.

    On any error nothing is left of it, and what stood under that name stays. Raises ConfigError where no file can be.
    """
    if path.is_dir():
        raise ConfigError(f"{path} is a folder", advice="Name a file.")
    if not path.parent.is_dir():
        raise ConfigError(
            f"{path} cannot be written: there is no folder {path.parent}", advice="Make it, or name another file."
        )
    for one in remains(path):
        remove(one)
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        error.filename = str(path)  # what the user named, not what nobody is to see
        raise
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder; systems that cannot are left alone."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def without_cycles() -> Iterator[None]:
    """Leave Python's search for cycles out: documents have none, and there are thousands of lists in every second."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def compressing(file: BinaryIO, name: str) -> Iterator[IO[bytes]]:
    """Give what compresses into a file as its name says: `.gz`, `.zst`, or not at all. The same in, the same out."""
    with ExitStack() as stack:
        if name.endswith(".gz"):
            packed = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0))
            yield cast("IO[bytes]", packed)
        elif name.endswith(".zst"):
            yield stack.enter_context(_arrow().CompressedOutputStream(_LeftOpen(file), "zstd"))
        else:
            yield file


@contextmanager
def decompressing(file: BinaryIO, name: str) -> Iterator[IO[bytes]]:
    """Give the bytes that a file holds, compressed as its name says."""
    with ExitStack() as stack:
        if name.endswith(".gz"):
            yield cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file, mode="rb")))
        elif name.endswith(".zst"):
            stream = stack.enter_context(_arrow().CompressedInputStream(file, "zstd"))
            yield stack.enter_context(io.BufferedReader(_Readable(stream)))
        else:
            yield file


class _LeftOpen(io.RawIOBase):
    """A file that stays open when what compresses into it ends: it is still to be brought to the disk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


class _Readable(io.RawIOBase):
    """A stream of Arrow as Python's buffers want one."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _arrow() -> Any:
    """Return pyarrow, which knows zstd before Python 3.14 does. Raises ConfigError when it is not installed."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ConfigError(
            "zstd needs pyarrow, which is not installed", advice="pip install 'newscrawl[parquet]'"
        ) from None
    return pa
