"""Templates into pages. Autoescape is on for every template; what a page says comes from `newscrawl.web.texts`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from newscrawl import __version__
from newscrawl.web import addresses, moments
from newscrawl.web.language import CODES, language_of, remember
from newscrawl.web.statics import STATICS

_FOLDER = Path(__file__).parent
TEMPLATES = _FOLDER / "templates"
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Unicode's embeddings, overrides and isolates."""


@cache
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, and an undefined name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_in_direction,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "version": __version__,
        "article_address": addresses.article_address,
        "entity_address": addresses.entity_address,
        "day_address": addresses.day_address,
        "original_address": addresses.original_address,
        "outside_address": addresses.outside_address,
        "run_address": addresses.run_address,
        "site_address": addresses.site_address,
        "with_query": addresses.with_query,
        "moments": moments,
        "static_address": STATICS.url,
    }
    return made


def _in_direction(value: object) -> object:
    """Return what is shown without signs that turn the direction of writing: they would turn the page's own words."""
    return value.translate(_TURNING) if isinstance(value, str) else value


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page made of a template, in the language that the request asks for.

    Every template has `t` (the language), `section` (which part of the navigation it belongs to, '' for none),
    `language_links` (code -> this page in that language) and `has_token` (whether there is a session to leave).
    """
    language = language_of(request)
    given: dict[str, object] = {"section": "", "t": language, "language_links": _language_links(request)}
    given["has_token"] = getattr(request.app.state, "has_token", False)
    text = environment().get_template(template).render(given | values)
    response = HTMLResponse(text, status_code=status, headers={"Content-Language": language.code})
    response.headers.append("Vary", "Accept-Language, Cookie")
    remember(request, response)
    return response


def render_error(request: Request, status: int, message: str = "", advice: str = "") -> HTMLResponse:
    """Return the page that tells of an error, in the look of the others."""
    return render(request, "error.html", status=status, error_status=status, message=message, advice=advice)


def _language_links(request: Request) -> dict[str, str]:
    """Return code -> this page in that language; the path stays out, since `//host` in front would lead elsewhere."""
    kept = {name: value for name, value in parse_qsl(request.url.query) if name != "lang"}
    return {code: f"?{urlencode(kept | {'lang': code})}" for code in CODES}
