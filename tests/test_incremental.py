"""Crawl after crawl: only what is new or changed is fetched, every change is kept, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from newscrawl.config import Config
from newscrawl.demo import Fault, Server, serve
from newscrawl.spiders.city_news import _unless_given_up
from newscrawl.store import Store

from .changing_site import ChangingSite, News
from .conftest import Run, write_site_file
from .crawl_host import CrawlHost

ORIGIN = "http://svetlorechensk.example"
Crawl = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def site() -> ChangingSite:
    return ChangingSite.with_news(45, validators="etag")


@pytest.fixture
def server(site: ChangingSite) -> Iterator[Server]:
    with serve(site) as one:
        yield one


@pytest.fixture
def crawl(crawl_host: CrawlHost, config: Config, server: Server, tmp_path: Path) -> Crawl:
    """Crawl the site as `loop`, the server's log emptied before; returns the exit status and the run."""
    write_site_file(tmp_path / "sites", server.origin)

    def run(**options: Any) -> tuple[int, dict[str, Any]]:
        server.clear()
        return crawl_host.crawl("loop", tmp_path / "sites", config.database, **options)

    return run


@pytest.fixture
def command(newscrawl: Run, server: Server, tmp_path: Path) -> Crawl:
    """The same by the command line, each crawl a process of its own: only the database remembers."""
    write_site_file(tmp_path / "sites", server.origin)

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        server.clear()
        done = newscrawl("crawl", "loop", "--json", *arguments, env={"NEWSCRAWL_SITES": str(tmp_path / "sites")})
        assert "Traceback" not in done.stderr, done.stderr
        (result,) = json.loads(done.stdout)
        return done.returncode, result["run"]

    return run


def asked(server: Server) -> list[str]:
    """Return the paths of the articles that were asked for."""
    return [one.path for one in server.requests if one.path.startswith("/novosti/2")]


def listings(server: Server) -> list[str]:
    return [one.path for one in server.requests if one.path.startswith("/novosti/") and "/2" not in one.path]


def make_due(store: Store) -> None:
    """Let the time of the next visit of every article come, as if it had passed."""
    store.visits.update_many({"due_at": {"$type": "date"}}, {"$set": {"due_at": datetime.now(UTC)}})


def stored(store: Store, one: News) -> Any:
    return store.articles.find_one({"_id": ORIGIN + one.path})


def test_a_second_crawl_of_an_unchanged_site_asks_for_next_to_nothing(
    command: Crawl, server: Server, store: Store
) -> None:
    status, run = command()
    assert (status, run["stats"]["articles_new"], len(asked(server))) == (0, 45, 45)
    status, run = command()
    assert (status, asked(server)) == (0, [])
    assert [one.status for one in server.requests] == [200, 304, 200]  # robots.txt, the front of the list, its next
    assert run["stats"]["lists_not_modified"] == 1
    status, run = command("--full")
    assert (status, len(asked(server)), run["stats"]["articles_unchanged"]) == (0, 45, 45)
    assert store.revisions.count_documents({}) == 0


def test_a_full_list_is_answered_304_when_its_articles_are_due(crawl: Crawl, server: Server, store: Store) -> None:
    crawl()
    make_due(store)
    status, run = crawl()
    assert (status, run["stats"]["not_modified"], run["stats"]["articles_unchanged"]) == (0, 45, 45)
    assert {one.status for one in server.requests if one.path in asked(server)} == {304}
    assert run["stats"]["status.304"] == 46
    assert store.revisions.count_documents({}) == 0
    assert store.visits.count_documents({"due_at": {"$lte": datetime.now(UTC) + timedelta(minutes=4)}}) == 0


@pytest.mark.parametrize("validators", [None, "date"])
def test_without_validators_or_with_dates_alone(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store, validators: str | None
) -> None:
    site.validators = validators
    crawl(limit=5)
    make_due(store)
    _, run = crawl(limit=5)
    assert run["stats"]["articles_unchanged"] == 5
    assert run["stats"].get("not_modified", 0) == (5 if validators else 0)


def test_exactly_what_was_edited_gets_a_revision(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    crawl()
    text, headline, file, date, side = site.news[40:45]
    before = text.text
    text.text += " Объезд по улице Мира."
    headline.headline = "Ремонт на Садовой перенесли"
    file.files = (("plan.pdf", "План работ"),)
    date.published -= timedelta(days=1)
    for one in [side, *site.news[:30]]:
        one.side = f"Погода: -{one.number}; сейчас {one.number} посетителей"
    status, run = crawl(full=True)
    assert (status, run["stats"]["articles_changed"], run["stats"]["articles_unchanged"]) == (0, 4, 41)
    assert {one["article_id"] for one in store.revisions.find()} == {
        ORIGIN + one.path for one in (text, headline, file, date)
    }
    (old,) = store.revisions.find({"article_id": ORIGIN + text.path})
    assert (old["revision"], old["article_body"], stored(store, text)["revision"]) == (1, before, 2)
    assert stored(store, side)["revision"] == 1


def test_a_headline_that_the_list_tells_anew_brings_a_visit(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    crawl()
    site.news[43].headline = "Садовую закрыли для проезда"
    _, run = crawl()
    assert asked(server) == [site.news[43].path]
    assert run["stats"]["articles_changed"] == 1


def test_news_are_found_among_pinned_and_redated_articles(crawl: Crawl, site: ChangingSite, server: Server) -> None:
    crawl()
    for one in site.news[3:8]:
        one.is_pinned = True
    redated = site.news[10]
    redated.published = datetime.now(redated.published.tzinfo).replace(second=0, microsecond=0)
    new = [site.publish(timedelta(minutes=minutes)) for minutes in range(25)]
    _, run = crawl()
    assert run["stats"]["articles_new"] == 25
    assert set(asked(server)) == {one.path for one in [*new, redated]}
    assert len(listings(server)) == 5  # three pages with news, two without
    _, run = crawl()
    assert asked(server) == []


def test_what_is_put_in_between_older_articles_is_found_within_a_day(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    crawl()
    late = site.publish(timedelta(hours=67))  # on the fourth page
    crawl()
    assert asked(server) == []
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    store.sources.update_many({}, {"$set": {"looked_at": yesterday}})
    crawl()
    assert asked(server) == [late.path]


def test_limit_and_since_leave_for_later_and_lose_nothing(crawl: Crawl, site: ChangingSite, server: Server) -> None:
    _, run = crawl(limit=12)
    assert run["stats"]["articles_new"] == 12
    _, run = crawl(limit=12)
    assert run["stats"]["articles_new"] == 12
    since = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    _, run = crawl(since=since)
    young = [one for one in site.news if one.published.date().isoformat() >= since]
    assert run["stats"].get("articles_new", 0) == max(0, len(young) - 24)
    _, run = crawl()
    assert run["stats"]["articles_new"] == 45 - max(24, len(young))
    _, run = crawl()
    assert (asked(server), len(listings(server))) == ([], 2)


def test_an_article_that_disappears_is_marked_and_one_that_returns_is_not(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    crawl()
    gone = site.news[44]
    gone.is_gone = True
    status, run = crawl(full=True)
    assert (status, run["stats"]["articles_gone"]) == (0, 1)
    since = stored(store, gone)["gone_at"]
    assert since is not None
    make_due(store)
    _, run = crawl()
    assert run["stats"]["articles_still_gone"] == 1
    assert stored(store, gone)["gone_at"] == since
    gone.is_gone = False
    make_due(store)
    _, run = crawl()
    assert run["stats"]["articles_returned"] == 1
    assert (stored(store, gone)["gone_at"], stored(store, gone)["revision"]) == (None, 1)


def test_an_article_that_moves_is_marked_with_where_it_went(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    site.news = site.news[-6:]
    crawl()
    old, new = site.news[4], site.publish()
    old.moved_to = new.path
    crawl(full=True)
    moved = stored(store, old)
    assert (moved["moved_to"], moved["gone_at"] is not None) == (ORIGIN + new.path, True)
    assert stored(store, new)["gone_at"] is None
    old.moved_to = None
    crawl(full=True)
    assert (stored(store, old)["moved_to"], stored(store, old)["gone_at"]) == (None, None)
    assert stored(store, new)["gone_at"] is None


def test_what_robots_forbids_is_a_failure_once(crawl: Crawl, site: ChangingSite, server: Server, store: Store) -> None:
    forbidden = site.news[44]
    site.robots += f"Disallow: {forbidden.path}\n"
    status, run = crawl(limit=4)
    assert (status, run["stats"]["failed.robots"]) == (1, 1)
    make_due(store)
    status, run = crawl(limit=4)
    assert (status, run["stats"]["articles_still_forbidden"], forbidden.path in asked(server)) == (0, 1, False)


def test_what_failed_is_tried_again_after_a_pause(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    broken = site.news[40]
    server.faults[broken.path] = Fault(status=500)
    status, run = crawl()
    assert (status, run["stats"]["articles_new"]) == (1, 44)
    status, _ = crawl()
    assert (status, asked(server)) == (0, [])
    (visit,) = store.visits.find({"state": "waiting"})
    assert timedelta(minutes=4) < visit["due_at"] - datetime.now(UTC) < timedelta(minutes=5)
    server.faults.clear()
    store.visits.update_one({"_id": visit["_id"]}, {"$set": {"due_at": datetime.now(UTC)}})
    status, run = crawl()
    assert (status, asked(server), run["stats"]["articles_new"]) == (0, [broken.path], 1)


def test_a_server_that_always_says_unchanged_fails_and_is_not_asked_for_ever(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    liar = site.news[44]
    server.faults[liar.path] = Fault(status=304, body=b"")
    status, run = crawl(limit=1)
    assert (status, run["stats"]["failed.http_304"], asked(server)) == (1, 1, [liar.path])
    # Nor where the page that it means is not stored any more.
    server.faults.clear()
    make_due(store)
    crawl(limit=1)
    store.pages.delete_many({})
    server.faults[liar.path] = Fault(status=304, body=b"")
    make_due(store)
    status, run = crawl(limit=1)
    assert (status, run["stats"]["failed.http_304"], asked(server)) == (1, 1, [liar.path] * 2)


def test_a_date_beside_the_link_means_when_the_list_was_read(crawl: Crawl, site: ChangingSite, store: Store) -> None:
    """«2 ч. назад» in the list, no date on the page: a later visit and a later list do not move the date."""
    site.relative_dates = True
    crawl()
    before = stored(store, site.news[40])
    assert abs(before["date_published"] - site.news[40].published) < timedelta(hours=1, minutes=1)
    days_ago = datetime.now(UTC) - timedelta(days=3)
    seen = {"entry.seen_at": days_ago, "entry.date_published_raw": "2 ч. назад", "due_at": datetime.now(UTC)}
    store.visits.update_one({"url": ORIGIN + site.news[40].path}, {"$set": seen})
    site.news[40].text += " Объезд по улице Мира."
    crawl()
    after = stored(store, site.news[40])
    assert after["revision"] == 2
    assert abs(after["date_published"] - (days_ago - timedelta(hours=2))) < timedelta(hours=1, minutes=1)


def test_a_site_file_that_reads_lists_otherwise_reads_them_again(crawl: Crawl, server: Server, tmp_path: Path) -> None:
    crawl(limit=3)
    crawl()
    write_site_file(tmp_path / "sites", server.origin, ('date = ".date"\nlead', 'date = "span.date"\nlead'))
    _, run = crawl()
    assert run["stats"].get("lists_not_modified", 0) == 0
    assert run["stats"]["listing_pages"] == 2


def test_a_server_that_says_unchanged_to_everybody_is_asked_once(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    crawl()
    make_due(store)
    site.says_unchanged = True
    new = site.publish()
    status, run = crawl()
    assert (status, run["status"]) == (1, "failures")
    assert asked(server).count(new.path) == 1
    assert (run["stats"]["not_modified"], run["stats"]["failed.http_304"]) == (45, 1)
    assert [one for one in run["warnings"] if new.path in one and "304" in one]
    site.says_unchanged = False
    make_due(store)
    crawl()
    assert stored(store, new) is not None


def test_a_list_whose_etag_never_changes_hides_news_for_a_day_at_most(
    crawl: Crawl, site: ChangingSite, server: Server, store: Store
) -> None:
    site.validators = "same"
    crawl()
    new = site.publish()
    crawl()
    assert asked(server) == []
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    store.sources.update_many({}, {"$set": {"looked_at": yesterday}})
    crawl()
    assert asked(server) == [new.path]


@pytest.mark.parametrize("believed", [True, False])
def test_a_sitemap_is_read_when_its_index_says_that_it_changed(
    crawl: Crawl, site: ChangingSite, server: Server, tmp_path: Path, believed: bool
) -> None:
    path = tmp_path / "sites" / "loop.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[[sources]]")
    source = f'[[sources]]\ntype = "sitemap"\nurl = "{server.origin}/sitemap.xml"\n'
    path.write_text(head + source + rest[rest.index("[[layouts]]") :], encoding="utf-8")
    site.origin = server.origin
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    site.changed = {"/old.xml": long_ago, "/new.xml": long_ago}
    crawl()
    new = site.publish()
    if believed:
        site.changed["/new.xml"] = datetime.now(UTC)
    crawl()
    assert asked(server) == ([new.path] if believed else [])
    read = [one.path for one in server.requests if one.path.endswith(".xml")]
    assert read == ["/sitemap.xml", *["/new.xml"] * believed]


def test_a_callback_that_breaks_is_a_failure_of_the_run() -> None:
    """Scrapy counts an exception and ends as if all were done."""
    told: list[str] = []

    class Broken:
        site = None
        tally = SimpleNamespace(failure=lambda sentence, reason: told.extend([sentence, reason]))

        async def _must_stop(self) -> bool:
            return False

        @_unless_given_up
        async def parse(self, response: Any) -> Any:
            raise ValueError("seven")
            yield

    async def run() -> None:
        async for _ in Broken().parse(SimpleNamespace(url="http://n.example/1")):
            pass

    with pytest.raises(ValueError, match="seven"):
        asyncio.run(run())
    assert told == ["http://n.example/1: newscrawl itself failed, with ValueError: seven", "internal"]


def test_an_older_database_knows_what_it_has(crawl: Crawl, server: Server, store: Store) -> None:
    """Articles of a newscrawl without a ledger are not fetched again."""
    from newscrawl.store.migrations import MIGRATIONS

    crawl()
    for name in ("visits", "lists", "sources"):
        store.database[name].delete_many({})
    MIGRATIONS[3](store.database)
    _, run = crawl()
    assert asked(server) == []
    assert run["stats"]["listing_pages"] >= 5  # how far the list was read is not known
