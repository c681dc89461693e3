"""A site whose articles are published, edited, pinned and taken down while it is served; in the sample's layout."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from newscrawl.demo.city import Answer

MOSCOW = ZoneInfo("Europe/Moscow")
HTML = "text/html; charset=utf-8"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass
class News:
    """One article as the site shows it now."""

    number: int
    published: datetime
    headline: str
    text: str
    side: str = "Погода: +3"
    files: tuple[tuple[str, str], ...] = ()
    is_gone: bool = False
    moved_to: str | None = None
    """A path that its own leads to."""
    is_pinned: bool = False

    @property
    def path(self) -> str:
        return f"/novosti/2026/{self.number}"


@dataclass
class ChangingSite:
    """Lists ten articles a page, the latest first, pinned ones before them on every page."""

    news: list[News] = field(default_factory=list)
    validators: str | None = None
    """`etag`, `date` or none at all; `same` is an ETag that never changes."""
    relative_dates: bool = False
    robots: str = "User-agent: *\nDisallow:\n"
    text_class: str = "text"
    """Class of the element that holds an article's text: another one is a redesign."""
    date_class: str = "date"
    page_size: int = 10
    origin: str = "http://svetlorechensk.example"
    """Where its sitemaps say that it is."""
    changed: dict[str, datetime] = field(default_factory=dict)
    """When each of its sitemaps says that it was changed."""
    says_unchanged: bool = False
    """Whether it answers 304 whoever asks for an article, and however."""

    @classmethod
    def with_news(cls, number: int, **kwargs: object) -> ChangingSite:
        """Return a site with so many articles, two hours from one to the next, up to this moment."""
        site = cls(**kwargs)  # type: ignore[arg-type]
        for age in range(number, 0, -1):
            site.publish(timedelta(hours=2 * age))
        return site

    def publish(self, age: timedelta = timedelta(minutes=1)) -> News:
        """Add an article of that age."""
        number = 100 + len(self.news)
        published = datetime.now(MOSCOW).replace(second=0, microsecond=0) - age
        one = News(
            number,
            published,
            f"Новость № {number} о ремонте улицы Садовой",
            f"На улице Садовой сегодня начали ремонт участка № {number}. Работы закончат к 1 декабря 2026 года.",
        )
        self.news.append(one)
        return one

    @property
    def listed(self) -> list[News]:
        return sorted((one for one in self.news if not one.is_gone), key=lambda one: one.published, reverse=True)

    def answer(self, path: str, query: str = "") -> Answer:
        if path == "/robots.txt":
            return Answer(200, "text/plain", self.robots.encode())
        if path in {"/sitemap.xml", "/old.xml", "/new.xml"}:
            return Answer(200, "application/xml", self._sitemap(path).encode())
        if path == "/novosti/":
            return self._answer(self._list(int(parse_qs(query).get("PAGEN_1", ["1"])[0])))
        one = next((one for one in self.news if one.path == path), None)
        if self.says_unchanged and one is not None:
            return Answer(304, HTML, b"")
        if one is not None and one.moved_to is not None:
            return Answer(301, HTML, b"", (("Location", one.moved_to),))
        if one is None or one.is_gone:
            return Answer(404, HTML, b"<h1>404</h1>")
        return self._answer(self._article(one))

    def _answer(self, html: str) -> Answer:
        body = html.encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        headers: dict[str | None, tuple[tuple[str, str], ...]] = {
            "etag": (("ETag", f'"{digest}"'),),
            "same": (("ETag", '"const"'),),
            "date": (("Last-Modified", f"Mon, 02 Nov 2026 08:{int(digest[:2], 16) % 60:02}:00 GMT"),),
        }
        return Answer(200, HTML, body, headers.get(self.validators, ()))

    def _sitemap(self, path: str) -> str:
        """Return an index of two, each with when it was changed, or one of them: the first ten articles, the others."""
        parts = {"/old.xml": self.news[:10], "/new.xml": self.news[10:]}
        if path in parts:
            urls = "".join(f"<url><loc>{self.origin}{one.path}</loc></url>" for one in parts[path])
            return f'<urlset xmlns="{SITEMAP}">{urls}</urlset>'
        named = "".join(
            f"<sitemap><loc>{self.origin}{name}</loc><lastmod>{self.changed[name].isoformat()}</lastmod></sitemap>"
            for name in parts
        )
        return f'<sitemapindex xmlns="{SITEMAP}">{named}</sitemapindex>'

    def _list(self, page: int) -> str:
        pinned = [one for one in self.listed if one.is_pinned]
        others = [one for one in self.listed if not one.is_pinned]
        last = max(1, -(-len(others) // self.page_size))
        start = (min(page, last) - 1) * self.page_size
        items = "".join(
            f'<a class="item" href="{one.path}"><span class="date">{self._dateline(one)}</span>'
            f'<span class="title">{one.headline}</span></a>'
            for one in [*pinned, *others[start : start + self.page_size]]
        )
        return f'<html><body><div id="articles"><div class="records">{items}</div></div></body></html>'

    def _dateline(self, one: News) -> str:
        if self.relative_dates:
            hours = int((datetime.now(MOSCOW) - one.published).total_seconds() // 3600)
            return f"{hours} ч. назад" if hours else "только что"
        return f"{one.published:%d.%m.%Y %H:%M}"

    def _article(self, one: News) -> str:
        files = "".join(f'<a href="/upload/{name}">{title}</a>' for name, title in one.files)
        date = "" if self.relative_dates else f'<div class="{self.date_class}">{one.published:%d.%m.%Y %H:%M}</div>'
        return (
            f'<html><body><div id="articles"><h1>{one.headline}</h1>{date}'
            f'<div class="{self.text_class}"><p>{one.text}</p></div><div class="files">{files}</div></div>'
            f'<div class="side">{one.side}</div></body></html>'
        )
