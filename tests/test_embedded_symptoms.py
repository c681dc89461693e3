"""The last words of mongod (6.0 where it could be made to fail) and of the linker, and what newscrawl makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.store.embedded.symptoms import RULES, diagnose


def logged(severity: str, message: str, error: str) -> str:
    return f'{{"s":"{severity}","c":"CONTROL","ctx":"initandlisten","msg":"{message}","attr":{{"error":"{error}"}}}}'


def terminating(error: str) -> str:
    return logged("E", "DBException in initAndListen, terminating", error)


NO_SPACE = (
    '{"t":{"$date":"2026-11-24T13:58:27.769+00:00"},"s":"E",  "c":"WT",       "id":22435,   "ctx":"initandlisten",'
    '"msg":"WiredTiger error message","attr":{"error":28,"message":{"msg":"__posix_file_write:621:handle-write: '
    'pwrite: failed to write 4096 bytes at offset 0","error_str":"No space left on device","error_code":28}}}'
)
DAMAGED = (
    '{"s":"E","c":"WT","id":22435,"ctx":"initandlisten","msg":"WiredTiger error message","attr":{"error":-31802,'
    '"message":{"msg":"__wt_turtle_read:WiredTiger.turtle: fatal turtle file read error: WT_TRY_SALVAGE"}}}'
)
NO_CURL = (
    "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: "
    "No such file or directory"
)
NO_SSL = NO_CURL.replace("libcurl.so.4", "libssl.so.1.1")
NO_LIBRARY_MACOS = "dyld[512]: Library not loaded: /usr/lib/libresolv.9.dylib"
NO_GLIBC = "mongod: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by mongod)"
NEWER = logged(
    "F",
    "Wrong mongod version",
    "UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document. Invalid feature compatibility version "
    "value, expected 5.0 or 5.3 or 6.0",
)
CUT_OFF = (
    '{"s":"F","c":"COMMAND","id":40652,"ctx":"initandlisten","msg":"Unable to start up mongod due to missing '
    'featureCompatibilityVersion document. Please run with --repair to restore the document."}'
)
INFO = '{"s":"I","c":"CONTROL","ctx":"-","msg":"Applied --setParameter options","attr":{"serverParameters":{}}}'
IN_USE = terminating("DBPathInUse: Unable to lock the lock file: mongod.lock (Resource temporarily unavailable)")
ENGINE = terminating("Location18656: Cannot start server with an unknown storage engine: mmapv1")
READ_ONLY = terminating("IllegalOperation: Attempted to create a lock file on a Read-only file system: /x/data")
NO_PERMISSION = terminating("DBPathInUse: Unable to create/open the lock file: mongod.lock (Permission denied)")
FILES = terminating("Location40387: Couldn't open directory '/x/data' for flushing: Too many open files")
OPTION = "Error parsing command line: unrecognised option '--x'"

LAST_WORDS = [  # rule, exit status, output, log, part of the sentence, part of the advice
    ("missing_library", 127, NO_CURL, "", "system library libcurl.so.4", "`apt-get install libcurl4`"),
    ("missing_library", 127, NO_SSL, "", "system library libssl.so.1.1", "built for an older system"),
    ("missing_library_macos", -6, NO_LIBRARY_MACOS, "", "library /usr/lib/libresolv.9.dylib", "NEWSCRAWL_MONGOD"),
    ("old_system", 1, NO_GLIBC, "", "GLIBC_2.34 is missing", "NEWSCRAWL_MONGO_URI"),
    ("wrong_machine", 126, "mongod: cannot execute binary file", "", "another kind of machine", "NEWSCRAWL_MONGOD"),
    ("processor", -4, "", "", "AVX", "NEWSCRAWL_MONGO_URI"),
    ("disk_full", -6, "", NO_SPACE, "no space left on the disk", "NEWSCRAWL_HOME"),
    ("data_in_use", 100, "", IN_USE, "in use by another mongod", "End that mongod"),
    ("cut_off", 14, INFO, CUT_OFF, "the very first start was cut off", "rm -r"),
    ("corrupted", -6, "", DAMAGED, "damaged: WiredTiger error message: __wt_turtle_read", "backup"),
    ("other_version", 62, "", NEWER, "another version of MongoDB", "NEWSCRAWL_MONGOD"),
    ("other_engine", 100, "", ENGINE, "another storage engine", "NEWSCRAWL_HOME"),
    ("read_only", 100, "", READ_ONLY, "cannot be written to", "another disk"),
    ("permission", 100, "", NO_PERMISSION, "belong to another user", "chown"),
    ("too_many_files", -6, "", FILES, "may not open enough files", "ulimit"),
    ("bad_option", 2, OPTION, "", "does not know an option", "6.0"),
    ("out_of_memory", -9, "", "", "ran out of memory", "400 MiB"),
    ("fallback", 3, "", "", "mongod ended with exit status 3", "mongod.log"),
    ("fallback", 3, "who am I?\n", "", "exit status 3: who am I?", "mongod.log"),
    ("fallback", -6, INFO, logged("F", "Fatal assertion", "reason"), "signal 6: Fatal assertion: reason", "mongod.log"),
]


@pytest.mark.parametrize(("rule", "exit_status", "output", "log", "sentence", "advice"), LAST_WORDS)
def test_the_last_words_of_mongod_are_said_plainly(
    rule: str, exit_status: int, output: str, log: str, sentence: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "mongod.out").write_text(output)
    (tmp_path / "mongod.log").write_text('{"s":"I","msg":"Build Info","attr":{}}\n' + log)
    found = diagnose(
        exit_status=exit_status,
        output=tmp_path / "mongod.out",
        log=tmp_path / "mongod.log",
        data=tmp_path / "data",
        binary="mongod",
    )
    assert found.rule == rule
    assert sentence in found.sentence
    assert advice in found.advice
    assert "{" not in found.sentence + found.advice


def test_every_rule_has_a_name_and_a_case_and_the_last_fits_everything() -> None:
    assert [rule.name for rule in RULES] == list(dict.fromkeys(case[0] for case in LAST_WORDS))
    assert RULES[-1].words is None
    assert RULES[-1].exit_status is None
