"""A site file as text: what discovery found, in the order in which docs/sites.md explains it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain, count
from urllib.parse import urlsplit

from newscrawl.sites import Site

_ORDER = (
    "title", "city", "region", "timezone", "url", "hosts", "platform", "delay", "verified", "notes", "article",
    "sources",
)  # fmt: skip
_TRANSLITERATION = dict(
    zip("абвгдеёзийклмнопрстуфхцыэ", "a b v g d e e z i y k l m n o p r s t u f kh ts y e".split(), strict=True)
) | {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}


def site_name(url: str, city: str | None) -> str:
    """Return a name for a site file: the city's in Latin letters, else the host's first label."""
    netloc = urlsplit(url).netloc.removeprefix("www.")
    label = netloc if netloc[:1].isdigit() else netloc.partition(".")[0]
    told = "".join(_TRANSLITERATION.get(letter, letter) for letter in city.lower()) if city else label
    name = re.sub(r"[^a-z0-9]+", "_", told).strip("_")
    return name if name[:1].isalpha() else f"site_{name}".rstrip("_")


def free_name(url: str, city: str | None, known: Mapping[str, Site]) -> str:
    """Return a name that no other site has; the site's own, where it has a file already."""
    netloc = urlsplit(url).netloc
    own = next((name for name, site in known.items() if site.serves(netloc)), None)
    if own is not None:
        return own
    name = site_name(url, city)
    by_host = f"{name}_{re.sub('[^a-z0-9]+', '_', netloc.lower().removeprefix('www.')).strip('_')}"
    numbered = (f"{by_host}_{number}" for number in count(2))
    return next(one for one in chain([name, by_host], numbered) if one not in known)


def toml_of_site(site: Site) -> str:
    """Return a site's file; its name is the file's, layouts of its platform stand in the platform's."""
    told = site.model_dump(mode="json", exclude_defaults=True, exclude={"name", "layouts", "sources"})
    told["sources"] = [one.model_dump(mode="json", exclude_defaults=True) | {"type": one.type} for one in site.sources]
    told["timezone"] = site.timezone
    return toml_of({key: told[key] for key in _ORDER if key in told})


def toml_of(fields: Mapping[str, object]) -> str:
    """Return a site file: plain keys first, then tables, then lists of tables. None and empty values are left out."""
    plain = {key: value for key, value in fields.items() if not _is_table(value)}
    tables = {key: value for key, value in fields.items() if isinstance(value, Mapping)}
    lists = {key: value for key, value in fields.items() if _is_table(value) and not isinstance(value, Mapping)}
    parts = ["\n".join(_lines(plain))]
    parts += [f"[{key}]\n" + "\n".join(_lines(value)) for key, value in tables.items()]
    for key, rows in lists.items():
        assert isinstance(rows, list)
        parts += [f"[[{key}]]\n" + "\n".join(_lines(row)) for row in rows]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _lines(fields: Mapping[str, object]) -> Iterable[str]:
    for key, value in fields.items():
        if value is not None and value != "" and value != ():
            yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_lines(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return _string(str(value))


def _string(text: str) -> str:
    if "\n" in text:
        return '"""\n' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip("\n") + '\n"""'
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
