"""One spelling for all typography: lower case, plain spaces, dashes and quotes, no invisible characters.

Every replacement is one character for one, except characters that are dropped; then an index of the kept ones is
returned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DROPPED = "".join(
    map(chr, [0xAD, 0x301, 0x300, 0x306, 0x308, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x61C, 0x180E])
)
_DROPPED += "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFE0F, 0xFE0E]))
_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_SPACES = "".join(
    map(chr, [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x85, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F])
)
_QUOTES = "«»“”„‟‹›‘’'`‚"

_ALIKE = {"ё": "е", "：": ":", "∶": ":", "．": ".", "․": ".", "⁄": "/", "∕": "/", "_": " "}
_ONE_TO_ONE = {ord(sign): plain for sign, plain in _ALIKE.items()}
_ONE_TO_ONE |= {ord(c): "-" for c in _DASHES} | {ord(c): " " for c in _SPACES} | {ord(c): '"' for c in _QUOTES}
_ONE_TO_ONE |= {0xFF10 + n: str(n) for n in range(10)}
_HAS_DROPPED = re.compile(f"[{_DROPPED}]")
# Nothing to fold: Cyrillic (no о or з that touches a digit), or Latin without o.
_PLAIN = re.compile(
    r"(?:[а-я .,:/()|№\-]++(?:(?<![оз])|(?![0-9]))|[0-9]++(?![оз]))*+|[a-np-z0-9 .,:/()|+\-]*+",
)
_DOTS = re.compile(r"(?<=\d)(?:…|\.{2,3})(?=\d)")
_BREVE = "\u0306"
_DROP = dict.fromkeys(map(ord, _DROPPED))

# Latin letters typed for Cyrillic ones, and the other way round in Roman numerals.
_MIXED = re.compile(r"[а-я][a-z]|[a-z][а-я]")
_WORD = re.compile(r"[a-zа-яі]+")
_LOOKALIKE = str.maketrans("aceopxykmhtbiu", "асеорхукмнтвіи")
_ROMAN = re.compile(r"[xivхі]+")
_DIGIT_LIKE = re.compile(r"\d[oоlз]|[oоlз]\d")
_DIGIT_RUN = re.compile(r"(?<![a-zа-я\d])(?=[oоlз]*\d)[\doоlз]{2,}(?![a-zа-я])")
_DIGITS = str.maketrans("oоlз", "0013")


_UNUSUAL = re.compile(f"[{re.escape(''.join(map(chr, _ONE_TO_ONE)))}]")


def _plain_sign(match: re.Match[str]) -> str:
    return _ONE_TO_ONE[ord(match[0])]


def _plain_word(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or _ROMAN.fullmatch(word) or not _MIXED.search(word):
        return word
    return word.translate(_LOOKALIKE)


def fold(text: str) -> str:
    """The folded text, in as many code points as `text` has without its invisible ones."""
    low = text.lower()
    if len(low) != len(text):  # İ becomes two
        low = "".join([c.lower() if len(c.lower()) == 1 else c for c in text])
    if ".." in low or "…" in low:  # 1…8 января
        low = _DOTS.sub(lambda m: "-".ljust(len(m[0])), low)
    if _PLAIN.fullmatch(low):
        return low
    if _BREVE in low:  # й in two code points; the breve itself is dropped
        low = low.replace("и" + _BREVE, "й" + _BREVE)
    low = _UNUSUAL.sub(_plain_sign, low)
    if _HAS_DROPPED.search(low):
        low = low.translate(_DROP)
    if _MIXED.search(low):
        low = _WORD.sub(_plain_word, low)
    if _DIGIT_LIKE.search(low):
        low = _DIGIT_RUN.sub(lambda m: m[0].translate(_DIGITS), low)
    return low


def kept(text: str) -> Sequence[int] | None:
    """Where each code point of `fold(text)` stands in `text`; null if nothing was dropped and they are the same."""
    if not _HAS_DROPPED.search(text):
        return None
    return [i for i, c in enumerate(text) if c not in _DROPPED]
