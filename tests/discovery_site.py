"""A small city site for discovery: a list with pages, a feed, decoys, a door that robots.txt closes, a broken page.

Its bytes are windows-1251 although it says UTF-8, as old sites do. `expected` is what a crawl must find.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qs

from newscrawl.demo.city import Answer

TITLE = "Администрация города Верхнезаринска Рязанской области"
PER_PAGE = 8
FORBIDDEN, BROKEN = 113, 107
"""The article that robots.txt closes, and the one in whose place a maintenance page stands."""
_NEWEST = date(2025, 11, 20)
_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_WHAT = (
    "Новый тротуар уложили", "Сорок лип посадили", "Каток с прокатом коньков открыли", "Детскую площадку обновили",
    "Освещение заменили", "Праздник двора провели",
)  # fmt: skip
_WHERE = ("на Береговой улице", "у вокзала", "в парке за рекой", "возле третьей школы")
_SENTENCES = (
    "Работы заняли чуть больше недели: бригада из шести человек управилась раньше срока, который обещал подрядчик.",
    "Жители окрестных домов просили об этом с прошлой весны, и деньги нашлись после пересмотра городской сметы.",
    "Следующим по очереди стоит соседний квартал, где дорожники уже сделали замеры и завезли часть материалов.",
    "За порядком на новом месте присмотрят школьники: они составили расписание дежурств до самого лета.",
)


@dataclass(frozen=True)
class Story:
    """One article of the site."""

    number: int
    headline: str
    paragraphs: tuple[str, ...]
    day: date

    @property
    def path(self) -> str:
        """Its address within the site."""
        return f"/news/{self.number}/"

    @property
    def shows_date(self) -> bool:
        """Whether its own page says when it was published; else the list alone does."""
        return self.number % 5 != 0

    @property
    def file(self) -> str | None:
        """The file that it offers."""
        return f"/upload/plan-{self.number}.pdf" if self.number % 4 == 0 else None


def _story(order: int) -> Story:
    what, where = _WHAT[order % len(_WHAT)], _WHERE[order // len(_WHAT)]
    first = f"{what} {where}, и пользоваться этим можно уже сейчас, сообщили в городском отделе благоустройства."
    rest = tuple(_SENTENCES[(order + n) % len(_SENTENCES)] for n in range(2 + order % 2))
    return Story(124 - order, f"{what} {where}", (first, *rest), _NEWEST - timedelta(days=3 * order))


class DiscoverySite:
    """Answers requests for every page of the site."""

    stories = tuple(_story(order) for order in range(24))
    """Newest first, as the list has them."""

    @property
    def expected(self) -> dict[str, Story]:
        """The articles that a crawl must find, by path: neither the closed nor the broken one."""
        return {one.path: one for one in self.stories if one.number not in {FORBIDDEN, BROKEN}}

    def answer(self, path: str, query: str = "") -> Answer:
        """Answer a request."""
        if path == "/robots.txt":
            return _answer(f"User-agent: *\nDisallow: /admin/\nDisallow: /news/{FORBIDDEN}/\n", "text/plain")
        if path == "/news/rss/":
            return _answer(self._feed(), "application/rss+xml")
        story = next((one for one in self.stories if one.path == path), None)
        if story is not None:
            return _answer(_maintenance() if story.number == BROKEN else self._article(story))
        pages = {"/": self._home, "/news/": lambda: self._list(query), "/about/": _about, "/docs/": _documents}
        return _answer(pages[path]()) if path in pages else Answer(404, "text/html", b"<h1>404</h1>")

    def _home(self) -> str:
        return _page(TITLE, f"<h1>{TITLE}</h1>{_about_city()}<h2>Последние новости</h2>{_entries(self.stories[:4])}")

    def _list(self, query: str) -> str:
        asked = parse_qs(query).get("PAGEN_1", ["1"])[0]
        last = -(-len(self.stories) // PER_PAGE)
        number = min(int(asked) if asked.isdecimal() else 1, last)  # past the end: the last page again
        shown = self.stories[(number - 1) * PER_PAGE : number * PER_PAGE]
        links = " ".join(f'<a href="/news/?PAGEN_1={n}">{n}</a>' for n in range(1, last + 1) if n != number)
        return _page("Новости", f"<h1>Новости</h1><div id=list>{_entries(shown)}</div><p>Страницы: {links}</p>")

    def _article(self, story: Story) -> str:
        day = f'<div class="when">{_written(story.day)}</div>' if story.shows_date else ""
        text = "".join(f"<p>{one}</p>" for one in story.paragraphs)
        file = f'<p><a href="{story.file}">План работ</a> (PDF, 1,2 МБ)</p>' if story.file else ""
        others = "".join(
            f"<li>{_short(one.day)} <a href={one.path}>{one.headline}</a></li>"
            for one in self.stories[:4]
            if one != story
        )
        body = f"<h1>{story.headline}</h1>{day}<div class=text>{text}{file}</div>"
        return _page(story.headline, f"<main>{body}</main><h3>Другие новости</h3><ul>{others}</ul>")

    def _feed(self) -> str:
        items = "".join(
            f"<item><title>{one.headline}</title><link>{one.path}</link>"
            f"<pubDate>{one.day:%d} Nov 2025 00:00:00 +0300</pubDate></item>"
            for one in self.stories[:4]
        )
        return f'<rss version="2.0"><channel><title>{TITLE}</title>{items}</channel></rss>'


def _answer(text: str, kind: str = "text/html") -> Answer:
    charset = "utf-8" if kind != "text/html" else "cp1251"
    return Answer(200, f"{kind}; charset=utf-8", text.encode(charset))


def _page(title: str, main: str) -> str:
    menu = "<a href=/>Главная</a> <a href=/news/>Новости</a> <a href=/about/>О городе</a> <a href=/docs/>Документы</a>"
    column = "<h4>Документы</h4>" + "".join(
        f"<p>{n}.10.2025 <a href=/docs/{n}/>Постановление о мерах по благоустройству № {n}</a></p>"
        for n in (14, 15, 16)
    )
    return f"""<html><head><title>{title}</title>
<link rel="alternate" type="application/rss+xml" href="/news/rss/"></head><body>
<div class="header">{TITLE}<br>Сегодня понедельник, 1 декабря 2025</div><div class="menu">{menu}</div>
<div class="content">{main}</div>
<div class="sidebar">{column}<a href="/upload/ustav.pdf">Устав города</a> <a href="/admin/">Вход</a></div>
<div class="footer">Обновлено 30.11.2025. <a href="/news/{FORBIDDEN}/">Архив</a></div></body></html>"""


def _entries(stories: tuple[Story, ...]) -> str:
    return "".join(
        f'<div class="entry"><span class="entry-date">{_short(one.day)}</span> <a href="{one.path}">{one.headline}</a>'
        f"<p>{one.paragraphs[0][:60]}…</p></div>"
        for one in stories
    )


def _short(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _written(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _maintenance() -> str:
    return "<html><title>Технические работы</title><body><h1>На сайте ведутся технические работы</h1></body></html>"


def _about_city() -> str:
    return (
        "<p>Город стоит на двух берегах реки Зари, в нём четыре школы, вокзал, парк и старая текстильная фабрика.</p>"
    )


def _about() -> str:
    return _page("О городе", f"<h1>О городе</h1>{_about_city()}")


def _documents() -> str:
    return _page("Документы", "<h1>Документы</h1><p>Постановления выдаются в приёмной по рабочим дням.</p>")
