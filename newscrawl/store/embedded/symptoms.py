"""Why a mongod ended: from its exit status and last words to one sentence and what to do next.

`RULES` is the whole knowledge, in order; the first rule that fits decides. The words of mongod 6.0 were taken from
real failures, except those of rules marked "not reproduced", which are quoted from MongoDB's sources and reports.
"""

from __future__ import annotations

import json
import re
import signal
from dataclasses import dataclass
from pathlib import Path

TAIL = 64 * 1024  # bytes looked at from the end of each file: a crash prints a long stack after its reason

# Debian and Ubuntu packages of the libraries that the mongod of the wheel needs (`ldd`, MongoDB 6.0.5).
PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
}


@dataclass(frozen=True)
class Rule:
    """One symptom. It fits if `exit_status` is None or the one seen, and `words` is None or found.

    `sentence` and `advice` may use the groups of `words` and {data}, {log}, {binary}.
    """

    name: str
    sentence: str
    advice: str
    exit_status: int | None = None
    words: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Diagnosis:
    """Which rule decided, and what it says."""

    rule: str
    sentence: str
    advice: str


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


RULES = (
    Rule(
        "missing_library",
        "mongod needs the system library {library}, which is not installed",
        "{install}, then try again.",
        words=_words(r"error while loading shared libraries: (?P<library>[^:\s]+): cannot open shared object"),
    ),
    Rule(
        "missing_library_macos",  # not reproduced
        "mongod needs the library {library}, which is not installed",
        "Install it, or set NEWSCRAWL_MONGOD to a mongod that runs here.",
        words=_words(r"dyld\S*: Library not loaded: (?P<library>\S+)"),
    ),
    Rule(
        "old_system",  # not reproduced
        "{binary} was built for a newer system than this one ({version} is missing)",
        "Set NEWSCRAWL_MONGOD to a mongod for this system, or NEWSCRAWL_MONGO_URI to a server elsewhere.",
        words=_words(r"version [`'](?P<version>(?:GLIBC|GLIBCXX|OPENSSL)\w*[\w.]*)' not found"),
    ),
    Rule(
        "wrong_machine",
        "{binary} was built for another kind of machine",
        "Set NEWSCRAWL_MONGOD to a mongod that runs here, or NEWSCRAWL_MONGO_URI to a server elsewhere.",
        words=_words(r"cannot execute|exec format error|bad CPU type"),
    ),
    Rule(
        "processor",
        "this processor lacks instructions that mongod needs (MongoDB 5.0 and later need AVX on x86-64)",
        "Set NEWSCRAWL_MONGO_URI to a server on another machine, or NEWSCRAWL_MONGOD to a mongod built without AVX.",
        exit_status=-signal.SIGILL,
    ),
    Rule(
        "disk_full",
        "there is no space left on the disk of {data}",
        "Free some space there, or set NEWSCRAWL_HOME to a folder on a larger disk. What was acknowledged is safe.",
        words=_words(r"No space left on device|Disk quota exceeded|OutOfDiskSpace"),
    ),
    Rule(
        "data_in_use",
        "the data in {data} is in use by another mongod",
        "End that mongod first.",
        exit_status=100,
        words=_words(r"Unable to lock the lock file|Another mongod instance"),
    ),
    Rule(
        "cut_off",  # 6.0 that is stopped within the 20 ms in which it first fills an empty folder
        "the data in {data} are incomplete: most often the very first start was cut off",
        "If nothing was stored yet, remove the folder (`rm -r {data}`) and try again; else restore it from a backup.",
        words=_words(r"missing featureCompatibilityVersion document"),
    ),
    Rule(
        "corrupted",
        "the data in {data} is damaged: {last}",
        "Restore the folder from a backup, or have mongod mend a copy of it: `mongod --repair --dbpath COPY`. {log}",
        words=_words(
            r"WT_TRY_SALVAGE|data(base)? corruption|checksum error|does not appear to be a WiredTiger file"
            r"|Unable to read the storage engine metadata|table:_mdb_catalog"
        ),
    ),
    Rule(
        "other_version",  # not reproduced
        "the data in {data} was written by another version of MongoDB than {binary}",
        "Set NEWSCRAWL_MONGOD to a mongod of the version that wrote it, or NEWSCRAWL_HOME to a new folder.",
        words=_words(
            r"Wrong mongod version|UPGRADE PROBLEM|Invalid feature ?compatibility ?version|Version incompatibility"
            r"|unsupported WiredTiger file version|reason\W+(95: Operation not supported|22: Invalid argument)"
        ),
    ),
    Rule(
        "other_engine",
        "the data in {data} was written by another storage engine than {binary} has",
        "Set NEWSCRAWL_HOME to a new folder, or NEWSCRAWL_MONGOD to the mongod that wrote it.",
        words=_words(r"unknown storage engine|was created by the '\w+' storage engine|requested storage engine"),
    ),
    Rule(
        "read_only",
        "the disk of {data} cannot be written to",
        "Set NEWSCRAWL_HOME to a folder on another disk.",
        words=_words(r"Read-only file system"),
    ),
    Rule(
        "permission",
        "mongod may not write to {data}: some of its files belong to another user",
        "Give them back with `sudo chown -R $(id -un) {data}`, or set NEWSCRAWL_HOME to a folder of your own.",
        words=_words(
            r"Permission denied|Operation not permitted|read-only directory|Unable to create/open the lock file"
        ),
    ),
    Rule(
        "too_many_files",
        "mongod may not open enough files",
        "Raise the limit with `ulimit -n 64000` in the shell that starts newscrawl.",
        words=_words(r"Too many open files"),
    ),
    Rule(
        "bad_option",
        "{binary} does not know an option that newscrawl gives it: {last}",
        "Set NEWSCRAWL_MONGOD to a mongod of version 6.0 or 7.0.",
        words=_words(r"Error parsing command line|unrecognised option"),
    ),
    Rule(
        "out_of_memory",
        "mongod was killed, most often because the machine ran out of memory",
        "Free some memory (mongod needs about 400 MiB) and try again.",
        exit_status=-signal.SIGKILL,
    ),
    Rule("fallback", "mongod ended with {status}{colon}{last}", "{log}"),
)


def diagnose(*, exit_status: int, output: Path, log: Path, data: Path, binary: str) -> Diagnosis:
    """Say why a mongod ended.

    `exit_status` is negative for a signal. `output` is the file with its stdout and stderr, `log` its own log.
    """
    said = complaints([*tail(output), *tail(log)])
    text = "\n".join(said)
    last = plain(said)
    for rule in RULES:
        found = rule.words.search(text) if rule.words else None
        if (rule.words and not found) or rule.exit_status not in (None, exit_status):
            continue
        values = {
            "data": data,
            "binary": binary,
            "log": f"More in {log}",
            "last": last,
            "colon": ": " if last else "",
            "status": f"signal {-exit_status}" if exit_status < 0 else f"exit status {exit_status}",
            **(found.groupdict() if found else {}),
        }
        values["install"] = install(str(values.get("library", "")))
        return Diagnosis(rule.name, rule.sentence.format_map(values), rule.advice.format_map(values))
    raise AssertionError("the last rule fits everything")


def install(library: str) -> str:
    """How to get a system library."""
    if package := PACKAGES.get(library):
        return f"Install it with `apt-get install {package}` (Debian, Ubuntu) or your system's like"
    if library in ("libssl.so.1.1", "libcrypto.so.1.1", "libssl.so.10", "libcrypto.so.10"):
        return "This mongod was built for an older system: set NEWSCRAWL_MONGOD to one for this system"
    return "Install the package of your system that has it"


def tail(file: Path) -> list[str]:
    """The whole lines at the end of a file, none if it cannot be read."""
    try:
        with file.open("rb") as stream:
            start = max(0, file.stat().st_size - TAIL)
            stream.seek(start)
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return lines[1:] if start else lines


def complaints(lines: list[str]) -> list[str]:
    """The errors and fatal errors among lines that mongod logged (one JSON object a line), and all other lines."""
    bad = re.compile(r'"s":\s*"[EF]"')
    return [line for line in lines if not line.startswith("{") or (bad.search(line) and '"msg":"Frame"' not in line)]


def plain(said: list[str]) -> str:
    """The most telling thing said, as a phrase: the first line that is not empty, without JSON around it."""
    return next((_phrase(line) for line in said if line.strip()), "")[:200]


def _phrase(line: str) -> str:
    """A line of mongod in words: `msg: error` if it is one of its log."""
    try:
        entry = json.loads(line)
        title, details = str(entry["msg"]), entry.get("attr", {})
    except (ValueError, TypeError, KeyError):
        return line.strip()
    # WiredTiger has its words in message.msg beside an error that is a number; a Status has them in errmsg.
    for key in ("error", "reason", "message"):
        found = details.get(key)
        if isinstance(found, dict):
            found = found.get("errmsg", found.get("msg"))
        if isinstance(found, str) and found:
            return f"{title}: {found}"
    return title
