"""Text as we keep it: valid Unicode in NFC, no invisible characters, one kind of space."""

from __future__ import annotations

import re
import unicodedata

PARAGRAPH_BREAK = "\n\n"

# Soft hyphens, zero-width characters, direction and byte-order marks: unseen, and every comparison trips on them.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Control characters and lone surrogates are not text; MongoDB takes neither surrogates nor, in keys, NUL.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_QUOTES = str.maketrans("“”„‟″«»", '"""""""', "")


def clean(text: str) -> str:
    """Return `text` in NFC without invisible or control characters, every run of white space as one space, trimmed."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", _NOT_TEXT.sub("", text)).strip()


def clean_paragraphs(text: str) -> str:
    """Return `text` with every paragraph cleaned and empty ones dropped; paragraphs stay joined by a blank line."""
    paragraphs = (clean(paragraph) for paragraph in text.split(PARAGRAPH_BREAK))
    return PARAGRAPH_BREAK.join(paragraph for paragraph in paragraphs if paragraph)


def fold(text: str) -> str:
    """Return `text` for comparison: lower case, ё as е, quotes alike."""
    return text.casefold().replace("ё", "е").translate(_QUOTES)
