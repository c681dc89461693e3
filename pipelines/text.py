"""Text as we keep it: valid Unicode in NFC, no invisible characters, one kind of space, nothing wrongly decoded.

`repair` tells what it did, kind by kind; `clean` is its text alone. Kinds, and what one of each is:

| kind | one is |
|---|---|
| `mojibake` | a stretch that was decoded wrongly and saved again: «РџСЂРёРІРµС‚», «Ð\\x9fÑ\\x80Ð¸» |
| `references` | a character reference left as text (`&nbsp;`, `&laquo`), or a number of windows-1252 (U+0097) |
| `lookalikes` | a word with letters of another script: «cовет» with a Latin c |
| `digits` | a word with 0 or 3 for a letter: «3аседание» |
| `invisible` | a soft hyphen, zero-width character, direction or byte-order mark, left out |
| `composed` | a text whose letters came in parts: и + U+0306 |
| `controls` | a control character or lone surrogate, left out |
| `spaces` | a space that is neither plain nor no-break: U+2009, U+3000 |
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import unescape

from pipelines import lookalikes, mojibake

Repairs = dict[str, int]
"""Kind -> how many; kinds that did not happen are absent."""

PARAGRAPH_BREAK = "\n\n"

# Nothing to repair, the common case: Cyrillic without a 0 or 3 that touches it, or ASCII without `&` and controls.
_PLAIN = re.compile(
    r"(?:[А-Яа-яЁё \n\t\r\xa0«»„“”–—…№.,:;!?()\[\]\"'%/+*=_#@$|\-]++(?:(?<![А-Яа-яЁё])|(?![03]))"
    r"|[0-9]++(?![А-Яа-яЁё]))*+|[ -%'-~\n\t\r]*+"
)
# Soft hyphens, zero-width characters, direction and byte-order marks: unseen, and every comparison trips on them.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Control characters and lone surrogates are not text; MongoDB takes neither surrogates nor, in keys, NUL.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_PAIRED = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ODD_SPACE = re.compile("[\u1680\u2000-\u200a\u202f\u205f\u3000]")
_QUOTES = str.maketrans("“”„‟″«»", '"""""""', "")

_REFERENCE = re.compile(r"&(?:amp;)*(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# These are written without their semicolon; a letter, digit or `=` after one makes it something else (an address).
_UNFINISHED = re.compile(
    r"&(?:amp;)*(nbsp|[lr]aquo|[mn]dash|hellip|quot|bdquo|[lr][ds]quo|bull|shy|deg|sect|middot|amp|lt|gt|copy|reg)"
    r"(?![A-Za-z0-9=;])"
)
# Numbers of windows-1252, which HTML takes for its characters.
_C1 = re.compile("[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]")
_SURROGATE_PAIR = re.compile(
    r"&#(?:[xX](?P<xh>[dD][89aAbB][0-9A-Fa-f]{2})|(?P<h>5[56]\d{3}));"
    r"&#(?:[xX](?P<xl>[dD][c-fC-F][0-9A-Fa-f]{2})|(?P<l>5[67]\d{3}));"
)
_PASSES = 3
"""What one repair uncovers, the next pass sees: `&amp;shy;` inside a word of two scripts."""

_noted: ContextVar[dict[str, Repairs] | None] = ContextVar("noted", default=None)


def repair(text: str) -> tuple[str, Repairs]:
    """Return `text` cleaned and repaired, runs of white space as one space, trimmed; and what was repaired.

    Only what is certain is changed. Repairing twice gives the same as once.
    """
    if _PLAIN.fullmatch(text):
        return " ".join(text.split()), {}
    repairs: Repairs = {}
    for _ in range(_PASSES):
        before = text
        for kind, step in _STEPS:
            text, number = step(text)
            if number:
                repairs[kind] = repairs.get(kind, 0) + number
        if text == before:
            break
    return " ".join(text.split()), repairs


def clean(text: str) -> str:
    """Return `text` as `repair` does; what was repaired is noted where `noting_repairs` listens."""
    cleaned, repairs = repair(text)
    if repairs and cleaned:
        noted = _noted.get()
        if noted is not None:
            noted[cleaned] = repairs
    return cleaned


def clean_paragraphs(text: str) -> str:
    """Return `text` with every paragraph cleaned and empty ones dropped; paragraphs stay joined by a blank line."""
    paragraphs = (clean(paragraph) for paragraph in text.split(PARAGRAPH_BREAK))
    return PARAGRAPH_BREAK.join(paragraph for paragraph in paragraphs if paragraph)


@contextmanager
def noting_repairs() -> Iterator[dict[str, Repairs]]:
    """Collect what `clean` repairs inside the `with` block: cleaned text -> Repairs, each text once."""
    noted: dict[str, Repairs] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def repairs_within(noted: dict[str, Repairs], texts: Iterable[str]) -> Repairs:
    """Return the sum of the noted repairs whose text became part of `texts`; what was left out is not counted."""
    kept = "\n".join(texts) if noted else ""
    return add_repairs(*(repairs for text, repairs in noted.items() if text in kept))


def add_repairs(*repairs: Repairs) -> Repairs:
    """Return the sum of several repairs, kind by kind."""
    total: Repairs = {}
    for one in repairs:
        for kind, number in one.items():
            total[kind] = total.get(kind, 0) + number
    return total


def join_surrogates(html: str) -> tuple[str, int]:
    """Return `html` with pairs of surrogate references (`&#xD83D;&#xDE00;`) as the characters they mean, and how many.

    HTML takes each half for an unknown character, so this must come before a parser.
    """
    if "&#" not in html:
        return html, 0
    return _SURROGATE_PAIR.subn(_joined, html)


def _joined(match: re.Match[str]) -> str:
    high, low = (int(match[f"x{half}"], 16) if match[f"x{half}"] else int(match[half]) for half in ("h", "l"))
    if not (0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _references(text: str) -> tuple[str, int]:
    number = 0
    if "&" in text:
        text, number = join_surrogates(text)
        for pattern in (_REFERENCE, _UNFINISHED):
            text, more = _replace(pattern, _character, text)
            number += more
    text, windows = _C1.subn(lambda match: match[0].encode("latin-1").decode("cp1252"), text)
    return text, number + windows


def _character(match: re.Match[str]) -> str:
    name = match[0].rstrip(";").rsplit("&", 1)[-1].rsplit(";", 1)[-1]
    character = unescape(f"&{name};")
    return match[0] if character.startswith("&") and len(character) > 1 else character


def _replace(pattern: re.Pattern[str], by: Callable[[re.Match[str]], str], text: str) -> tuple[str, int]:
    """Substitute and count what really changed."""
    number = 0

    def counted(match: re.Match[str]) -> str:
        nonlocal number
        new = by(match)
        number += new != match[0]
        return new

    return pattern.sub(counted, text), number


def _invisible(text: str) -> tuple[str, int]:
    return _INVISIBLE.subn("", text)


def _controls(text: str) -> tuple[str, int]:
    text = _PAIRED.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return _NOT_TEXT.subn("", text)


def _composed(text: str) -> tuple[str, int]:
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text, 0
    return unicodedata.normalize("NFC", text), 1


def _spaces(text: str) -> tuple[str, int]:
    return _ODD_SPACE.subn(" ", text)


_STEPS: tuple[tuple[str, Callable[[str], tuple[str, int]]], ...] = (
    ("mojibake", mojibake.mend),
    ("references", _references),
    ("controls", _controls),
    ("invisible", _invisible),
    ("composed", _composed),
    ("lookalikes", lookalikes.mend_scripts),
    ("digits", lookalikes.mend_digits),
    ("spaces", _spaces),
)
"""In this order: the second half of a wrongly read letter may be a control or an invisible character."""


def fold(text: str) -> str:
    """Return `text` for comparison: lower case, ё as е, quotes alike."""
    return text.casefold().replace("ё", "е").translate(_QUOTES)
