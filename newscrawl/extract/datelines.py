"""Dates as lines beside an article show them: found by their form, read later by `pipelines.dates`."""

from __future__ import annotations

import re

LONGEST = 160
"""Characters above which a line is prose rather than a dateline."""
_MONTH = (
    r"(?:янв(?:ар[ьяе])?|фев(?:р(?:ал[ьяе])?)?|мар(?:т[ае]?)?|апр(?:ел[ьяе])?|ма[йяе]|июн[ьяе]?|июл[ьяе]?"
    r"|авг(?:уст[ае]?)?|сен(?:т(?:ябр[ьяе])?)?|окт(?:ябр[ьяе])?|ноя(?:б(?:р[ьяе])?)?|дек(?:абр[ьяе])?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)(?![a-zа-яё])\.?"
)
_TIME = r"(?<!\d)[0-2]?\d[:.][0-5]\d(?::[0-5]\d)?(?!\d|\.\d)"
_YEAR = r"(?:19|20)\d\d(?!\d)(?:\s*(?:г(?:ода|\.)?(?![а-я])))?"
_ISO = r"(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_DAY = (
    rf"(?<!\d)(?:[0-3]?\d\s*{_MONTH}(?:,?\s*{_YEAR})?|{_MONTH}\s*[0-3]?\d,?\s+{_YEAR}"
    r"|[0-3]?\d[./-][01]?\d[./-](?:(?:19|20)\d\d|\d\d)(?![\d.])(?:\s*г\.?(?![а-я]))?"
    r"|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d(?!\d)|сегодня|вчера|позавчера)"
)
_AGO = r"(?:\d+\s+)?(?:минут[уы]?|час(?:а|ов)?|дн(?:я|ей)|день)\s+назад"
_DATE = re.compile(
    rf"{_ISO}|(?:{_TIME}[\s,|/–—-]*)?{_DAY}(?:(?:[\s,|/–—@-]|\bв\b|\bat\b)*{_TIME})?|{_AGO}", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:дата )?(?:опубликован[оа]?|размещен[оа]?|публикаци[яи]|создан[оа]?|добавлен[оа]?|обновлен[оа]?|изменен[оа]?"
    r"|последн\w+ (?:изменени\w+|обновлени\w+|редакци\w+)|дата(?: и время)?|просмотр(?:ов|ы)?|автор|источник|написал"
    r"|[а-яё]+(?:ник|да|верг|ница|бота|сенье)|posted|published)\b[\s:]*\d*",
    re.IGNORECASE,
)
_BESIDE = 25
"""Characters beside a date, labels left out, up to which a line is a dateline."""
_BYLINE = 60
"""The same at the head of an article."""
_FULL_YEAR = re.compile(r"(?:19|20)\d\d")


def best_date(text: str) -> re.Match[str] | None:
    """Return the date of a line: of several the first with its year, since the others say it once more."""
    found = list(_DATE.finditer(text))
    return next((one for one in found if _FULL_YEAR.search(one.group())), found[0] if found else None)


def is_dateline(text: str, *, at_head: bool = False) -> bool:
    """Tell whether a line is a date with little beside it but labels, a name, a count of views.

    At the head of an article a full date may have a longer byline beside it.
    """
    found = best_date(text) if len(text) <= LONGEST else None
    if found is None or text[found.end() :].endswith((".", ";", "!", "?")):
        return False
    return beside(text, found) <= (_BYLINE if at_head and has_year(found.group()) else _BESIDE)


def beside(text: str, found: re.Match[str]) -> int:
    """Return how many characters a line has beside its date, labels left out."""
    return len(_LABEL.sub("", text[: found.start()] + text[found.end() :]).strip(" ,|/–—-:•·()"))


def has_year(words: str) -> bool:
    """Tell whether a date names its year in full."""
    return _FULL_YEAR.search(words) is not None


def find_date(text: str) -> str | None:
    """Return the date in a line as it is written, with its time of day, or None."""
    found = best_date(text)
    return found.group().strip(" ,|/–—@-") if found else None
