"""The whole road: real Scrapy against a loopback server, real worker processes, a real mongod."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from newscrawl.config import Config
from newscrawl.demo import Fault, SampleCity, Server, reprints, serve
from newscrawl.items import Article, StoredArticle
from newscrawl.sites import load_site
from newscrawl.store import Store
from newscrawl.store.embedded import find_mongod
from pipelines.road import process_page

from .conftest import ROOT, Run, command_environment, write_site_file
from .crawl_host import CrawlHost

ORIGIN = "http://svetlorechensk.example"
SMALL = SampleCity(articles=24)


@pytest.fixture
def small_server() -> Iterator[Server]:
    with serve(SMALL) as server:
        yield server


@pytest.fixture
def crawl(crawl_host: CrawlHost, config: Config, small_server: Server, tmp_path: Path) -> Callable[..., Any]:
    """Crawl the small city as site `loop`; returns the exit status and the run."""
    write_site_file(tmp_path / "sites", small_server.origin)

    def run(**options: Any) -> tuple[int, dict[str, Any]]:
        return crawl_host.crawl("loop", tmp_path / "sites", config.database, **options)

    return run


@pytest.fixture
def command(newscrawl: Run, small_server: Server, tmp_path: Path) -> Callable[..., Any]:
    """The same by the command line; returns the exit status and what it says as JSON: the run, and what went wrong."""
    write_site_file(tmp_path / "sites", small_server.origin)

    def run(*arguments: str, **more: Any) -> tuple[int, dict[str, Any]]:
        env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")} | more.pop("env", {})
        done = newscrawl("crawl", "loop", "--json", *arguments, env=env, **more)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stdout, done.stderr
        (result,) = json.loads(done.stdout)
        return done.returncode, result

    return run


def contents(articles: Iterator[StoredArticle]) -> dict[str, Article]:
    """Return what the articles say, without what only the store knows."""
    return {
        one.url: Article.model_validate({name: getattr(one, name) for name in Article.model_fields}) for one in articles
    }


# --- the demo, as a stranger runs it


def test_demo_finds_what_the_city_says_and_twice_changes_nothing(
    newscrawl: Run, store: Store, city: SampleCity
) -> None:
    first = newscrawl("demo")
    assert first.returncode == 0, first.stderr
    stored = {one.url: one for one in store.find_articles(site="sample")}
    truth = {ORIGIN + one.path: one for one in city.expected if one.stored}
    assert stored.keys() == truth.keys()
    for url, told in truth.items():
        article = stored[url]
        assert article.headline == told.headline
        assert article.article_body.split("\n\n") == list(told.paragraphs)
        assert article.date_published == told.published, url
        assert article.date_published_raw == told.published_raw
    for words in ("What the crawl did", "178 new", "Persons", "Елена Сорокина", "impossible_day", "newscrawl status"):
        assert words in first.stdout, words
    assert "Every article is at revision 1." in first.stdout
    copies = {one["_id"]: one["duplicate_of"] for one in store.articles.find({"duplicate_of": {"$type": "string"}})}
    assert copies == {one.url.removesuffix("/"): ORIGIN + one.original.path for one in reprints(city)}
    assert f"{len(copies)} reprints between cities" in first.stdout

    documents = list(store.articles.find({}, {"last_seen": 0}).sort("_id", 1))
    second = newscrawl("demo")
    assert second.returncode == 0, second.stderr
    assert "Nothing had changed since the last run" in second.stdout
    assert "Every article is at revision 1." in second.stdout
    assert list(store.articles.find({}, {"last_seen": 0}).sort("_id", 1)) == documents
    assert store.revisions.count_documents({}) == 0


def test_what_was_woven_into_the_texts_is_found(newscrawl: Run, store: Store, city: SampleCity) -> None:
    """Dates by value, and persons in the nominative: nearly all of what the generator put in."""
    newscrawl("demo", "--limit", "60")
    stored = {one.url: one for one in store.find_articles(site="sample")}
    dates = persons = dates_found = persons_found = 0
    for told in city.expected:
        article = stored.get(ORIGIN + told.path)
        if article is None or article.date_published is None:
            continue
        spans = {(one.first, one.last) for one in article.dates}
        names = {one.normal for one in article.entities if one.type == "PER"}
        dates += len(told.dates)
        dates_found += sum((str(one.first), str(one.last)) in spans for one in told.dates)
        persons += len(told.persons)
        persons_found += sum(person in names for person in told.persons)
    assert dates > 100
    assert persons > 80
    assert dates_found / dates > 0.97
    assert persons_found / persons > 0.9


# --- one truth, whatever the door


def test_crawl_reprocess_and_notebook_agree(
    command: Callable[..., Any],
    newscrawl: Run,
    cli: Run,
    store: Store,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command()
    crawled = contents(store.find_articles(site="loop"))
    before = list(store.articles.find().sort("_id", 1))
    site = load_site(tmp_path / "sites" / "loop.toml")

    # A notebook: the stored page through the same function.
    for article in crawled.values():
        page = store.find_page(article.page_id)
        assert page is not None
        assert process_page(page, site).article == article

    # Reprocessing leaves documents alone where nothing differs …
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    done = newscrawl("reprocess", "--site", "loop", "--all", "--json", env=env)
    (run,) = json.loads(done.stdout)
    assert run["stats"]["articles_unchanged"] == len(crawled)
    leave = {"last_seen"}
    after = list(store.articles.find().sort("_id", 1))
    strip = [{key: value for key, value in one.items() if key not in leave} for one in before]
    assert [{key: value for key, value in one.items() if key not in leave} for one in after] == strip

    # … and makes the same of pages alone.
    store.articles.delete_many({})
    cli("reprocess", "--site", "loop", env=env)
    assert contents(store.find_articles(site="loop")) == crawled

    monkeypatch.setenv("NEWSCRAWL_HOME", str(config.home))
    monkeypatch.setenv("NEWSCRAWL_DATABASE", config.database)
    monkeypatch.setenv("NEWSCRAWL_SITES", str(tmp_path / "sites"))
    from newscrawl import notebook

    frame = notebook.articles(site="loop")
    assert list(frame["url"]) == [one.url for one in store.find_articles(site="loop")]
    assert str(frame["date_published"].dtype).endswith("UTC]")
    url = frame["url"][0]
    stored = notebook.article(url + "?print=Y")
    assert stored is not None
    assert (stored.url, stored.headline) == (url, frame["headline"][0])
    page = notebook.page(stored.page_id)
    assert page is not None
    assert page.fetched_at == stored.fetched_at
    late = notebook.articles(site="loop", since=stored.date_published, entity=stored.entities[0].id)
    assert list(late["url"]) == [url]


# --- politeness


def test_robots_one_connection_and_an_honest_agent(command: Callable[..., Any], small_server: Server) -> None:
    small_server.delay = 0.02
    status, result = command("--limit", "10", env={"NEWSCRAWL_CONTACT": "ops@n.example"})
    assert result["run"]["stats"]["articles_listed"] == 10
    asked = small_server.requests
    assert asked[0].path == "/robots.txt"
    forbidden = [one.path for one in SMALL.expected if one.flaw == "forbidden"]
    for one in asked:
        assert one.user_agent.startswith("newscrawl/")
        assert "ops@n.example" in one.user_agent
        assert not one.path.startswith(("/bitrix/", "/search/", *forbidden))
        assert one.path.startswith(("/robots.txt", "/novosti/"))
    assert status in {0, 1}


def test_the_trap_is_left_and_every_article_asked_for_once(crawl: Callable[..., Any], small_server: Server) -> None:
    crawl()
    articles = [one.path for one in small_server.requests if "/novosti/2" in one.path]
    assert len(articles) == len(set(articles))
    assert not [path for path in articles if "?" in path]
    listings = [
        one.path for one in small_server.requests if one.path.startswith("/novosti/?") or one.path == "/novosti/"
    ]
    # One page past the end, where Bitrix repeats the last one.
    assert len(listings) == SMALL.listing_pages + 1


def test_since_leaves_what_is_older(command: Callable[..., Any], small_server: Server) -> None:
    days = sorted(one.published.date().isoformat() for one in SMALL.expected if one.published)
    border = days[-8]
    command("--since", border)
    asked = {one.path for one in small_server.requests}
    for told in SMALL.expected:
        if told.published and told.flaw not in {"forbidden", "not_found"}:
            assert (told.path in asked) == (told.published.date().isoformat() >= border), told.path


# --- what goes wrong on the site


def test_a_listing_without_links_is_told_kept_and_counted(
    crawl: Callable[..., Any], small_server: Server, store: Store
) -> None:
    small_server.faults["/novosti/"] = Fault(body="<html><body>Новый дизайн</body></html>".encode())
    status, run = crawl()
    assert status == 1
    assert run["status"] == "failures"
    assert "names no article" in run["warnings"][0]
    assert {reason: len(urls) for reason, urls in store.pages_with_problems("loop").items()} == {"barren_listing": 1}
    del small_server.faults["/novosti/"]
    crawl(limit=2)
    assert store.pages_with_problems("loop") == {}


def test_feeds_and_sitemaps_that_name_each_other_for_ever(
    crawl: Callable[..., Any], small_server: Server, tmp_path: Path
) -> None:
    xmlns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    good = next(one.path for one in SMALL.expected if not one.flaw)
    pages = {"/s1.xml": ["/s2.xml"], "/s2.xml": ["/s1.xml", "/s3.xml"]}
    for path, others in pages.items():
        named = "".join(f"<sitemap><loc>{small_server.origin}{other}</loc></sitemap>" for other in others)
        small_server.faults[path] = Fault(body=f"<sitemapindex {xmlns}>{named}</sitemapindex>".encode())
    urls = f"<urlset {xmlns}><url><loc>{small_server.origin}{good}</loc></url></urlset>"
    small_server.faults["/s3.xml"] = Fault(body=urls.encode())
    rss = f"<rss><channel><item><link>{small_server.origin}{good}</link></item></channel></rss>"
    small_server.faults["/rss"] = Fault(body=rss.encode())
    path = write_site_file(tmp_path / "sites", small_server.origin)
    head, _, rest = path.read_text(encoding="utf-8").partition("[[sources]]")
    sources = "".join(
        f'[[sources]]\ntype = "{kind}"\nurl = "{small_server.origin}{where}"\n'
        for kind, where in (("sitemap", "/s1.xml"), ("feed", "/rss"))
    )
    path.write_text(head + sources + rest[rest.index("[[layouts]]") :], encoding="utf-8")
    status, run = crawl()
    assert status == 0
    assert run["stats"]["articles_new"] == 1
    asked = [one.path for one in small_server.requests]
    assert sorted(asked) == sorted(["/robots.txt", "/s1.xml", "/s2.xml", "/s3.xml", "/rss", good])


def test_a_redesign_loses_nothing_and_is_mended_by_reprocessing(
    crawl: Callable[..., Any], small_server: Server, store: Store, newscrawl: Run, cli: Run, tmp_path: Path
) -> None:
    write_site_file(
        tmp_path / "sites", small_server.origin, ('article_body = "#articles > .text"', 'article_body = ".gone"')
    )
    status, run = crawl(limit=8)
    gone = run["stats"]["failed.layout_not_matched"]
    assert (status, gone) == (1, len(store.pages_with_problems("loop")["layout_not_matched"]))
    assert store.articles.count_documents({}) == 0
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    check = cli("site", "check", "loop", env=env)
    assert check.returncode == 1
    assert "broken" in check.stdout

    write_site_file(tmp_path / "sites", small_server.origin)
    cli("reprocess", "--site", "loop", env=env)
    assert store.articles.count_documents({}) >= gone - 1  # the page that is a mere shell stays one
    assert len(store.pages_with_problems("loop").get("layout_not_matched", [])) <= 1
    assert cli("site", "check", "loop", env=env).returncode == 0


def test_broken_answers_are_failures_and_the_rest_goes_on(
    crawl: Callable[..., Any], small_server: Server, store: Store
) -> None:
    good = [one.path for one in SMALL.expected if not one.flaw]
    small_server.faults[good[0]] = Fault(status=500)
    small_server.faults[good[1]] = Fault(body=b"")
    small_server.faults[good[2]] = Fault(body=b"%PDF-1.7 \x00\xff")
    small_server.faults[good[3]] = Fault(body=b"\x00" * 1000)
    small_server.faults[good[4]] = Fault(disconnect=True)
    small_server.faults[good[5]] = Fault(body=b"x" * (11 * 1024 * 1024))
    status, run = crawl()
    stats = run["stats"]
    assert status == 1
    assert stats["failed.http_500"] == 1
    assert stats["failed.empty_page"] + stats["failed.not_html"] == 2
    assert stats["failed.broken_off"] == 1
    assert stats["failed.too_large"] == 1
    assert store.articles.count_documents({}) == sum(one.stored for one in SMALL.expected) - 6


def test_nobody_answers(newscrawl: Run, tmp_path: Path) -> None:
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")
    done = newscrawl("crawl", "loop", env={"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "2"})
    assert done.returncode == 3
    assert "refuses connections" in done.stdout
    assert "Traceback" not in done.stderr


# --- what goes wrong here


def start(config: Config, tmp_path: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "newscrawl", *arguments],
        env=command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_second_crawl_at_once_is_refused_and_a_killed_one_is_replaced(
    command: Callable[..., Any], config: Config, store: Store, small_server: Server, tmp_path: Path
) -> None:
    small_server.delay = 1.0
    first = start(config, tmp_path, "crawl", "loop")
    wait_for(lambda: store.articles.count_documents({}) >= 3)
    status, result = command()
    assert status == 1
    assert f"process {first.pid} on this machine" in result["error"]

    first.kill()
    first.communicate()
    small_server.delay = 0.0
    status, result = command()
    assert "ended without a word" in result["run"]["warnings"][0]
    assert store.articles.count_documents({}) == sum(one.stored for one in SMALL.expected)
    assert {run.status for run in store.find_runs("loop")} == {"died", "failures"}


def test_a_killed_worker_costs_no_article(
    command: Callable[..., Any], config: Config, store: Store, small_server: Server, tmp_path: Path
) -> None:
    small_server.delay = 0.1
    running = start(config, tmp_path, "crawl", "loop", "--json")
    wait_for(lambda: store.articles.count_documents({}) >= 3)
    workers = [
        child
        for child in psutil.Process(running.pid).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]
    assert workers
    workers[0].kill()
    stdout, stderr = running.communicate(timeout=120)
    assert "Traceback" not in stderr
    (result,) = json.loads(stdout)
    assert result["run"]["stats"]["workers_replaced"] == 1
    assert store.articles.count_documents({}) == sum(one.stored for one in SMALL.expected)


def test_ctrl_c_ends_in_order(
    command: Callable[..., Any], config: Config, store: Store, small_server: Server, tmp_path: Path
) -> None:
    small_server.delay = 0.3
    running = start(config, tmp_path, "crawl", "loop")
    wait_for(lambda: store.articles.count_documents({}) >= 3)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert "Traceback" not in stderr
    assert running.returncode == 1
    assert [run.status for run in store.find_runs("loop")] == ["stopped"]
    assert store.leases.count_documents({}) == 0


class OwnMongod:
    """A mongod of the test's own, to be stopped and started at will."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "m.sock"
        self.uri = f"mongodb://{str(self.socket).replace('/', '%2F')}"
        self._command = [
            str(find_mongod()), "--dbpath", str(folder), "--bind_ip", str(self.socket), "--port", "27999",
            "--logpath", str(folder / "log"), "--logappend", "--wiredTigerCacheSizeGB", "0.25",
        ]  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def own_mongod() -> Iterator[OwnMongod]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="nc-own-"))
    server = OwnMongod(folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder)


def test_mongodb_lost_in_the_middle_and_back_again(
    config: Config, own_mongod: OwnMongod, small_server: Server, tmp_path: Path
) -> None:
    from newscrawl.config import load_config
    from newscrawl.store import open_store

    write_site_file(tmp_path / "sites", small_server.origin)
    small_server.delay = 0.1
    with open_store(load_config(mongo_uri=own_mongod.uri, home=config.home)) as store:
        running = start(
            config, tmp_path, "crawl", "loop", NEWSCRAWL_MONGO_URI=own_mongod.uri, NEWSCRAWL_DATABASE="newscrawl"
        )
        wait_for(lambda: store.articles.count_documents({}) >= 3)
        own_mongod.kill()
        time.sleep(3)
        own_mongod.start()
        _, stderr = running.communicate(timeout=120)
        assert "Traceback" not in stderr
        assert "MongoDB does not answer" in stderr
        assert store.articles.count_documents({}) == sum(one.stored for one in SMALL.expected)
        (run,) = store.find_runs("loop")
        assert run.status == "failures"  # the city's own flaws


def test_mongodb_lost_for_good_ends_with_3_and_what_was_acknowledged_is_there(
    config: Config, own_mongod: OwnMongod, small_server: Server, tmp_path: Path
) -> None:
    from newscrawl.config import load_config
    from newscrawl.store import open_store

    write_site_file(tmp_path / "sites", small_server.origin)
    small_server.delay = 0.5  # some pages, flawed ones too, are left for later however slow this machine is
    with open_store(load_config(mongo_uri=own_mongod.uri, home=config.home)) as store:
        env = {"NEWSCRAWL_MONGO_URI": own_mongod.uri, "NEWSCRAWL_PATIENCE": "3", "NEWSCRAWL_DATABASE": "newscrawl"}
        running = start(config, tmp_path, "crawl", "loop", **env)
        wait_for(lambda: store.articles.count_documents({}) >= 3)
        acknowledged = {one["_id"] for one in store.articles.find({}, {"_id": 1})}
        own_mongod.kill()
        stdout, stderr = running.communicate(timeout=120)
        assert running.returncode == 3, stdout + stderr
        assert "Traceback" not in stderr
        assert "does not answer" in stderr
        own_mongod.start()
        assert acknowledged <= {one["_id"] for one in store.articles.find({}, {"_id": 1})}
        # The same command goes on by itself.
        small_server.delay = 0.0
        again = start(config, tmp_path, "crawl", "loop", **env)
        again.communicate(timeout=120)
        assert again.returncode == 1
        assert store.articles.count_documents({}) == sum(one.stored for one in SMALL.expected)


# --- Scrapy's own door


def scrapy(config: Config, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        env=command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=180,
        check=False,
    )


def test_scrapy_lists_and_crawls(config: Config, store: Store, small_server: Server, tmp_path: Path) -> None:
    write_site_file(tmp_path / "sites", small_server.origin)
    listed = scrapy(config, tmp_path, "list")
    assert {"loop", "naslednikipobedi", "ryazan"} <= set(listed.stdout.split())
    done = scrapy(config, tmp_path, "crawl", "loop", "-a", "limit=5")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert store.articles.count_documents({}) >= 3
    assert [run.job for run in store.find_runs("loop")] == ["crawl"]
    unknown = scrapy(config, tmp_path, "crawl", "atlantis")
    assert "atlantis" in unknown.stdout + unknown.stderr


def test_nothing_of_a_crawl_is_left_behind(command: Callable[..., Any], config: Config) -> None:
    command("--limit", "3")
    left = [
        one.pid
        for one in psutil.process_iter(["cmdline", "environ"])
        if one.pid != os.getpid()
        and (one.info["environ"] or {}).get("NEWSCRAWL_DATABASE") == config.database
        and "keeper" not in " ".join(one.info["cmdline"] or [])
        and "mongod" not in " ".join(one.info["cmdline"] or [])
    ]
    assert left == []


def test_an_interrupt_that_breaks_the_reactor_off_ends_the_process(config: Config) -> None:
    """Such as one that comes when the handlers of signals are gone already."""
    script = """
import asyncio, signal, sys
from newscrawl.config import load_config
from newscrawl.resources import Resources
from newscrawl.spiders import process

process._handle_signals = lambda *_: []

async def main(engine):
    from twisted.internet.threads import deferToThread
    await deferToThread(sys.getswitchinterval).asFuture(asyncio.get_running_loop())
    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
    await asyncio.sleep(60)

config = load_config()
with Resources.open(config) as resources:
    process.run_engine(resources, config, main)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], env=command_environment(config), capture_output=True, timeout=60, check=False
    )
    assert b"KeyboardInterrupt" in ended.stderr
    assert ended.returncode != 0
