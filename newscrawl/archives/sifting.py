"""Which captures are wanted: of the site's articles, HTML, good answers, of the span; and why others are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from newscrawl.canonical import article_url
from newscrawl.days import dated_by_address
from newscrawl.errors import ExtractionError
from newscrawl.extract.diagnosis import diagnose, refuse_file
from newscrawl.items import Page
from newscrawl.sites.hosts import bare
from newscrawl.sites.model import Site
from newscrawl.urls import absolute_url, canonical_url, is_article

GRACE = timedelta(days=366)
"""How long after the span a capture is taken into account, unless told otherwise: archives come by seldom."""
_LEEWAY = timedelta(days=7)
"""How far an article's date may lie from the year or month in its address."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_UNSURE = frozenset({"unk", "warc/revisit", "application/octet-stream", "text/plain"})
"""What indexes say where they do not know, and what old servers called their pages."""
_REGEX_SIGNS = frozenset(".^$*+?{}[]|()")
_QUANTIFIERS = frozenset("*?{")


@dataclass(frozen=True)
class Span:
    """The days that a backfill is about, in the site's zone, and until when captures count."""

    first: date
    last: date
    """Inclusive."""
    captured_until: date | None = None
    """The last day of captures; a year after `last` when not given."""

    @cached_property
    def captures_end(self) -> date:
        """The last day of captures."""
        return self.captured_until or self.last + GRACE

    def moments(self, zone: str) -> tuple[datetime, datetime]:
        """Return the moments between which the span lies, the second exclusive."""
        start, end = self.first, self.last + timedelta(days=1)
        return datetime.combine(start, time(), ZoneInfo(zone)), datetime.combine(end, time(), ZoneInfo(zone))

    def has_capture(self, moment: datetime, zone: str) -> bool:
        """Tell whether a capture taken then may show an article of the span: none was there before it appeared."""
        start = datetime.combine(self.first, time(), ZoneInfo(zone))
        end = datetime.combine(self.captures_end + timedelta(days=1), time(), ZoneInfo(zone))
        return start <= moment.astimezone(UTC) < end

    def has_day(self, moment: datetime, zone: str) -> bool:
        """Tell whether a moment is in the span."""
        return self.first <= moment.astimezone(ZoneInfo(zone)).date() <= self.last

    def may_hold(self, url: str) -> bool:
        """Tell whether an article's address may be of the span: True unless it names another year or month."""
        found = dated_by_address(url)
        return found is None or (found[0] - _LEEWAY <= self.last and found[1] + _LEEWAY >= self.first)


def news_prefixes(site: Site) -> list[str]:
    """Return `host/path` prefixes under which all articles of a site are: one for each of its hosts, without `www.`."""
    path = literal_prefix(site.article.path) if site.article is not None else "/"
    hosts = dict.fromkeys(bare(host) for host in site.all_hosts)
    return [f"{host}{path}" for host in hosts]


def literal_prefix(pattern: str) -> str:
    """Return the folder that every path which a regular expression matches begins with; `/` where there is none."""
    if _has_top_level_choice(pattern):
        return "/"
    found, at = "", 1 if pattern.startswith("^") else 0
    while at < len(pattern):
        char, step = pattern[at], 1
        if char == "\\":
            char, step = pattern[at + 1 : at + 2], 2
            if not char or char.isalnum():
                break
        elif char in _REGEX_SIGNS:
            break
        if pattern[at + step : at + step + 1] in _QUANTIFIERS and pattern[at + step : at + step + 1]:
            break
        found += char
        at += step
    return found[: found.rfind("/") + 1] or "/"


def _has_top_level_choice(pattern: str) -> bool:
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "|" and depth == 0:
            return True
        at += 1
    return False


def why_not(
    site: Site, span: Span, *, url: str, captured_at: datetime, status: int | None, mime: str | None
) -> str | None:
    """Return why a capture that an index names is not wanted, None for one that is.

    `other_host`, `no_article` (by its address), `other_time`, `status` (no good answer), `not_html`.
    """
    address = absolute_url(url, "")
    if address is None:
        return "no_article"
    netloc, _, _ = address.partition("://")[2].partition("/")
    if not site.serves(netloc, address.partition(":")[0]):
        return "other_host"
    if not is_article(address, site):
        return "no_article"
    if status is not None and status != 200:
        return "status"
    if mime and mime not in _HTML | _UNSURE:
        return "not_html"
    if not span.has_capture(captured_at, site.timezone) or not span.may_hold(canonical_url(address, site)):
        return "other_time"
    return None


def why_no_article(page: Page, site: Site) -> str | None:
    """Return why a captured page is none of the site's articles, None for one to be read.

    `http_404`, `not_html`, `empty_page`, `redirected_away` (it says that it is another page), and what
    `newscrawl.extract.diagnosis` knows: `soft_404`, `login`, `parked`, `bot_wall`, …
    """
    if page.status != 200:
        return f"http_{page.status}"
    mime = page.headers.get("content-type", "").split(";")[0].strip().lower()
    if mime and mime not in _HTML | _UNSURE:
        return "not_html"
    try:
        refuse_file(page)
    except ExtractionError as error:
        return error.reason
    found = diagnose(page)
    if found is not None:
        return found.reason
    return None if is_article(article_url(page, site), site) else "redirected_away"
