"""Articles into files: a Parquet dataset that is kept up to date, or one file of JSON lines or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, Literal

from newscrawl import secrecy
from newscrawl.archives.warc_writer import write_warc
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.exports import flat, lines
from newscrawl.exports.columns import require_arrow
from newscrawl.exports.dataset import Changes, Dataset, layout, place, write_rows
from newscrawl.exports.files import compressing, whole_file, without_cycles
from newscrawl.exports.manifest import Manifest, beside
from newscrawl.store import RunLog, Store, open_store
from newscrawl.store.exporting import Partition
from pipelines.workers import settle_in

_BATCH = 200
WORTH_PROCESSES = 100_000
"""Rows from which on several processes write a dataset: each takes some seconds to start."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    rows: int
    files: int
    """Written."""
    removed: int
    """Files of a dataset that hold no row any more."""
    next_since: datetime
    """For `--since` the next time."""
    since: datetime | None = None
    """From when on changes were looked for, where that is earlier than was asked for."""


def count_rows(store: Store, sites: Sequence[str] | None, since: datetime | None) -> int:
    """Return how many articles an export has to look at, about."""
    return sum(store.exporting.count(site, since) for site in chosen_sites(store, sites))


def count_pages(store: Store, sites: Sequence[str] | None, since: datetime | None) -> int:
    """Return how many pages an export has to write, about."""
    return sum(store.exporting.count_pages(site, since) for site in _with_pages(store, sites))


def _with_pages(store: Store, sites: Sequence[str] | None) -> list[str]:
    stored = store.rereading.sites()
    for name in sites or ():
        if name not in stored:
            raise ConfigError(f"no page of a site {name!r} is stored", advice="`newscrawl status` shows which are.")
    return list(dict.fromkeys(sites)) if sites else stored


def chosen_sites(store: Store, sites: Sequence[str] | None) -> list[str | None]:
    """Return the sites to be exported. Raises ConfigError for one of which no article is stored."""
    stored = store.exporting.sites()
    for name in sites or ():
        if name not in stored:
            raise ConfigError(f"no article of a site {name!r} is stored", advice="`newscrawl status` shows which are.")
    return list(dict.fromkeys(sites)) if sites else stored


# --- one file


def export_file(
    store: Store,
    path: Path,
    format_: Literal["jsonl", "csv"],
    *,
    sites: Sequence[str] | None = None,
    since: datetime | None = None,
    log: RunLog,
) -> Exported:
    """Write articles into one file, whole or not at all, and its manifest beside it.

    A file that is there is replaced, but not by a part of what it holds: ConfigError. `log` counts `passed`.
    """
    if since is not None and path.exists():
        raise ConfigError(
            f"{path} is there, and would be replaced by what changed since {since:%Y-%m-%d %H:%M} UTC alone",
            advice="Name another file for the changes.",
        )
    chosen, moment = chosen_sites(store, sites), store.exporting.moment()
    with whole_file(path) as file, compressing(file, path.name) as out, without_cycles():
        rows = write_file(store, out, format_, chosen, since, log)
    Manifest(format=format_, next_since=moment, since=since).write(beside(path))
    return Exported(rows, 1, 0, moment)


def export_warc(
    store: Store, path: Path, *, sites: Sequence[str] | None = None, since: datetime | None = None, log: RunLog
) -> Exported:
    """Write the stored pages of articles into a WARC file, whole or not at all; `since`: those fetched from then on.

    `newscrawl backfill --via warc` reads it again, and so does any tool for web archives. `log` counts `passed`.
    """
    chosen, moment = _with_pages(store, sites), store.exporting.moment()
    pages = (page for name in chosen for page in store.exporting.pages(name, since))
    compress = path.name.endswith(".gz")
    rows = write_warc(pages, path, on_page=lambda _: log.count("passed"), compress=compress)
    Manifest(format="warc", next_since=moment, since=since).write(beside(path))
    return Exported(rows, 1, 0, moment)


def write_file(
    store: Store,
    out: IO[bytes],
    format_: Literal["jsonl", "csv"],
    sites: Sequence[str | None],
    since: datetime | None,
    log: RunLog,
) -> int:
    """Write articles as lines, site by site; return how many."""
    rows = 0
    if format_ == "csv":
        out.write(flat.header())
    for site in sites:
        exporting = store.exporting
        documents = exporting.of_site(site) if since is None else exporting.changed(site, since)
        for batch in _batches(documents):
            if format_ == "csv":
                out.write(b"".join(map(flat.row, batch)))
            else:
                revised = [one["_id"] for one in batch if one["revision"] > 1]
                earlier = exporting.revisions(revised) if revised else {}
                out.write(b"".join(lines.line(one, earlier.get(one["_id"], ())) for one in batch))
            rows += len(batch)
            log.count("passed", len(batch))
    return rows


def _batches(documents: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(documents)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


# --- a dataset


def export_dataset(
    store: Store,
    config: Config,
    root: Path,
    *,
    sites: Sequence[str] | None = None,
    since: datetime | None = None,
    log: RunLog,
) -> Exported:
    """Write articles into a dataset, or bring one up to date with what changed since a moment.

    Partitions in which something changed are written anew, so a reader finds every article once. What was to be
    complete stays so: changes are looked for from the moment up to which the dataset is, where `since` is later.
    Raises ConfigError, StoreUnavailableError; OSError for a disk that takes no more. Nothing is half done then.
    """
    require_arrow()
    chosen, moment = chosen_sites(store, sites), store.exporting.moment()
    with Dataset(root) as dataset:
        plan = _plan(dataset, store, chosen, sites is None, since)
        changes = Changes(removed=plan.gone)
        rows = 0
        parts = [(site, year) for site in chosen for year in plan.years[site]]
        for (site, year), number in _written(config, store, dataset, parts, plan.base, log):
            rows += number
            where = place(site, year)
            (changes.replaced if number else changes.removed).add(where)
        for site in chosen:
            _keep_one_row_each(dataset, store, site, moment, changes)
        known = dict(dataset.manifest.sites) if dataset.manifest and not plan.is_anew else {}
        complete = known | dict.fromkeys((name or "" for name in chosen), moment)
        changes.removed = {where for where in changes.removed if (root / where).exists()}
        manifest = Manifest(
            format="parquet", next_since=min([moment, *complete.values()]), since=plan.base, sites=complete,
            layout=layout(),
        )  # fmt: skip
        dataset.commit(changes, manifest)
        return Exported(rows, len(changes.replaced), len(changes.removed), manifest.next_since, plan.earlier)


@dataclass(frozen=True)
class _Plan:
    """What of a dataset is to be written."""

    years: dict[str | None, list[int | None]]
    gone: set[str]
    """Places that go in any case."""
    base: datetime | None
    """The dataset holds what changed from then on; null: everything."""
    is_anew: bool
    """Whether nothing of what is there stays."""
    earlier: datetime | None = None
    """From when on changes are looked for, where `since` would leave a gap."""


def _plan(dataset: Dataset, store: Store, chosen: Sequence[str | None], is_all: bool, since: datetime | None) -> _Plan:
    known = dataset.manifest
    if known is not None and known.layout != layout():
        if not is_all:
            raise ConfigError(
                f"{dataset.root} was written by another version of newscrawl, with other columns",
                advice="Export all of it again, without --site.",
            )
        known = None
    base = known.since if known is not None and (since is not None or not is_all) else since
    if since is None and not is_all and base is not None:
        raise ConfigError(
            f"{dataset.root} holds only what changed since {base:%Y-%m-%d %H:%M} UTC", advice="Name another folder."
        )
    years: dict[str | None, list[int | None]] = {}
    gone: set[str] = set()
    earlier: datetime | None = None
    for site in chosen:
        until = known.sites.get(site or "") if known is not None else None
        if since is None or until is None:
            years[site] = store.exporting.years(site)
            gone |= dataset.places(site).keys() - {place(site, year) for year in years[site]}
            continue
        if until < since:
            earlier = min(until, earlier or until)
        years[site] = _changed_years(dataset, store, site, min(since, until))
    is_anew = is_all and (since is None or known is None)
    if is_anew:
        gone |= {where for site in dataset.sites() if site not in years for where in dataset.places(site)}
    return _Plan(years, gone, base, is_anew, earlier)


def _changed_years(dataset: Dataset, store: Store, site: str | None, since: datetime) -> list[int | None]:
    """Return the years whose rows of a site are not right any more: where changed articles are, and where they were."""
    now = {one["_id"]: _year_of(one) for one in store.exporting.changed(site, since, whole=False)}
    found = set(now.values())
    for where, year in dataset.places(site).items() if now else ():
        if year not in found and not now.keys().isdisjoint(dataset.urls(dataset.root / where)):
            found.add(year)
    return sorted(found, key=lambda year: (year is not None, year))


def _year_of(article: Mapping[str, Any]) -> int | None:
    published: datetime | None = article["date_published"]
    return published.year if published is not None else None


def _keep_one_row_each(dataset: Dataset, store: Store, site: str | None, moment: datetime, changes: Changes) -> None:
    """Take out the older rows of articles whose year changed while the export read them."""
    late = {one["_id"]: _year_of(one) for one in store.exporting.changed(site, moment, whole=False)}
    if not late:
        return
    folder = place(site, None).partition("/")[0]
    wheres = dataset.places(site).keys() | {one for one in changes.replaced if one.startswith(f"{folder}/")}
    held = {where: dataset.urls(path) & late.keys() for where in wheres if (path := dataset.current(where, changes))}
    for where, urls in held.items():
        elsewhere = {url for other, others in held.items() if other != where for url in others}
        double = {url for url in urls & elsewhere if where != place(site, late[url])}
        if double:
            dataset.drop_rows(where, double, changes)


def _written(
    config: Config,
    store: Store,
    dataset: Dataset,
    parts: Sequence[tuple[str | None, int | None]],
    base: datetime | None,
    log: RunLog,
) -> Iterator[tuple[tuple[str | None, int | None], int]]:
    """Write partitions, in several processes where that is worth while; yield each with its number of rows."""
    tasks = [(Partition(site, year), base, dataset.staged(place(site, year))) for site, year in parts]
    rows = sum(store.exporting.count(site) for site in {site for site, _ in parts})
    if config.workers == 1 or len(parts) == 1 or rows < WORTH_PROCESSES:
        for part, task in zip(parts, tasks, strict=True):
            number = _write(store, *task)
            log.count("passed", number)
            yield part, number
        return
    with ProcessPoolExecutor(config.workers, get_context("spawn"), _begin, (config,)) as pool:
        waiting: list[Future[int]] = [pool.submit(_write_there, *task) for task in tasks]
        try:
            for part, future in zip(parts, waiting, strict=True):
                number = future.result()
                log.count("passed", number)
                yield part, number
        except BrokenProcessPool:
            raise NewscrawlError(
                "a process that wrote the export died", advice="Nothing was changed; run the same command again."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _write(store: Store, part: Partition, since: datetime | None, path: Path) -> int:
    return write_rows(store.exporting.articles(part, since), path)


_own: list[Store] = []
"""The store of a process that only writes partitions."""


def _begin(config: Config) -> None:
    settle_in()
    secrecy.conceal_address(config.mongo_uri)
    _own.append(open_store(config))


def _write_there(part: Partition, since: datetime | None, path: Path) -> int:
    return _write(_own[0], part, since, path)
