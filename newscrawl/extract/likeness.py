"""Whether two titles are the same, but for typography, the site's name beside one, or a cut."""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.text import fold

_PUNCTUATION = re.compile(r"[\W_]+")
_LEAST = 12
"""Characters from which a part of a title may be a headline: shorter ones name sections."""


@lru_cache(maxsize=4096)
def title_key(text: str) -> str:
    """Return a title for comparison: lower case, ё as е, words alone."""
    return _PUNCTUATION.sub(" ", fold(text)).strip()


def likeness(text: str, title: str, *, is_cut: bool = False) -> float:
    """Return how well a title confirms a line, both as `title_key` gives them: 1 when they are equal, 0 when unlike.

    `is_cut` says that the title ends in an ellipsis.
    """
    if text == title:
        return 1.0
    if len(text) >= _LEAST and title.startswith(text):
        return 0.9
    if len(text) >= _LEAST and title.endswith(text):
        return 0.85
    if len(text) >= _LEAST and text in title:
        return 0.5 + 0.4 * len(text) / len(title)
    if len(title) >= 25 and text.startswith(title) and len(text) < (4 if is_cut else 1.5) * len(title):
        return 0.8
    return 0.0
