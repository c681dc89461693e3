"""One article that shows itself in a notebook."""

from __future__ import annotations

import re
from typing import Any

from pydantic import PrivateAttr

from newscrawl.items import StoredArticle
from newscrawl.notebook.addresses import find
from newscrawl.notebook.connections import reader, settings
from newscrawl.notebook.view import article_html

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~&])")


class ShownArticle(StoredArticle):
    """A StoredArticle that a notebook shows: marks and what they mean, revisions and what they changed."""

    _source: tuple[str | None, str | None, str] = PrivateAttr(default=(None, None, "Europe/Moscow"))
    _earlier: tuple[StoredArticle, ...] | None = PrivateAttr(default=None)

    @property
    def earlier(self) -> tuple[StoredArticle, ...]:
        """Its states before this one, the first one first; read when they are asked for."""
        if self._earlier is None:
            mongo_uri, database, _ = self._source
            store = reader(mongo_uri, database)
            self._earlier = tuple(one for one in store.find_revisions(self.url) if one.revision < self.revision)
        return self._earlier

    @property
    def revisions(self) -> tuple[StoredArticle, ...]:
        """All its states, the first one first and this one last."""
        return (*self.earlier, self)

    def _repr_html_(self) -> str:
        return article_html(self.revisions, self._source[2])

    def _repr_markdown_(self) -> str:
        day = f"{self.date_published:%Y-%m-%d}" if self.date_published else "no date"
        told = " · ".join(_plain(one) for one in (day, self.city or "", self.url) if one)
        return f"**{_plain(self.headline or '(no headline)')}**\n\n{told}"

    def __repr__(self) -> str:
        day = f"{self.date_published:%Y-%m-%d}" if self.date_published else "no date"
        return f"<article {self.headline!r}, {day}, revision {self.revision}, {self.url!r}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Tell whether two records say the same, whichever of the two kinds they are."""
        return isinstance(other, StoredArticle) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash(self.url)


def article(url: str, *, mongo_uri: str | None = None, database: str | None = None) -> ShownArticle | None:
    """Return one stored article by its address, in whatever form, or None.

    It is a `StoredArticle`, and the last line of a cell shows it with dates and entities marked, and what changed from
    revision to revision. Reads only. Raises StoreUnavailableError, ConfigError.
    """
    found = find(reader(mongo_uri, database), url, settings(mongo_uri, database))
    if found.article is None:
        return None
    fields: dict[str, Any] = {name: getattr(found.article, name) for name in StoredArticle.model_fields}
    shown = ShownArticle.model_construct(**fields)
    shown._source = (mongo_uri, database, found.timezone)
    return shown


def _plain(text: str) -> str:
    """Return a text as Markdown that says just that."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
