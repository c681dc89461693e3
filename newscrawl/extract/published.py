"""The publication date on a page that nobody described: the one that stands by the headline, never a neighbour's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from newscrawl.extract.asides import names_date, words_of
from newscrawl.extract.blocks import Block, Blocks
from newscrawl.extract.body import text_of
from newscrawl.extract.datelines import LONGEST, beside, best_date, find_date, has_year
from newscrawl.extract.headline import Headline
from newscrawl.items import Evidence

_PUBLISHED = re.compile(
    r"опубликова|публикаци|размещен|добавлен|создан|дата новости|дата и время|posted|published", re.IGNORECASE
)
_CHANGED = re.compile(r"измен[её]н|изменени|обновл|актуализ|правк|updated|modified|edited", re.IGNORECASE)
_OTHER = re.compile(
    r"срок|действ|вступ|провед|начал|оконча|заверш|при[её]м|рожд|событи|мероприят|заседани|\bдо\s|\bс\s|№|©"
    r"|(?:постановлен|распоряжен|приказ|решен|закон)\w*.*\bот\s",
    re.IGNORECASE,
)
_CHANGED_WORDS = frozenset("modified updated update changed edited".split())
_CLOCK = re.compile(
    r"сегодня\W+\d|(?:московское|местное) время|сейчас|курс|погод"
    r"|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье",
    re.IGNORECASE,
)
"""What a site's own clock says beside the day; above an article, outside it."""
_BETWEEN, _IN_TEXT, _IN_SIGHT = 3.0, 1.5, 1.0
"""How good a place is: between headline and text; amid the text; some lines above or below."""
_LEAST_TITLE = 15
"""Characters from which words beside a date, or of a link, are a title."""
_ABOVE, _BELOW = 6, 6
"""How many blocks above the headline, and below the text, a dateline may stand."""
_URL_DATE = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>\d{1,2}|[a-z]{3})[/-](?P<day>\d{1,2})(?=[/_-])"
    r"|/(?P<day2>\d{1,2})(?P<month2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?P<year2>(?:19|20)\d\d)/"
    r"|[/_-](?P<year3>20\d\d)(?P<month3>[01]\d)(?P<day3>[0-3]\d)(?=[/_.-]|$)"
)


@dataclass(frozen=True)
class Datelines:
    """What the page shows as its dates, the best first."""

    published: tuple[Evidence, ...]
    modified: tuple[Evidence, ...]


def find_datelines(page: Blocks, headline: Headline | None, text: list[Block]) -> Datelines:
    """Return the dates that stand where an article's own date stands: between headline and text, above, or below them.

    A date inside a list of links, a side column, a menu or a footer is another document's. `text` are the blocks of the
    article's text; with neither headline nor text there is no place to look at.
    """
    published: list[tuple[float, int, Evidence]] = []
    modified: list[Evidence] = []
    article = page.common([*text, *([headline.block] if headline is not None else [])])
    if not text:  # an article that is all picture
        article = page.with_picture(article)
    for block, place in _near(page, headline, text):
        found = best_date(block.text)
        if found is None:
            continue
        words = _machine_readable(page, block) or found.group().strip(" ,|/–—@-")
        before = block.text[max(0, found.start() - 40) : found.start()]
        if _says_changed(page, block, before):
            modified.append(Evidence(source="dateline", text=words))
            continue
        near = article <= block.container <= page.containers[article].last
        shared = len(headline.text) if headline is not None and block is headline.block else 0
        rest = beside(block.text, found) - shared
        score = place + _trust(page, block, before, rest, words)
        if place == _IN_SIGHT and rest > _LEAST_TITLE:  # the words beside are a title
            score -= 3.0
        score += 0.5 if near else -1.0 if place == _IN_SIGHT else 0.0
        beside_headline = headline is not None and headline.block.order - block.order == 1
        if place == _IN_SIGHT and not near and not beside_headline and _CLOCK.search(block.text):
            continue
        if score > 0:
            published.append((-score, block.order, Evidence(source=_source(page, block), text=words)))
    published = [*_at_the_beginning(page, text), *_without_lists(published)]
    published.sort(key=lambda one: one[:2])
    return Datelines(tuple(evidence for _, _, evidence in published), tuple(modified))


def _at_the_beginning(page: Blocks, text: list[Block]) -> list[tuple[float, int, Evidence]]:
    """Return the date that was cut off the first paragraph, in whose line it stood."""
    for block in text[:1]:
        whole = page.blocks[block.order].text
        words = find_date(whole[: len(whole) - len(block.text)]) if whole != block.text else None
        if words:
            return [(-_BETWEEN, block.order, Evidence(source=_source(page, page.blocks[block.order]), text=words))]
    return []


def _without_lists(published: list[tuple[float, int, Evidence]]) -> list[tuple[float, int, Evidence]]:
    """Leave out a list of dates: three or more lines of one worth with different ones are neighbours' dates."""
    by_worth: dict[float, set[str]] = {}
    for score, _, evidence in published:
        by_worth.setdefault(score, set()).add(evidence.text)
    return [one for one in published if len(by_worth[one[0]]) < 3]


def _near(page: Blocks, headline: Headline | None, text: list[Block]) -> Iterator[tuple[Block, float]]:
    """Yield the short blocks around headline and text that may hold the date, with how good their place is."""
    if headline is None and not text:
        return
    own = {block.order for block in text}

    def may_be(block: Block) -> bool:
        return len(block.text) <= LONGEST and not page.is_aside(block) and not _beside_link(page, block, own)

    first = headline.block.order if headline is not None else text[0].order
    body = text[0].order if text else first + 1 + _BELOW
    last = text[-1].order if text else first + _BELOW
    links_seen = 0
    for order in range(first - 1, max(-1, first - 1 - _ABOVE), -1):
        block = page.blocks[order]
        links_seen += len(block.links)
        if links_seen > 3:
            break
        if may_be(block):
            yield block, _IN_SIGHT
    for order in range(first, min(body, len(page.blocks))):
        block = page.blocks[order]
        # A headline may share its line with the date, and name dates itself.
        shared = order == first and (headline is None or headline.text == block.text)
        if not shared and (may_be(block) or (_says_its_date(block) and not _beside_link(page, block, own))):
            yield block, _BETWEEN
    for order in range(body, last + 1 if text else body):
        block = page.blocks[order]
        if order not in own and may_be(block):
            yield block, _IN_TEXT
    for block in page.blocks[last + 1 : last + 1 + _BELOW]:
        if may_be(block):
            yield block, _IN_SIGHT


def _says_its_date(block: Block) -> bool:
    """Tell whether a line says itself that it is a dateline: between headline and text it may stand in a `<footer>`."""
    return len(block.text) <= LONGEST and (
        _PUBLISHED.search(block.text) is not None or any(map(names_date, block.inside))
    )


def _beside_link(page: Blocks, block: Block, own: set[int]) -> bool:
    """Tell whether a block stands in an entry of a list: together with a link that is some document's title."""
    holder = page.containers[block.container]
    around = page.within(block.container if holder.parent < 0 else holder.parent)
    if any(one.order in own for one in around):
        return False
    titles = [one for one in around if one is not block and one.density > 0.6 and len(one.text) >= 20]
    named = any(_is_title(text_of(link)) for link in block.links)
    return (named and len(block.text) > 40) or (len(around) <= 6 and bool(titles))


def _is_title(text: str) -> bool:
    return len(text) >= _LEAST_TITLE and not best_date(text) and sum(map(str.isalpha, text)) > len(text) // 2


def _trust(page: Blocks, block: Block, before: str, rest: int, words: str) -> float:
    """Return how much a line looks like the article's own date. `rest`: characters beside the date."""
    if _PUBLISHED.search(before):
        return 3.0
    if _OTHER.search(before):
        return -4.0
    if any(map(names_date, (page.holder(block), *block.inside))):
        return 1.5
    # A line that is all date says nothing else; one with much around it may tell of anything.
    if rest > 60 or (rest > 25 and not has_year(words)):
        return -4.0
    return -1.0 if rest > 25 else 0.0


def _says_changed(page: Blocks, block: Block, before: str) -> bool:
    published = max((match.start() for match in _PUBLISHED.finditer(before)), default=-1)
    changed = max((match.start() for match in _CHANGED.finditer(before)), default=-1)
    if changed > published:
        return True
    names = _names(page, block)
    return published < 0 and not _CHANGED_WORDS.isdisjoint(names) and "published" not in names


def _machine_readable(page: Blocks, block: Block) -> str | None:
    """Return the full date of a `<time datetime>` that a line is in or holds."""
    for one in (page.holder(block), *block.inside):
        stamp = one.get("datetime") if one.tag == "time" else None
        if stamp and has_year(stamp) and find_date(stamp):
            return str(stamp)
    return None


def _names(page: Blocks, block: Block) -> frozenset[str]:
    return words_of(page.holder(block)).union(*map(words_of, block.inside))


def _source(page: Blocks, block: Block) -> str:
    names = page.holder(block).get("class") or next(
        (one.get("class") for one in block.inside if one.get("class")), None
    )
    return f"dateline .{names.split()[0]}" if names and names.split() else "dateline"


def url_date(url: str) -> Evidence | None:
    """Return the day that an address names, such as `/2020/01/13/`, or None."""
    try:
        path = unquote(urlsplit(url).path).lower() + "/"
    except ValueError:
        return None
    match = _URL_DATE.search(path)
    if match is None:
        return None
    told = {name.rstrip("23"): value for name, value in match.groupdict().items() if value}
    text = (
        f"{told['day']} {told['month']} {told['year']}"
        if told["month"].isalpha()
        else (f"{told['year']}-{told['month']:0>2}-{told['day']:0>2}")
    )
    return Evidence(source="url", text=text)
