"""What a notebook's caller gives, checked: which articles, which columns, which kind of table."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal, TypeAlias, get_args

from newscrawl.errors import ConfigError
from newscrawl.items import EntityType
from newscrawl.store.finding import ArticleFilter

Kind: TypeAlias = Literal["pandas", "polars", "arrow"]
Names: TypeAlias = str | Collection[str] | None
"""A name, several, or None: no matter."""
Day: TypeAlias = date | str | None
_OF_TYPES = f"Take one of: {', '.join(get_args(EntityType))}."
_MODULES: dict[str, str] = {"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}


def article_filter(
    *,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    include_duplicates: bool = False,
) -> ArticleFilter:
    """Return the filter. Raises ConfigError for what is no day, no text or no name."""
    if text is not None and not isinstance(text, str):
        raise ConfigError(f"text={text!r} is no text", advice="Give words such as 'ремонт дорог -Казань'.")
    return ArticleFilter(
        site=_names("site", site), city=_names("city", city), region=_names("region", region),
        since=moment("since", since), until=moment("until", until), entity=_names("entity", entity),
        text=text, with_copies=bool(include_duplicates),
    )  # fmt: skip


def _names(what: str, given: Names) -> str | list[str] | None:
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, Iterable):
        found = list(given)
        if all(isinstance(one, str) for one in found):
            return found
    raise ConfigError(f"{what}={given!r} is neither a name nor a list of names", advice=f"Give {what}='…' or ['…'].")


def moment(what: str, value: Day) -> datetime | None:
    """Return a date-time in UTC for a day or an ISO 8601 text; None for None. Raises ConfigError for anything else."""
    if value is None:
        return None
    parsed: date | None
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        parsed = None
    if not isinstance(parsed, date):
        raise ConfigError(f"{what}={value!r} is not a day such as 2026-01-31 nor an ISO 8601 date-time")
    if not isinstance(parsed, datetime):
        parsed = datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001 - the zone follows
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def number(what: str, value: object, least: int) -> int:
    """Return a whole number of at least `least`. Raises ConfigError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(f"{what}={value!r} is not a whole number of at least {least}")
    return value


def check_kind(as_: object) -> None:
    """Raise ConfigError for a kind of table that there is not, or whose library is not installed."""
    if not isinstance(as_, str) or as_ not in _MODULES:
        raise ConfigError(f"as_={as_!r}: there is no such table", advice=f"Take one of: {', '.join(_MODULES)}.")
    for needed in ("pyarrow", _MODULES[as_]):
        if importlib.util.find_spec(needed) is None:
            advice = "pip install polars" if needed == "polars" else "pip install 'newscrawl[notebook]'"
            raise ConfigError(f"as_={as_!r} needs {needed}, which is not installed", advice=advice)


def chosen_columns(wanted: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns in the order in which they are wanted, each once; all for None.

    Raises ConfigError for one that there is not, with the one that may be meant.
    """
    if wanted is None:
        return tuple(known)
    if isinstance(wanted, str) or not all(isinstance(one, str) for one in wanted) or not wanted:
        raise ConfigError(f"columns={wanted!r} is no list of names", advice="Give columns=['url', 'headline'].")
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigError(f"there is no column {name!r}", advice=f"{meant}There are: {', '.join(known)}.")
    return tuple(dict.fromkeys(wanted))


def mention_types(given: Names) -> frozenset[str] | None:
    """Return the types of mentions that are wanted, None for all. Raises ConfigError for one that there is not."""
    found = _names("type_", given)
    if found is None:
        return None
    several = [found] if isinstance(found, str) else found
    known = get_args(EntityType)
    for one in several:
        if one not in known:
            raise ConfigError(f"type_={one!r}: there is no such type", advice=_OF_TYPES)
    return frozenset(several)


def mention_type(given: str | None) -> str | None:
    """Return a type of entities that is wanted, None for all. Raises ConfigError for one that there is not."""
    if given is not None and not isinstance(given, str):
        raise ConfigError(f"type_={given!r} is no name of a type", advice=_OF_TYPES)
    mention_types(given)
    return given
