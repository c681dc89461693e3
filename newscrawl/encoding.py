"""Bytes to text. The bytes decide; what headers and meta tags declare is only a hint."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

# What Russian sites have been served in, the likeliest first: the order breaks ties.
_RUSSIAN = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
_SAMPLE = 200_000
# The commonest pairs of letters in Russian prose (lower case): together about a third of all pairs. A wrong
# single-byte encoding turns them into rare pairs or into capitals.
_COMMON_PAIRS = frozenset(
    "ст но то на ен ов ни ра во ко ал ли по ре ос пр го ро та ет ер не ла ло ле де за да об ть от ор ва ел ан ин ка"
    " ит ол те ти ск ес ат ом ве ри тв ог ия ии ый ой ая ог го ми мо им ны".split()
)
_CYRILLIC_WORD = re.compile("[а-яё]+", re.ASCII)
_ASCII_MARKUP = re.compile(rb"[\x00-\x7f]+")


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return (text, name of the encoding) of an HTML or XML body.

    A byte-order mark settles it; then bytes that are valid UTF-8; else, of the declared encoding and the Russian
    single-byte ones, the one in which the text reads as Russian. What cannot be decoded becomes U+FFFD: nothing raises.
    """
    bom_encoding, _ = read_bom(body)
    if bom_encoding is not None:
        return body.decode(bom_encoding, "replace").lstrip("\ufeff"), bom_encoding
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    declared = _known(http_content_type_encoding(content_type)) or _known(html_body_declared_encoding(body))
    sample = b" ".join(_ASCII_MARKUP.split(body[:_SAMPLE]))
    # UTF-8 cut short or with a few broken bytes is still UTF-8.
    candidates = dict.fromkeys([*([declared] if declared else []), *_RUSSIAN, "utf-8"])
    best = max(candidates, key=lambda name: _russian(sample.decode(name, "replace"), bonus=name == declared))
    return body.decode(best, "replace"), best


def _known(name: str | None) -> str | None:
    """Return the codec's own name, or None for a name that no codec has (`uft-8`) or one that decodes no text."""
    if name is None:
        return None
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        return None
    return codec.name


def _russian(text: str, *, bonus: bool) -> float:
    """Score how much `text` reads as Russian: the share of common letter pairs, less broken characters."""
    words = _CYRILLIC_WORD.findall(text)
    pairs = [word[i : i + 2] for word in words for i in range(len(word) - 1)]
    common = sum(pair in _COMMON_PAIRS for pair in pairs)
    return (common - text.count("\ufffd")) / (len(text) or 1) + (0.01 if bonus else 0.0)
