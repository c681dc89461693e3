"""Where a crawl's requests go, and where they never go."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from newscrawl.network import is_public
from newscrawl.sites import load_site
from newscrawl.spiders.own_hosts import refusal
from tests.conftest import Run
from tests.loop_hosts import LoopHost, city, fake_names, page, sent_to, write_site

SITE_FILE = 'title = "Г."\nurl = "https://www.gorod.example/"\nhosts = ["old.gorod.example:8080"]\nverified = false\n'


def crawl(newscrawl: Run, tmp_path: Path, *names: str, **env: str) -> dict[str, Any]:
    """Crawl sites together; return their runs by name, with `exit` and everything `told`."""
    done = newscrawl("crawl", *names, "--json", env={"NEWSCRAWL_SITES": str(tmp_path / "sites")} | env)
    assert "Traceback" not in done.stderr, done.stderr
    runs: dict[str, Any] = {one["site"]: one["run"] for one in json.loads(done.stdout)}
    return runs | {"exit": done.returncode, "told": done.stdout + done.stderr}


# --- rules


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://gorod.example/news/", None),
        ("http://www.gorod.example./news/", None),
        ("http://old.gorod.example:8080/", None),
        ("http://old.gorod.example/", "not the site's"),
        ("https://gorod.example:8443/", "not the site's"),
        ("https://gorod.example:0/", "not the site's"),
        ("https://gorod.example.evil.example/", "not the site's"),
        ("https://evil.example/?https://gorod.example/", "not the site's"),
        ("https://gorod.example@evil.example/", "a user or a password"),
        ("https://user:geheim@gorod.example/", "a user or a password"),
        ("http://169.254.169.254/latest/meta-data/", "not the site's"),
        ("http://[::1]/", "not the site's"),
        ("http://2130706433/", "not the site's"),
        ("file:///etc/passwd", "not http or https"),
        ("ftp://gorod.example/", "not http or https"),
        ("data:text/html,x", "not http or https"),
        ("http://[gorod.example/", "no address"),
    ],
)
def test_only_the_sites_own_hosts_are_asked(tmp_path: Path, url: str, words: str | None) -> None:
    (tmp_path / "g.toml").write_text(SITE_FILE, encoding="utf-8")
    why = refusal(url, load_site(tmp_path / "g.toml"))
    assert why is None if words is None else words in str(why)
    assert "geheim" not in str(why)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),  # NAT64 of a public one
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::5db8:d822", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::", False),
        ("ff02::1", False),
        ("gorod.example", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("https://www.gorod.example/", "https://user:geheim@www.gorod.example/"),
        ("old.gorod.example:8080", "user:geheim@old.gorod.example"),
    ],
)
def test_a_site_file_holds_no_password(tmp_path: Path, cli: Run, was: str, becomes: str) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "g.toml").write_text(SITE_FILE.replace(was, becomes), encoding="utf-8")
    done = cli("site", "show", "g", env={"NEWSCRAWL_SITES": str(tmp_path / "sites")})
    assert done.returncode == 2
    assert "expected" in done.stderr
    assert "geheim" not in done.stdout + done.stderr


_REBINDING = """
import socket
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from newscrawl.spiders.resolver import PublicResolver, refused_address
from scrapy.resolver import dnscache

answers = ["93.184.216.34", "10.0.0.7", "93.184.216.34"]
socket.gethostbyname = lambda name: answers.pop(0)
resolver = PublicResolver(reactor, 100, 5.0)

async def look():
    for step in range(4):
        try:
            print(step, await resolver.getHostByName("gorod.test"))
        except Exception as error:
            print(step, type(error).__name__, refused_address("gorod.test"))
        if step != 0:
            dnscache.pop("gorod.test", None)
    dnscache["cached.test"] = "127.0.0.1"
    try:
        print(await resolver.getHostByName("cached.test"))
    except Exception as error:
        print("cached", type(error).__name__)

from twisted.internet.defer import ensureDeferred
reactor.callWhenRunning(lambda: ensureDeferred(look()).addBoth(lambda _: reactor.stop()))
reactor.run()
"""


def test_a_name_that_changes_its_meaning_gains_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", _REBINDING], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        "0 93.184.216.34",
        "1 93.184.216.34",  # from the cache
        "2 DNSLookupError 10.0.0.7",
        "3 93.184.216.34",
        "cached DNSLookupError",
    ]


# --- crawls


def test_a_crawl_stays_at_home_and_keeps_the_distance_asked_for(newscrawl: Run, tmp_path: Path) -> None:
    robots = "User-agent: *\nCrawl-delay: 0.4\nDisallow: /news/7/\n" + "#" * 600_000 + "\nDisallow: /news/1/\n"
    with city(range(20, 30)).serving() as other, ExitStack() as stack:
        changes = {
            "/news/2/": sent_to(f"{other.origin}/news/20/"),
            "/news/3/": sent_to("file:///etc/passwd"),
            "/news/4/": sent_to(f"http://user:geheim@{other.netloc}/news/21/"),
            "/news/5/": sent_to("http://169.254.169.254/latest/meta-data/"),
            "/news/6/": page(f'<meta http-equiv=refresh content="0; url={other.origin}/news/22/">'),
            "/robots.txt": page(robots),
        }
        home = stack.enter_context(city(range(1, 9), changes).serving())
        write_site(tmp_path / "sites", "home", home.origin)
        runs = crawl(newscrawl, tmp_path, "home")
    run = runs["home"]
    assert runs["exit"] == 1
    assert other.asked == []
    assert run["stats"]["failed.other_host"] == 4
    assert run["stats"]["failed.http_302"] == 1  # to file://
    assert run["stats"]["robots.forbidden"] == 1
    assert run["stats"]["articles_new"] == 2  # one and eight; rules past 500 KiB of robots.txt are not read
    assert "/news/7/" not in home.asked
    assert run["robots"] == {home.netloc: run["robots"][home.netloc]}
    assert len(run["robots"][home.netloc]) == 16
    assert any(f"leads to {other.netloc}, which is not the site's" in one for one in run["warnings"])
    assert any("a user or a password" in one for one in run["warnings"])
    assert "geheim" not in runs["told"]
    gaps = [later - earlier for earlier, later in zip(home.times[1:], home.times[2:], strict=False)]
    assert min(gaps) > 0.35


def test_private_names_and_robots_that_cannot_be_had(newscrawl: Run, tmp_path: Path) -> None:
    """Many sites in one crawl, each with a trouble of its own."""
    foreign = city(range(1, 3))
    hosts: dict[str, LoopHost] = {
        "inside": city(range(1, 3)),
        "intranet": city(range(1, 3)),
        "robots503": city(range(1, 3), {"/robots.txt": page("Ошибка", 503)}),
        "robots429": city(range(1, 3), {"/robots.txt": page("Хватит", 429)}),
        "robots403": city(range(1, 3), {"/robots.txt": page("Нельзя", 403)}),
        "robotsaway": city(range(1, 3), {"/robots.txt": sent_to(f"{foreign.origin}/robots.txt")}),
    }
    names: dict[str, list[str | None]] = {"inside.test": ["127.0.0.1"], "intranet.test": ["127.0.0.1"]}
    with ExitStack() as stack:
        for one in (foreign, *hosts.values()):
            stack.enter_context(one.serving())
        for name, one in hosts.items():
            write_site(tmp_path / "sites", name, one.origin)
        write_site(tmp_path / "sites", "inside", f"http://inside.test:{hosts['inside'].port}")
        intranet = f"http://intranet.test:{hosts['intranet'].port}"
        write_site(tmp_path / "sites", "intranet", intranet, "private_network = true")
        runs = crawl(newscrawl, tmp_path, *hosts, NEWSCRAWL_PATIENCE="3", **fake_names(tmp_path / "fake", names))
    assert runs["exit"] == 3
    assert hosts["inside"].asked == []
    (told,) = runs["inside"]["warnings"]
    assert "the name inside.test means 127.0.0.1, an address inside a private network" in told
    assert "private_network = true" in told
    assert runs["intranet"]["stats"]["articles_new"] == 2
    for name, words in (
        ("robots503", "the server answered 503"),
        ("robots429", "the server answered 429"),
        ("robotsaway", f"leads to {foreign.netloc}, which is not the site's"),
    ):
        assert set(hosts[name].asked) == {"/robots.txt"}, name
        (told,) = runs[name]["warnings"]
        assert f"robots.txt cannot be had ({words}), so nothing may be fetched" in told
        assert runs[name]["stats"]["failed.robots_unreachable"] == 1
        assert runs[name]["status"] == "unavailable"
    assert foreign.asked == []
    assert runs["robots403"]["stats"]["articles_new"] == 2
    assert runs["robots403"]["robots"] == {hosts["robots403"].netloc: ""}
    assert runs["robots403"]["status"] == "done"
