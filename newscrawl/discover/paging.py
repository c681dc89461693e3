"""How a list goes on: the parameter or the address that counts its pages, its years and months."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urlsplit

import parsel

from newscrawl.discover.selectors import items_selector
from newscrawl.discover.visitor import same_site
from newscrawl.extract.body import text_of
from newscrawl.urls import absolute_url

_NEXT = re.compile(
    r"(?:след(?:ующая|\.)?(?: страница)?|дал(?:ее|ьше)|впер[её]д|показать ещ[её]|загрузить ещ[её]|ещ[её] новости|ещ[её]"
    r"|больше новостей|старые записи|ранее|next|older|load more|[>›»→]{1,2})[\s>›»→]*",
    re.IGNORECASE,
)
_COUNTING = re.compile(r"PAGEN_\d+|page\w*|p|pg|paged|start|offset|limitstart|curPos|from|str|n|list", re.IGNORECASE)
_SEVERAL = re.compile(r"\d{1,5}(?:,\d{1,5})+")
_MONTH = re.compile(
    r"янв(?:арь)?|фев(?:р(?:аль)?)?|март?|апр(?:ель)?|май|июнь?|июль?|авг(?:уст)?|сен(?:т(?:ябрь)?)?|окт(?:ябрь)?"
    r"|ноя(?:б(?:рь)?)?|дек(?:абрь)?",
    re.IGNORECASE,
)
_YEAR_IN_ADDRESS = re.compile(r"(?:19|20)\d\d")
_YEAR = re.compile(r"(?:архив |за )?((?:19|20)\d\d)(?: год(?:а)?| г\.?)?", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


@dataclass(frozen=True)
class Paging:
    """The fields of a site file's `pagination`; `url` is the second page, to try it."""

    url: str
    parameter: str | None = None
    template: str | None = None
    first: int = 1
    step: int = 1


def find_paging(document: parsel.Selector, base: str) -> list[Paging]:
    """Return the ways to the list's second page that its links offer, the likeliest first."""
    told: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    labelled: dict[tuple[str, str], int] = {}
    for link in document.css("a[href], [data-url], [data-href], link[rel=next], button[data-next]"):
        element = link.root
        href = next(
            (element.get(name) for name in ("href", "data-url", "data-href", "data-next") if element.get(name)), ""
        )
        url = absolute_url(base, href)
        if url is None or not same_site(url, base):
            continue
        label = text_of(element).strip()
        is_next = element.get("rel") == "next" or _NEXT.fullmatch(label) is not None
        number = int(label) if label.isdecimal() and len(label) <= 5 else None
        if not is_next and number is None:
            continue
        for form, value in _forms(url, base):
            if number is not None and number > 1:
                told[form].setdefault(number, value)
            elif is_next:
                labelled.setdefault(form, value)
    found = [_from_numbers(form, values) for form, values in told.items()]
    found += [_from_next(form, value) for form, value in labelled.items() if form not in told]
    return [one for one in found if one is not None]


def _forms(url: str, base: str) -> list[tuple[tuple[str, str], int]]:
    """Return ((kind, name or template), number) for every way in which an address counts."""
    parts, here = urlsplit(url), urlsplit(base)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    forms = []
    for name, value in query.items():
        if value.isdecimal() and len(value) <= 6 and _COUNTING.fullmatch(name):
            forms.append((("parameter", name), int(value)))
        elif _COUNTING.fullmatch(name) and _SEVERAL.fullmatch(value):  # a pager for each list of the page
            before, _, last = value.rpartition(",")
            counting = urlencode(query | {name: f"{before},@page@"}).replace("%40page%40", "{page}")
            forms.append((("template", parts._replace(query=counting).geturl()), int(last)))
    counted = _LAST_NUMBER.search(parts.path)
    if not forms and counted and parts.path != here.path and _alike(parts.path, here.path, counted):
        path = parts.path[: counted.start()] + "{page}" + parts.path[counted.end() :]
        forms.append((("template", parts._replace(path=path).geturl()), int(counted.group())))
    return forms


def _alike(path: str, here: str, counted: re.Match[str]) -> bool:
    """Tell whether a path with a number is a page of the list at `here`: the same path, or it with something added."""
    before = path[: counted.start()]
    own = re.sub(r"\d+(?=\D*$)", "", here)
    section = here.rstrip("/").removesuffix(".html").removesuffix(".htm").removesuffix(".php")
    return before.startswith(section) or re.sub(r"\d+(?=\D*$)", "", path) == own


def _from_numbers(form: tuple[str, str], values: dict[int, int]) -> Paging | None:
    """Return the paging that numbered links tell: page 2 has this value, page 3 that."""
    numbers = sorted(values)
    steps = [(values[b] - values[a]) // (b - a) for a, b in pairwise(numbers)]
    first_number = numbers[0]
    step = steps[0] if steps else _likely_step(first_number, values[first_number])
    if step < 1 or any(one != step for one in steps):
        return None
    first = values[first_number] - (first_number - 1) * step
    return _paging(form, first, step) if first >= 0 else None


def _likely_step(number: int, value: int) -> int:
    if value in {number, number - 1}:
        return 1
    return value // (number - 1) if number > 1 else 1


def _from_next(form: tuple[str, str], value: int) -> Paging | None:
    """Return the paging that a link to the next page alone tells, from the first page."""
    if value in {1, 2}:
        return _paging(form, value - 1, 1)
    return _paging(form, 0, value) if value >= 3 else None


def _paging(form: tuple[str, str], first: int, step: int) -> Paging:
    kind, name = form
    if kind == "parameter":
        return Paging("", parameter=name, first=first, step=step)
    return Paging(name.replace("{page}", str(first + step)), template=name, first=first, step=step)


def second_page(base: str, paging: Paging) -> str:
    """Return the address of the second page."""
    if paging.template is not None:
        return paging.url
    parts = urlsplit(base)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {
        str(paging.parameter): str(paging.first + paging.step)
    }
    return parts._replace(query=urlencode(query)).geturl()


def find_archive(document: parsel.Selector, base: str) -> str | None:
    """Return a selector of the links to the years or months of a list, or None where a page has no such links."""
    links = []
    for link in document.css("a[href]"):
        label, url = text_of(link.root).strip(" ."), absolute_url(base, link.attrib["href"])
        if url is None or not _is_part_of(url, base):
            continue
        year = _YEAR.fullmatch(label)
        if (year and year[1] in url) or (_MONTH.match(label) and len(label) <= 14 and _YEAR_IN_ADDRESS.search(url)):
            links.append(link.root)
    return items_selector(document, links) if len(links) >= 2 else None


def _is_part_of(url: str, base: str) -> bool:
    """Tell whether an address is a part of the list at `base`: below its path, with all that its query asks for."""
    parts, here = urlsplit(url), urlsplit(base)
    asked = set(parse_qsl(parts.query))
    section = here.path.rstrip("/").removesuffix(".html").removesuffix(".htm")
    return (
        same_site(url, base) and parts.path.startswith(section) and set(parse_qsl(here.query)) <= asked and url != base
    )
