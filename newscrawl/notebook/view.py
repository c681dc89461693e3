"""An article as HTML that needs nothing else: marks, what they mean, what is unresolved, its revisions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import pairwise
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from newscrawl.differences import Change, as_meant, changed_fields, changes, shortened
from newscrawl.items import DateMention, EntityMention, StoredArticle
from newscrawl.marking import Segment, paragraphs
from newscrawl.notebook.style import framed, line

KINDS = {"PER": "person", "ORG": "body", "LOC": "place", "EVENT": "event"}
DOUBTS = {
    "unknown_word": "no dictionary has the word, and its ending does not settle it",
    "ambiguous": "two readings fit alike",
    "no_agreement": "the words have no case in common",
    "letters": "letters that Russian has not, or Latin ones among Cyrillic",
}
_MOST_LETTERS = 60_000
"""Of a body that are shown; a notebook with more is slow to open."""
_MOST_ROWS = 300
"""Of what the marks mean."""
_TAGS = {"removed": "del", "added": "ins"}


def article_html(states: Sequence[StoredArticle], zone: str) -> str:
    """Return the view of an article; `states` are its revisions, the last one is what is stored now.

    Every text of it is escaped, links lead to http and https alone, and there is no script and nothing to load. `zone`
    is the site's time zone, in which times are told.
    """
    article = states[-1]
    return framed(*_head(article, zone), *_body(article), _legend(), _meanings(article), _history(states, zone))


def _head(article: StoredArticle, zone: str) -> Iterator[str]:
    yield f"<h3>{escape(article.headline or '(no headline)')}</h3>"
    told = [_moment(article, zone), article.city or "", article.article_section or "", ", ".join(article.authors)]
    yield line("soft", " · ".join(escape(one) for one in told if one))
    yield line("soft", link(article.url))
    if article.date_published_source:
        raw = f"«{article.date_published_raw}»" if article.date_published_raw else ""
        yield line("soft", f"date read by {escape(article.date_published_source)}: {escape(raw)}")
    if article.duplicate_of is not None:
        yield line("soft", f"a copy of {link(article.duplicate_of)}")
    if article.gone_at is not None:
        whither = f", moved to {link(article.moved_to)}" if article.moved_to else ""
        yield line("bad", f"gone from the site since {_at(article.gone_at, zone)}{whither}")
    for one in article.problems:
        words = f": «{escape(one.text)}»" if one.text else ""
        yield line("bad", f"{escape(one.field)} unresolved, {escape(one.reason)}{words}")
    if article.lead:
        yield f"<p><b>{escape(article.lead)}</b></p>"


def _moment(article: StoredArticle, zone: str) -> str:
    if article.date_published is None:
        return "no date"
    return as_meant(article.date_published.astimezone(ZoneInfo(zone)), article.date_published_precision or "day")


def link(url: str) -> str:
    """Return an address as HTML: a link where it is one of the web, else its text."""
    try:
        is_web = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        is_web = False
    if not is_web:
        return escape(url)
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">{escape(url)}</a>'


def _body(article: StoredArticle) -> Iterator[str]:
    meant = {one.key: one.id for one in article.identities}
    shown = 0
    every = paragraphs(article)
    for number, segments in enumerate(every):
        shown += sum(len(one.text) for one in segments)
        if number and shown > _MOST_LETTERS:
            yield f'<p class="soft">… and {len(every) - number} paragraphs more: they are in article_body.</p>'
            return
        yield f"<p>{''.join(_segment(one, meant) for one in segments)}</p>"


def _segment(segment: Segment, meant: dict[str, str]) -> str:
    made = escape(segment.text)
    if segment.date is not None:
        made = f'<mark class="date" title="{escape(_date_told(segment.date))}">{made}</mark>'
    if segment.entity is not None:
        kind = segment.entity.type.lower()
        made = f'<mark class="{kind}" title="{escape(_entity_told(segment.entity, meant))}">{made}</mark>'
    return made


def _date_told(one: DateMention) -> str:
    return f"date {one.value}, to the {one.precision}, by the rule {one.rule}"


def _entity_told(one: EntityMention, meant: dict[str, str]) -> str:
    return f"{KINDS[one.type]} {one.normal}; {_why(one, meant)}"


def _why(one: EntityMention, meant: dict[str, str]) -> str:
    told = (one.post, meant.get(one.id, one.id), ", ".join(one.refs), _doubt(one))
    return "; ".join(part for part in told if part)


def _doubt(one: EntityMention) -> str:
    return f"uncertain: {DOUBTS[one.uncertain]}" if one.uncertain else ""


def _legend() -> str:
    kinds = "".join(f' <mark class="{kind.lower()}">{word}</mark>' for kind, word in KINDS.items())
    return line("soft", f'<mark class="date">date</mark>{kinds}')


def _meanings(article: StoredArticle) -> str:
    meant = {one.key: one.id for one in article.identities}
    rows = [
        ("date", one.text, one.value, f"{_span(one)}, to the {one.precision}, by the rule {one.rule}")
        for one in article.dates
    ]
    rows += [
        (one.type.lower(), one.text, f"{one.normal}{' (?)' if one.uncertain else ''}", _why(one, meant))
        for one in article.entities
    ]
    once = list(dict.fromkeys(rows))
    if not once:
        return line("soft", "No date and no name was found in the text.")
    told = "".join(
        f'<tr><td><mark class="{kind}">{escape(text)}</mark></td><td>{escape(means)}</td><td>{escape(why)}</td></tr>'
        for kind, text, means, why in once[:_MOST_ROWS]
    )
    more = line("soft", f"… and {len(once) - _MOST_ROWS} more") if len(once) > _MOST_ROWS else ""
    head = "<tr><th>in the text</th><th>means</th><th>why</th></tr>"
    return f"<details><summary>What the {len(once)} marks mean</summary><table>{head}{told}</table>{more}</details>"


def _span(one: DateMention) -> str:
    return one.first if one.first == one.last else f"{one.first} … {one.last}"


def _history(states: Sequence[StoredArticle], zone: str) -> str:
    first, last = states[0], states[-1]
    seen = f"first seen {_at(first.first_seen, zone)}, last seen {_at(last.last_seen, zone)}"
    stamps = line("soft", escape(f"{seen}; read by {last.extracted_by}, pipeline {last.pipeline_version}"))
    if len(states) == 1:
        return stamps + line("soft", "One revision: the text has not changed.")
    told = "".join(_revision(old, new, zone) for old, new in pairwise(states))
    return f"{stamps}<details open><summary>{len(states)} revisions: what changed</summary>{told}</details>"


def _revision(old: StoredArticle, new: StoredArticle, zone: str) -> str:
    fields = ", ".join(changed_fields(old, new)) or "no visible change"
    head = f"<h4>Revision {new.revision}, fetched {_at(new.fetched_at, zone)}: {escape(fields)}</h4>"
    return head + "".join(_change(one) for one in changes(old, new, zone))


def _change(change: Change) -> str:
    where = f"{change.field} ¶{change.place}" if change.place else change.field
    return f'<p><span class="soft">{escape(where)}:</span> {"".join(_pieces(change))}</p>'


def _pieces(change: Change) -> Iterable[str]:
    for kind, words in shortened(change.pieces):
        tag = _TAGS.get(kind)
        yield f"<{tag}>{escape(words)}</{tag}>" if tag else escape(words)


def _at(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
