"""Stored originals, shown as they came but dead: what `<iframe sandbox>` on an article's page shows.

A page from the network is the most hostile thing that this server hands out. It goes out under the site's own origin,
so three walls stand around it, each enough against scripts:

- its own Content-Security-Policy: `sandbox` without any `allow-…` (an origin of its own, no scripts, forms, pop-ups,
  top navigation), `default-src 'none'` (nothing is loaded; styles within the page and `data:` pictures only);
- the frame's `sandbox` attribute;
- what neither stops is taken out: `<meta http-equiv>` (a refresh navigates a sandboxed page, too; a policy of its own
  could only add), `<base>`, and links and areas lose where they lead, for a click would take the frame there.

What is not HTML goes out as plain text or as a file to keep.
"""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter
from lxml import etree, html
from starlette.responses import Response

from newscrawl.encoding import decode
from newscrawl.items import Page
from newscrawl.web.served import Served

POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "private, max-age=3600",
}
_NONE: Final = "Эта страница не сохранена.\nThis page is not stored.\n"
"""What the frame shows then: the page that tells of errors is for windows of its own."""
_PLAIN_TYPES = (
    "text/",
    "application/json",
    "application/xml",
    "application/rss",
    "application/atom",
    "application/vnd.newscrawl",
)
_MARKUP = re.compile(rb"<\s*(?:!doctype html|html|head|body|div|p|table|meta|title)\b", re.IGNORECASE)
_SNIFFED = 2048
"""Bytes that tell what a page is whose server did not say."""
_OUT: Final = frozenset(
    {"script", "meta", "base", "link", "iframe", "frame", "object", "embed", "applet", "portal", "template"}
)
"""Elements that are left out: they load, lead or act, or do nothing here. `link`: no policy stops its dns-prefetch."""
_LEADING: Final = frozenset(
    {"href", "action", "formaction", "ping", "target", "srcset", "background", "poster", "data", "autofocus"}
)
"""Attributes that lead away, load or act by themselves."""
_LONGEST_ID = 200

router = APIRouter(include_in_schema=False)


@router.get("/pages/{page_id}")
def original(page_id: str, served: Served) -> Response:
    """Return the stored original of an article as a document in which nothing happens."""
    page = served.store.find_page(page_id) if len(page_id) <= _LONGEST_ID else None
    if page is None:
        headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
        return Response(_NONE, 404, _HEADERS | headers)
    return Response(*_shown(page))


def _shown(page: Page) -> tuple[bytes, int, dict[str, str]]:
    """Return body, status and headers: HTML as dead HTML, other text as it is, anything else as a file to keep."""
    type_ = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if _is_html(page, type_):
        return dead(page).encode(), 200, _HEADERS | {"Content-Type": "text/html; charset=utf-8"}
    if type_.startswith(_PLAIN_TYPES) or type_.endswith(("+xml", "+json")) or not type_:
        text, _ = decode(page.body, page.headers.get("content-type"))
        return text.encode("utf-8", "replace"), 200, _HEADERS | {"Content-Type": "text/plain; charset=utf-8"}
    return page.body, 200, _HEADERS | {
        "Content-Type": "application/octet-stream", "Content-Disposition": 'attachment; filename="original.bin"',
    }  # fmt: skip


def _is_html(page: Page, type_: str) -> bool:
    if type_ in {"text/html", "application/xhtml+xml"}:
        return True
    return not type_ and _MARKUP.search(page.body[:_SNIFFED]) is not None


def dead(page: Page) -> str:
    """Return a page as HTML without what loads, leads or acts; its words, tables and inner styles stay.

    The markup is read as lenient parsers read it and written anew. That is the third wall: whatever it lets through by
    reading otherwise than a browser meets the policy and the frame.
    """
    text, _ = decode(page.body, page.headers.get("content-type"))
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace") or b"<p>", parser=parser)
    except etree.ParserError:  # nothing but comments
        root = html.document_fromstring(b"<p>")
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag.lower() in _OUT:
            if element.getparent() is not None:
                element.drop_tree()
            continue
        for name in list(element.attrib):
            if _leads(name.lower(), element.attrib[name]):
                del element.attrib[name]
    return "<!doctype html>\n" + str(etree.tostring(root, method="html", encoding="unicode"))


def _leads(name: str, value: str) -> bool:
    if name.startswith("on"):
        return True
    local = name.rpartition(":")[2]
    if local == "src":
        return not value.lower().startswith("data:image/")
    return local in _LEADING and not (local == "href" and value.startswith("#"))
