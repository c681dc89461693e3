"""CSS selectors for elements found by other means: short, by class where there is one, checked on the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import parsel
from lxml.html import HtmlElement as Element

_NAME = re.compile(r"-?[A-Za-z_][\w-]*")
_UNSTABLE = re.compile(
    r"\d{3,}|^(?:js|is|has)-|^(?:active|current|selected|first|last|odd|even|clearfix|item-\d+)$|\d+_\d+"
)
_DEEPEST = 12
"""Ancestors that a selector may name."""


def classes(element: Element) -> list[str]:
    """Return the classes that are likely to be on other pages too: none with long numbers, states or hashes."""
    return [name for name in (element.get("class") or "").split() if _is_stable(name)]


def _is_stable(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _UNSTABLE.search(name) is None


def signature(element: Element) -> str:
    """Return what repeated elements share: the tags above, each with its first stable class, and its own tag."""
    steps = [str(element.tag)]
    for above in element.iterancestors():
        names = classes(above)
        steps.append(f"{above.tag}.{names[0]}" if names else str(above.tag))
    return ">".join(reversed(steps))


def items_selector(document: parsel.Selector, items: Sequence[Element]) -> str | None:
    """Return a selector that finds `items` and hardly anything else, or None."""
    wanted = set(items)

    def fits(css: str) -> bool:
        found = {one.root for one in document.css(css)}
        return wanted <= found and len(found - wanted) <= max(1, len(wanted) // 3)

    own = _own_steps(items)
    for step in own:
        if "." in step and fits(step):
            return step
    for prefix in _prefixes(items):
        for step in own:
            if fits(f"{prefix} > {step}"):
                return f"{prefix} > {step}"
    return None


def _own_steps(items: Sequence[Element]) -> list[str]:
    """Return the simplest selectors of the items themselves, those by a class that all share first."""
    tag = str(items[0].tag)
    shared = set(classes(items[0])).intersection(*(classes(one) for one in items))
    return [*(f".{name}" for name in classes(items[0]) if name in shared), tag]


def _prefixes(items: Sequence[Element]) -> Iterable[str]:
    """Yield selectors of what the items stand in, from the loosest to the most exact.

    A step names one element exactly where the items share it, and by tag or class where each has its own.
    """
    steps: list[str] = []
    for level in islice(zip(*(one.iterancestors() for one in items), strict=False), _DEEPEST):
        above = level[0]
        shared = all(one is above for one in level)
        if above.tag == "html":
            return
        identity = above.get("id") or ""
        if shared and identity and _is_stable(identity):
            yield " > ".join([f"#{identity}", *steps])
        common = set(classes(above)).intersection(*(classes(one) for one in level))
        for name in (one for one in classes(above) if one in common):
            yield " > ".join([f"{above.tag}.{name}", *steps])
        tag = f"{above.tag}.{next(iter(common))}" if common else str(above.tag)
        steps.insert(0, _step(above) if shared else tag)
        if above.tag == "body":
            yield " > ".join(steps)


def _step(element: Element) -> str:
    """Return a step that tells an element from its siblings."""
    names = classes(element)
    if names:
        return f"{element.tag}.{names[0]}"
    parent = element.getparent()
    alike = [one for one in parent if one.tag == element.tag] if parent is not None else []
    return f"{element.tag}:nth-of-type({alike.index(element) + 1})" if len(alike) > 1 else str(element.tag)


def part_selector(items: Sequence[Element], parts: Sequence[Element], good: Callable[[Element], bool]) -> str | None:
    """Return a selector that finds in each item its part, or something as good, in at least four fifths of them.

    `parts` are the parts found by other means; of several selectors the one that fits most often counts.
    """
    candidates: Counter[str] = Counter()
    for part in parts:
        for css in _part_steps(part):
            candidates[css] += 1
    best: tuple[int, int, str] | None = None
    for rank, (css, _) in enumerate(candidates.most_common(12)):
        fitting = sum(1 for item in items if (first := _first(item, css)) is not None and good(first))
        if fitting * 5 >= len(items) * 4 and (best is None or (fitting, -rank) > best[:2]):
            best = (fitting, -rank, css)
    return best[2] if best else None


def _part_steps(part: Element) -> list[str]:
    tag = str(part.tag)
    parent = part.getparent()
    own = [f".{name}" for name in classes(part)]
    if tag == "a" and parent is not None:
        nth = [_step(part)] if ":" in _step(part) else []
        above = [f".{name} a" for name in classes(parent)]
        inner = [f"a {child.tag}" for child in part if isinstance(child.tag, str) and child.tag != "img"]
        return [*(f"a{name}" for name in own), *above, f"{parent.tag} a", "a", *nth, *inner]
    above = [f".{name} {tag}" for name in classes(parent)] if parent is not None else []
    nth = [_step(part)] if ":" in _step(part) else []
    return [*own, *above, *nth, tag]


def _first(item: Element, css: str) -> Element | None:
    found = parsel.Selector(root=item, type="html").css(css)
    return found[0].root if found else None
