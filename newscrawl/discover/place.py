"""Which city a site is of: its name, its region and their time zone, told by the site's own titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import parsel

from newscrawl.extract.body import text_of
from newscrawl.extract.titles import section_like
from newscrawl.sites import all_sites
from newscrawl.sites.regions import region_of, timezone_of
from pipelines import entities
from pipelines.text import clean

_OFFICE = re.compile(
    r"(?:администраци\w+|мэри\w+|сайт\w*|портал\w*|округ\w*|муниципальн\w+ образовани\w+)", re.IGNORECASE
)
_TOWN = re.compile(r"\b(?i:город(?:а|е|у|ом|ского округа)?|гор\.|г\.|администрац(?:ия|ии)|мэри[яи])\s*(?=[«\"]?[А-ЯЁ])")
_NO_TOWN = re.compile(r"район|округ|област|край|поселени|республик", re.IGNORECASE)
_NAME = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)*")
_QUOTES = re.compile(r"[«»\"„“”]")


@dataclass(frozen=True)
class Place:
    """A site's city; None where nothing tells."""

    title: str
    """What the site calls itself."""
    city: str | None
    region: str | None
    """ISO 3166-2."""
    timezone: str | None


def find_place(document: parsel.Selector) -> Place:
    """Return what the home page tells of its city."""
    titles = [clean(one.root.text or "") for one in document.css("head title")[:1]]
    titles += [clean(one.attrib.get("content", "")) for one in document.css("meta[property='og:site_name']")[:1]]
    names = [text_of(one.root) for one in document.css("header, .header, #header, .logo, h1, footer, .footer, #footer")]
    told = [text for text in [*titles, *names] if text]
    title = next((text for text in told if _OFFICE.search(text) and len(text) <= 200), told[0] if told else "")
    city = _city(told)
    region = _region(told) or (region_of(city) if city else None)
    return Place(title[:200], city, region, timezone_of(region) if region else None)


def _city(texts: Iterable[str]) -> str | None:
    """Return the town that the site's names tell most often, in the nominative."""
    known = {site.city for site in all_sites().values() if site.city}
    votes: Counter[str] = Counter()
    for text in texts:
        plain = _QUOTES.sub("", text)[:2000]
        for match in _TOWN.finditer(plain):
            name = _nominative(plain[match.end() : match.end() + 60])
            if name:
                votes[name] += 3
        for mention in entities.find(plain):
            if mention.type == "LOC" and (mention.normal in known or region_of(mention.normal)):
                votes[mention.normal] += 2
            elif (
                mention.type == "LOC" and not mention.refs and _OFFICE.search(plain) and _NAME.fullmatch(mention.normal)
            ):
                votes[mention.normal] += 1
    return votes.most_common(1)[0][0] if votes else None


def _nominative(text: str) -> str | None:
    """Return the name of the town that `text` begins with, as it stands after «города»."""
    found = entities.find(f"Жители города {text}")
    name = next((one.normal for one in found if one.type == "LOC" and not one.refs and one.start <= 14), None)
    return None if name is None or section_like(name) or _NO_TOWN.search(name) else name


def _region(texts: Iterable[str]) -> str | None:
    votes: Counter[str] = Counter()
    for text in texts:
        for mention in entities.find(text[:2000]):
            votes.update(ref.removeprefix("iso3166-2:") for ref in mention.refs if ref.startswith("iso3166-2:RU-"))
    return votes.most_common(1)[0][0] if votes else None
