"""Hosts in trouble: waited for inside a limit, then left, and nobody else held up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from newscrawl.config import Config
from tests.conftest import Run, command_environment
from tests.loop_hosts import ARTICLE, LoopHost, city, drip, fake_names, hang, page, write_site
from tests.test_own_hosts import crawl

_MANY = range(1, 40)


def _all(numbers: range, answer: object) -> dict[str, object]:
    return {f"/news/{number}/": answer for number in numbers}


def test_every_trouble_is_inside_a_limit(newscrawl: Run, tmp_path: Path) -> None:
    """Sites of all kinds in one crawl: the sick ones end, each with a sentence, and the well ones are whole."""
    late = page(ARTICLE.format(1), 503, Retry_After="1")
    hosts: dict[str, LoopHost] = {
        "well": city(_MANY),
        "silent": city(_MANY, {"/robots.txt": hang}),
        "hangs": city(_MANY, _all(_MANY, hang)),  # type: ignore[arg-type]
        "drips": city(_MANY, _all(_MANY, drip)),  # type: ignore[arg-type]
        "down": city(_MANY, _all(_MANY, page("<p>x", 502))),  # type: ignore[arg-type]
        "busy": city(range(1, 4), {"/news/1/": [late, page(ARTICLE.format(1))]}),
        "flaky": city(_MANY, {f"/news/{n}/": page("<p>x", 500) for n in range(2, 9)}),
        "flooded": city(range(1, 4), {"/news/1/": [page("<p>x", 429), page(ARTICLE.format(1))]}),
        "tired": city(_MANY, _all(_MANY, page("<p>x", 429, Retry_After="3600"))),  # type: ignore[arg-type]
        "weary": city(_MANY, _all(_MANY, page("<p>x", 429))),  # type: ignore[arg-type]
        "slowdns": city(range(1, 4)),
        "nodns": city(range(1, 4)),
    }
    names: dict[str, list[str | None]] = {"slowdns.test": [None, None, "127.0.0.1"], "nodns.invalid": [None]}
    with ExitStack() as stack:
        for name, one in hosts.items():
            stack.enter_context(one.serving())
            write_site(tmp_path / "sites", name, one.origin)
        port = hosts["slowdns"].port
        write_site(tmp_path / "sites", "slowdns", f"http://slowdns.test:{port}", "private_network = true")
        write_site(tmp_path / "sites", "nodns", "http://nodns.invalid")
        began = time.monotonic()
        runs = crawl(newscrawl, tmp_path, *hosts, NEWSCRAWL_PATIENCE="4", **fake_names(tmp_path / "fake", names))
        took = time.monotonic() - began
    assert runs["exit"] == 3
    assert took < 60

    assert runs["well"]["stats"]["articles_new"] == len(_MANY)
    assert runs["well"]["status"] == "done"
    assert hosts["well"].times[-1] - hosts["well"].times[0] < 15
    for name, words in (
        ("hangs", "the host took too long"),
        ("drips", "the host took too long"),
        ("down", "it answers 502"),
    ):
        assert runs[name]["status"] == "unavailable", name
        assert f"127.0.0.1: no page for 5 requests in a row ({words})" in runs["told"], name
        assert len({path for path in hosts[name].asked if path[-2:-1].isdigit()}) <= 6, name
    for name, reason in (("silent", "robots_unreachable"), ("nodns", "dns")):
        assert runs[name]["status"] == "unavailable", name
        assert runs[name]["stats"][f"failed.{reason}"] == 1, name
        assert len(runs[name]["warnings"]) == 1
    assert set(hosts["silent"].asked) == {"/robots.txt"}

    for name in ("busy", "flooded", "slowdns"):
        assert runs[name]["status"] == "done", name
        assert runs[name]["stats"]["articles_new"] == 3, name
        assert runs[name]["stats"]["retries"] >= 1, name
    again = [
        moment for path, moment in zip(hosts["busy"].asked, hosts["busy"].times, strict=True) if path == "/news/1/"
    ]
    assert again[1] - again[0] > 0.9
    # A page's own error is no trouble of the host's.
    assert runs["flaky"]["status"] == "failures"
    assert runs["flaky"]["stats"]["failed.http_500"] == 7
    assert runs["flaky"]["stats"]["articles_new"] == len(_MANY) - 7
    # Who asks for an hour's rest gets it.
    assert runs["tired"]["status"] == "unavailable"
    assert "127.0.0.1: it is left (it answers 429 and asks to come back in 3600 s)" in runs["told"]
    assert len(hosts["tired"].asked) <= 2 + 2
    # Who only says 429 is asked ever less often, then left.
    assert runs["weary"]["status"] == "unavailable"
    assert "no page for 5 requests in a row (it answers 429)" in runs["told"]
    gaps = [later - earlier for earlier, later in zip(hosts["weary"].times[3:], hosts["weary"].times[4:], strict=False)]
    assert gaps[-1] > gaps[0] > 0.9


def test_ctrl_c_does_not_wait_for_a_pause_to_end(config: Config, tmp_path: Path) -> None:
    with city(_MANY, {"/robots.txt": page("<p>x", 503, Retry_After="50")}).serving() as host:
        write_site(tmp_path / "sites", "town", host.origin)
        running = subprocess.Popen(
            [sys.executable, "-m", "newscrawl", "crawl", "town"],
            env=command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        while not host.asked:
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(0.5)
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    assert time.monotonic() - began < 25
    assert running.returncode in {1, 3}, stdout + stderr
    assert "Traceback" not in stderr
    assert host.asked == ["/robots.txt"]
