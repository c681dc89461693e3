"""Hundreds of small news sites, healthy and sick: what they publish and edit, and their pages.

Times are seconds since the epoch. soak_server.py serves them.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from newscrawl.demo import Expected, SampleCity

MOSCOW = ZoneInfo("Europe/Moscow")
SHARES = {"hangs": 0.05, "drips": 0.025, "down": 0.025, "flaky": 0.025, "slow": 0.025}
"""Of each kind of sick site, one at least; all others are healthy."""
FIRST, FORBIDDEN = 100, 900
"""Numbers of the first article and of one that robots.txt forbids and every list names."""
PUBLISHES_EVERY = 180.0
EDITS_EVERY = 120.0
_PAGE = 10
_STORIES = 48
"""Of each site: 20 to 30 are there at the start."""


@dataclass
class Version:
    """What an article says from a moment on."""

    since: float
    headline: str
    paragraphs: tuple[str, ...]


@dataclass
class News:
    number: int
    published: float
    versions: list[Version]

    @property
    def date(self) -> datetime:
        return datetime.fromtimestamp(self.published, MOSCOW)


@dataclass
class SoakSite:
    """One host and what was asked of it."""

    number: int
    kind: str
    has_etags: bool
    port: int = 0
    news: list[News] = field(default_factory=list)
    asked: list[tuple[float, float, str, int, int]] = field(default_factory=list)
    """Of each request: when it was read, by how much sooner it may have come (seconds that this process was late), its
    path, the status of the answer (0: none), which version of an article that was."""
    open: int = 0
    most_open: int = 0

    @property
    def host(self) -> str:
        return f"127.0.{1 + self.number // 200}.{1 + self.number % 200}"

    @property
    def publishes(self) -> bool:
        return self.kind in {"healthy", "slow", "flaky"}


class Sites:
    """All sites, what they will publish, and their pages."""

    def __init__(self, count: int) -> None:
        self.sites = [SoakSite(number, kind, number % 2 == 0) for number, kind in enumerate(_kinds(count))]
        self._random = Random(count)
        stories = _stories(count * _STORIES)
        self._stories = {one.number: stories[one.number :: count] for one in self.sites}
        self._around = {one.number: _surroundings(one.number) for one in self.sites}
        self._planned: list[tuple[float, float]] = []
        now = time.time()
        for site in self.sites:
            there = 20 + self._random.randrange(11) if site.publishes else 0
            for age in range(there, 0, -1):
                self._publish(site, now - (age - 1) * 5 * 3600 - 120)
            self._planned.append((
                now + self._random.uniform(0.2, 1) * PUBLISHES_EVERY, now + self._random.uniform(0.5, 1.5) * EDITS_EVERY
            ))  # fmt: skip

    async def live(self) -> None:
        """Publish and edit for ever."""
        while True:
            now = time.time()
            for site, (publish_at, edit_at) in zip(self.sites, list(self._planned), strict=True):
                if not site.publishes:
                    continue
                if publish_at <= now and len(site.news) < _STORIES:
                    self._publish(site, now)
                    publish_at = now + PUBLISHES_EVERY
                if edit_at <= now:
                    self._edit(site, now)
                    edit_at = now + EDITS_EVERY
                self._planned[site.number] = publish_at, edit_at
            await asyncio.sleep(0.25)

    def _publish(self, site: SoakSite, moment: float) -> None:
        story: Expected = self._stories[site.number][len(site.news)]
        first = Version(moment, f"{story.headline} ({site.number}-{len(site.news)})", story.paragraphs)
        site.news.append(News(FIRST + len(site.news), moment, [first]))

    def _edit(self, site: SoakSite, now: float) -> None:
        """Edit the headline of one on the first page of the list, or the text alone of the newest article."""
        latest = site.news[-1]
        text_alone = now - latest.published < 600 and len(latest.versions) == 1 and self._random.random() < 0.5
        one = latest if text_alone else site.news[-1 - self._random.randrange(_PAGE - 1)]
        last, number = one.versions[-1], len(one.versions) + 1
        headline = last.headline if text_alone else f"{one.versions[0].headline}: обновлено {number}"
        more = f"Сообщение № {one.number} дополнено: сведения уточнили в администрации, правка {number}."
        one.versions.append(Version(now, headline, (*last.paragraphs, more)))

    def answer(self, site: SoakSite, target: str) -> tuple[int, str, int]:
        """Return status, page, and which version of an article it is (from 1 on, 0 for other pages)."""
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return 200, f"User-agent: *\nDisallow: /news/{FORBIDDEN}\n", 0
        if parts.path == "/news/":
            return 200, self._list(site, int(parse_qs(parts.query).get("PAGEN_1", ["1"])[0])), 0
        number = parts.path.removeprefix("/news/")
        place = int(number) - FIRST if number.isdecimal() else -1
        if not 0 <= place < len(site.news):
            return 404, "<h1>404</h1>", 0
        if site.kind == "flaky" and self._random.random() < 0.2:
            return 500, "<h1>500</h1>", 0
        return 200, self._article(site, site.news[place]), len(site.news[place].versions)

    def _list(self, site: SoakSite, page: int) -> str:
        latest = site.news[::-1]
        last = max(1, -(-len(latest) // _PAGE))
        start = (min(page, last) - 1) * _PAGE  # past its end the last page comes again, as from Bitrix
        rows = "".join(
            f'<li><a href="/news/{one.number}">{one.versions[-1].headline}</a><time>{one.date:%d.%m.%Y}</time></li>'
            for one in latest[start : start + _PAGE]
        )
        closed = (
            f'<li><a href="/news/{FORBIDDEN}">Закрытое сообщение</a><time>01.02.2026</time></li>' if start == 0 else ""
        )
        return self._around_it(site, f'<h1>Новости</h1><ul class="list">{closed}{rows}</ul>')

    def _article(self, site: SoakSite, one: News) -> str:
        now = one.versions[-1]
        text = "".join(f"<p>{paragraph}</p>" for paragraph in now.paragraphs)
        return self._around_it(
            site,
            f'<h1>{now.headline}</h1><div class="date">{one.date:%d.%m.%Y %H:%M}</div><div class="text">{text}</div>',
        )

    def _around_it(self, site: SoakSite, inner: str) -> str:
        top, bottom = self._around[site.number]
        # Without an ETag, the column beside the news is another one every minute.
        weather = (
            "" if site.has_etags else f"<p>Температура воздуха: +{int(time.time()) // 60 % 30}, влажность 70 %</p>"
        )
        return f'{top}<main id="content">{inner}</main><aside>{weather}</aside>{bottom}'


def _kinds(count: int) -> list[str]:
    """Return what each site is; sick ones are spread over the others."""
    sick = [kind for kind, share in SHARES.items() for _ in range(max(1, round(share * count)))]
    kinds = ["healthy"] * (count - len(sick)) + sick
    Random(7).shuffle(kinds)
    return kinds


def _stories(count: int) -> list[Expected]:
    """Return so many articles of the sample city, from as many of its seeds as that takes: one alone gets slow."""
    found: list[Expected] = []
    for seed in range(1, count):
        found += [one for one in SampleCity(seed=seed, articles=1000).expected if one.stored]
        if len(found) >= count:
            break
    return found[:count]


def _surroundings(number: int) -> tuple[str, str]:
    """Return what stands before and after the content of each page of a site: 36 to 56 KB of menus, styles, scripts."""
    random = Random(number)
    links = "".join(
        f'<li class="menu__item menu__item--{one % 3}"><a class="menu__link" href="/o-gorode/razdel-{one}/">'
        f"Раздел {one} городской администрации</a></li>"
        for one in range(60)
    )
    style = "".join(
        f".block-{one}{{margin:{one}px;padding:0 {one % 9}px;color:#{one * 7919 % 4096:03x}}}" for one in range(150)
    )
    calls = 250 + random.randrange(300)
    script = "".join(f'window.dataLayer.push({{"id":{one},"key":"{random.random():.12f}"}});' for one in range(calls))
    top = (
        f'<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Город {number}</title>'
        f"<style>{style}</style>"
        f"<script>window.dataLayer=[];{script}</script></head><body><header><nav><ul>{links}</ul></nav></header>"
    )
    return top, f"<footer><ul>{links}</ul><p>© Администрация города {number}, 2026</p></footer></body></html>"
