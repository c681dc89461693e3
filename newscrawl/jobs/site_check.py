"""Whether a site's layouts still fit its pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from newscrawl.errors import ExtractionError
from newscrawl.extract import fields_found
from newscrawl.sites import Site
from newscrawl.store import Store

_FIELDS = (
    "headline", "lead", "article_body", "date_published", "date_modified", "authors", "article_section", "keywords",
    "images", "attachments",
)  # fmt: skip
_ESSENTIAL = frozenset({"headline", "article_body", "date_published"})
"""Fields that every news page has: none found anywhere means a broken selector."""


@dataclass(frozen=True)
class FieldCheck:
    """How often a field that a layout names was found."""

    field: str
    selectors: tuple[str, ...]
    found: int


@dataclass(frozen=True)
class SiteCheck:
    """What the latest pages of a site gave."""

    site: str
    pages: int
    failed: dict[str, int]
    """Pages that gave no article, by reason."""
    fields: tuple[FieldCheck, ...]

    @property
    def broken(self) -> bool:
        """True when no page gives an article, or an essential field is found on none."""
        if not self.pages:
            return False
        gone = any(one.field in _ESSENTIAL and not one.found for one in self.fields)
        return gone or sum(self.failed.values()) == self.pages

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return asdict(self) | {"broken": self.broken}


def check_stored_pages(store: Store, site: Site, most: int) -> SiteCheck:
    """Extract the latest `most` stored pages of a site anew; nothing is written.

    Fields are checked where a site has layouts of its own; a platform's are only tried before the generic reading.
    """
    failed: Counter[str] = Counter()
    found: Counter[str] = Counter()
    pages = store.find_latest_pages(site.name, most)
    for page in pages:
        try:
            found.update(fields_found(page, site))
        except ExtractionError as error:
            failed[error.reason] += 1
    fields = []
    for field in _FIELDS:
        layouts = site.layouts if site.has_own_layouts else ()
        selectors = tuple(dict.fromkeys(css for layout in layouts for css in getattr(layout, field)))
        if selectors:
            fields.append(FieldCheck(field, selectors, found[field]))
    return SiteCheck(site.name, len(pages), dict(failed), tuple(fields))
