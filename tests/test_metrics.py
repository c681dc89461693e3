"""Prometheus metrics: scraped over HTTP and read by the client library's own parser."""

from __future__ import annotations

import inspect
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from newscrawl.errors import ConfigError
from newscrawl.metrics import serve_metrics, text, write_text
from newscrawl.store import Store

from .conftest import ROOT
from .conftest import Run as Command
from .monitor_tools import START, alarm, insert_articles, insert_runs, run

STATS = {
    "requests": 12, "bytes_received": 5000, "requests_failed": 1, "not_modified": 4, "articles_new": 3,
    "status.200": 7, "status.304": 4, "failed.http_500": 1, "unresolved.date_published.missing": 2,
    "seconds.fetch": 1.5,
}  # fmt: skip


def samples(exposition: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(exposition)
        for one in family.samples
    }


def fill(store: Store) -> None:
    now = datetime.now(UTC)
    insert_articles(store, "n", [now - timedelta(hours=hour) for hour in (1, 2, 30)])
    insert_runs(store, run(0, stats=STATS), run(1, stats=STATS, status="unavailable"))
    store.alarms.note("n", [alarm(), alarm(subject="lead")], judged={"coverage"}, raised_at=START, now=START)


def test_a_scrape_tells_all_that_is_promised(store: Store) -> None:
    fill(store)
    server, thread = serve_metrics(store, port=0)
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            found = samples(answer.read().decode())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    site = ("site", "n")
    wanted = {
        ("newscrawl_up", ()): 1,
        ("newscrawl_articles", (site,)): 3,
        ("newscrawl_articles_last_day", (site,)): 2,
        ("newscrawl_last_success_timestamp_seconds", (site,)): (START + timedelta(seconds=30)).timestamp(),
        ("newscrawl_last_run_seconds", (site,)): 30,
        ("newscrawl_last_run_status", (site, ("status", "unavailable"))): 1,
        ("newscrawl_last_run_status", (site, ("status", "done"))): 0,
        ("newscrawl_requests_total", (site,)): 24,
        ("newscrawl_received_bytes_total", (site,)): 10000,
        ("newscrawl_articles_not_modified_total", (site,)): 8,
        ("newscrawl_responses_total", (("code", "304"), site)): 8,
        ("newscrawl_failures_total", (("reason", "http_500"), site)): 2,
        ("newscrawl_unresolved_total", (("field", "date_published"), ("reason", "missing"), site)): 4,
        ("newscrawl_stage_seconds_total", (site, ("stage", "fetch"))): 3,
        ("newscrawl_runs_total", (site, ("status", "done"))): 1,
        ("newscrawl_alarms", (("monitor", "coverage"), site)): 2,
    }
    assert {key: found.get(key) for key in wanted} == wanted


def test_names_follow_the_conventions(store: Store) -> None:
    fill(store)
    for family in text_string_to_metric_families(text(store).decode()):
        assert re.fullmatch(r"newscrawl_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        for one in family.samples:
            assert one.name.endswith("_total") == (family.type == "counter")
            assert not one.name.endswith(("_count", "_bucket", "_sum"))


def test_totals_only_grow_and_count_a_run_once(store: Store) -> None:
    one = run(0, stats=STATS)
    insert_runs(store, one, one)
    assert store.add_totals(one) is False
    assert store.all_totals()["n"].counts["requests"] == 12
    insert_runs(store, run(2, stats={"requests": 1}))
    totals = store.all_totals()["n"]
    assert (totals.counts["requests"], totals.successes, totals.interval) == (13, 2, 7200)
    assert store.add_totals(run(3).model_copy(update={"job": "reprocess"})) is False
    assert store.add_totals(run(3, status="running")) is False


def test_a_run_adds_itself_and_so_does_one_that_died(store: Store) -> None:
    alive = store.start_run("crawl", "n")
    alive.count("requests", 7)
    alive.finish("done", {"bytes_received": 50})
    totals = store.all_totals()["n"]
    assert (totals.counts["requests"], totals.counts["bytes_received"], totals.last_status) == (7, 50, "done")
    dead = run(5, site="m", status="running").model_copy(update={"finished_at": None})
    store.runs.insert_one({"_id": dead.id} | dead.model_dump(exclude={"id"}))
    for _ in range(2):
        store.mark_dead(dead.id)
    totals = store.all_totals()["m"]
    assert (totals.failed_in_a_row, totals.runs) == (1, {"died": 1})


def test_metrics_go_to_stdout_and_whole_to_a_file(store: Store, cli: Command, tmp_path: Path) -> None:
    fill(store)
    assert samples(cli("metrics").stdout)["newscrawl_requests_total", (("site", "n"),)] == 24
    target = tmp_path / "newscrawl.prom"
    target.write_text("old", encoding="utf-8")
    assert cli("metrics", "--output", str(target)).returncode == 0
    assert samples(target.read_text(encoding="utf-8"))["newscrawl_articles", (("site", "n"),)] == 3
    assert [one.name for one in tmp_path.iterdir()] == ["newscrawl.prom"]
    failed = cli("metrics", "--output", str(tmp_path / "none" / "x.prom"))
    assert failed.returncode == 2
    assert "cannot be written" in failed.stderr
    before = target.read_text(encoding="utf-8")
    (tmp_path / "dir").mkdir()
    with pytest.raises(OSError, match=r"dir"):
        write_text(store, tmp_path / "dir")
    assert target.read_text(encoding="utf-8") == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dir", "newscrawl.prom"]


def test_a_port_that_is_taken_is_one_sentence(store: Store) -> None:
    server, thread = serve_metrics(store, port=0)
    try:
        with pytest.raises(ConfigError, match="cannot be served at"):
            serve_metrics(store, port=server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_documented_metrics_and_rules_are_those_that_exist(store: Store) -> None:
    fill(store)
    there = {family.name for family in text_string_to_metric_families(text(store).decode())}
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    named = {name.removesuffix("_total") for name in re.findall(r"\bnewscrawl_[a-z_]+", page)}
    assert named - there <= {"newscrawl_"}
    short = {f"newscrawl_articles{name.removesuffix('_total')}" for name in re.findall(r"`…(_[a-z_]+)`", page)}
    assert there - named == short
    files = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    rules = files[1]["groups"][0]["rules"]
    assert [sorted(set(one) - {"for"}) for one in rules] == [["alert", "annotations", "expr"]] * 3
    port = files[0]["scrape_configs"][0]["static_configs"][0]["targets"][0].rpartition(":")[2]
    assert int(port) == inspect.signature(serve_metrics).parameters["port"].default
