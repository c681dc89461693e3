"""A replica set changes its primary under a crawl, or loses it: nothing acknowledged is lost, nothing is twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, NotPrimaryError, OperationFailure, WTimeoutError

from newscrawl.config import Config, load_config
from newscrawl.store import Store, open_store
from newscrawl.store.connection import _is_passing
from newscrawl.store.reading import latest_first
from tests.conftest import command_environment
from tests.loop_hosts import city, write_site
from tests.own_mongods import primary, replica_set

_ARTICLES = range(1, 41)


def _bulk(**details: object) -> BulkWriteError:
    return BulkWriteError({"writeErrors": [], "writeConcernErrors": []} | details)


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (AutoReconnect("connection closed"), True),
        (NotPrimaryError("not primary"), True),
        (WTimeoutError("waiting for replication timed out", 64), True),
        (OperationFailure("primary stepped down", 189), True),
        (OperationFailure("shutdown in progress", 91), True),
        (OperationFailure("interrupted at shutdown", 11600), True),
        (OperationFailure("cursor id not found", 43), True),
        (_bulk(writeConcernErrors=[{"code": 64, "errmsg": "waiting for replication timed out"}]), True),
        (_bulk(writeErrors=[{"code": 10107, "index": 0, "errmsg": "not primary"}]), True),
        (_bulk(writeErrors=[{"code": 14031, "index": 0, "errmsg": "no space"}]), True),
        (_bulk(writeErrors=[{"code": 121, "index": 0, "errmsg": "failed validation"}]), False),
        (OperationFailure("bad query", 2), False),
        (AutoReconnect("SSL: CERTIFICATE_VERIFY_FAILED"), False),
    ],
)
def test_what_is_waited_for(error: Exception, passing: bool) -> None:
    assert _is_passing(error) is passing


@pytest.mark.parametrize(
    ("options", "w"),
    [("", "majority"), ("?w=3", 3), ("?retryWrites=true&W=1", 1), ("?wtimeoutMS=500", "majority")],
)
def test_writes_wait_for_most_members_unless_the_address_says_otherwise(
    config: Config, options: str, w: object
) -> None:
    from newscrawl.store.connection import Connection

    connection = Connection(load_config(mongo_uri=f"mongodb://127.0.0.1:9/{options}"))
    concern = connection.client.write_concern.document
    connection.close()
    assert concern["w"] == w
    assert concern["j"] is True
    assert concern["wtimeout"] == (500 if "wtimeout" in options else 10_000)


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_crawl_over_a_step_down_and_the_death_of_a_primary(config: Config, tmp_path: Path) -> None:
    with replica_set(3) as (servers, uri), city(_ARTICLES).serving() as host:
        write_site(tmp_path / "sites", "town", host.origin, "private_network = true")
        path = tmp_path / "sites" / "town.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("delay = 0.0", "delay = 0.2"), encoding="utf-8")
        env = command_environment(config) | {"NEWSCRAWL_MONGO_URI": uri, "NEWSCRAWL_SITES": str(tmp_path / "sites")}
        with open_store(load_config(mongo_uri=uri, database=config.database)) as store:
            running = subprocess.Popen(
                [sys.executable, "-m", "newscrawl", "crawl", "town"],
                env=env | {"NEWSCRAWL_PATIENCE": "40"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip

            def stored() -> set[str]:
                return {one["_id"] for one in store.call(lambda: list(store.articles.find({}, {"_id": 1})))}

            _wait_for(lambda: len(stored()) >= 3)
            with primary(servers).client() as client:
                client.admin.command("replSetStepDown", 5, force=True)
            second = primary(servers)
            before = len(stored())
            _wait_for(lambda: len(stored()) >= before + 3)
            acknowledged = stored()
            second.kill()
            stdout, stderr = running.communicate(timeout=120)
            assert running.returncode == 0, stdout + stderr
            assert "Traceback" not in stderr
            found = stored()
            assert acknowledged <= found
            assert found == {f"{host.origin}/news/{number}/" for number in _ARTICLES}
            assert store.call(lambda: store.pages.count_documents({})) == len(_ARTICLES)
            (run,) = store.find_runs("town")
            assert run.status == "done"
            assert run.stats["articles_new"] == len(_ARTICLES)


def _fill(store: Store, number: int) -> None:
    """Store bare articles, some of one minute, some without a date; no validator looks at them."""
    store.database.command("collMod", "articles", validator={})
    day = datetime(2026, 3, 1, tzinfo=UTC)
    store.articles.insert_many(
        {"_id": f"a{one:04}", "date_published": None if one % 7 == 0 else day.replace(day=1 + one % 5)}
        for one in range(number)
    )


def test_a_long_reading_goes_on_where_it_was_broken_off(store: Store) -> None:
    _fill(store, 450)
    whole = [one["_id"] for one in store.articles.find({}).sort([("date_published", -1), ("_id", 1)])]
    admin = store.connection.client.admin
    for most in (0, 333):
        read: list[str] = []
        for one in latest_first(store, {}, most):
            read.append(one["_id"])
            if len(read) % 100 == 50:  # the server forgets the cursor, as at its restart
                open_ = admin.aggregate([{"$currentOp": {"idleCursors": True}}, {"$match": {"type": "idleCursor"}}])
                ids = [op["cursor"]["cursorId"] for op in open_ if op["ns"] == f"{store.database.name}.articles"]
                assert ids or len(read) > 400
                if ids:
                    store.database.command("killCursors", "articles", cursors=ids)
        assert read == whole[: most or None]
