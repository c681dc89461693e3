"""An article for the eyes: its dates and entities in colour."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from newscrawl.differences import as_meant
from newscrawl.items import Article

STYLES = {"date": "bold cyan", "PER": "bold green", "ORG": "bold magenta", "LOC": "bold yellow", "EVENT": "bold blue"}
NAMES = {"date": "dates", "PER": "persons", "ORG": "organisations", "LOC": "places", "EVENT": "events"}


def legend() -> Text:
    """Return the key to the colours."""
    return Text("   ").join(Text(NAMES[kind], STYLES[kind]) for kind in STYLES)


def moment(article: Article, zone: str = "Europe/Moscow") -> Text:
    """Return the publication date as finely as it is known, or why it is not."""
    if article.date_published is None:
        reason = next((one.reason for one in article.problems if one.field == "date_published"), "unknown")
        raw = f": {article.date_published_raw}" if article.date_published_raw else ""
        return Text(f"{reason}{raw}", "red")
    at = article.date_published.astimezone(ZoneInfo(zone))
    return Text(as_meant(at, article.date_published_precision or "day"))


def marked_body(article: Article) -> Text:
    """Return the body with its mentions in colour."""
    text = Text(article.article_body)
    for entity in article.entities:
        text.stylize(STYLES[entity.type], entity.start, entity.stop)
    for date in article.dates:
        text.stylize(STYLES["date"], date.start, date.stop)
    return text


def article_view(article: Article, zone: str = "Europe/Moscow") -> RenderableType:
    """Return the whole view: head, marked body, what each mention means."""
    head = Text.assemble(
        (article.headline or "(no headline)", "bold"), "\n", (article.url, "dim"), "\n", moment(article, zone)
    )
    if article.date_published_source:
        head.append(f"  from {article.date_published_source}: «{article.date_published_raw}»", "dim")
    return Group(Panel(Group(head, Text(), marked_body(article), Text(), legend()), padding=(1, 2)), _mentions(article))


def _mentions(article: Article) -> Table:
    table = Table(title="What the marks mean", title_justify="left", box=None, pad_edge=False, expand=False)
    table.add_column("in the text", overflow="fold", ratio=3)
    table.add_column("means", overflow="fold", ratio=3)
    table.add_column("", overflow="fold", ratio=2)
    for style, text, meaning, further in _once(_rows(article)):
        table.add_row(Text(text, style), meaning, Text(further, "dim"))
    return table


def _rows(article: Article) -> Iterable[tuple[str, str, str, str]]:
    for date in article.dates:
        yield STYLES["date"], date.text, date.value, f"{date.precision}, by {date.rule}"
    for entity in article.entities:
        further = "; ".join(filter(None, [entity.post or ", ".join(entity.refs), doubt(entity.uncertain)]))
        yield STYLES[entity.type], entity.text, with_doubt(entity.normal, entity.uncertain), further


def doubt(uncertain: str | None) -> str:
    """Return why a canonical form may be wrong, in words; '' where nothing speaks against it."""
    return f"uncertain: {uncertain.replace('_', ' ')}" if uncertain else ""


def with_doubt(normal: str, uncertain: str | None) -> str:
    """Return a canonical form, with a question mark where it may be wrong."""
    return f"{normal} (?)" if uncertain else normal


def _once(rows: Iterable[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    return list(dict.fromkeys(rows))
