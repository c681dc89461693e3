"""Towns that the dictionary has not: `toponyms.txt`, from GeoNames (CC BY 4.0)."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files

LETTERS = 3
"""By so many last letters stems are alike."""
FEW = 3
"""Names to add to both sides of a share, so that two names prove little."""
_VOWELS = "аоьяйиеуы"
_ENDS = ("", *_VOWELS)


@cache
def towns() -> frozenset[str]:
    """The names, small letters with ё as е."""
    with (files(__package__) / "toponyms.txt").open(encoding="utf-8") as file:
        return frozenset(line.rstrip("\n") for line in file if not line.startswith("#"))


def is_town(name: str) -> bool:
    """Whether a town is called so (small letters)."""
    return name.replace("ё", "е") in towns()


def share(name: str) -> float:
    """Of the towns whose stems end alike those with the same ending, 0 to 1: «Мансетта», not «Мансетт»."""
    stem, ending = _split(name.replace("ё", "е"))
    return ends()[stem, ending] / (FEW + sum(ends()[stem, other] for other in _ENDS))


@cache
def ends() -> Counter[tuple[str, str]]:
    """How many towns end so."""
    return Counter(map(_split, towns()))


def _split(name: str) -> tuple[str, str]:
    """The stem's last letters, and the ending."""
    stem = name[:-1] if name[-1] in _VOWELS else name
    return stem[-LETTERS:], name[len(stem) :]
