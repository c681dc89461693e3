"""Why a page that came is not the site's own: a wall, a closed door, a stub, an empty shell.

Precision first. A page is judged by what it shows at a glance: its title and headings, its blocks of text, how many
links it has. A page with prose of its own is never diagnosed, whatever its prose is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from newscrawl.encoding import decode
from newscrawl.errors import ExtractionError
from newscrawl.extract import stubs
from newscrawl.extract.glance import Glance
from newscrawl.items import Page

Reason = Literal["bot_wall", "geo_block", "maintenance", "parked", "consent", "login", "soft_404", "javascript"]

SENTENCES: dict[Reason, str] = {
    "bot_wall": "a bot wall stands before the page; make `delay` longer, or ask the site's owner to let newscrawl in",
    "geo_block": "the site refuses visitors of this country or address; crawl from where it answers",
    "maintenance": "the site is closed for maintenance; crawl again later",
    "parked": "the host serves a placeholder of its registrar or hosting company; look whether the site has moved",
    "consent": "a question of consent or age stands in place of the content; look for a feed or an address without it",
    "login": "a login form stands in place of the content; newscrawl reads public pages alone",
    "soft_404": "the page says that it does not exist, under status 200; the link that led here is outdated",
    "javascript": "the page is a shell that scripts fill; say `javascript = true` in the site file",
}
RENDERED = "x-newscrawl-rendered"
"""Header of a page whose scripts ran in a browser; its value names the browser."""

_START = 100_000
"""Characters looked at: no stub is longer, and every page's title and headings are in there."""
_FEW_LINKS = 12
"""More links than these are a site's menu: then nothing but a heading that says so makes a stub of the page."""
_PROSE = 200
"""Characters of a block that is no stub's phrase: from here on it is prose."""
_SHORT = 1500
"""Characters that a stub shows at most."""
_TINY = 300
"""Characters that a challenge or a shell shows at most."""
_SHELL = 40
"""Letters that a page shows at most until its scripts have run."""
_REFUSING = frozenset({401, 403, 429, 451})
_H1 = re.compile(r"<h1[ >]")


_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"Rar!", b"\x1f\x8b")
"""How the bytes of files begin that are no HTML."""


def refuse_file(page: Page) -> None:
    """Raise ExtractionError, `empty_page` or `not_html`, where no HTML came at all."""
    if not page.body.strip():
        raise ExtractionError("empty_page", "the page is empty")
    if page.body.startswith(_BINARY):
        raise ExtractionError("not_html", "the page is a file, not HTML")


@dataclass(frozen=True)
class Diagnosis:
    """What a page is instead of the site's own."""

    reason: Reason
    """A stable word to count by."""
    sentence: str
    """What it is and what to do."""


def diagnose(page: Page, html: str | None = None) -> Diagnosis | None:
    """Tell what a page is if it is not the site's own, or None for a page to be read.

    `html` is the page's text where that is known already. Pure, never raises; 0.2 ms for a page with a menu, a few ms
    for a bare one. Pages of any status are judged: a plain 404 is none of these.
    """
    if page.headers.get("cf-mitigated") == "challenge":
        return _diagnosis("bot_wall")
    if html is None:
        html, _ = decode(page.body[: 2 * _START], page.headers.get("content-type"))
    if page.body[:5] == b"%PDF-" or "<" not in html[:_START]:
        return None
    glance = Glance(html[:_START].lower().replace("ё", "е"))
    if page.status >= 400:
        reason = _of_refusal(page, glance)
    elif glance.links > _FEW_LINKS:
        reason = _of_whole_page(glance)
    else:
        reason = _of_bare_page(glance, len(html) > _START)
    if reason == "javascript" and RENDERED in page.headers:
        return Diagnosis(reason, "the page stays empty even after its scripts have run; they may need what is blocked")
    return _diagnosis(reason) if reason else None


def _diagnosis(reason: Reason) -> Diagnosis:
    return Diagnosis(reason, SENTENCES[reason])


# --- by what came with it


def _of_refusal(page: Page, glance: Glance) -> Reason | None:
    """Judge an error page: it is no article, so what it says is believed."""
    if page.status in _REFUSING or page.status >= 500:
        server = page.headers.get("server", "").lower()
        walled = stubs.GUARDS.search(glance.html) or stubs.GUARDS.search(server)
        named = glance.is_headed(stubs.WALL) or glance.has_sentence(stubs.WALL)
        if named or _is_challenge(glance) or (walled and glance.says(stubs.WALL_WORDS)):
            return "bot_wall"
        if glance.says(stubs.GEO):
            return "geo_block"
        if page.status == 503 and "retry-after" in page.headers:
            return "maintenance"
        if glance.is_headed(stubs.MAINTENANCE) or glance.says(stubs.MAINTENANCE_NOW):
            return "maintenance"
        if glance.is_headed(stubs.PARKED) or glance.says(stubs.PARKED_SAYS):
            return "parked"
    if page.status == 401 or (page.status == 403 and _is_login(glance)):
        return "login"
    return None


def _of_whole_page(glance: Glance) -> Reason | None:
    """Judge a page with a menu: only its title or headings count, and no prose may follow them."""
    # The headings of a page cost its parsing, so cheap looks come first.
    says_missing = any(words in glance.html for words in ("errortext", "не найден", "не существует"))
    suspect = says_missing or any(stubs.HEADED.fullmatch(one.strip(" .!…")) for one in glance.title)
    if not suspect and not stubs.HEADING_HINT.search(glance.html, *_h1_span(glance.html)):
        return None
    if glance.says_article and not _is_titled_missing(glance):
        return None
    if sum(len(one) for one in glance.blocks if _is_prose(one)) > 3 * _PROSE:
        return None
    if glance.is_headed(stubs.MISSING) or ("errortext" in glance.html and glance.has_block(stubs.MISSING)):
        return "soft_404"
    says_so = says_missing and (glance.has_block(stubs.MISSING_PAGE) or glance.says(stubs.MISSING_SAYS))
    if says_so and not any(map(_is_headline, glance.headings)):
        return "soft_404"
    return "login" if glance.is_headed(stubs.LOGIN) and "password" in glance.html else None


def _is_titled_missing(glance: Glance) -> bool:
    """Tell whether the title says that there is no such page and no heading says otherwise: cards beside may be marked
    up as articles."""
    told = any(stubs.MISSING.fullmatch(one.strip(" .!…")) for one in glance.title[:2])
    return told and not any(map(_is_headline, glance.headings))


def _h1_span(html: str) -> tuple[int, int]:
    """Return where the h1s are: from the first one's beginning to the end of the last."""
    starts = [found.start() for found in _H1.finditer(html)]
    return (starts[0], starts[-1] + 400) if starts else (0, 0)


def _of_bare_page(glance: Glance, is_long: bool) -> Reason | None:
    if is_long and glance.text.strip():
        return None
    if glance.is_headed(stubs.SERVER_PAGES) and not glance.says_article:
        return "parked"
    if len(glance.text) > _SHORT or glance.says_article or _has_news(glance):
        return None
    for reason, applies in _BARE:
        if applies(glance):
            return reason
    return None


def _has_news(glance: Glance) -> bool:
    """Tell whether the page speaks for itself: a headline that no stub has, prose, the words of a report."""
    if any(_is_prose(one) for one in glance.blocks) or stubs.REPORT.search(glance.text):
        return True
    return any(map(_is_headline, glance.headings))


def _is_prose(block: str) -> bool:
    return len(block) >= _PROSE and not stubs.STUB_WORDS.search(block)


def _is_headline(heading: str) -> bool:
    """Tell whether a heading is neither a stub's phrase, nor the site's name, nor a mere exclamation."""
    plain = heading.strip(" .!…")
    if stubs.HEADED.fullmatch(plain) or stubs.SITE_NAME.match(plain) or stubs.EXCLAMATION.match(plain):
        return False
    return plain.count(" ") >= 2


def _is_bot_wall(glance: Glance) -> bool:
    if _is_challenge(glance):
        return True
    if glance.is_headed(stubs.WALL):
        return True
    return (_is_silent(glance) or glance.says(stubs.WALL_WORDS)) and bool(stubs.GUARDS.search(glance.html))


def _is_silent(glance: Glance) -> bool:
    """Tell whether the page says nothing, or no more than that one should wait."""
    return glance.letters <= _SHELL or (len(glance.text) < _TINY and glance.says(stubs.WAIT))


def _is_challenge(glance: Glance) -> bool:
    """Tell whether the page is a script that sets a cookie and asks again."""
    if not _is_silent(glance) or "cookie" not in glance.scripts or _is_shell(glance):
        return False
    return bool(stubs.SETS_COOKIE.search(glance.scripts) and stubs.ASKS_AGAIN.search(glance.scripts + glance.html))


def _is_geo_block(glance: Glance) -> bool:
    return glance.says(stubs.GEO)


def _is_maintenance(glance: Glance) -> bool:
    return (
        glance.is_headed(stubs.MAINTENANCE)
        or glance.has_sentence(stubs.MAINTENANCE)
        or glance.says(stubs.MAINTENANCE_NOW)
    )


def _is_parked(glance: Glance) -> bool:
    return glance.is_headed(stubs.PARKED) or glance.has_sentence(stubs.PARKED) or glance.says(stubs.PARKED_SAYS)


def _is_consent(glance: Glance) -> bool:
    if not any(mark in glance.html for mark in ("<button", "<form", "<a ", "<input", "onclick")):
        return False
    long = [one for one in glance.blocks if len(one) >= 40]
    return glance.is_headed(stubs.CONSENT) or (bool(long) and all(stubs.CONSENT_WORDS.search(one) for one in long))


def _is_login(glance: Glance) -> bool:
    if not re.search(r"type\s*=\s*[\"']?password", glance.html):
        return False
    return glance.is_headed(stubs.LOGIN) or len(glance.text) < _TINY


def _is_missing(glance: Glance) -> bool:
    return glance.is_headed(stubs.MISSING) or glance.has_block(stubs.MISSING) or glance.says(stubs.MISSING_SAYS)


def _is_shell(glance: Glance) -> bool:
    """Tell whether the page shows nothing until its scripts have run."""
    if glance.letters > _SHELL or "<script" not in glance.html or "<frameset" in glance.html:
        return False
    return bool(stubs.EMPTY_ROOT.search(glance.html) or stubs.NEEDS_SCRIPTS.search(glance.html))


def _is_empty(glance: Glance) -> bool:
    """Tell whether the page has scripts and nothing to be seen."""
    seen = ("<img", "<iframe", "<frame", "<object", "<embed", "<video", "<svg")
    return not glance.letters and "<script" in glance.html and not any(tag in glance.html for tag in seen)


_BARE: tuple[tuple[Reason, Callable[[Glance], bool]], ...] = (
    ("bot_wall", _is_bot_wall),
    ("geo_block", _is_geo_block),
    ("maintenance", _is_maintenance),
    ("parked", _is_parked),
    ("soft_404", _is_missing),
    ("login", _is_login),
    ("consent", _is_consent),
    ("javascript", lambda glance: _is_shell(glance) or _is_empty(glance)),
)  # fmt: skip
"""In this order: a page under maintenance may have a login form, a wall often has scripts."""
