"""Who takes part in the benchmark of extraction, and the process in which one of them reads the pages.

    python extract_contenders.py NAME FOLDER

FOLDER has pages.json, and for page N the files N.html (bytes as saved) and N.txt (as text, for those that take no
bytes). It says on a line of JSON that it is ready, or why it cannot be; then for each line it is sent, reads all pages
and says how long each took; with the first, what it found. Its imports are late: a process knows one contender alone.
"""

from __future__ import annotations

import functools
import gc
import json
import logging
import re
import resource
import socket
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

KIB = 1024
REFUSALS: tuple[type[Exception], ...] = (
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError, RuntimeError, OSError,
)  # fmt: skip
"""What contenders raise at pages; counted, not hidden."""
FIRST = (
    "<html><head><title>Первая</title></head><body><h1>Первая страница</h1>"
    + "<p>Предложение о городе, в котором есть несколько слов и запятая.</p>" * 4
    + "</body></html>"
)
"""A small page, read once so that imports which wait for the first page count as imports."""


class Input(NamedTuple):
    """A page as a contender gets it."""

    url: str
    body: bytes
    text: str
    fetched_at: datetime


Found = dict[str, Any]
"""`title`, `text`, `day` (YYYY-MM-DD) of an answer; null or absent where there is none."""


class Contender(NamedTuple):
    """A library as its README uses it. Only `read` is timed; `told` puts its answer into one form."""

    version: str
    read: Callable[[Input], Any]
    told: Callable[[Any], Found]
    refusals: tuple[type[Exception], ...] = REFUSALS


def newscrawl() -> Contender:
    """extract_article without a site, and its best date resolved as `pipelines.normalise` does; entities left out."""
    from newscrawl import __version__
    from newscrawl.errors import NewscrawlError
    from newscrawl.extract import extract_article
    from newscrawl.items import Page, RawArticle
    from pipelines import dates

    def day(raw: RawArticle) -> str | None:
        for evidence in raw.date_published:
            span = dates.parse(evidence.text, base=raw.fetched_at, timezone=raw.timezone)
            if span is None or "/" in span.value or span.precision not in {"minute", "hour", "day"}:
                continue
            if span.start(raw.timezone) <= raw.fetched_at + timedelta(days=1):
                return span.value[:10]
        return None

    def read(page: Input) -> tuple[RawArticle, str | None]:
        raw = extract_article(Page(url=page.url, fetched_at=page.fetched_at, body=page.body))
        return raw, day(raw)

    def told(answer: tuple[RawArticle, str | None]) -> Found:
        return {"title": answer[0].headline, "text": answer[0].article_body, "day": answer[1]}

    return Contender(__version__, read, told, (NewscrawlError, *REFUSALS))


def trafilatura(**options: bool) -> Contender:
    """bare_extraction of the bytes with metadata and without the readers' comments, which are no part of a body."""
    from trafilatura import bare_extraction

    def told(answer: Any) -> Found:
        return {"title": answer.title, "text": answer.text, "day": answer.date} if answer else {}

    return Contender(
        version("trafilatura"),
        lambda page: bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False, **options),
        told,
    )


def newspaper4k() -> Contender:
    """Article, told the language and not to fetch pictures."""
    from newspaper import Article
    from newspaper.exceptions import ArticleException

    def read(page: Input) -> Any:
        article = Article(page.url, language="ru", fetch_images=False)
        article.download(input_html=page.text)
        article.parse()
        return article

    def told(article: Any) -> Found:
        day = article.publish_date.date().isoformat() if article.publish_date else None
        return {"title": article.title, "text": article.text, "day": day}

    return Contender(version("newspaper4k"), read, told, (ArticleException, *REFUSALS))


def news_please() -> Contender:
    """from_html, told not to fetch pictures."""
    from newspaper.exceptions import ArticleException
    from newsplease import NewsPlease

    def told(article: Any) -> Found:
        day = str(article.date_publish)[:10] if article.date_publish else None
        return {"title": article.title, "text": article.maintext, "day": day}

    return Contender(
        version("news-please"),
        lambda page: NewsPlease.from_html(page.text, url=page.url, fetch_images=False),
        told,
        (ArticleException, *REFUSALS),
    )


def readability() -> Contender:
    """Document of the text, since 0.8.4.1 raises at the bytes that its README gives it: the title without the site's
    name, and the summary. It reads no dates."""
    from lxml import html
    from readability import Document

    def read(page: Input) -> tuple[str, str]:
        document = Document(page.text)
        return document.short_title(), document.summary()

    def told(answer: tuple[str, str]) -> Found:
        return {"title": answer[0], "text": " ".join(html.fromstring(answer[1]).itertext())}

    return Contender(version("readability-lxml"), read, told)


def resiliparse() -> Contender:
    """Its parser with its own detection of encodings, its main content, the title of the head. It reads no dates."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    def read(page: Input) -> tuple[str, str]:
        tree = HTMLTree.parse_from_bytes(page.body, detect_encoding(page.body))
        return tree.title, extract_plain_text(tree, main_content=True)

    return Contender(version("resiliparse"), read, lambda answer: {"title": answer[0], "text": answer[1]})


CONTENDERS: dict[str, Callable[[], Contender]] = {
    "newscrawl": newscrawl,
    "trafilatura": trafilatura,
    "trafilatura fast": lambda: trafilatura(fast=True),
    "trafilatura precise": lambda: trafilatura(favor_precision=True),
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability,
    "resiliparse": resiliparse,
}


def _without_network(asked: set[str]) -> None:
    """Refuse every connection and note who was asked for: reading a saved page needs none."""

    def refuse(*arguments: Any, **_: Any) -> NoReturn:
        asked.update(str(one) for one in arguments if isinstance(one, str | tuple))
        raise OSError("the benchmark has no network")

    socket.getaddrinfo = refuse
    socket.socket.connect = refuse  # type: ignore[method-assign]


def _forget() -> None:
    """Empty what libraries remember of strings that they have seen, so that a round begins as the first did.

    What is remembered for one question only is a table that was loaded, not an answer, and stays.
    """
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            own = (getattr(one, "__module__", None) or "").partition(".")[0] not in sys.stdlib_module_names
            if own and one.cache_info().currsize > 1:
                one.cache_clear()
    gc.collect()


def _memory() -> int:
    """Peak RSS of this process in bytes. Where Linux tells it: getrusage counts what the parent had before exec."""
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    if told:
        return int(told[1]) * KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else KIB)


def _round(contender: Contender, pages: Sequence[Input], *, keep: bool) -> tuple[list[float], list[Found]]:
    """CPU seconds a page, and the answers if they are to be kept."""
    _forget()
    seconds, answers = [], []
    for page in pages:
        began = time.process_time()
        try:
            answer, failed = contender.read(page), ""
        except contender.refusals as error:
            answer, failed = None, f"{type(error).__name__}: {error}"[:200]
        seconds.append(time.process_time() - began)
        if keep:
            answers.append({"failed": failed} if failed else contender.told(answer))
    return seconds, answers


def _pages(folder: Path) -> list[Input]:
    return [
        Input(
            told["url"],
            (folder / f"{number}.html").read_bytes(),
            (folder / f"{number}.txt").read_bytes().decode(),  # its ends of lines stay as they are
            datetime.fromisoformat(told["fetched_at"]),
        )
        for number, told in enumerate(json.loads((folder / "pages.json").read_text(encoding="utf-8")))
    ]


def main(name: str, folder: Path) -> None:
    """Serve rounds until the standard input ends."""
    channel = sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    asked: set[str] = set()
    _without_network(asked)

    def say(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=channel, flush=True)

    pages = _pages(folder)
    before, began = _memory(), time.process_time()
    try:
        contender = CONTENDERS[name]()
    except ImportError as error:
        say({"absent": f"{type(error).__name__}: {error}"})
        return
    first = Input("https://example.org/first", FIRST.encode(), FIRST, pages[0].fetched_at)
    _round(contender, [first], keep=False)
    loaded = time.process_time() - began
    say({"version": contender.version, "load": loaded, "base": before, "loaded_rss": _memory()})
    for number, _ in enumerate(sys.stdin):
        seconds, answers = _round(contender, pages, keep=number == 0)
        say({"seconds": seconds, "answers": answers, "rss": _memory(), "asked": sorted(asked)})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
