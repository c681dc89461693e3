"""What newscrawl asks of MongoDB, in its own words. Blocking and thread-safe; asynchronous callers use a thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

from pymongo import UpdateOne
from pymongo.database import Database

from newscrawl.canonical import article_url
from newscrawl.clock import now
from newscrawl.config import Config
from newscrawl.encoding import decode
from newscrawl.items import IMPORTED_TYPE, Article, Page, Problem, SiteTotals, StoredArticle
from newscrawl.items import Run as RunRecord
from newscrawl.schedules import Past
from newscrawl.sites.model import Site
from newscrawl.store import appearances, articles, history, leases, lookup, overview, totals
from newscrawl.store.alarms import Alarms
from newscrawl.store.captures import Captures
from newscrawl.store.connection import Connection
from newscrawl.store.corpus import Corpus
from newscrawl.store.documents import page_document, page_id, problem_document, stored, stored_page
from newscrawl.store.duplicates import Duplicates
from newscrawl.store.exporting import Exporting
from newscrawl.store.finding import ArticleFilter
from newscrawl.store.importing import Importing
from newscrawl.store.pulse import Pulse
from newscrawl.store.registry import Registry
from newscrawl.store.rereading import Rereading
from newscrawl.store.runs import Run
from newscrawl.store.schema import CHANGED, Document, check_schema, ensure_schema
from newscrawl.versions import EXTRACT_VERSION

Result = TypeVar("Result")
Written = articles.Written

_START_PATIENCE = 10.0
"""Seconds to wait for a server at the start: a wrong address should not take a minute to show."""


@dataclass(frozen=True)
class SavedPage:
    """A page as the store has it."""

    page: Page
    """With its id, and the time and the listing entry of the first fetch that brought these bytes."""
    article_url: str
    """Canonical address of its article."""
    state: Literal["new", "known", "current"]
    """`new` bytes; `known` bytes; `current`: known, and the stored article was made of them by today's code."""


@dataclass(frozen=True)
class Unresolved:
    """A reason why a field of some articles stayed empty."""

    field: str
    reason: str
    articles: int
    """How many."""
    url: str
    """One of them."""
    text: str | None
    """The words that one of them has there."""


class Store:
    """The database. Open it with `open_store`, close it (or use it as a context manager) to leave the server."""

    def __init__(self, connection: Connection, database: Database[Document]) -> None:
        self.connection = connection
        self.call = connection.call
        self.database = database
        self.articles = database["articles"]
        self.revisions = database["revisions"]
        self.pages = database["pages"]
        self.entities = database["entities"]
        self.runs = database["runs"]
        self.leases = database["leases"]
        self.decisions = database["decisions"]
        self.visits = database["visits"]
        self.lists = database["lists"]
        self.sources = database["sources"]
        self.signatures = database["signatures"]
        self.registry = Registry(self)
        self.pulse = Pulse(self)
        self.alarms = Alarms(self)
        self.rereading = Rereading(self)
        self.exporting = Exporting(self)
        self.importing = Importing(self)
        self.captures = Captures(self)
        self.duplicates = Duplicates(self)
        self.corpus = Corpus(self)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server."""
        self.connection.close()

    # --- jobs

    def start_run(self, job: str, site: str | None, *, still_due: Callable[[], bool] | None = None) -> Run:
        """Begin a run; of a site's runs only one may live. Raises LeaseHeldError, StoreUnavailableError.

        `still_due` is asked while nobody else can begin one; NotDueError when it says no.
        """
        return Run(self, job, site, still_due)

    def mark_dead(self, run_id: str) -> None:
        """Write down that a run ended without a word."""
        dead = {"$set": {"status": "died", "finished_at": now()}}
        self.call(lambda: self.runs.update_one({"_id": run_id, "status": "running"}, dead))
        found = self.find_run(run_id)
        if found is not None and found.status == "died":
            self.add_totals(found)

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return one run."""
        document = self.call(lambda: self.runs.find_one({"_id": run_id}))
        return stored(RunRecord, document) if document else None

    def find_runs(self, site: str | None = None, limit: int = 20) -> list[RunRecord]:
        """Return the latest runs, newest first."""
        query = {"site": site} if site else {}
        return self._latest_runs(query, limit)

    def _latest_runs(self, query: Document, limit: int) -> list[RunRecord]:
        found = self.call(lambda: list(self.runs.find(query).sort("started_at", -1).limit(limit)))
        return [stored(RunRecord, one) for one in found]

    def forget_runs(self, site: str, before: datetime) -> int:
        """Delete the records of a site's runs that began before a moment; return how many."""
        old = {"site": site, "started_at": {"$lt": before}}
        return self.call(lambda: self.runs.delete_many(old)).deleted_count

    def last_warnings(self, run_ids: Collection[str]) -> dict[str, str]:
        """Return the last thing that each of some runs had to say; runs without a warning are absent."""
        wanted = {"warnings": {"$slice": -1}}
        found = self.call(lambda: list(self.runs.find({"_id": {"$in": list(run_ids)}}, wanted)))
        return {one["_id"]: one["warnings"][-1] for one in found if one.get("warnings")}

    def last_crawls(self, sites: Collection[str] | None = None) -> dict[str, Past]:
        """Return by site what its last crawl was; sites that never had one are absent. All sites when not given."""
        return self.call(lambda: history.last_crawls(self, sites))

    def sites_at_work(self) -> set[str]:
        """Return the sites that some living process works on."""
        return self.call(lambda: leases.held(self.leases))

    def find_crawls(
        self,
        site: str,
        *,
        job: str = "crawl",
        before: datetime | None = None,
        with_articles: bool = False,
        limit: int = 30,
    ) -> list[RunRecord]:
        """Return the latest whole crawls of a site (`done`, `failures`), newest first; see `newscrawl.monitors`.

        `before` leaves those that began at that time or later, `with_articles` those that read no article.
        """
        query: Document = {"site": site, "job": job, "status": {"$in": ["done", "failures"]}}
        query |= {"started_at": {"$lt": before}} if before else {}
        query |= {"stats.articles_read": {"$gt": 0}} if with_articles else {}
        return self._latest_runs(query, limit)

    def add_totals(self, run: RunRecord) -> bool:
        """Add a finished crawl to its site's totals, once; False when it was there or is none."""
        return totals.add(self, run)

    def all_totals(self) -> dict[str, SiteTotals]:
        """Return what all crawls of each site add up to."""
        return totals.all_totals(self)

    # --- pages

    def save_page(
        self, page: Page, site: Site | None, *, pipeline_version: str, problem: Problem | None = None
    ) -> SavedPage:
        """Store a page whole, once per distinct body, and tell what was known of it.

        The first fetch of the same bytes wins: its time stays the base of relative dates. A page that is not an
        article's comes with a `problem` that says so and is never reprocessed.
        """
        url = article_url(page, site)
        key = page_id(url, page.body)
        _, encoding = decode(page.body, page.headers.get("content-type"))
        document = page_document(page, url if problem is None else None, encoding, problem)

        def save() -> SavedPage:
            before = self.pages.find_one_and_update({"_id": key}, {"$setOnInsert": document}, upsert=True)
            if before is None:
                return SavedPage(page.model_copy(update={"id": key}), url, "new")
            current = self._is_current(url, key, site, pipeline_version)
            return SavedPage(stored_page(before), url, "current" if current else "known")

        return self.call(save)

    def recall_page(self, page_key: str, site: Site | None, *, pipeline_version: str) -> SavedPage | None:
        """Return a page that was saved before, as if it had come again; None when it is not stored."""
        page = self.find_page(page_key)
        if page is None:
            return None
        url = article_url(page, site)
        current = self.call(lambda: self._is_current(url, page_key, site, pipeline_version))
        return SavedPage(page, url, "current" if current else "known")

    def _is_current(self, url: str, page_key: str, site: Site | None, pipeline_version: str) -> bool:
        """Tell whether the stored article was made of this page by today's code."""
        made = self.articles.find_one({"_id": url}, {"page_id": 1, "pipeline_version": 1, "extracted_by": 1}) or {}
        return (
            made.get("page_id") == page_key
            and made.get("pipeline_version") == pipeline_version
            and str(made.get("extracted_by")).endswith(f"@{EXTRACT_VERSION}.{site.digest if site else '0'}")
        )

    def mark_pages(self, marks: Mapping[str, Problem | None]) -> None:
        """Mark by page id why pages gave no article, or (None) that they do now."""
        good = [key for key, problem in marks.items() if problem is None]
        cleared = {"_id": {"$in": good}, "problem": {"$type": "object"}}
        bad = [
            UpdateOne({"_id": key}, {"$set": {"problem": problem_document(problem)}})
            for key, problem in marks.items()
            if problem is not None
        ]
        self.call(lambda: self.pages.update_many(cleared, {"$set": {"problem": None}}))
        if bad:
            self.call(lambda: self.pages.bulk_write(bad, ordered=False))

    def find_latest_pages(self, site: str, most: int) -> list[Page]:
        """Return the newest page of each of the latest fetched articles of a site, without those that were imported."""
        query = {"site": site, "article_id": {"$type": "string"}, "headers.content-type": {"$ne": IMPORTED_TYPE}}

        def latest() -> dict[str, str]:
            newest: dict[str, str] = {}
            for one in self.pages.find(query, {"article_id": 1}).sort("fetched_at", -1):
                newest.setdefault(one["article_id"], one["_id"])
                if len(newest) == most:
                    break
            return newest

        return [page for key in self.call(latest).values() if (page := self.find_page(key)) is not None]

    def find_page(self, page_key: str) -> Page | None:
        """Return a stored page."""
        document = self.call(lambda: self.pages.find_one({"_id": page_key}))
        return stored_page(document) if document else None

    # --- articles

    def write_articles(self, batch: Sequence[Article], run_id: str) -> Written:
        """Upsert a batch; see `newscrawl.store.articles`. What is returned is on disk."""
        return self.call(lambda: articles.write(self, batch, run_id))

    def touch_articles(self, urls: Sequence[str]) -> None:
        """Note that a crawl met these articles unchanged."""
        self.call(lambda: self.articles.update_many({"_id": {"$in": list(urls)}}, {"$max": {"last_seen": now()}}))

    def mark_gone(self, url: str, moment: datetime, *, moved_to: str | None = None) -> bool:
        """Note since when the site has no such article any more; False when that was known, or none is stored.

        `moved_to`: the article that its address leads to instead.
        """
        there = {"_id": url, "gone_at": None}
        change = {"$set": {"gone_at": moment, "moved_to": moved_to}} | CHANGED
        return self.call(lambda: self.articles.update_one(there, change)).modified_count == 1

    def mark_returned(self, url: str) -> None:
        """Note that the site has an article again."""
        gone = {"_id": url, "$or": [{"gone_at": {"$ne": None}}, {"moved_to": {"$ne": None}}]}
        change = {"$set": {"gone_at": None, "moved_to": None}} | CHANGED
        self.call(lambda: self.articles.update_one(gone, change))

    def find_article(self, url: str) -> StoredArticle | None:
        """Return one article by its canonical address."""
        document = self.call(lambda: self.articles.find_one({"_id": url}))
        return stored(StoredArticle, document) if document else None

    def find_revisions(self, url: str) -> list[StoredArticle]:
        """Return the earlier states of an article, the first one first; none where it never changed."""
        query = {"article_id": url}
        return self.call(lambda: [stored(StoredArticle, one) for one in self.revisions.find(query).sort("revision", 1)])

    def find_articles(
        self,
        *,
        site: str | None = None,
        city: str | None = None,
        region: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        entity: str | None = None,
        limit: int = 0,
    ) -> Iterator[StoredArticle]:
        """Yield articles, the latest published first; undated ones last. Times are compared with `date_published`."""
        wanted = ArticleFilter(site, city, region, since, until, entity, with_copies=True)
        return (stored(StoredArticle, one) for one in self.corpus.articles(wanted, limit=limit))

    def publication_times(self, site: str, since: datetime, *, timezone: str) -> list[datetime]:
        """Return when the articles published since `since` most likely appeared; see `newscrawl.rhythm.moments`."""
        return appearances.publication_times(self, site, since, timezone=timezone)

    # --- overviews

    def refresh_entities(self) -> int:
        """Bring the registry up to date with the articles written since; return how many entities changed."""
        return self.call(self.registry.refresh)

    def top_entities(self, type_: str, *, site: str | None = None, limit: int = 10) -> list[tuple[str, int]]:
        """Return (canonical form, number of articles) of the most frequent persons, bodies or places."""
        return self.call(lambda: lookup.top(self, type_, site, limit))

    def look_over(
        self, sites: Iterable[str], *, days: int, at: datetime, others: bool = True
    ) -> dict[str, overview.Glance]:
        """Return what is stored of each site: articles, those of the last days, problem pages, who is at work.

        Sites that are not named but have articles are there too, unless `others` is False.
        """
        return overview.look_over(self, sites, days=days, at=at, others=others)

    def last_news(self, site: str, at: datetime) -> datetime | None:
        """Return when a site last published something as far as is known: nothing later than `at`."""
        return overview.last_news(self, site, at)

    def pages_with_problems(self, site: str) -> dict[str, list[str]]:
        """Return by reason the addresses whose newest page gives no article, or no listing."""
        query = {"site": site, "problem": {"$type": "object"}}
        order = [("problem.reason", 1), ("_id", 1)]
        found: dict[str, list[str]] = {}
        for one in self.call(
            lambda: list(self.pages.find(query, {"url": 1, "article_id": 1, "problem": 1}).sort(order))
        ):
            if self._is_newest(one, site):
                found.setdefault(one["problem"]["reason"], []).append(one["url"])
        return found

    def _is_newest(self, page: Document, site: str) -> bool:
        """Tell whether no later page of the same article is stored; a listing's page has no article."""
        if page["article_id"] is None:
            return True
        same = {"site": site, "article_id": page["article_id"]}
        newest = self.call(lambda: self.pages.find_one(same, {"_id": 1}, sort=[("fetched_at", -1)]))
        return newest is not None and newest["_id"] == page["_id"]

    def forget_barren_listings(self, site: str) -> None:
        """Take the marks off listings that named no article: the site's listings do again."""
        marked = {"site": site, "article_id": None, "problem": {"$type": "object"}}
        self.call(lambda: self.pages.update_many(marked, {"$set": {"problem": None}}))

    def count_revised(self, site: str) -> int:
        """Return how many articles of a site have more than one revision."""
        return self.call(lambda: self.articles.count_documents({"site": site, "revision": {"$gt": 1}}))

    def unresolved(self, site: str | None = None) -> list[Unresolved]:
        """Return what stayed unresolved in articles, by field and reason, the most frequent first."""
        match: Document = {"problems.field": {"$exists": True}} | ({"site": site} if site else {})
        group = {
            "_id": {"field": "$problems.field", "reason": "$problems.reason"},
            "url": {"$min": "$_id"},
            "text": {"$min": "$problems.text"},
            "articles": {"$sum": 1},
        }
        stages: list[Document] = [
            {"$match": match},
            {"$unwind": "$problems"},
            {"$group": group},
            {"$sort": {"articles": -1, "_id": 1}},
        ]
        return self.call(lambda: [Unresolved(**row.pop("_id"), **row) for row in self.articles.aggregate(stages)])

    def server_time(self) -> datetime:
        """Return the time by the server's clock, by which articles tell when they changed; UTC."""
        told: datetime = self.call(lambda: self.connection.client.admin.command("hello"))["localTime"]
        return told.replace(tzinfo=UTC)

    def ping(self) -> Document:
        """Return the server's build information; the quickest proof that it answers."""
        return self.call(lambda: self.connection.client.server_info(), patience=_START_PATIENCE)


def open_store(config: Config, *, read_only: bool = False, answer_within: float | None = None) -> Store:
    """Return a Store over the configured server, its schema up to date.

    `read_only`: nothing is made or migrated, so that a user who may only read suffices; ConfigError for a database of
    another version, which is not read. `answer_within`: seconds after which a server that says nothing counts as away.

    Raises StoreUnavailableError or EmbeddedServerError when there is no server, ConfigError when the URI is no URI or
    the database is newer than this newscrawl.
    """
    connection = Connection(config, answer_within=answer_within)
    try:
        database = connection.client[config.database]
        prepare = check_schema if read_only else ensure_schema
        connection.call(lambda: prepare(database), patience=min(config.patience, _START_PATIENCE))
    except BaseException:
        connection.close()
        raise
    return Store(connection, database)
