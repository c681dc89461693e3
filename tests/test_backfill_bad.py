"""What archives do to a backfill: errors, limits, endless answers, pages that are none; and what a kill does."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl.config import Config, load_config
from newscrawl.store import Store, open_store

from .archive_servers import Archives, ArchiveServer, Fault, Taken, warc
from .backfill_tools import (
    ORIGIN,
    SPAN,
    Backfill,
    archives,
    article,
    backfill,
    server,
    stats,
    stored,
    taken,
    url,
    workers,
)
from .conftest import Run, command_environment, write_site_file
from .test_crawl import OwnMongod, own_mongod, start, wait_for

MISSING = "<html><title>Страница не найдена</title><h1>Страница не найдена</h1><p>404</p></html>".encode()
LOGIN = "<html><h1>Вход</h1><form><input name=u><input type=password name=p></form></html>".encode()
FOREIGN = (
    b'<html><head><link rel="canonical" href="http://svetlorechensk.example/"></head><body><h1>x</h1></body></html>'
)


def test_a_killed_backfill_goes_on_and_fetches_nothing_twice(
    archives: Archives,
    server: ArchiveServer,
    config: Config,
    store: Store,
    tmp_path: Path,
) -> None:
    archives.captures = [taken(number) for number in range(1, 61)]
    archives.rows = 7
    server.faults = [Fault("/cdx", 10_000, delay=0.1), Fault("/web/", 10_000, delay=0.05)]
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    env = command_environment(config) | server.env | {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    command = [sys.executable, "-m", "newscrawl", "backfill", "loop", *SPAN, "--via", "wayback", "--yes"]
    for more in (4, 9 + 5, 9 + 23, 9 + 41):  # in the index, then among the captures
        running = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
        until = time.monotonic() + 60
        while len(server.asked) < more and running.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        running.kill()
        running.communicate()
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert stored(store) == {str(number) for number in range(1, 61)}
    assert store.revisions.count_documents({}) == 0
    assert store.captures.count_unread("loop", "wayback") == 0
    fetched, indexes = Counter(server.paths("/web/")), Counter(server.paths("/cdx"))
    assert sum(fetched.values()) - len(fetched) <= 4, fetched  # the one under way at each kill
    assert sum(indexes.values()) - len(indexes) <= 1, indexes
    assert {run.status for run in store.find_runs("loop", 10)} <= {"done", "died"}


def test_captures_that_are_no_articles_are_left_and_the_next_one_is_tried(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.replay_gzip = True
    archives.captures = [
        taken(1, "20190301000000", body=MISSING), taken(1, "20190302000000", body=LOGIN), taken(1),
        taken(2, "20190301000000", body=FOREIGN), taken(2),
        *(taken(3, f"201903{day:02}000000", body=MISSING + b"%d" % day) for day in range(1, 10)), taken(3),
        taken(4, "20190301000000", body=b"\0" * 20_000_000), taken(4),
        taken(5, "20190301000000", body=b"%PDF-1.4 ..."), taken(5),
        taken(6, body=b""),
    ]  # fmt: skip
    status, told = backfill("wayback")
    assert status == 0, told
    assert stored(store) == {"1", "2", "4", "5"}
    counts = stats(told)
    left = {name: number for name, number in counts.items() if name.startswith("left.")}
    assert left == {
        "left.soft_404": 6, "left.login": 1, "left.too_large": 1, "left.not_html": 1, "left.empty_page": 1,
    }  # fmt: skip
    assert "pages_failed" not in counts  # the second capture of 2 served where the first gave no article
    assert store.pages.count_documents({"problem": {"$type": "object"}}) == 1
    assert len([one for one in server.paths("/web/") if one.endswith("/3")]) == 5
    before = len(server.asked)
    assert backfill("wayback")[0] == 0
    assert server.asked[before:] == []


def test_a_page_without_an_article_is_kept_and_told(
    backfill: Backfill,
    archives: Archives,
    store: Store,
) -> None:
    archives.captures = [taken(1), taken(2, body=b"<html><body><div id=menu>x</div><p>y</p></body></html>" * 3)]
    status, told = backfill("wayback")
    assert (status, stored(store)) == (1, {"1"})
    assert stats(told)["pages_failed"] == 1
    assert store.pages.count_documents({"problem": {"$type": "object"}}) == 1


def test_the_nearest_moment_is_taken_and_other_addresses_are_not(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.captures = [taken(1), taken(2)]
    elsewhere = f"{server.origin}/web/20190501000000id_/{ORIGIN}/o-gorode/"
    server.faults = [
        Fault(
            f"/web/20190401120000id_/{url(1)}", status=302,
            headers=(("Location", f"{server.origin}/web/20190401120000id_/{url(1)}"),),
        ),
        Fault(f"/web/20190401120000id_/{url(2)}", status=302, headers=(("Location", elsewhere),)),
    ]  # fmt: skip
    archives.captures.append(Taken(f"{ORIGIN}/o-gorode/", "20190501000000", article(2)))
    status, told = backfill("wayback")
    assert status == 0, told
    assert stored(store) == {"1"}
    assert stats(told)["left.redirected_away"] == 1


def test_an_archives_own_pages_are_no_captures(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.captures = [taken(1), taken(2), taken(3)]
    page = b"<html><h1>Wayback Machine</h1><p>Temporarily Offline</p></html>"
    server.faults = [Fault(f"/web/20190401120000id_/{url(1)}", status=200, body=page)]
    status, told = backfill("wayback")
    assert (status, stored(store)) == (0, {"2", "3"})
    assert stats(told)["captures_failed"] == 1
    status, _ = backfill("wayback")  # and now it is there
    assert (status, stored(store)) == (0, {"1", "2", "3"})


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("/cdx", 9, status=200, body=b"<html><h1>Blocked Site Error</h1></html>"), "Blocked Site Error"),
        (Fault("/cdx", 9, status=200, body=b'{"message": "x"}'), "no table"),
        (Fault("/cdx", 9, status=403, body=b"org.archive.util.io.RuntimeIOException: AdministrativeAccess"), "403"),
        (Fault("/cdx", 9, status=400, body=b"bad"), "answers 400"),
        (Fault("/cdx", 9, status=200, body=b'[["a", "b"], ["1", "2"]]'), "other columns"),
    ],
)
def test_an_index_that_answers_otherwise_is_told(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
    fault: Fault,
    words: str,
) -> None:
    archives.captures = [taken(1)]
    archives.collections = {"CC-MAIN-2019-18": [taken(2)]}
    server.faults = [fault]
    status, told = backfill("wayback", "commoncrawl")
    assert status == 1
    assert any(words in one for one in told["problems"]), told["problems"]
    assert stored(store) == {"2"}  # the other archive is asked all the same


def test_broken_rows_cost_themselves_alone(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    rows: list[list[Any]] = [
        ["timestamp", "original", "mimetype", "statuscode", "digest"],
        ["2019", url(1), "text/html", "200", "A"], ["20191399000000", url(2), "text/html", "200", "B"],
        ["20190401120000", None, "text/html", "200", "C"], ["20190401120000"], [],
        ["20190401120000", url(5), "text/html", "200", "D"], ["20190401120000", "http://[", "text/html", "200", "E"],
    ]  # fmt: skip
    archives.captures = [taken(5)]
    server.faults = [Fault("/cdx", status=200, body=json.dumps(rows).encode())]
    status, told = backfill("wayback")
    assert (status, stored(store)) == (0, {"5"}), told


def test_an_index_without_an_end_is_left(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.captures = [taken(number) for number in range(1, 4)]
    archives.endless = True
    status, told = backfill("wayback")
    assert status == 1
    assert "again and again" in told["problems"][0] or "never comes to the end" in told["problems"][0]
    assert len(server.paths("/cdx")) <= 3
    assert len(stored(store)) == 3


@pytest.mark.parametrize("status", [429, 503, 502])
def test_an_archive_in_trouble_is_waited_for(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
    status: int,
) -> None:
    archives.captures = [taken(1), taken(2)]
    soon = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    server.faults = [
        Fault("/cdx", status=status, headers=(("Retry-After", "1"),)),
        Fault("/web/", status=status, headers=(("Retry-After", soon),)),
        Fault("/web/", cut=20),
    ]
    ended, told = backfill("wayback", NEWSCRAWL_PATIENCE="20")
    if ended == 3:  # what broke off within an answer is taken up by the next one
        ended, told = backfill("wayback", NEWSCRAWL_PATIENCE="20")
    assert (ended, stored(store)) == (0, {"1", "2"}), told


def test_an_archive_that_wants_to_be_left_alone_is(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.captures = [taken(number) for number in range(1, 5)]
    server.faults = [Fault("/web/", 99, status=429, headers=(("Retry-After", "3600"),))]
    status, told = backfill("wayback")
    assert status == 3
    assert "asks to come back in 3600 s" in told["runs"][0]["warnings"][0]
    assert len(server.paths("/web/")) == 1
    server.faults = []
    status, told = backfill("wayback")
    assert (status, len(stored(store))) == (0, 4)


def test_an_archive_that_is_not_there_costs_no_other(
    backfill: Backfill,
    archives: Archives,
    store: Store,
) -> None:
    archives.collections = {"CC-MAIN-2019-18": [taken(2)]}
    nobody = "http://127.0.0.1:9/cdx"
    status, told = backfill("wayback", "commoncrawl", NEWSCRAWL_WAYBACK_CDX=nobody)
    assert (status, stored(store)) == (3, {"2"}), told
    assert "127.0.0.1:9: no answer: [Errno 111] Connection refused" in told["problems"][0]


def test_a_mirror_without_ranges_is_told(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.collections = {"CC-MAIN-2019-18": [taken(1), taken(2)]}
    whole = archives._file("CC-MAIN-2019-18")[0]
    server.faults = [Fault("/data/", 99, status=200, body=whole, headers=(("X-Whole", "1"),))]
    server.ignores_ranges = True
    status, told = backfill("commoncrawl")
    assert (status, stored(store)) == (3, set())
    assert "does not give parts of files" in told["runs"][0]["warnings"][0]


def test_a_record_that_is_not_where_the_index_says_is_asked_for_three_times_at_most(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.collections = {"CC-MAIN-2019-18": [taken(1), taken(2)]}
    for _ in range(5):
        server.faults = [Fault("/data/", status=206, body=b"not a record"), Fault("/data/", status=404)]
        backfill("commoncrawl")
    assert stored(store) == set()
    assert len(server.paths("/data/")) == 6


def test_a_stream_that_breaks_off_is_taken_up_where_it_was(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    bodies = [article(number, words=os.urandom(60_000).hex()) for number in range(6)]
    content, _ = warc([taken(number, body=body) for number, body in enumerate(bodies, 1)])
    archives.news = {"crawl-data/CC-NEWS/2019/03/a.warc.gz": content}
    server.faults = [Fault("/data/crawl-data/CC-NEWS/2019/03/a", cut=100_000) for _ in range(2)]
    status, told = backfill("ccnews")
    assert (status, stored(store)) == (0, {"1", "2", "3", "4", "5", "6"}), told
    assert len(server.ranges) == 2


def test_damaged_files_are_read_as_far_as_they_go(
    backfill: Backfill,
    store: Store,
    tmp_path: Path,
) -> None:
    content, places = warc([taken(number) for number in range(1, 9)])
    broken = bytearray(content)
    offset, length = places[2]
    broken[offset + 20 : offset + length - 20] = b"\xff" * (length - 40)
    (tmp_path / "a.warc.gz").write_bytes(bytes(broken[: places[6][0] + 40]))
    status, told = backfill("warc", files=("a.warc.gz",))
    assert (status, stored(store)) == (1, {"1", "2", "4", "5", "6"})
    told_of = [one for one in told["problems"] if "cannot be read" in one]
    assert len(told_of) == 2
    assert f"bytes {offset} to" in told_of[0]
    assert backfill("warc", files=("a.warc.gz",))[0] == 0  # all is known by now


def test_a_file_that_goes_away_between_plan_and_reading(
    backfill: Backfill,
    store: Store,
    tmp_path: Path,
) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc([taken(1)])[0])
    assert backfill("warc", files=("a.warc.gz",), only_plan=True)[0] == 0
    (tmp_path / "b.warc.gz").write_bytes(warc([taken(2)])[0])
    (tmp_path / "a.warc.gz").unlink()
    status, told = backfill("warc", files=("b.warc.gz",))
    assert (status, stored(store)) == (1, {"2"})
    assert "a.warc.gz" in told["runs"][0]["warnings"][0]


def test_a_plan_fetches_nothing(
    backfill: Backfill,
    archives: Archives,
    server: ArchiveServer,
    store: Store,
) -> None:
    archives.captures = [taken(1), taken(2)]
    status, told = backfill("wayback", only_plan=True)
    assert (status, server.paths("/web/"), stored(store)) == (0, [], set())
    assert told["sources"][0]["to_fetch"] == 2
    assert [one["name"] for one in told["parts"]] == ["read wayback loop 2019-01-01..2019-12-31"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["loop", "--from", "2019-02-01", "--to", "2019-01-01"], "--from 2019-02-01 is after --to 2019-01-01"),
        (["nobody", *SPAN], "there is no site 'nobody'"),
        (["loop", *SPAN, "--via", "ftp"], "--via ftp: expected one of listing"),
        (["loop", *SPAN, "--via", "warc"], "name the WARC or WACZ files"),
        (["loop", *SPAN, "--via", "warc", "none.warc.gz"], "none.warc.gz: there is no such file or folder"),
        (["loop", *SPAN, "a.warc.gz"], "files are read with --via warc"),
        (["a.warc.gz", *SPAN, "--via", "warc"], "name the site"),
        (["loop", *SPAN, "--captured-until", "2018-01-01"], "--captured-until 2018-01-01 is before"),
        (["sample", *SPAN, "--via", "wayback"], "sample is not on the network"),
    ],
)
def test_bad_usage(cli: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    done = cli("backfill", *arguments, env={"NEWSCRAWL_SITES": str(tmp_path / "sites")})
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_a_store_that_is_not_there(cli: Run, tmp_path: Path) -> None:
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_MONGO_URI": "mongodb://127.0.0.1:9/"}
    done = cli("backfill", "loop", *SPAN, env=env | {"NEWSCRAWL_PATIENCE": "1"})
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)


def test_too_little_pause_is_refused(cli: Run, tmp_path: Path) -> None:
    done = cli("backfill", "ryazan", *SPAN, env={"NEWSCRAWL_ARCHIVE_DELAY": "0.1"})
    assert done.returncode == 2
    assert "archive_delay" in done.stderr
    done = cli("backfill", "ryazan", *SPAN, env={"NEWSCRAWL_WAYBACK_CDX": "ftp://x/"})
    assert (done.returncode, "wayback_cdx" in done.stderr) == (2, True)


def test_bombs_in_files(backfill: Backfill, store: Store, tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    records = [taken(1, headers=(("Content-Encoding", "gzip"),), body=bomb), taken(2)]
    (tmp_path / "a.warc.gz").write_bytes(warc(records)[0])
    status, told = backfill("warc", files=("a.warc.gz",))
    assert (status, stored(store), stats(told)["left.too_large"]) == (0, {"2"}, 1)


def test_a_dead_site_is_filled_from_archives_all_the_same(
    newscrawl: Run, archives: Archives, server: ArchiveServer, store: Store, tmp_path: Path
) -> None:
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    archives.captures = [taken(1), taken(2)]
    env = server.env | {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "2"}
    done = newscrawl("backfill", "loop", *SPAN, env=env)
    assert done.returncode == 3, done.stdout + done.stderr  # the site was out of reach
    assert "Traceback" not in done.stderr
    assert stored(store) == {"1", "2"}
    assert [run.status for run in store.find_runs("loop", 5)] == ["done", "unavailable"]
    assert "the site file names none" in done.stdout  # of its sitemaps


def test_a_store_that_goes_away_ends_it_and_it_goes_on(
    archives: Archives, server: ArchiveServer, config: Config, own_mongod: OwnMongod, tmp_path: Path
) -> None:
    archives.captures = [taken(number) for number in range(1, 31)]
    server.faults = [Fault("/web/", 10_000, delay=0.1)]
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    settings = server.env | {"NEWSCRAWL_MONGO_URI": own_mongod.uri, "NEWSCRAWL_DATABASE": "newscrawl"}
    command = ("backfill", "loop", *SPAN, "--via", "wayback")
    running = start(config, tmp_path, *command, **settings, NEWSCRAWL_PATIENCE="2")
    wait_for(lambda: len(server.paths("/web/")) >= 8)
    own_mongod.kill()
    stdout, stderr = running.communicate(timeout=90)
    assert (running.returncode, "Traceback" in stderr) == (3, False), stdout + stderr
    own_mongod.start()
    again = start(config, tmp_path, *command, **settings)
    stdout, stderr = again.communicate(timeout=120)
    assert again.returncode == 0, stdout + stderr
    with open_store(load_config(mongo_uri=own_mongod.uri, home=config.home)) as store:
        assert stored(store) == {str(number) for number in range(1, 31)}
    fetched = Counter(server.paths("/web/"))
    assert sum(fetched.values()) - len(fetched) <= 1, fetched
