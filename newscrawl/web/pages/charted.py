"""Articles by month as a chart, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from markupsafe import Markup

from newscrawl.store.corpus import Months
from newscrawl.web import charts
from newscrawl.web.language import Language
from newscrawl.web.moments import told_month


def months_chart(found: Months, t: Language, title: str, href: Callable[[str], str]) -> Markup:
    """Return articles by month as bars; `title` is a key, `href` leads from a month to its articles."""
    summary = t("search.months.summary") + ("" if found.is_whole else f" {t('search.months.part')}")
    words = charts.Words(
        title=t(title), label=t("search.month"), number=t("search.number"), table=t("search.table"), summary=summary
    )
    points = [replace(one, label=_told(t, one.label)) for one in charts.months(found.counts, href=href)]
    return charts.bars(points, words, number=lambda number: t.number(int(number)))


def _told(t: Language, name: str) -> str:
    """Return the name of a month, `YYYY-MM`; a year stays as it is."""
    year, _, month = name.partition("-")
    return told_month(t, date(int(year), int(month), 1)) if month else year
