"""Draw the sample city's pages: bytes in the likeness of a 1C-Bitrix site with a template of its own.

The likeness (what surrounds the text, the pager, the traps, the sizes) follows what is known of municipal sites: Bitrix
asset lists in the head, one menu twice, banners to other hosts, a side column of dated documents, a dated footer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from random import Random
from string import Template
from typing import Any

from newscrawl.demo.dates import MONTHS_OF
from newscrawl.demo.writer import DATA, pick

HOST = "svetlorechensk.example"
SIGNATURE = "Пресс-служба администрации города Светлореченска"
_NBSP_BEFORE_MONTH = re.compile(rf"(?<=\d) (?={'|'.join(MONTHS_OF)})")
_LONG_WORD = re.compile(r"\b([а-яё]{5})([а-яё]{3,}[бвгджзклмнпрст][аеиоуыэюя][а-яё]+)\b")
_WORD_STYLE = "text-align: justify; text-indent: 35.4pt; line-height: 115%; margin-bottom: 0cm;"
_WORD_FONT = "font-size: 14pt; font-family: &quot;Times New Roman&quot;;"


@dataclass(frozen=True)
class Entry:
    """A line of a listing: address, headline, the date as shown ('' for none) and the summary."""

    path: str
    headline: str
    date: str
    lead: str


@dataclass(frozen=True)
class ArticlePage:
    """What an article's page shows beside its paragraphs."""

    entry: Entry
    section: str
    date: str
    paragraphs: tuple[str, ...]
    signed: bool
    style: str
    """How the body is marked up: `p`, `br` (one paragraph with line breaks) or `word` (pasted from Word)."""
    files: tuple[tuple[str, str], ...] = ()
    photo: str = ""
    side: tuple[tuple[str, str], ...] = ()
    """Titles and dates of the side column; empty for the usual documents."""


def draw_article(page: ArticlePage, others: Sequence[Entry], number: int, pages: int, rng: Random) -> str:
    """Draw an article's page with other news below it, on the page `number` of theirs that PAGEN_1 asked for."""
    entry = page.entry
    parts = [
        _breadcrumbs(page.section),
        f"<h1>{escape(entry.headline)}</h1>",
        f'<div class="date">{escape(page.date)}</div>' if page.date else "",
        _photo(page) if page.photo else "",
        f'<div class="text">{_body(page, others, rng)}</div>',
        _files(page) if page.files else "",
        f'<div class="print"><a href="{entry.path}?print=Y" rel="nofollow">Версия для печати</a></div>',
        _share(entry.path),
        "<h2>Другие новости</h2>",
        _records(others),
        _pager(entry.path, number, pages),
    ]
    return _frame(entry.headline, "\n".join(filter(None, parts)), page.side)


def draw_listing(entries: Sequence[Entry], number: int, pages: int) -> str:
    """Draw one page of the listing."""
    inner = f"{_breadcrumbs()}\n<h1>Новости</h1>\n{_records(entries)}\n{_pager('/novosti/', number, pages)}"
    return _frame("Новости", inner)


def draw_plain(title: str, text: str) -> str:
    """Draw a page that is no news: the home page, a section, an error."""
    return _frame(title, f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>")


def draw_shell(headline: str) -> str:
    """Draw what is left of an article after a redesign: a shell that a script would fill."""
    return (
        '<!DOCTYPE html>\n<html lang="ru"><head><meta charset="utf-8"><title>Светлореченск. Новый портал</title>'
        '<script type="module" src="/assets/index-8c1f.js"></script></head>\n'
        f'<body data-title="{escape(headline)}"><div id="app"></div>'
        "<noscript>Включите JavaScript.</noscript></body></html>"
    )


def _breadcrumbs(section: str = "") -> str:
    links = '<a href="/">Главная</a> &rarr; <a href="/novosti/">Новости</a>'
    if section:
        links += f' &rarr; <a href="/novosti/?SECTION={len(section)}">{escape(section)}</a>'
    return f'<div class="breadcrumbs">{links}</div>'


def _photo(page: ArticlePage) -> str:
    name, caption = f"{page.entry.path.rpartition('/')[2]}.jpg", escape(page.photo)
    small = f"/upload/resize_cache/iblock/{name[:3]}/300_200_2/{name}"
    return (
        f'<div class="photo"><a href="/upload/iblock/{name[:3]}/{name}" rel="lightbox">'
        f'<img width="300" height="200" src="{small}" alt="{caption}"></a><span class="caption">{caption}</span></div>'
    )


def _files(page: ArticlePage) -> str:
    links = "".join(
        f'<li><a href="{href}" target="_blank">{escape(title)}</a> <small>(скачать, {20 + 7 * len(title)} Кб)</small>'
        for href, title in page.files
    )
    return f'<div class="files"><b>Прикреплённые файлы:</b><ul>{links}</ul></div>'


def _share(path: str) -> str:
    links = " ".join(
        f'<a href="//share.example/{code}?u={path}" rel="nofollow">{name}</a>'
        for code, name in (("vk", "ВКонтакте"), ("ok", "Одноклассники"))
    )
    return f'<div class="share"><noindex>Поделиться: {links}</noindex></div>'


def _body(page: ArticlePage, others: Sequence[Entry], rng: Random) -> str:
    marked = [
        _NBSP_BEFORE_MONTH.sub("&nbsp;", escape(text, quote=False)).replace(" – ", "&nbsp;– ")
        for text in page.paragraphs
    ]
    sign = f'<p class="sign" style="text-align: right;"><i>{SIGNATURE}</i></p>' if page.signed else ""
    also = pick(rng, others) if others and rng.random() < 0.35 else None
    read_also = (
        f'<p class="read-also"><b>Читайте также:</b> <a href="{also.path}">{escape(also.headline)}</a></p>'
        if also
        else ""
    )
    if page.style == "br":
        return "\n<p>" + "<br>\n<br>\n".join(marked) + f"</p>\n{read_also}{sign}\n"
    if page.style == "word":
        paragraphs = "\n".join(
            f'<p class="MsoNormal" style="{_WORD_STYLE}"><span style="{_WORD_FONT}">{text}<o:p></o:p></span></p>'
            for text in (_LONG_WORD.sub("\\1&shy;\\2", text) for text in marked)
        )
        return f"\n{paragraphs}\n<p>&nbsp;</p>{read_also}{sign}\n"
    lines = [f"<p>{text}</p>" for text in marked]
    lines.insert(min(2, len(lines)), read_also)
    hidden = f'<div class="hidden-copy" style="display:none">{marked[0]}</div>' if rng.random() < 0.3 else ""
    return "\n" + "\n".join(filter(None, lines)) + f"\n{hidden}{sign}\n"


def _records(entries: Sequence[Entry]) -> str:
    items = []
    for entry in entries:
        date = f'<span class="date">{escape(entry.date)}</span>' if entry.date else ""
        title, mark = escape(entry.headline), f"bx_{3218110189 + len(entry.path)}_{entry.path.rpartition('/')[2]}"
        items.append(
            f'<a class="item" id="{mark}" href="{entry.path}" title="{title}">'
            f'{date}<span class="title">{title}</span><span class="short">{escape(entry.lead)}</span></a>'
        )
    return '<div class="records">\n' + "\n".join(items) + "\n</div>"


def _pager(path: str, number: int, pages: int) -> str:
    shown = sorted({1, pages, *range(max(1, number - 3), min(pages, number + 3) + 1)})
    links = [
        f"<b>{page}</b>"
        if page == number
        else f'<a href="{path if page == 1 else f"{path}?PAGEN_1={page}"}">{page}</a>'
        for page in shown
    ]
    following = f' <a class="next" href="{path}?PAGEN_1={number + 1}">След.</a>' if number < pages else ""
    return f'<div class="pager">{" ".join(links)}{following} <a href="{path}?SHOWALL_1=1" rel="nofollow">Все</a></div>'


def _frame(title: str, inner: str, side: Sequence[tuple[str, str]] = ()) -> str:
    documents = side or [(entry["title"], entry["date"]) for entry in _chrome()["documents"]]
    column = "".join(
        f'<div class="doc"><span class="doc-date">{escape(date)}</span> '
        f'<a href="/dokumenty/{number}/">{escape(text)}</a></div>'
        for number, (text, date) in enumerate(documents, 3101)
    )
    return _template().substitute(title=escape(title), inner=inner, documents=column)


@lru_cache(maxsize=1)
def _chrome() -> dict[str, Any]:
    return tomllib.loads((DATA / "chrome.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _template() -> Template:
    """Fill all that is the same on every page once."""
    chrome = _chrome()
    assets = [f"/bitrix/js/main/core/core_{name}.js?16{number:08d}" for number, name in enumerate(_ASSETS, 41700)]
    styles = [
        f"/bitrix/cache/css/s1/tpl/template_{number:032x}/template_{number:032x}_v1.css" for number in range(811, 841)
    ]
    menu = "".join(
        f'<li class="root"><a href="/{group["path"]}/">{group["title"]}</a><ul>'
        + "".join(
            f'<li><a href="/{group["path"]}/razdel-{number}/" title="{escape(item)}">{escape(item)}</a></li>'
            for number, item in enumerate(group["items"], 1)
        )
        + "</ul></li>"
        for group in chrome["menu"]
    )
    banners = "".join(
        f'<div class="banner"><a href="https://{banner["host"]}/?utm_source={HOST}" target="_blank" rel="nofollow">'
        f'<img src="/upload/banners/{number}.png" width="220" height="90" alt="{escape(banner["title"])}"></a></div>'
        for number, banner in enumerate(chrome["banners"] * 3)
    )
    page = (DATA / "page.html").read_text(encoding="utf-8")
    for name, value in {
        "@assets@": ",".join(f"'{asset}'" for asset in assets),
        "@links@": "\n".join(f'<script src="{asset}"></script>' for asset in assets),
        "@styles@": "\n".join(f'<link href="{style}" type="text/css" rel="stylesheet">' for style in styles),
        "@menu@": menu,
        "@banners@": banners,
    }.items():
        page = page.replace(name, value)
    return Template(page)


_ASSETS = (
    "ajax promise loadext fx popup window date finder tooltip webrtc db ls timer uf viewer dd clipboard hint "
    "phone_number ui_design socket pull client polyfill spotlight sidepanel forms buttons icons alerts loader "
    "notification stepprocessing"
).split()
