"""schema.org microdata of articles: `itemscope`, `itemtype` and `itemprop` as HTML defines them, in bounded time.

A general reader of microdata goes through every item of a page and through its text for every property, which takes
minutes on a page made for that; here a few articles are looked for, and a few values of what is asked of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import lxml.etree
import lxml.html

from newscrawl.extract.body import paragraphs
from newscrawl.urls import absolute_url
from pipelines.text import PARAGRAPH_BREAK

_ITEMS = 5
"""Articles of a page that are read: it has one, and others in its side column."""
_VALUES = 8
"""Values of one property that are read."""
_LONGEST = 2000
"""Characters from which a text is no value but that of the body."""
_BODY = "articleBody"
_ADDRESS = {"a": "href", "area": "href", "link": "href", "object": "data"} | dict.fromkeys(
    ("audio", "embed", "iframe", "img", "source", "track", "video"), "src"
)
_MACHINE_READABLE = (("time", "datetime"), ("data", "value"), ("meter", "value"))
_SCOPES = lxml.etree.XPath("descendant-or-self::*[@itemscope and @itemtype]")


def article_items(
    tree: lxml.html.HtmlElement, url: str, types: Collection[str], names: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield the items of `types` (last parts of their addresses) with the properties in `names`.

    A property is a string, or for an item in the item a dict with its `name` and `url`; several make a list.
    """
    scopes = (one for one in _SCOPES(tree) if not _types(one).isdisjoint(types))
    for scope in islice(scopes, _ITEMS):
        yield _properties(scope, url, names)


def _types(scope: lxml.html.HtmlElement) -> set[str]:
    return {one.rstrip("/").rsplit("/", 1)[-1] for one in scope.get("itemtype", "").split()}


def _properties(
    scope: lxml.html.HtmlElement, url: str, names: Collection[str], *, nested: bool = False
) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    stack = list(reversed(scope))
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str):
            continue
        is_item = element.get("itemscope") is not None
        for name in element.get("itemprop", "").split():
            values = found.setdefault(name, []) if name in names else None
            if values is None or len(values) >= _VALUES:
                continue
            if not is_item:
                values += _value(element, url, name)
            elif not nested:
                values.append(_properties(element, url, ("name", "url"), nested=True))
        if not is_item:
            stack.extend(reversed(element))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items() if values}


def _value(element: lxml.html.HtmlElement, url: str, name: str) -> list[str]:
    """Return the value of a property that is no item, or nothing."""
    given = element.get("content")
    if given is None:
        given = next(
            (element.get(attribute) for tag, attribute in _MACHINE_READABLE if element.tag == tag),
            None,
        )
    if given is not None:
        return [given]
    if element.tag in _ADDRESS:
        address = absolute_url(url, element.get(_ADDRESS[element.tag]) or "")
        return [address] if address else []
    if name == _BODY:
        return [PARAGRAPH_BREAK.join(paragraphs(element))]
    text = element.text_content()
    return [text] if len(text) <= _LONGEST else []
