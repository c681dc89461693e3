"""`newscrawl extract`, `newscrawl normalise`: one article, one text. Neither asks MongoDB for anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from newscrawl.cli.door import door, errors, out, print_json, write_json_text
from newscrawl.cli.marks import article_view
from newscrawl.clock import now
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.extract import extract_article
from newscrawl.fetch import fetch_page
from newscrawl.items import Page
from newscrawl.sites import get_site, site_for_url
from pipelines import dates, entities
from pipelines.normalise import normalise as normalise_article

_BATCH = 64


def extract(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="A saved page, an address, or - for stdin.")],
    url: Annotated[str | None, typer.Option(help="The address that the saved page came from.")] = None,
    fetched_at: Annotated[str | None, typer.Option(help="When it was fetched: base of relative dates.")] = None,
    site: Annotated[str | None, typer.Option(help="Its site; found by the address otherwise.")] = None,
    content_type: Annotated[str | None, typer.Option(help="The Content-Type header it came with.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times on a page of an unknown site; Moscow's.")] = None,
    view: Annotated[bool, typer.Option("--view", help="For the eyes, in colour, in place of JSON.")] = False,
) -> int:
    """Read one page and print its normalised article as JSON."""
    config = door(context).config
    page = _page(source, url, content_type, config)
    found = get_site(site, config.own_sites) if site else site_for_url(page.url, config.own_sites)
    zone = found.timezone if found else _zone_of_unknown_site(timezone)
    if fetched_at is not None:
        page = page.model_copy(update={"fetched_at": _moment(fetched_at, zone)})
    elif page.url != source:
        errors.print("--fetched-at is not given: relative dates are read against the present.", style="yellow")
    entities.load(config.gazetteer)
    article = normalise_article(extract_article(page, found, timezone=zone))
    if view:
        out.print(article_view(article, zone))
    else:
        print_json(article.model_dump(mode="json"))
    return 0


def _zone_of_unknown_site(name: str | None) -> str:
    """Return the zone of times on a page of an unknown site. Raises ConfigError for what is none."""
    if name is None:
        errors.print("The page's site is not known: times are read as Moscow's (--timezone).", style="yellow")
        return "Europe/Moscow"
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ConfigError(f"{name!r} is not a time zone such as Asia/Omsk") from None


def _page(source: str, url: str | None, content_type: str | None, config: Config) -> Page:
    if source.startswith(("http://", "https://")):
        return fetch_page(source, config.user_agent, site_for_url(source, config.own_sites))
    if source == "-":
        body = sys.stdin.buffer.read()
    else:
        try:
            body = Path(source).read_bytes()
        except OSError as error:
            raise ConfigError(f"{source} cannot be read: {error.strerror}") from None
    address = url or "http://unknown.invalid/"
    headers = {"content-type": content_type} if content_type else {}
    return Page(url=address, fetched_at=now(), headers=headers, body=body)


def _moment(text: str, zone: str) -> datetime:
    """Read an ISO 8601 date-time; one without an offset is meant in the site's zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not an ISO 8601 date-time such as 2018-12-13T10:00:00+03:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def normalise(context: typer.Context) -> int:
    """Mark dates and entities in texts: JSONL {"id","text","base"} in, JSONL with "dates" and "entities" out.

    "base" is when the text was published (ISO 8601 with an offset); "timezone" is optional. A line that cannot be read
    gives {"id","error"} and exit status 1.
    """
    entities.load(door(context).config.gazetteer)
    failed = False
    for batch in _batches(sys.stdin.buffer, _BATCH):
        for answer in _answers([_request(line) for line in batch]):
            failed |= "error" in answer
            write_json_text(json.dumps(answer, ensure_ascii=False))
    return 1 if failed else 0


def _batches(lines: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    iterator = (line for line in lines if line.strip())
    while batch := list(islice(iterator, size)):
        yield batch


def _request(line: bytes) -> dict[str, Any]:
    """Return what a line asks for, or {"id", "error"}."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(request, dict):
        return {"id": None, "error": "expected an object with id, text and base"}
    asked = {"id": request.get("id"), "text": request.get("text"), "timezone": request.get("timezone", "Europe/Moscow")}
    if not isinstance(asked["text"], str):
        return {"id": asked["id"], "error": "text: expected a string"}
    try:
        asked["base"] = datetime.fromisoformat(str(request.get("base")))
    except ValueError:
        return {"id": asked["id"], "error": "base: expected an ISO 8601 date-time with an offset"}
    return asked


def _answers(requests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    found = entities.find_many(request["text"] for request in requests if "error" not in request)
    for request in requests:
        if "error" in request:
            yield request
            continue
        mentions = next(found)
        try:
            marked = dates.find(request["text"], base=request["base"], timezone=request["timezone"])
        except (NewscrawlError, ValueError) as error:
            yield {"id": request["id"], "error": str(error)}
            continue
        yield {
            "id": request["id"],
            "dates": [one.model_dump(mode="json") for one in marked],
            "entities": [one.model_dump(mode="json") for one in mentions],
        }
