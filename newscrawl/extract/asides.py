"""How elements call themselves that surround an article: by tag, role, class and id."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import lxml.html

Sureness = Literal["certain", "likely"]

_TAGS: dict[str, Sureness] = {
    "nav": "certain", "footer": "certain",
    "aside": "likely", "form": "likely", "fieldset": "likely", "dialog": "likely", "menu": "likely",
}  # fmt: skip
_ROLES = frozenset("navigation complementary contentinfo search banner dialog menu alert".split())
_NEVER = frozenset({"html", "body", "main"})
_CERTAIN = frozenset(
    "comment comments commentlist disqus respond reviews hypercomments cackle related relevant similar recommend"
    " recommended recommendations readmore readalso alsoread footer foot copyright copyrights teaser teasers next"
    " previous prev".split()
)
_LIKELY = frozenset(
    "aside sidebar sidebars sidepanel share shares sharing shared social socials soc likes like breadcrumb breadcrumbs"
    " crumb crumbs pathway pager pagination pagenav paginator pagenavi navigation nav navbar menu submenu topmenu"
    " mainmenu banner banners adv advert advertisement ads adsense promo sponsor sponsored subscribe subscription"
    " newsletter popup modal cookie cookies tags taglist toolbar toolbox print printer login search calendar poll vote"
    " voting rating ratings widget widgets partner partners counter counters addthis likely pluso yashare uptolike"
    " feedback callback orphus neighbours prevnext informer informers weather currency instagram tweet".split()
)
_QUALIFIERS = frozenset("with without no has have is not page layout body template view open closed enabled".split())
"""Words that make a class one of the page: `page-with-sidebar` is no side column."""
_CAPTIONS = frozenset(
    "caption figcaption figure photo photos picture pic pict image images img thumb foto byline author authors credit"
    " credits source copyright".split()
)
_DATES = frozenset("date time datetime published publish created create posted pubdate publication submitted".split())
_WORD = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def aside_by_name(element: lxml.html.HtmlElement) -> Sureness | None:
    """Return how surely an element says that it is no part of the article, or None when it does not say so."""
    tag = element.tag
    if tag in _NEVER:
        return None
    if tag in _TAGS:
        return _TAGS[tag]
    if element.get("role") in _ROLES:
        return "likely"
    names = element.get("class"), element.get("id")
    return _by_names(*names) if any(names) else None


@lru_cache(maxsize=4096)
def _by_names(class_: str | None, id_: str | None) -> Sureness | None:
    best: Sureness | None = None
    for name in [*(class_ or "").split(), *(id_ or "").split()]:
        words = _split(name)
        if words[:1] == ["js"] or not _QUALIFIERS.isdisjoint(words):  # js-…: a behaviour
            continue
        if not _CERTAIN.isdisjoint(words):
            return "certain"
        if not _LIKELY.isdisjoint(words):
            best = "likely"
    return best


def is_caption(element: lxml.html.HtmlElement) -> bool:
    """Tell whether an element calls itself a caption or a byline."""
    return element.tag in {"figcaption", "figure", "caption"} or not _CAPTIONS.isdisjoint(words_of(element))


def names_date(element: lxml.html.HtmlElement) -> bool:
    """Tell whether an element says that it holds a date."""
    return element.tag == "time" or not _DATES.isdisjoint(words_of(element))


def words_of(element: lxml.html.HtmlElement) -> frozenset[str]:
    """Return the words of an element's class, id and itemprop in lower case: `newsDetail` is news, detail."""
    names = element.get("class"), element.get("id"), element.get("itemprop")
    return _words(" ".join(name for name in names if name)) if any(names) else frozenset()


@lru_cache(maxsize=4096)
def _words(names: str) -> frozenset[str]:
    return frozenset(_split(names))


def _split(name: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub(" ", name).lower())
