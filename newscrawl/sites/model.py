"""The shape of a site file. docs/sites.md is the guide for people who write one."""

from __future__ import annotations

import hashlib
import re
import ssl
import zoneinfo
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import parsel
from cssselect import SelectorError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from newscrawl.network import is_address
from newscrawl.schedules.parse import is_too_often, parse_schedule
from newscrawl.secrecy import has_credentials
from newscrawl.sites.hosts import ascii_netloc, bare, is_loopback


class SitePart(BaseModel):
    """Frozen, and a key that nobody knows is an error rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


SITE_NAME = r"^[a-z][a-z0-9_-]*$"
"""What a site's name looks like."""


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and ascii_netloc(parts.netloc, parts.scheme)
    except ValueError:  # a broken port or IPv6 address
        is_address = False
    if not is_address:
        raise ValueError("expected an absolute http(s) address")
    if has_credentials(value):
        raise ValueError("expected an address without a user and password: site files hold no secrets")
    return value


def _check_host(value: str) -> str:
    try:
        host = ascii_netloc(value)
    except ValueError:
        host = ""
    if not host or "/" in value or "@" in value:
        raise ValueError("expected a host such as www.n.example or 127.0.0.1:8000")
    return value


def _check_selector(value: str) -> str:
    css, at, attribute = value.rpartition("@")
    if at and not attribute:
        raise ValueError("expected the name of an attribute after @")
    css = css if at else value
    try:
        parsel.css2xpath(css or "*")
    except SelectorError as error:
        raise ValueError(f"expected a CSS selector: {error}") from None
    return value


def _check_pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    return value


def _check_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError("expected an IANA time zone such as Europe/Moscow") from None
    return value


def _check_schedule(value: str) -> str:
    parse_schedule(value)
    return value


def _check_bundle(value: Path) -> Path:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
    except OSError:  # ssl's errors too
        raise ValueError(f"expected a PEM file of certificates at {value}; see docs/reach.md") from None
    return value


def _check_named_day(value: str) -> str:
    from pipelines.dates.named_days import check_rule  # late: few sites have days of their own

    return check_rule(value)


NamedDayRule = Annotated[str, AfterValidator(_check_named_day)]


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_check_url)]
Selector = Annotated[str, AfterValidator(_check_selector)]
"""A CSS selector; `css@attribute` reads an attribute, and `@attribute` alone that of the entry itself;
`@text` alone, in a listing, the entry's words outside its links."""
Selectors = Annotated[tuple[Selector, ...], BeforeValidator(_one_or_many)]
"""One selector or a list; the first that finds something counts."""
Pattern = Annotated[str, AfterValidator(_check_pattern)]
CaBundle = Annotated[Path, AfterValidator(_check_bundle)]
TimeZone = Annotated[str, AfterValidator(_check_zone)]
ScheduleText = Annotated[str, AfterValidator(_check_schedule)]


class Pagination(SitePart):
    """How to get from one page of a listing to the next: by a parameter or an address that counts, or by a link."""

    parameter: str | None = None
    """Query parameter that counts: `PAGEN_1`, `page`, `start`."""
    template: str | None = None
    """Address that counts, `{page}` in the number's place: `https://n.example/news/page/{page}/`."""
    first: int = 1
    """Its value on the first page, which is fetched without it."""
    step: Annotated[int, Field(ge=1)] = 1
    """By how much it grows: the page size where it counts entries."""
    next: Selector | None = None
    """The link to the next page."""
    max_pages: Annotated[int, Field(ge=1)] = 5000
    """Never go further than this."""

    @model_validator(mode="after")
    def _one_way(self) -> Pagination:
        if sum(way is not None for way in (self.parameter, self.template, self.next)) != 1:
            raise ValueError("expected one of `parameter`, `template` and `next`")
        if self.template is not None and has_credentials(self.template):
            raise ValueError("template: expected an address without a user and password")
        if self.template is not None and (self.template.count("{page}") != 1 or urlsplit(self.template).netloc == ""):
            raise ValueError("expected an absolute address with one {page} in `template`")
        return self

    @property
    def way(self) -> Literal["next", "template", "parameter"]:
        """The one of these keys that the file names."""
        return "next" if self.next is not None else "template" if self.template is not None else "parameter"


class Listing(SitePart):
    """A page that lists articles, newest first."""

    type: Literal["listing"]
    url: Url
    """Its first page."""
    item: Selector
    """One entry."""
    link: Selector = "a"
    """The link to the article, inside the entry or the entry itself."""
    headline: Selector | None = None
    """The headline, where it is not the link's own text."""
    date: Selector | None = None
    """The date."""
    lead: Selector | None = None
    """The summary."""
    archive: Selector | None = None
    """Links to further pages of the list that no pagination reaches: its years, its months."""
    pagination: Pagination | None = None
    """How to reach older entries."""


class Feed(SitePart):
    """An RSS or Atom feed."""

    type: Literal["feed"]
    url: Url


class Sitemap(SitePart):
    """An XML sitemap or an index of them."""

    type: Literal["sitemap"]
    url: Url


Source = Annotated[Listing | Feed | Sitemap, Field(discriminator="type")]


class ArticleAddress(SitePart):
    """What an article's address looks like, so that nothing else is taken for one and each has one key."""

    path: Pattern
    """Regular expression that the whole path must match (and the kept query, when there is one)."""
    keep_parameters: tuple[str, ...] = ()
    """Query parameters that belong to the address; all others go, so `?PAGEN_1=5` never makes a new article."""
    trailing_slash: Literal["keep", "never", "always"] = "keep"
    """The canonical form."""


class Layout(SitePart):
    """How one of the site's page designs is read. A redesign adds a layout; the old one stays for old pages."""

    name: str
    valid_from: date | None = None
    """First day on which pages were fetched in this design."""
    valid_until: date | None = None
    """The day on which it had gone."""
    headline: Selectors = ()
    lead: Selectors = ()
    article_body: Selectors = ()
    """The element around the text, or its paragraphs."""
    date_published: Selectors = ()
    date_modified: Selectors = ()
    authors: Selectors = ()
    article_section: Selectors = ()
    keywords: Selectors = ()
    images: Selectors = ()
    """Elements that hold pictures; inside the body when not given."""
    attachments: Selectors = ()
    """Elements that hold links to files; inside the body when not given."""
    remove: Selectors = ()
    """What is inside the body without belonging to it: share bars, "read also", print links."""
    platform: str | None = None
    """The platform that it comes from, filled in when the file is read; null for a layout of the site's own."""

    @model_validator(mode="after")
    def _in_order(self) -> Layout:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until: expected a day after valid_from")
        return self

    def covers(self, day: date) -> bool:
        """Tell whether pages fetched on `day` may have this design."""
        return (self.valid_from is None or day >= self.valid_from) and (
            self.valid_until is None or day < self.valid_until
        )


class Site(SitePart):
    """A city's web site."""

    name: Annotated[str, Field(pattern=SITE_NAME)]
    """Short name: the file's name without `.toml`."""
    title: str
    """What the site calls itself."""
    city: str | None = None
    """The city, in Russian; absent for a site that belongs to none."""
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    """ISO 3166-2 code."""
    timezone: TimeZone = "Europe/Moscow"
    """Zone in which its dates are meant."""
    named_days: dict[str, NamedDayRule] = {}
    """The city's own days and their rules: `"День города" = "last saturday 08"`; see docs/dates.md."""
    url: Url
    """The home page; its scheme and host are the canonical ones."""
    hosts: tuple[Annotated[str, AfterValidator(_check_host)], ...] = ()
    """Other hosts (`host` or `host:port`) that serve the same pages; with or without `www.` needs no entry."""
    private_network: bool = False
    """Whether its hosts may be inside an organisation's own network; else only public addresses are asked."""
    delay: Annotated[float, Field(ge=0)] = 1.0
    """Seconds between two requests, at least; AutoThrottle makes it longer when the server is slow."""
    schedule: ScheduleText | None = None
    """When it is crawled by itself: `auto`, `never`, an interval (`15m`, `2h`, `1d`) or a cron expression of five
    fields in the site's time zone; NEWSCRAWL_SCHEDULE when not given. See docs/scheduling.md."""
    javascript: bool = False
    """Whether listings and articles need a browser to run their scripts; see docs/reach.md."""
    verify_tls: bool = False
    """Whether the certificates of its hosts are verified; a `ca_bundle` implies it."""
    ca_bundle: CaBundle | None = None
    """A PEM file of authorities that are trusted for this site beside the system's; relative to the site file."""
    verified: date | Literal[False]
    """The day on which this file was last seen to work on the live site, or false if it never was."""
    notes: str = ""
    """For people: what is known, what is guessed."""
    sources: tuple[Source, ...] = ()
    """Where the site lists its articles."""
    article: ArticleAddress | None = None
    """What an article's address looks like; only a site without sources may leave it out."""
    platform: str | None = None
    """The platform whose layouts stand in after the site's own: a file in `platforms/`."""
    layouts: tuple[Layout, ...] = ()
    """How its pages are read, the platform's ways last; without one the page's metadata and a generic reading serve."""

    @model_validator(mode="after")
    def _polite(self) -> Site:
        if self.delay < 0.5 and not all(is_loopback(host) for host in self.fetch_hosts):
            raise ValueError("delay: expected at least 0.5 s (less is for a server on loopback)")
        return self

    @model_validator(mode="after")
    def _unhurried(self) -> Site:
        often = self.schedule is not None and is_too_often(parse_schedule(self.schedule))
        if often and not all(is_loopback(host) for host in self.fetch_hosts):
            raise ValueError("schedule: expected at least 1m (less is for a server on loopback)")
        return self

    @model_validator(mode="after")
    def _distinct(self) -> Site:
        check_names(self.layouts)
        return self

    @model_validator(mode="after")
    def _knows_its_articles(self) -> Site:
        if self.sources and self.article is None:
            raise ValueError("article: is missing; sources need to know what an article's address looks like")
        return self

    @model_validator(mode="after")
    def _at_home(self) -> Site:
        for number, source in enumerate(self.sources):
            if not self.serves(urlsplit(source.url).netloc):
                raise ValueError(f"sources.{number}.url: expected one of the site's hosts: {', '.join(self.all_hosts)}")
        return self

    @cached_property
    def origin(self) -> str:
        """Canonical scheme and host: `https://admrzn.ru`; a Cyrillic domain as `xn--…`."""
        return f"{urlsplit(self.url).scheme}://{self.all_hosts[0]}"

    @cached_property
    def all_hosts(self) -> tuple[str, ...]:
        """The canonical host (with its port, if any) and all others, Cyrillic domains as `xn--…`."""
        home = urlsplit(self.url)
        return (ascii_netloc(home.netloc, home.scheme), *(ascii_netloc(host) for host in self.hosts))

    def serves(self, netloc: str, scheme: str = "") -> bool:
        """Tell whether the site is on a host (`host` or `host:port`): one of its own, with or without `www.`."""
        try:
            return bare(ascii_netloc(netloc, scheme)) in self._bare_hosts
        except ValueError:  # no host at all
            return False

    @cached_property
    def _bare_hosts(self) -> frozenset[str]:
        return frozenset(bare(host) for host in self.all_hosts)

    @cached_property
    def private_hosts(self) -> frozenset[str]:
        """The hosts, without port, that may be in a private network: written as an address, or as the file says."""
        names = {urlsplit(f"//{host}").hostname or "" for host in self.all_hosts}
        return frozenset(name for name in names if self.private_network or is_address(name) or name == "localhost")

    @property
    def fetch_hosts(self) -> set[str]:
        """Hosts that a crawl asks."""
        return {urlsplit(source.url).netloc for source in self.sources} or set(self.all_hosts)

    @property
    def is_on_the_network(self) -> bool:
        """False for a site under `.example`, a name reserved for what does not exist, such as the sample city."""
        return not any((urlsplit(f"//{host}").hostname or "").endswith(".example") for host in self.fetch_hosts)

    @property
    def is_crawlable(self) -> bool:
        """Whether there is something to crawl: it has a source, and is on the network."""
        return bool(self.sources) and self.is_on_the_network

    @property
    def is_verified_by_tls(self) -> bool:
        """Whether a host whose certificate does not verify is not asked."""
        return self.verify_tls or self.ca_bundle is not None

    @property
    def has_own_layouts(self) -> bool:
        """True where the site file itself says how pages are read: one that no layout fits is then a failure.

        False where it names at most a platform, whose layouts are only the likeliest: the generic reading follows them.
        """
        return any(layout.platform is None for layout in self.layouts)

    @cached_property
    def digest(self) -> str:
        """Changes whenever extraction with this file could give another result."""
        told = {"city", "region", "timezone", "named_days", "url", "article", "platform", "layouts"}
        relevant = self.model_dump_json(include=told)
        return hashlib.sha256(relevant.encode()).hexdigest()[:8]

    def served_at(self, origin: str) -> Site:
        """Return the same site fetched from elsewhere, such as `http://127.0.0.1:8000`; articles keep their key."""
        moved = self.model_dump()
        host = urlsplit(origin).netloc
        moved["hosts"] = (*self.hosts, host) if host not in self.all_hosts else self.hosts
        for source in moved["sources"]:
            parts = urlsplit(source["url"])
            source["url"] = parts._replace(scheme=urlsplit(origin).scheme, netloc=host).geturl()
            template = (source.get("pagination") or {}).get("template")
            if template:
                parts = urlsplit(template)
                source["pagination"]["template"] = parts._replace(scheme=urlsplit(origin).scheme, netloc=host).geturl()
        return Site.model_validate(moved)


def check_names(layouts: tuple[Layout, ...]) -> None:
    """Refuse two layouts of one name, with a ValueError."""
    names = [layout.name for layout in layouts]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ValueError(f"layouts.{number}.name: expected a name of its own, not {name!r} again")
