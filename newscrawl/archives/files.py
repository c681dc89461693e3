"""WARC, ARC and WACZ files on disk, and folders of them: found, named, opened at any record."""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from newscrawl.archives.members import Source
from newscrawl.errors import ArchiveError, ConfigError

_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz")
_IN_WACZ = (".warc", ".warc.gz")
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


@dataclass(frozen=True)
class WarcFile:
    """One WARC file: on disk, or a member of a WACZ file."""

    place: str
    """Its absolute path; of a member: the WACZ file's, `#`, the member's name."""
    size: int
    """Bytes."""
    changed: int
    """When it was changed, in seconds since 1970: a file that is another is read anew."""

    @property
    def key(self) -> str:
        """What tells this content of the place from others."""
        return f"{self.place} {self.size} {self.changed}"


def warc_files(paths: Sequence[Path]) -> tuple[list[WarcFile], list[str]]:
    """Return the WARC files that paths name, folders searched through, and what is wrong with others, in sentences.

    Raises ConfigError for a path that is not there, for what is no such file by its name, and where nothing is found.
    """
    found: list[WarcFile] = []
    wrong: list[str] = []
    for path in paths:
        if path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.name.lower().endswith(_ENDINGS) and one.is_file()]
            if not inside:
                raise ConfigError(f"{path}: the folder holds no WARC or WACZ file")
        elif path.is_file():
            inside = [path]
        else:
            raise ConfigError(f"{path}: there is no such file or folder")
        for one in inside:
            _add(one, found, wrong)
    return list({one.place: one for one in found}.values()), wrong


def _add(path: Path, found: list[WarcFile], wrong: list[str]) -> None:
    name = path.name.lower()
    if name.endswith((".zst", ".warc.xz", ".warc.bz2")):
        raise ConfigError(
            f"{path}: WARC files are read plain or with gzip", advice="Unpack it first, such as with `zstd -d`."
        )
    if not name.endswith(_ENDINGS):
        raise ConfigError(f"{path}: expected a file named .warc, .warc.gz, .arc, .arc.gz or .wacz")
    try:
        state = path.stat()
        if not name.endswith(".wacz"):
            found.append(WarcFile(str(path.resolve()), state.st_size, int(state.st_mtime)))
            return
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(_IN_WACZ)]
        changed = int(state.st_mtime)
        found += [WarcFile(f"{path.resolve()}#{one.filename}", one.file_size, changed) for one in members]
        if not members:
            wrong.append(f"{path}: the WACZ file holds no WARC file")
    except zipfile.BadZipFile as error:
        wrong.append(f"{path}: no WACZ file can be read there ({error})")
    except OSError as error:
        wrong.append(f"{path}: cannot be read: {error.strerror}")


@contextmanager
def opened(place: str) -> Iterator[Source]:
    """Give the content of a WARC file by its place. Raises ArchiveError when it cannot be read (any more)."""
    path, member = _split(place)
    try:
        with Path(path).open("rb") as file:
            if not member:
                yield file
                return
            with zipfile.ZipFile(file) as archive, _member(file, archive, member) as content:
                yield content
    except KeyError:
        raise ArchiveError(f"{path}: the WACZ file holds no {member} any more") from None
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"{path}: no WACZ file can be read there ({error})") from None
    except OSError as error:
        raise ArchiveError(f"{error.filename or path}: {error.strerror or error}") from None


def _split(place: str) -> tuple[str, str]:
    """Return the file on disk that a place names, and the member of it, if any: both may have a `#` in their names."""
    if Path(place).is_file():
        return place, ""
    marks = [at for at, char in enumerate(place) if char == "#"]
    found = [at for at in marks if Path(place[:at]).is_file()] or marks[:1]
    return (place[: found[0]], place[found[0] + 1 :]) if found else (place, "")


class _Part(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size = file, start, size
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        size = min(size if size >= 0 else self._size, max(0, self._size - self._at))
        self._file.seek(self._start + self._at)
        found = self._file.read(size)
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset
        return offset


@contextmanager
def _member(file: BinaryIO, archive: zipfile.ZipFile, name: str) -> Iterator[Source]:
    """Give a member in place; one that is compressed once more, against the format, from a temporary file."""
    told = archive.getinfo(name)
    if told.compress_type == zipfile.ZIP_STORED and not told.flag_bits & 1:
        file.seek(told.header_offset)
        head = file.read(_LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("a member's header is broken")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(head)
        start = told.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        yield _Part(file, start, told.file_size)
        return
    with tempfile.TemporaryFile() as unpacked:
        try:
            with archive.open(told) as packed:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        except (RuntimeError, NotImplementedError) as error:  # encrypted, or by an unknown method
            raise zipfile.BadZipFile(str(error)) from None
        unpacked.seek(0)
        yield unpacked
