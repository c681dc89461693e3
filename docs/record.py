"""Write docs/record.md from the records themselves: `python docs/record.py > docs/record.md`."""

from __future__ import annotations

import sys

from newscrawl import items

HEAD = """# The record

Made from `newscrawl/items/` by `python docs/record.py > docs/record.md`; a test holds the two together.

Names are schema.org's NewsArticle in snake_case; `_raw` marks the page's own words. Times are UTC. Spans are code
points, `stop` exclusive; those of `dates` and `entities` point into `article_body`. What could not be resolved is null,
with the reason in `problems`.

| collection | record | `_id` |
|---|---|---|
| `articles` | StoredArticle | canonical address |
| `revisions` | an earlier StoredArticle, with `article_id` | MongoDB's own |
| `pages` | Page, `body` compressed (zlib), with `article_id`, `encoding`, `problem` | digest of address and body |
| `entities` | Entity | the entity's stable id |
| `decisions` | Decision | 1, 2, … |
| `runs` | Run | start in UTC, job and site |
| `alarms` | SiteAlarm | site, monitor and subject |
| `totals` | SiteTotals | the site's name |
| `visits` | Visit | site and address as listed |
| `lists` | ListVisit | site and address |
| `sources` | SourceVisit | site and address |
| `captures` | Capture | site, archive, moment and address |
| `capture_lists` | CaptureList | site and question |
| `signatures` | ArticleSignature | the article's |

An article also has `search`, what it is found by (`words` in their dictionary form, and `order`, which sorts finds),
`changed_at`, when it last changed but for `last_seen` (by MongoDB's clock; what `newscrawl export --since` and the feed
of changes go by), and for a while `unsettled` and `ungrouped`, marks that registry and groups follow.
`leases` (who works on which site), `meta` (versions) and `duplicates_work` (what a `newscrawl dedup` that is under way
has found) are newscrawl's own.
"""

RECORDS = (
    items.StoredArticle,
    items.Identity,
    items.DateMention,
    items.EntityMention,
    items.PersonName,
    items.Problem,
    items.Image,
    items.Attachment,
    items.Link,
    items.Page,
    items.ListingEntry,
    items.RawArticle,
    items.Evidence,
    items.Entity,
    items.PostHeld,
    items.SeenIn,
    items.Decision,
    items.Kin,
    items.Run,
    items.Alarm,
    items.SiteAlarm,
    items.SiteTotals,
    items.Visit,
    items.ListVisit,
    items.SourceVisit,
    items.Capture,
    items.CaptureList,
    items.ArticleSignature,
)


def write() -> str:
    """Return the page."""
    parts = [HEAD]
    for record in RECORDS:
        summary = " ".join((record.__doc__ or "").split())
        rows = [f"| `{name}` | {_one_line(field.description)} |" for name, field in record.model_fields.items()]
        parts.append(
            "\n".join([f"## {record.__name__}", "", summary, "", "| field | meaning |", "|---|---|", *rows, ""])
        )
    return "\n".join(parts)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(write())
