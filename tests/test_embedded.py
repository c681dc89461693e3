"""The embedded MongoDB with a real mongod: shared, crash-safe, plain about failures, and gone when nobody needs it."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import psutil
import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.errors import ConnectionFailure

from newscrawl.errors import ConfigError, EmbeddedServerError, NewscrawlError
from newscrawl.store import mongod
from newscrawl.store.embedded import EmbeddedServer, find_mongod
from newscrawl.store.keeper import LOG_LIMIT, SETTLED, RefusalError, answers, arguments, socket_path
from newscrawl.store.symptoms import RULES, diagnose

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no flock")

GRACE = 0.3
PATIENCE = 60.0  # seconds; only a broken test waits that long

# Children come from a server that has everything imported: eight of them cost what one interpreter costs.
spawning = multiprocessing.get_context("forkserver")
spawning.set_forkserver_preload(["newscrawl.store.embedded", "psutil", "pymongo", "pytest"])


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own with its own TMPDIR inside; afterwards no process may be left, and nothing in TMPDIR."""
    path = Path(tempfile.mkdtemp(prefix="nc-"))
    (path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(path / "tmp"))
    monkeypatch.delenv("NEWSCRAWL_MONGOD", raising=False)
    try:
        yield path
        while User.living:  # of a test that failed
            User.living[0].kill()
        await_true(lambda: not processes(path))
        assert not list((path / "tmp").glob("newscrawl-*/*"))
    finally:
        for process in processes(path):
            process.kill()
        shutil.rmtree(path)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(home, grace=GRACE) as it:
        yield it


def await_true(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def processes(home: Path) -> list[psutil.Process]:
    """The keepers and mongods of a home; zombies have no command line."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(word.startswith(str(home / "mongodb")) for word in command):
            found.append(process)
    return found


@contextmanager
def client_of(uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=2_000)
    try:
        yield client
    finally:
        client.close()


def ping(uri: str) -> bool:
    with client_of(uri) as client:
        return bool(client.admin.command("ping")["ok"])


def socket_of(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("mongodb://")))


def be_a_user(home: Path, environ: dict[str, str], talk: Connection) -> None:
    """A child: connects, says its URI, and leaves when told to; told `again`, it connects once more."""
    os.environ.update(environ)
    with EmbeddedServer(home, grace=GRACE) as server:
        talk.send(server.connect())
        while talk.recv() == "again":
            talk.send(server.connect())


class User:
    """Another process that uses the server."""

    living: ClassVar[list[User]] = []

    def __init__(self, home: Path) -> None:
        self.talk, theirs = spawning.Pipe()
        self.process = spawning.Process(target=be_a_user, args=(home, dict(os.environ), theirs))
        self.process.start()
        theirs.close()
        self.living.append(self)

    def uri(self) -> str:
        assert self.talk.poll(PATIENCE)
        return str(self.talk.recv())

    def leave(self) -> None:
        self.talk.send("leave")
        self.end()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        self.living.remove(self)
        self.process.join(PATIENCE)
        self.process.close()
        self.talk.close()


def kill(pid: int | None) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
    await_true(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_started_server_is_private_and_ends_with_its_user(server: EmbeddedServer, home: Path) -> None:
    assert not server.status().running
    uri = server.connect()
    assert server.connect() == uri
    with client_of(uri) as client:
        client.test.things.insert_one({"_id": 1})
        assert client.test.things.find_one() == {"_id": 1}

    path = socket_of(uri)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["m.sock"]
    status = server.status()
    assert (status.running, status.phase, status.uri) == (True, "ready", uri)
    assert status.users == (os.getpid(),)
    assert status.binary == find_mongod()
    assert status.version
    assert status.data.is_dir()
    assert not status.pinned
    process = psutil.Process(status.pid)
    assert process.net_connections("inet") == []
    assert {str(c.laddr) for c in process.net_connections("unix")} - {"", "()"} == {str(path)}

    keeper = psutil.Process(status.keeper_pid)
    assert keeper.cwd() == str(home / "mongodb")
    assert os.getsid(keeper.pid) != os.getsid(0)
    assert keeper.ppid() != os.getpid()
    locks = [
        {Path(f.path).relative_to(home / "mongodb").parts[0] for f in one.open_files() if "mongodb" in f.path}
        for one in (keeper, process)
    ]
    assert locks[0] == {"keeper.lock", "users.lock", "logs"}
    assert locks[1] == {"data", "logs"}

    server.close()
    server.close()
    await_true(lambda: not processes(home))
    assert not path.parent.exists()
    assert server.status().phase == "stopped"
    assert server.status().version == status.version


def test_processes_share_the_server_and_the_last_stops_it(server: EmbeddedServer, home: Path) -> None:
    other = User(home)
    uri = other.uri()
    assert server.connect() == uri
    pid = server.status().pid
    assert set(server.status().users) == {os.getpid(), other.process.pid}
    other.leave()
    time.sleep(3 * GRACE)
    assert server.status().pid == pid
    assert ping(uri)
    server.close()
    await_true(lambda: not processes(home))


def test_a_killed_client_is_no_user_any_more(server: EmbeddedServer, home: Path) -> None:
    other = User(home)
    other.uri()
    await_true(lambda: server.status().running)
    other.kill()
    await_true(lambda: not processes(home))
    assert server.status().users == ()
    assert not list(server.folder.users.iterdir())


def test_after_the_death_of_the_keeper_there_is_a_new_one(server: EmbeddedServer, home: Path) -> None:
    uri = server.connect()
    before = server.status()
    kill(before.keeper_pid)
    assert server.connect() == uri
    assert ping(uri)
    after = server.status()
    assert after.keeper_pid != before.keeper_pid
    assert after.pid != before.pid
    assert len(processes(home)) == 2


def test_acknowledged_writes_survive_the_death_of_mongod(server: EmbeddedServer) -> None:
    uri = server.connect()
    with client_of(uri) as client:
        things = client.test.get_collection("things", write_concern=WriteConcern(w=1, j=True))
        for start in range(0, 2000, 100):
            things.insert_many({"_id": n, "text": "я" * 200} for n in range(start, start + 100))
        kill(server.status().pid)
        with pytest.raises(ConnectionFailure):
            client.admin.command("ping")
    assert server.connect() == uri
    with client_of(uri) as client:
        assert client.test.things.count_documents({}) == 2000
        assert client.test.command("validate", "things")["valid"]


def test_a_mongod_that_dies_later_comes_back_by_itself(server: EmbeddedServer) -> None:
    uri = server.connect()
    before = server.status()
    time.sleep(SETTLED)
    kill(before.pid)
    await_true(lambda: server.status().running and server.status().pid != before.pid)
    assert server.status().keeper_pid == before.keeper_pid
    assert ping(uri)


def test_eight_racing_clients_get_one_server(home: Path) -> None:
    users = [User(home) for _ in range(8)]
    assert len({user.uri() for user in users}) == 1
    assert len(processes(home)) == 2
    assert len(EmbeddedServer(home).status().users) == 8
    for user in users[:4]:
        user.kill()
    for user in users[4:]:
        user.leave()


def test_a_client_that_comes_during_the_end_gets_a_fresh_server(home: Path) -> None:
    for pause in (0.0, 0.1, 0.2, 0.25, 0.3):
        with EmbeddedServer(home, grace=0.0) as server:
            assert ping(server.connect())
        time.sleep(pause)


def test_a_pinned_server_runs_until_it_is_stopped(server: EmbeddedServer, home: Path) -> None:
    uri = server.start()
    assert server.status().pinned
    assert server.status().users == ()
    time.sleep(3 * GRACE)
    assert ping(uri)
    server.stop()
    await_true(lambda: not processes(home))
    assert not server.status().pinned
    server.stop()


def test_a_stop_is_refused_while_others_use_the_server(server: EmbeddedServer, home: Path) -> None:
    other = User(home)
    uri = other.uri()
    server.start()
    with pytest.raises(NewscrawlError, match=f"in use by process {other.process.pid}") as refused:
        server.stop()
    assert "--force" in refused.value.advice
    assert server.status().pinned
    assert ping(uri)
    server.stop(force=True)
    await_true(lambda: not processes(home))
    other.talk.send("again")
    assert other.uri() == uri
    assert ping(uri)
    other.leave()


def test_a_pipeline_ends_although_the_server_runs_on(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from newscrawl.store.embedded import EmbeddedServer\n"
        "print(EmbeddedServer(Path(sys.argv[1])).start())"
    )
    # Returns only when nobody holds the other end of its pipes.
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)], cwd="/", capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stderr == ""
    assert ping(done.stdout.strip())
    EmbeddedServer(home).stop()


def test_a_socket_that_was_cleaned_away_comes_back(server: EmbeddedServer) -> None:
    uri = server.connect()
    pid = server.status().pid
    shutil.rmtree(socket_of(uri).parent)
    await_true(lambda: server.status().running and server.status().pid != pid)
    assert server.connect() == uri
    assert ping(uri)


def test_the_log_is_bounded(server: EmbeddedServer) -> None:
    uri = server.connect()
    log = server.folder.log
    with log.open("ab") as stream:
        stream.truncate(LOG_LIMIT + 1)
    old = log.with_name("mongod.log.1")
    await_true(lambda: old.exists() and log.exists())
    assert old.stat().st_size > LOG_LIMIT > log.stat().st_size
    assert ping(uri)


def test_a_mongod_that_a_dead_keeper_left_behind_is_replaced(server: EmbeddedServer, home: Path) -> None:
    mongod.prepare(home, server.folder)
    command = arguments(server.folder, str(find_mongod()), str(home / "tmp" / "left.sock"))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as left:
        await_true((home / "tmp" / "left.sock").exists)
        assert ping(server.connect())
        assert left.wait(PATIENCE) == 0


def test_data_in_use_by_a_foreign_mongod_is_left_alone(server: EmbeddedServer, home: Path) -> None:
    mongod.prepare(home, server.folder)
    path = home / "tmp" / "foreign.sock"
    command = [str(find_mongod()), "--dbpath", str(server.folder.data), "--bind_ip", str(path)]
    command += ["--unixSocketPrefix", str(home / "tmp"), "--wiredTigerCacheSizeGB", "0.25"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as foreign:
        await_true(path.exists)
        with pytest.raises(EmbeddedServerError, match=f"in use by process {foreign.pid}"):
            server.connect()
        assert foreign.poll() is None
        foreign.terminate()
    assert ping(server.connect())


def test_damaged_data_is_called_damaged(server: EmbeddedServer, home: Path) -> None:
    server.connect()
    server.stop()
    (server.folder.data / "WiredTiger.turtle").write_bytes(os.urandom(2000))
    with pytest.raises(EmbeddedServerError, match="is damaged") as failed:
        server.connect()
    assert "backup" in failed.value.advice
    assert server.status().phase == "failed"
    assert server.status().users == ()
    shutil.rmtree(server.folder.data)
    assert ping(server.connect())


def test_a_tmpdir_too_long_for_a_socket_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ("x" * 100)).mkdir()
    monkeypatch.setenv("TMPDIR", str(home / ("x" * 100)))
    with EmbeddedServer(home, grace=0.0) as server:
        uri = server.connect()
        assert socket_of(uri).parent.parent == Path("/tmp")
        assert ping(uri)
    await_true(lambda: not processes(home))
    assert not socket_of(uri).parent.exists()


def test_the_folder_of_the_socket_stays_and_takes_no_comma(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "tmp"))
    before = socket_path(server.folder)
    (home / "a,b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home / "a,b"))
    assert socket_path(server.folder, str(before)) == before
    shutil.rmtree(before.parent)
    assert socket_path(server.folder, str(before)) == before
    elsewhere = socket_path(server.folder, "/nowhere/m.sock")
    assert elsewhere.parent.parent == Path("/tmp")
    elsewhere.parent.rmdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home / "nowhere"))
    with pytest.raises(RefusalError, match="cannot make the folder"):
        socket_path(server.folder)


@pytest.mark.parametrize("planted", ["symlink", "file", "open", "foreign"])
def test_a_socket_folder_that_is_not_ours_alone_is_refused(
    planted: str, home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "tmp"))
    path = socket_path(server.folder).parent
    path.rmdir()
    if planted == "symlink":
        (home / "tmp" / "elsewhere").mkdir(mode=0o700)
        path.symlink_to(home / "tmp" / "elsewhere")
    elif planted == "file":
        path.touch()
    else:
        path.mkdir(mode=0o755 if planted == "open" else 0o700)
    if planted == "foreign":
        if os.geteuid() != 0:
            pytest.skip("only root can plant a folder of another user")
        os.chown(path, 12345, -1)
    expected = {
        "open": r"open to other users \(mode 0755\)",
        "foreign": "belongs to another user",
        "file": "not a folder",
    }
    with pytest.raises(EmbeddedServerError, match=expected.get(planted, "is not a folder")) as refused:
        server.connect()
    assert str(path) in str(refused.value)
    assert "TMPDIR" in refused.value.advice
    assert path.lstat()


def test_a_home_that_cannot_be_used_is_named(home: Path) -> None:
    (home / "file").touch()
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="cannot use its folder"):
        EmbeddedServer(home / "file").connect()
    with pytest.raises(EmbeddedServerError, match="every user may write"):
        EmbeddedServer(home / "open").connect()
    (home / "theirs").mkdir()
    if os.geteuid() == 0:
        os.chown(home / "theirs", 12345, -1)
        with pytest.raises(EmbeddedServerError, match="belongs to another user"):
            EmbeddedServer(home / "theirs").connect()
    else:
        (home / "theirs").chmod(0o500)
        with pytest.raises(EmbeddedServerError, match=r"cannot be written to|cannot use"):
            EmbeddedServer(home / "theirs").connect()


def test_status_and_stop_make_nothing(home: Path) -> None:
    server = EmbeddedServer(home / "new")
    assert not server.status().running
    server.stop()
    assert not (home / "new").exists()
    (home / "file").touch()
    assert not EmbeddedServer(home / "file").status().running


# Where the mongod comes from


def test_mongod_is_the_named_one_then_that_on_path_then_that_of_the_wheel(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    if importlib.util.find_spec("fiftyone"):
        assert find_mongod().match("fiftyone/db/bin/mongod")
    (home / "mongod").write_text("#!/bin/sh\n")
    (home / "mongod").chmod(0o755)
    assert find_mongod() == home / "mongod"
    shutil.copy(home / "mongod", home / "mine")
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(home / "mine"))
    assert find_mongod() == home / "mine"
    for wrong in (home / "nothing", home):
        monkeypatch.setenv("NEWSCRAWL_MONGOD", str(wrong))
        with pytest.raises(ConfigError, match=r"NEWSCRAWL_MONGOD is .* not an executable file"):
            EmbeddedServer(home).connect()


def test_a_missing_mongod_comes_with_three_ways_to_get_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EmbeddedServerError, match="no mongod was found") as missing, EmbeddedServer(home) as server:
        server.connect()
    for way in ("NEWSCRAWL_MONGOD", "PATH", "pip install 'newscrawl[embedded]'", "NEWSCRAWL_MONGO_URI"):
        assert way in missing.value.advice


# Failures of mongod, played by scripts that say what the real one was heard to say

NO_SPACE = (
    '{"t":{"$date":"2026-11-24T13:58:27.769+00:00"},"s":"E",  "c":"WT",       "id":22435,   "ctx":"initandlisten",'
    '"msg":"WiredTiger error message","attr":{"error":28,"message":{"msg":"__posix_file_write:621:handle-write: '
    'pwrite: failed to write 4096 bytes at offset 0","error_str":"No space left on device","error_code":28}}}'
)
NEWER = (
    '{"t":{"$date":"2024-03-06T17:32:21.846+00:00"},"s":"F",  "c":"CONTROL",  "id":20573,   "ctx":"initandlisten",'
    '"msg":"Wrong mongod version","attr":{"error":"UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion '
    'document. Invalid feature compatibility version value, expected 5.0 or 5.3 or 6.0"}}'
)
IN_USE = (
    '{"s":"E","c":"CONTROL","id":20557,"msg":"DBException in initAndListen, terminating","attr":{"error":"DBPathInUse: '
    'Unable to lock the lock file: mongod.lock (Resource temporarily unavailable)"}}'
)
NO_PERMISSION = (
    '{"s":"E","c":"CONTROL","id":20557,"msg":"DBException in initAndListen, terminating","attr":{"error":"DBPathInUse: '
    'Unable to create/open the lock file: mongod.lock (Permission denied)"}}'
)
NO_CURL = (
    "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: "
    "No such file or directory"
)
NO_SSL = NO_CURL.replace("libcurl.so.4", "libssl.so.1.1")
NO_GLIBC = "mongod: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by mongod)"


def fake_mongod(home: Path, monkeypatch: pytest.MonkeyPatch, *, says: str = "", logs: str = "", then: str) -> None:
    script = home / "fake-mongod"
    (home / "says").write_text(says + "\n" if says else "")
    (home / "logs").write_text(logs + "\n" if logs else "")
    script.write_text(
        "#!/bin/sh\n"
        f"cat {home}/says >&2\n"
        f'while [ "$1" ]; do [ "$1" = --logpath ] && cat {home}/logs >>"$2"; shift; done\n'
        f"{then}\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(script))


@pytest.mark.parametrize(
    ("rule", "says", "logs", "then", "sentence", "advice"),
    [
        ("missing_library", NO_CURL, "", "exit 127", "system library libcurl.so.4", "apt-get install libcurl4`"),
        ("missing_library", NO_SSL, "", "exit 127", "system library libssl.so.1.1", "built for an older system"),
        ("old_system", NO_GLIBC, "", "exit 1", "GLIBC_2.34 is missing", "NEWSCRAWL_MONGO_URI"),
        ("processor", "", "", "kill -ILL $$", "AVX", "NEWSCRAWL_MONGO_URI"),
        ("disk_full", "", NO_SPACE, "kill -ABRT $$", "no space left on the disk", "NEWSCRAWL_HOME"),
        ("data_in_use", "", IN_USE, "exit 100", "in use by another mongod", "End that mongod"),
        ("other_version", "", NEWER, "exit 62", "another version of MongoDB", "NEWSCRAWL_MONGOD"),
        ("permission", "", NO_PERMISSION, "exit 100", "belong to another user", "chown"),
        ("bad_option", "Error parsing command line: unrecognised option '--x'", "", "exit 2", "does not know", "6.0"),
        ("out_of_memory", "", "", "kill -KILL $$", "ran out of memory", "400 MiB"),
        ("fallback", "", "", "exit 3", "mongod ended with exit status 3", "mongod.log"),
        ("fallback", "who am I?", "", "exit 3", "exit status 3: who am I", "mongod.log"),
    ],
)
def test_a_failure_of_mongod_is_said_plainly(
    rule: str,
    says: str,
    logs: str,
    then: str,
    sentence: str,
    advice: str,
    home: Path,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_mongod(home, monkeypatch, says=says, logs=logs, then=then)
    with pytest.raises(EmbeddedServerError) as failed:
        server.connect()
    assert sentence in failed.value.message
    assert advice in failed.value.advice
    assert "{" not in failed.value.message + failed.value.advice
    folder = server.folder
    codes = {"exit": 1, "kill": -1}
    word, value = then.split()[:2]
    status = codes[word] * (int(value) if value.isdecimal() else getattr(signal, f"SIG{value[1:]}"))
    found = diagnose(exit_status=status, output=folder.output, log=folder.log, data=folder.data, binary="mongod")
    assert found.rule == rule


def test_every_rule_has_a_name_of_its_own_and_the_last_fits_everything() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert RULES[-1].words is None
    assert RULES[-1].exit_status is None


def test_a_mongod_for_another_machine_is_said_plainly(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "alien").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(200))
    (home / "alien").chmod(0o755)
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(home / "alien"))
    with pytest.raises(EmbeddedServerError, match="alien cannot be run: Exec format error") as failed:
        server.connect()
    assert "another kind of machine" in failed.value.advice


def test_a_mongod_that_never_answers_is_not_waited_for_for_ever(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_mongod(home, monkeypatch, then="exec sleep 600")
    began = time.monotonic()
    with pytest.raises(EmbeddedServerError, match=r"did not answer within 0\.5 seconds"):
        server.connect(timeout=0.5)
    assert time.monotonic() - began < 10
    assert server.status().phase == "starting"
    server.stop()
    await_true(lambda: not processes(home))


def test_too_little_room_is_said_before_mongod_tries(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=200 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(EmbeddedServerError, match=r"only 200 MiB are free .* needs 320 MiB") as failed:
        server.connect()
    assert "NEWSCRAWL_HOME" in failed.value.advice
    assert not server.status().running


def test_on_windows_the_way_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(EmbeddedServerError, match="Linux and macOS") as refused:
        EmbeddedServer(home).connect()
    assert "NEWSCRAWL_MONGO_URI" in refused.value.advice


def test_a_stranger_on_the_socket_is_no_server(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "tmp" / "s"))
        listener.listen()
        assert not answers(str(home / "tmp" / "s"), timeout=0.1)
    assert not answers(str(home / "tmp" / "nothing"))
