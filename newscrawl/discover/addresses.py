"""What the addresses of a site's articles have in common, as the regular expression of a site file."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from newscrawl.urls import page_key

_MOST_SHAPES = 4
"""Alternatives that one pattern may have; rarer shapes are left out."""
_QUERY = "<query>"
"""Stands in a pattern for the sign before an address' query, until the slash before it is known."""
_NUMBER = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class AddressRule:
    """The rule for a site file's `[article]`."""

    path: str
    keep_parameters: tuple[str, ...]
    trailing_slash: str
    covered: float
    """The share of the addresses that it matches."""


def infer(urls: Iterable[str]) -> AddressRule | None:
    """Return the rule that most of the addresses follow, or None for fewer than two addresses."""
    found = list(dict.fromkeys(page_key(url) for url in urls))
    if len(found) < 2:
        return None
    asked = len(found)
    plain = [url for url in found if not urlsplit(url).query]
    if len(plain) * 2 > len(found):
        found = plain  # the others are further addresses of what the site calls otherwise
    parameters = _identifying([urlsplit(url).query for url in found])
    shapes: dict[tuple[object, ...], list[list[str]]] = defaultdict(list)
    for url in found:
        segments = _segments(url, parameters)
        shapes[_shape(segments)].append(segments)
    usual = sorted(shapes.values(), key=len, reverse=True)[:_MOST_SHAPES]
    usual = [group for group in usual if len(group) * 20 >= len(found) or len(usual) == 1]
    patterns = _without_special({_pattern(group): "/".join(group[0]).replace("/?", "/" + _QUERY) for group in usual})
    slashes = Counter(urlsplit(url).path.endswith("/") for url in found)
    trailing = "keep" if len(slashes) > 1 else "always" if slashes[True] else "never"
    slash = {"keep": "/?", "always": "/", "never": ""}[trailing]
    paths = [one.replace("/" + _QUERY, slash + r"\?") if _QUERY in one else one + slash for one in patterns]
    path = paths[0] if len(paths) == 1 else "(?:" + "|".join(paths) + ")"
    covered = sum(len(group) for group in usual) / asked
    return AddressRule(path, parameters, trailing, covered)


def _without_special(patterns: dict[str, str]) -> list[str]:
    """Leave out patterns whose addresses another one covers, but not the other way round. Each has an example."""
    return sorted(
        one
        for one, example in patterns.items()
        if not any(
            re.fullmatch(other, example) and not re.fullmatch(one, patterns[other])
            for other in patterns
            if other != one
        )
    )


def _identifying(queries: Sequence[str]) -> tuple[str, ...]:
    """Return the parameters that an address needs: the one whose values tell all articles apart, and constant ones.

    Others, such as a rubric beside the number, make a second address of one article. Where none alone tells articles
    apart, all that every address has are kept.
    """
    asked = [dict(parse_qsl(query)) for query in queries]
    shared = [name for name in asked[0] if all(name in one for one in asked)]
    values = {name: {one[name] for one in asked} for name in shared}
    telling = [name for name in shared if len(values[name]) == len(asked)]
    if telling:
        return tuple(name for name in shared if name == telling[0] or len(values[name]) == 1)
    return tuple(shared) if any(len(values[name]) > 1 for name in shared) else ()


def _segments(url: str, parameters: tuple[str, ...]) -> list[str]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    kept = "&".join(f"{name}={query[name]}" for name in sorted(parameters))
    return [*parts.path.rstrip("/").split("/"), *(["?" + kept] if kept else [])]


def _shape(segments: list[str]) -> tuple[object, ...]:
    """Return what tells forms of addresses apart: how many segments, which are numbers, which ending the last has."""
    last = segments[-1]
    ending = last.rpartition(".")[2] if re.search(r"\.[a-z]{2,5}$", last) else ""
    kinds = ["year" if _YEAR.fullmatch(one) else "number" if one.isdecimal() else "name" for one in segments]
    return (len(segments), ending, tuple(kinds))


def _pattern(group: list[list[str]]) -> str:
    return "/".join(_segment_pattern([segments[n] for segments in group]) for n in range(len(group[0])))


def _segment_pattern(values: list[str]) -> str:
    distinct = set(values)
    if all(value.startswith("?") for value in distinct):
        return _query_pattern(values)
    if len(distinct) == 1 and not values[0].isdecimal():
        return _escaped(values[0])
    if all(_YEAR.fullmatch(value) for value in distinct):
        return r"\d{4}"
    if all(value.isdecimal() for value in distinct):
        return r"\d+"
    prefix, suffix = _common(values), _common([value[::-1] for value in values])[::-1]
    prefix = re.sub(r"[^_-]*$", "", prefix)
    prefix = "" if _NUMBER.search(prefix) else prefix
    suffix = suffix[suffix.rindex(".") :] if re.search(r"\.[a-z]{2,5}$", suffix) else ""
    middles = [value[len(prefix) : len(value) - len(suffix)] for value in values]
    return _escaped(prefix) + _middle_pattern(middles) + _escaped(suffix)


def _middle_pattern(middles: list[str]) -> str:
    if all(middle.isdecimal() for middle in middles):
        return r"\d+"
    if all(re.match(r"\d+-", middle) for middle in middles):
        return r"\d+-[^/]+"
    if all(re.search(r"[-_]\d+$", middle) for middle in middles):
        return r"[^/]+[-_]\d+"
    return r"[^/]+"


def _query_pattern(values: list[str]) -> str:
    pairs = [dict(parse_qsl(value[1:])) for value in values]
    parts = []
    for name in pairs[0]:
        told = {pair[name] for pair in pairs}
        value = re.escape(told.pop()) if len(told) == 1 else r"\d+" if all(map(str.isdecimal, told)) else r"[^&]+"
        parts.append(f"{re.escape(name)}={value}")
    return _QUERY + "&".join(parts)


def _common(values: list[str]) -> str:
    first, last = min(values), max(values)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def _escaped(text: str) -> str:
    return re.escape(text).replace(r"\-", "-")
