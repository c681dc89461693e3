"""Two texts laid side by side, word by word, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import Indel, Levenshtein

from pipelines.duplicates.facts import is_fact, spelled
from pipelines.duplicates.words import Words, words_of

MOST_WORDS = 4000
"""Words of a text that are compared, from its top; a comparison costs the product of both numbers."""
_ABBREVIATION = 3
"""Letters of a word after which a full stop may mean an abbreviation."""
_STEM = 4
"""Letters of a word that tells what a headline is about."""
_ALIKE = 0.72
"""Likeness of letters from which two stretches are the same, written or read differently."""
_NAMES_ALIKE = 0.86
"""The same for two names, which differ in less."""
_LONGEST_NOISE = 12
"""Words of a stretch that may be the same as another by its letters."""
_DATELINE = re.compile(
    r"(?:[Гг]\.\s?)?[А-ЯЁ][А-ЯЁ\s.-]{2,40}(?:\([^)]{1,30}\))?[,.]?\s?\d{1,2}\s[а-я]{3,8}(?:\s\d{4})?(?:\sг\.|\sгода)?"
    r"(?:,?\s«[^»]{1,30}»)?\s?[^\w\s]*[.—–-](?=\s)"
)
"""«ТВЕРЬ, 5 марта.», «Г. ЛИПОВСК (область), 12 мая 2024 г. —»: a city in capitals, a day, a full stop or dash."""
_LONGEST_DATELINE = 14
"""Words among which a dateline ends."""
_BY_CHANCE = 3
"""Words in a row that different texts may well have in common."""


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """The words of a text after its dateline, as comparisons need them; the lists are of one length."""

    words: list[str]
    """Folded."""
    ids: list[int]
    facts: list[bool]
    """Whether a word is a number, a day, a month or a kind of street."""
    names: list[bool]
    """Whether a word begins with a capital where no sentence begins."""
    begins: list[bool]
    """Whether a sentence or a line begins with the word."""
    known: frozenset[int]
    """All words of the headline and the text."""
    topics: frozenset[str]
    """Beginnings of the longer words of the headline: what the text is about."""
    total: int
    """Words of the whole text, beyond `MOST_WORDS` too."""


def texts_of(documents: Sequence[tuple[str, str]]) -> list[Text]:
    """Return the words of each (headline, text)."""
    parts = [part for document in documents for part in document]
    result: list[Text] = []
    headline: _Part | None = None
    for _, words in words_of(parts):
        bounds = words.bounds.tolist()
        for start, stop in pairwise(bounds):
            part = _Part(words, start, min(stop, start + MOST_WORDS), stop - start)
            if headline is None:
                headline = part
            else:
                result.append(_text(headline, part))
                headline = None
    return result


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """A headline or text among the words of a batch."""

    found: Words
    start: int
    stop: int
    total: int

    def ids(self) -> list[int]:
        ids: list[int] = self.found.hashes[self.start : self.stop].tolist()
        return ids

    def words(self) -> list[str]:
        return self.found.folded(self.start, self.stop)

    def without_dateline(self) -> _Part:
        """Return the part after its dateline: the same text has another one in each city."""
        head = self.found.raw(self.start, min(self.stop, self.start + _LONGEST_DATELINE))
        dateline = _DATELINE.match(head)
        if dateline is None:
            return self
        end = self.found.starts[self.start] + dateline.end()
        start = self.start + int(np.searchsorted(self.found.starts[self.start : self.stop], end))
        return replace(self, start=start, total=self.total - (start - self.start))

    def begins(self, words: Sequence[str]) -> list[bool]:
        """Tell for each word whether a sentence or line begins with it."""
        broken = self.found.breaks(self.start, self.stop).tolist()
        return [
            index == 0 or (is_broken and not 0 < len(words[index - 1].rstrip("0123456789")) <= _ABBREVIATION)
            for index, is_broken in enumerate(broken)
        ]


def stem(word: str) -> str:
    """Return the beginning of a word that its other forms have too, about; empty for a short word."""
    return word[: max(_STEM, len(word) - 3)] if len(word) >= _STEM else ""


def _text(headline: _Part, whole: _Part) -> Text:
    part = whole.without_dateline()
    ids, words = part.ids(), part.words()
    begins = part.begins(words)
    capitals = part.found.capitals(part.start, part.stop).tolist()
    return Text(
        words=words,
        ids=ids,
        facts=[is_fact(word) for word in words],
        names=[capital and not begin for capital, begin in zip(capitals, begins, strict=True)],
        begins=begins,
        known=frozenset(headline.ids()).union(ids),
        topics=frozenset(filter(None, map(stem, headline.words()))),
        total=part.total,
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch where two texts differ: words `a0` to `a1` of the one stand where `b0` to `b1` of the other do."""

    a0: int
    a1: int
    b0: int
    b1: int

    @property
    def most(self) -> int:
        """Words of the longer side."""
        return max(self.a1 - self.a0, self.b1 - self.b0)

    @property
    def least(self) -> int:
        """Words of the shorter side."""
        return min(self.a1 - self.a0, self.b1 - self.b0)


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
    kept = [gap for gap in joined if not _is_noise(a, b, gap)]
    return _to_the_ends(kept, a, b), len(joined) - len(kept)


def _joined(found: Sequence[Gap]) -> list[Gap]:
    """Return gaps with those joined that touch, or that only a shorter common stretch keeps apart."""
    result: list[Gap] = []
    for gap in found:
        now = gap
        while result:
            last = result[-1]
            between = now.a0 - last.a1
            if between > _BY_CHANCE or (between and between > min(last.most, now.most)):
                break
            now = Gap(last.a0, now.a1, last.b0, now.b1)
            result.pop()
        result.append(now)
    return result


def _to_the_ends(found: list[Gap], a: Text, b: Text) -> list[Gap]:
    """Return gaps of which the first and the last take in the few common words between them and an end.

    Where one text has words put in before the other begins, both may begin with the same small word: then the words
    after it are what was put in, up to the same small word again.
    """
    if found:
        first = found[0]
        if 0 < first.a0 <= _BY_CHANCE and first.least > 2 * first.a0:
            found[0] = Gap(0, first.a1, 0, first.b1)
        elif 0 < first.a0 <= _BY_CHANCE and not first.least:
            found[0] = _slid(first, a, b, -first.a0)
        last, after = found[-1], len(a.ids) - found[-1].a1
        if 0 < after <= _BY_CHANCE and last.least > 2 * after:
            found[-1] = Gap(last.a0, len(a.ids), last.b0, len(b.ids))
        elif 0 < after <= _BY_CHANCE and not last.least:
            found[-1] = _slid(last, a, b, after)
    return found


def _slid(gap: Gap, a: Text, b: Text, by: int) -> Gap:
    """Return what was put in as `by` words later, if it reads the same; else the gap as it is."""
    moved = Gap(gap.a0 + by, gap.a1 + by, gap.b0 + by, gap.b1 + by)
    ids, start, stop = (a.ids, gap.a0, gap.a1) if gap.a1 > gap.a0 else (b.ids, gap.b0, gap.b1)
    same = (
        ids[start + by : start] == ids[stop + by : stop] if by < 0 else ids[start : start + by] == ids[stop : stop + by]
    )
    return moved if same else gap


def _is_noise(a: Text, b: Text, gap: Gap) -> bool:
    """Tell whether a gap is the same words, typed or read otherwise: alike in letters, with the same facts."""
    if gap.most > _LONGEST_NOISE or not gap.least:
        return False
    mine, its = a.words[gap.a0 : gap.a1], b.words[gap.b0 : gap.b1]
    one, other = spelled(mine), spelled(its)
    if _digits(one) != _digits(other):
        return False
    if any(a.facts[gap.a0 : gap.a1]) and any(b.facts[gap.b0 : gap.b1]) and not _same_facts(a, b, gap):
        return False
    if gap.most == 1 and a.names[gap.a0] and b.names[gap.b0]:
        near = min(len(one), len(other)) > _ABBREVIATION and Levenshtein.distance(one, other) == 1
        return near or bool(Indel.normalized_similarity(one, other) >= _NAMES_ALIKE)
    return bool(Indel.normalized_similarity(one, other) >= _ALIKE)


def _same_facts(a: Text, b: Text, gap: Gap) -> bool:
    mine = [a.words[i] for i in range(gap.a0, gap.a1) if a.facts[i] and a.words[i].isalpha()]
    return mine == [b.words[i] for i in range(gap.b0, gap.b1) if b.facts[i] and b.words[i].isalpha()]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
