"""Two texts laid side by side, word by word, and what differs between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import Indel

from pipelines.duplicates.words import has_digit, words_of_batch

MOST_WORDS = 4000
"""Words of a text that are compared, from its top; a comparison costs the product of both numbers."""
_SHORT_WORD = 3
"""Letters of a word after which a full stop may mean an abbreviation."""
_NOISE = 0.72
"""Likeness of letters from which two stretches are the same, written or read differently."""
_LONGEST_NOISE = 12
"""Words of a stretch that may be the same as another by its letters."""
_BY_CHANCE = 3
"""Words in a row that different texts may well have in common."""
_LETTERS = str.maketrans("0361", "озбл")
_DATE_WORD = re.compile(
    "(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр|понедельник|вторник|четверг|пятниц|суббот"
    "|воскресень)[а-я]{0,3}|ма[йяею]|сред[ауые]|перв(?:ый|ого|ому|ом|ая|ой|ую|ое|ые|ых)|втор(?:ой|ого|ому|ом|ая|ую|ое)"
    "|трет(?:ий|ьего|ьему|ьем|ья|ьей|ью|ье)|два|две|двух|двум|двое|три|трех|трем|трое|четыр[а-я]+|пят[ьи]|шест[ьи]"
    "|сем[ьи]|вос[ье]м[ьи]|девят[ьи]|десят[ьи]"
)
"""Months, days of the week and small numbers in words, folded: facts as figures are."""


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """The words of a text as comparisons need them; the lists are of one length."""

    words: list[str]
    """Folded."""
    ids: list[int]
    numbers: list[bool]
    """Whether a word is a number, a month or a day of the week."""
    names: list[bool]
    """Whether a word begins with a capital where no sentence begins."""
    begins: list[bool]
    """Whether a sentence or a line begins with the word."""
    known: frozenset[int]
    """All words of the headline and the text."""
    total: int
    """Words of the whole text, beyond `MOST_WORDS` too."""


@lru_cache(maxsize=2048)
def text_of(headline: str, text: str) -> Text:
    """Return the words of a text and its headline."""
    found = words_of_batch([headline, text])
    first, last = int(found.bounds[1]), int(found.bounds[2])
    stop = min(last, first + MOST_WORDS)
    starts, ends = found.starts[first:stop], found.ends[first:stop]
    folded = found.codes.astype("<u4").tobytes().decode("utf-32-le", "replace")
    words = [folded[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    ids = found.hashes[first:stop].tolist()
    breaks = np.concatenate(([0], np.cumsum(found.breaks)))
    before = np.concatenate((starts[:1] - 1, ends[:-1]))
    broken = (breaks[starts] > breaks[before]).tolist()
    begins = [
        index == 0 or (is_broken and len(words[index - 1]) > _SHORT_WORD) for index, is_broken in enumerate(broken)
    ]
    capitals = found.capitals[starts].tolist()
    return Text(
        words=words,
        ids=ids,
        numbers=[
            is_number(word) if digit else _DATE_WORD.fullmatch(word) is not None
            for word, digit in zip(words, has_digit(found)[first:stop].tolist(), strict=True)
        ],
        names=[capital and not begin for capital, begin in zip(capitals, begins, strict=True)],
        begins=begins,
        known=frozenset(found.hashes[:first].tolist()) | frozenset(ids),
        total=last - first,
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch where two texts differ: words `a0` to `a1` of the one stand where `b0` to `b1` of the other do."""

    a0: int
    a1: int
    b0: int
    b1: int


def gaps_and_noise(a: Text, b: Text) -> tuple[list[Gap], int]:
    """Return where the texts differ, in their order (what lies between is the same in both), and what was misread.

    Stretches that differ by typing, OCR or spaces only are the same, and counted. A few words that happen to be common
    between larger differences, or beside one at an end of the texts, are part of the difference.
    """
    found = [
        Gap(op.src_start, op.src_end, op.dest_start, op.dest_end)
        for op in Indel.opcodes(a.ids, b.ids)
        if op.tag != "equal"
    ]
    joined = _joined(found)
    kept = [gap for gap in joined if not is_noise(a, b, gap)]
    return _to_the_ends(kept, len(a.ids), len(b.ids)), len(joined) - len(kept)


def _joined(found: Sequence[Gap]) -> list[Gap]:
    """Return gaps with those joined that touch, or that only a shorter common stretch keeps apart."""
    result: list[Gap] = []
    for gap in found:
        while result:
            last = result[-1]
            between = gap.a0 - last.a1
            if between > min(_BY_CHANCE, _size(last), _size(gap)):
                break
            gap = Gap(last.a0, gap.a1, last.b0, gap.b1)
            result.pop()
        result.append(gap)
    return result


def _to_the_ends(found: list[Gap], words: int, others: int) -> list[Gap]:
    """Return gaps of which the first and the last take in the few common words between them and an end."""
    if found:
        first = found[0]
        if first.a0 <= _BY_CHANCE and _smaller(first) > 2 * first.a0:
            found[0] = Gap(0, first.a1, 0, first.b1)
        last = found[-1]
        if words - last.a1 <= _BY_CHANCE and _smaller(last) > 2 * (words - last.a1):
            found[-1] = Gap(last.a0, words, last.b0, others)
    return found


def _size(gap: Gap) -> int:
    return max(gap.a1 - gap.a0, gap.b1 - gap.b0)


def _smaller(gap: Gap) -> int:
    return min(gap.a1 - gap.a0, gap.b1 - gap.b0)


def is_noise(a: Text, b: Text, gap: Gap) -> bool:
    """Tell whether a gap is the same words, typed or read otherwise: alike in letters, the same digits."""
    if _size(gap) > _LONGEST_NOISE or gap.a0 == gap.a1 or gap.b0 == gap.b1:
        return False
    one, other = _letters(a.words[gap.a0 : gap.a1]), _letters(b.words[gap.b0 : gap.b1])
    if _digits(one) != _digits(other):
        return False
    return bool(Indel.normalized_similarity(one, other) >= _NOISE)


def _letters(words: Sequence[str]) -> str:
    """Return the words as one, with digits in words of letters as the letters that they look like."""
    return "".join(word if word.isalpha() or is_number(word) else word.translate(_LETTERS) for word in words)


def is_number(word: str) -> bool:
    """Tell whether a word with digits is a number, and no word with digits for letters."""
    digits = sum(map(str.isdigit, word))
    return 0 < len(word) <= 2 * digits


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
