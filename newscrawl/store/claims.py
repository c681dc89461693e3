"""Where the post beside a name places a person: in a city, in the state's service, elsewhere, or nowhere in particular.

Only plain offices say something: «глава города», «директор школы № 7», «депутат Государственной Думы». A poet, a
champion or the chairman of a union may live anywhere; an office of a region is not tied to one of its cities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.text import fold

COUNTRY = "country"
ELSEWHERE = "elsewhere:"


def _words(*stems: str) -> re.Pattern[str]:
    """Return a pattern of words that begin so; ё is е."""
    return re.compile(rf"\b(?:{'|'.join(' '.join(stems).split())})")


_MINISTER = _words("министр премьер вице-премьер сенатор")
_STATE_OFFICE = _words(
    "министр президент премьер депутат сенатор председател директор глав руководител прокурор секретар посол",
    "уполномоченн заместител помощник представител член спикер",
)
_STATE = _words(r"рф\b россии\b российск\w+\sфедераци федеральн государственн\w+\sдум госдум совета?\sфедерации")
_REGIONAL = _words(r"област кра[яй]\b республик губернатор вице-губернатор краев")
_REGION = re.compile(r"[\w-]+ск\w+ (?:области|края|республики)", re.IGNORECASE)
_TERRITORIAL = re.compile(r"(?:рф|россии) по ")
_MUNICIPAL = _words(
    r"мэр вице-мэр глава\b город администраци район муниципал дум[аыу]\b депутат староста жкх",
    r"школ гимнази лице[йя] детск\w+\sсад колледж директор учител преподавател педагог воспитател студент школьни",
    "больниц поликлиник врач фельдшер библиотек музе тренер",
)
_PLACE = re.compile(
    r"(?i:\bгород[ауе]?м?|\bг\.|\bпосел\w+|\bсел[ао]\w*|\bмэр\w*|\bглав\w+|\bадминистраци\w+|\bмэри\w+)"
    r"\s+([А-Я][а-я-]{2,})"
)
_TOWN_ADJECTIVE = re.compile(r"([А-Я][а-я-]+ск)\w{2,3}\s+городск")
_ADJECTIVE = re.compile(r".+(?:ого|его|ой|ей|ому|ему|ым|им|ая|ий|ый|ых|их)")
_QUOTED = re.compile(r"«[^»]*»|Един\w+ Росси\w+")


_KINDS = {
    "pupil": _words("школьни учени студент воспитанни"),
    "clergy": _words("архиепископ архимандрит епископ митрополит патриарх протоиерей священник игумен настоятель"),
    "athlete": _words("футболист хоккеист спортсмен олимпиец вратарь защитник форвард"),
    "artist": _words("актер актриса артист певец певица композитор поэт писатель художник дирижер режиссер солист"),
    "official": _words(
        r"глава\b мэр министр депутат директор начальник заместител руководител председател губернатор прокурор судья",
        "президент сенатор вице- врио зам",
    ),
}


def kinds_of(posts: Iterable[str]) -> list[list[str]]:
    """Return the posts by walks of life, such as rarely are one person's: officials, clergy, athletes, pupils …"""
    found: dict[str, list[str]] = {}
    for post in posts:
        kind = next((name for name, words in _KINDS.items() if words.match(fold(post))), None)
        if kind is not None:
            found.setdefault(kind, []).append(post)
    return list(found.values())


def claim_of(posts: Iterable[str], city: str | None, home: str) -> str:
    """Return where posts place a person: `home`, `elsewhere:…`, `country`, or '' when they do not say.

    `city` is the city of the site that says so and `home` what a claim to it is called.
    """
    claims = {_claim(post, city, home) for post in posts}
    # One article gave all of these to one person; what ties to a place says most.
    for claim in (home, *sorted(one for one in claims if one.startswith(ELSEWHERE)), COUNTRY):
        if claim and claim in claims:
            return claim
    return ""


def _claim(post: str, city: str | None, home: str) -> str:
    plain = _QUOTED.sub("", post).replace("ё", "е").replace("Ё", "Е")
    local = _REGION.sub("", plain)
    if city and any(is_of(word, city) for word in re.findall(r"[\w-]+", local) if word[0].isupper()):
        return home
    lower = plain.lower()
    if _REGIONAL.search(lower) or _TERRITORIAL.search(lower):
        return ""
    if _MINISTER.search(lower) or (_STATE.search(lower) and _STATE_OFFICE.search(lower)):
        return COUNTRY
    if not _MUNICIPAL.search(lower):
        return ""
    named = next((word for word in _PLACE.findall(local) if not _ADJECTIVE.fullmatch(word)), "")
    named = named or next(iter(_TOWN_ADJECTIVE.findall(local)), "")
    return f"{ELSEWHERE}{named.lower()}" if named else home


def is_of(word: str, city: str) -> bool:
    """Tell whether a word is a form of a city's name or its adjective: «Рязани», «Рязанской»."""
    stem = re.sub(r"[аеиоуыэюяьй]+$", "", fold(city))
    rest = fold(word).removeprefix(stem)
    return len(stem) > 2 and rest != fold(word) and (len(rest) <= 3 or rest.startswith("ск"))
