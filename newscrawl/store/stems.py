"""Words without their endings, for search: whatever case a user types, and the beginning of a word, finds it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.text import fold

_WORD = re.compile(r"\w+")
_LEAST = 3
"""Letters of a stem at least."""
_MOST = 400
"""Stems of one entity that search knows, about; what has more is a list and no name."""
_VOWELS = "аеиоуыэюяьй"

# Endings of nouns and adjectives, ё as е; the longest that leaves a stem goes.
# No -ов, -ев: they end surnames more often than plurals.
_ENDING = re.compile(
    r"(?:иями|ями|ами|ыми|ими|ого|его|ому|ему|ией|иям|иях|ием|ьями|ьям|ьях|еем|ой|ей|ею|ея|ее|ый|ий|ая|яя|ое|ые|ие|ую|юю"
    r"|ою|ых|их|ым|им|ом|ем|ам|ям|ах|ях|ия|ию|ии|ье|ья|ью|ьи|а|я|о|е|у|ю|ы|и|ь|й)$"
)


def stems_of(word: str) -> set[str]:
    """Return what a folded word may be without its ending: «артем» is «артем» or, were it «артом» inflected, «арт».

    A stem has three letters at least.
    """
    match = _ENDING.search(word)
    while match is not None and match.start() < _LEAST:
        match = _ENDING.search(word, match.start() + 1)
    bare = word.rstrip(_VOWELS)
    return {word[: match.start()] if match else word, bare if len(bare) >= _LEAST else word}


def stems(texts: Iterable[str]) -> set[str]:
    """Return the stems of all words in some texts."""
    found: set[str] = set()
    for text in texts:
        for word in words(text):
            found |= stems_of(word)
        if len(found) >= _MOST:
            break
    return found


def words(text: str) -> list[str]:
    """Return the words of a text, folded: small letters, ё as е."""
    return _WORD.findall(fold(text))
