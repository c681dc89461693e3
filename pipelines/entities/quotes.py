"""Quotation marks: which belongs to which, also when they nest and when one is missing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipelines.entities.tokens import Document, Token

OPENING = "«„‹"
CLOSING = "»”›"
EITHER = "\"“‟'‘’"
"""Opening or closing: the blanks around decide."""
ALL = OPENING + CLOSING + EITHER
_FOLDED = str.maketrans(dict.fromkeys(ALL, " ") | {"ё": "е"})
MAX_TOKENS = 40
"""A longer quotation is speech, not a name."""


class Quoted(NamedTuple):
    """A quotation: token numbers of its marks. `close` is the next token when the closing mark is missing."""

    open: int
    close: int
    closed: bool


def quotations(document: Document, sentence: int) -> list[Quoted]:
    """The quotations of one sentence, outer before inner.

    With one closing mark short, as in «Союз «Наследники», the inner quotation has it and the outer one ends there too.
    """
    found: list[Quoted] | None = document.quotations.get(sentence)
    if found is None:
        found = document.quotations[sentence] = _quotations(document, sentence)
    return found


def _quotations(document: Document, sentence: int) -> list[Quoted]:
    first, stop = document.bounds[sentence], document.bounds[sentence + 1]
    tokens = document.tokens
    found: list[Quoted] = []
    stack: list[int] = []
    inner_close: dict[int, int] = {}
    for index in range(first, stop):
        text = tokens[index].text
        if text not in ALL:
            continue
        if _opens(tokens, index, first, stop, bool(stack)):
            stack.append(index)
        elif stack:
            begin = stack.pop()
            found.append(Quoted(begin, index, True))
            if stack:
                inner_close[stack[-1]] = index
    # An opener that was never closed, with a quotation inside it: typists leave out one of two closing marks.
    found.extend(Quoted(begin, inner_close[begin] + 1, False) for begin in stack if begin in inner_close)
    return sorted((q for q in found if q.close - q.open <= MAX_TOKENS), key=lambda q: (q.open, -q.close))


def _opens(tokens: Sequence[Token], index: int, first: int, stop: int, inside: bool) -> bool:
    text = tokens[index].text
    if text in OPENING:
        return True
    if text in CLOSING:
        return False
    if index == first:
        return True
    blank_before = tokens[index - 1].stop < tokens[index].start
    blank_after = index + 1 == stop or tokens[index].stop < tokens[index + 1].start
    if blank_before == blank_after:
        return not inside
    return blank_before or (tokens[index - 1].text in OPENING + EITHER and not blank_after and not inside)


def is_quotation(words: Sequence[str]) -> bool:
    """Do marks stand around all of these, and nowhere among them?"""
    around = words[0] in OPENING + EITHER and words[-1] in CLOSING + EITHER
    return around and not any(word in ALL for word in words[1:-1])


def unify(text: str) -> str:
    """Quotation marks as «ёлочки», blanks folded; a missing closing mark at the end is added."""
    text = " ".join(text.split())
    depth = 0
    out: list[str] = []
    for index, char in enumerate(text):
        if char in "'‘’":
            out.append(char)  # an apostrophe far more often
            continue
        if char in OPENING or (char in EITHER and (index == 0 or text[index - 1] in " (" + OPENING)):
            out.append("«")
            depth += 1
        elif char in CLOSING or char in EITHER:
            out.append("»")
            depth -= 1
        else:
            out.append(char)
    return "".join(out) + "»" * max(depth, 0)


@lru_cache(maxsize=10_000)
def folded(normal: str) -> str:
    """A canonical form as a key: small letters, ё as е, without quotation marks; never empty."""
    text = normal.lower().translate(_FOLDED)
    return " ".join(text.split()) or normal.strip() or "?"
