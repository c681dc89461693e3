"""Dates as lines beside an article show them: found by their form, read later by `pipelines.dates`."""

from __future__ import annotations

import re

from newscrawl.extract.blocks import Block

LONGEST = 160
"""Characters above which a line is prose rather than a dateline."""
_MONTH = (
    r"(?:янв(?:ар[ьяе])?|фев(?:р(?:ал[ьяе])?)?|мар(?:т[ае]?)?|апр(?:ел[ьяе])?|ма[йяе]|июн[ьяе]?|июл[ьяе]?|авг(?:уст[ае]?)?"
    r"|сен(?:т(?:ябр[ьяе])?)?|окт(?:ябр[ьяе])?|ноя(?:б(?:р[ьяе])?)?|дек(?:абр[ьяе])?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_TIME = r"(?<!\d)[0-2]?\d[:.][0-5]\d(?::[0-5]\d)?(?!\d|\.\d)"
_YEAR = r"(?:19|20)\d\d(?!\d)(?:\s*(?:г(?:ода|\.)?(?![а-я])))?"
_DAY = (
    rf"(?<!\d)(?:[0-3]?\d\s*{_MONTH}(?:,?\s*{_YEAR})?|{_MONTH}\s*[0-3]?\d,?\s+{_YEAR}|[0-3]?\d[./-][01]?\d[./-](?:(?:19|20)\d\d|\d\d)(?![\d.])(?:\s*г\.?(?![а-я]))?"
    r"|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d(?!\d)|сегодня|вчера|позавчера)"
)
_AGO = r"(?:\d+\s+)?(?:минут[уы]?|час(?:а|ов)?|дн(?:я|ей)|день)\s+назад"
_DATE = re.compile(rf"(?:{_TIME}[\s,|/–—-]*)?{_DAY}(?:(?:[\s,|/–—@-]|\bв\b|\bat\b)*{_TIME})?|{_AGO}", re.IGNORECASE)
_FULL_YEAR = re.compile(r"(?:19|20)\d\d")


def best_date(text: str) -> re.Match[str] | None:
    """Return the date of a line: of several the first with its year, since the others say it once more."""
    found = list(_DATE.finditer(text))
    return next((one for one in found if _FULL_YEAR.search(one.group())), found[0] if found else None)


def is_dateline(block: Block) -> bool:
    """Tell whether a block is a date with little beside it."""
    found = _DATE.search(block.text) if len(block.text) <= LONGEST else None
    return found is not None and len(block.text) - len(found.group()) <= 60


def find_date(text: str) -> str | None:
    """Return the date in a line as it is written, with its time of day, or None."""
    found = best_date(text)
    return found.group().strip(" ,|/–—@-") if found else None
