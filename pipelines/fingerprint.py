"""Signatures by which the same text is found again."""

from __future__ import annotations

import hashlib
import re

from pipelines.text import fold

SCHEME = "w1"
"""Prefix of every fingerprint: signatures of different schemes are never compared."""

_WORD = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Return the scheme and a digest of the words of `text`.

    Two texts have the same fingerprint when they have the same words and numbers in the same order: case, ё/е, quotes,
    punctuation and spacing do not count.
    """
    words = " ".join(_WORD.findall(fold(text)))
    return f"{SCHEME}:{hashlib.sha256(words.encode()).hexdigest()[:24]}"
