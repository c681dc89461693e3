"""The parts of a backfill: pieces of work that any machine can do, each of which may be done twice without harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from newscrawl.archives.client import ArchiveClient
from newscrawl.archives.sifting import Span
from newscrawl.config import ARCHIVE_ADDRESSES, Config
from newscrawl.items import Archive
from newscrawl.network import host_of
from newscrawl.sites import Site

Via = Literal["listing", "sitemap", "wayback", "commoncrawl", "ccnews", "warc"]
VIAS: tuple[Via, ...] = ("listing", "sitemap", "warc", "wayback", "commoncrawl", "ccnews")
"""All ways, in the order in which they are gone: the site first, then what costs nobody anything, then archives."""
DEFAULT_VIAS: tuple[Via, ...] = ("listing", "sitemap", "wayback", "commoncrawl")
ARCHIVES: tuple[Archive, ...] = ("warc", "wayback", "commoncrawl", "ccnews")
"""The ways that are archives, in the same order."""
PartKind = Literal["crawl", "list", "collect", "read"]
_FOR_EVER = date(9000, 1, 1)


@dataclass(frozen=True)
class Part:
    """One piece of a backfill."""

    kind: PartKind
    """`crawl`: the site's own lists; `list`: an index, or a file, is read and captures are written down; `collect`: a
    WARC file of an archive without an index is streamed, its pages of the sites are stored; `read`: captures are
    fetched and become articles."""
    via: Via
    sites: tuple[Site, ...]
    """One, but where one pass over a file serves several."""
    span: Span
    asked: str = ""
    """What the index or the file is asked: `host/path`, a crawl and that, a file's place."""
    size: int = 1
    """How many units it has: addresses to read, questions, bytes of a file."""
    lane: str = ""
    """A host that may be asked by one process at a time: parts of one lane are done one after the other. '': none."""

    @property
    def name(self) -> str:
        """The same for the same piece of work."""
        sites = ",".join(site.name for site in self.sites)
        span = f"{self.span.first}..{self.span.last}"
        return " ".join(filter(None, [self.kind, self.via, sites, span, self.asked]))

    @property
    def site(self) -> Site:
        """The site of a part that has one."""
        return self.sites[0]


def span_for(via: Via, span: Span) -> Span:
    """Return the span as it counts for a way: a file on disk is read whenever it was written."""
    if via == "warc" and span.captured_until is None:
        return replace(span, captured_until=_FOR_EVER)
    return span


def hosts_of(config: Config) -> dict[Via, tuple[str, str]]:
    """Return by archive the hosts of its index and of its captures."""
    wayback = urlsplit(config.wayback_cdx).netloc, urlsplit(config.wayback_replay).netloc
    crawl = urlsplit(config.commoncrawl_index).netloc, urlsplit(config.commoncrawl_data).netloc
    return {"wayback": wayback, "commoncrawl": crawl, "ccnews": (crawl[1], crawl[1])}


def archive_client(config: Config) -> ArchiveClient:
    """Return this process' client: one for all parts, so that its pauses hold for each host."""
    named = {
        host_of(getattr(config, name))
        for name in ARCHIVE_ADDRESSES
        if getattr(config, name) != Config.model_fields[name].default
    }
    return _client(config.user_agent, config.archive_delay, config.patience, frozenset(named))


@lru_cache(maxsize=4)
def _client(user_agent: str, delay: float, patience: float, private: frozenset[str]) -> ArchiveClient:
    return ArchiveClient(user_agent, delay=delay, patience=patience, private_hosts=private)


def site_names(parts: Sequence[Part]) -> list[str]:
    """Return the sites of parts, each once."""
    return list(dict.fromkeys(site.name for part in parts for site in part.sites))
