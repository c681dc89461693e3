"""Whether two documents are one text: what is the same, what differs, and where.

News is told from the top down, so a copy keeps the top of its original or the whole of what comes after it; a follow-up
puts new text before the old, a digest puts other stories around it, a footer stands under another story. And what two
notices of one template have in common are the words, while numbers, names and addresses differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.duplicates.alignment import Gap, Text, gaps_and_noise, text_of
from pipelines.duplicates.documents import Document

LEAST_COMMON = 0.3
"""Share of the shorter text that must be in the longer."""
LEAST_WORDS = 6
"""Words in common below which nothing is decided, unless the texts are the same."""
NEW_LEAD = 22
"""New words before the common part from which a text is a follow-up."""
LONGEST_SLOT = 10
"""Words of a stretch in which one fact may stand for another."""
NOTICE = 60
"""Words of a text in which one fact that differs makes another notice; a longer one was corrected."""
DENSE = 0.09
"""Share of numbers among the words that tells a notice; such a text is one up to `LONG_NOTICE` words."""
LONG_NOTICE = 150
NOISE_A_SLOT = 4
"""Misread stretches that excuse one fact that differs."""
INSERTED = 8
"""New words inside a text that, with one fact that differs, make it a follow-up."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two texts has that the other has not."""

    words: int
    common: int
    """Words that are in the other text too, in the same order."""
    lead: int
    """Words before the common part; `new_lead` of them are nowhere in the other text or its headline. Likewise:"""
    new_lead: int
    new_middle: int
    new_tail: int
    missing_lead: int
    tail: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What decided about two documents; `shorter` and `longer` by words."""

    shorter: Side
    longer: Side
    numbers: int
    """Different numbers in the same place; each pair counts once."""
    names: int
    """Different names in the same place."""
    others: int
    """Different words in the same place."""
    noise: int
    """Stretches that differ by typing or reading only."""
    density: float
    """Share of numbers among the words of the shorter text."""

    @property
    def facts(self) -> int:
        """Facts that differ, less those that misreading may have changed."""
        return max(0, self.numbers + self.names - self.noise // NOISE_A_SLOT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two documents are one text."""

    copy: bool
    reason: str
    """`same`, `cut`, `corrected`, `copy`; or `unrelated`, `facts`, `follow-up`, `digest`, `ending`."""
    score: float
    """Share of the shorter text that is in the longer: 0 to 1."""
    figures: Figures | None
    """None when the words are the same."""


def compare(a: Document, b: Document) -> Verdict:
    """Tell whether two documents are one text. The same for (a, b) and (b, a), and nothing but the two counts."""
    one, other = sorted((text_of(a.headline, a.text), text_of(b.headline, b.text)), key=_rank)
    if one.ids == other.ids and one.total == other.total:
        return Verdict(True, "same", 1.0, None) if one.ids else Verdict(False, "unrelated", 0.0, None)
    figures = figures_of(one, other)
    copy, reason = _decide(figures)
    return Verdict(copy, reason, figures.shorter.common / max(1, figures.shorter.words), figures)


def _rank(text: Text) -> tuple[int, list[int]]:
    return len(text.ids), text.ids


def figures_of(one: Text, other: Text) -> Figures:
    """Return what is the same and what differs; `one` is the shorter."""
    found, noise = gaps_and_noise(one, other)
    numbers, names, others = _slots(one, other, found)
    return Figures(
        shorter=_side(one, other, found, first=True),
        longer=_side(other, one, found, first=False),
        numbers=numbers,
        names=names,
        others=others,
        noise=noise,
        density=sum(one.digits) / max(1, len(one.digits)),
    )


def _side(text: Text, against: Text, found: list[Gap], *, first: bool) -> Side:
    common, lead, new_lead, new_middle, new_tail, missing, tail = len(text.ids), 0, 0, 0, 0, 0, 0
    for gap in found:
        start, stop = (gap.a0, gap.a1) if first else (gap.b0, gap.b1)
        there, there_stop = (gap.b0, gap.b1) if first else (gap.a0, gap.a1)
        common -= stop - start
        new = sum(word not in against.known for word in text.ids[start:stop])
        if start == 0 or there == 0:
            lead, new_lead, missing = lead + stop - start, new_lead + new, missing + there_stop - there
        elif stop == len(text.ids) or there_stop == len(against.ids):
            tail, new_tail = tail + stop - start, new_tail + new
        else:
            new_middle += new
    return Side(len(text.ids), common, lead, new_lead, new_middle, new_tail, missing, tail)


def _slots(one: Text, other: Text, found: list[Gap]) -> tuple[int, int, int]:
    """Return how many (numbers, names, other words) stand for others in the same place; equal pairs count once."""
    numbers = names = others = 0
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for gap in found:
        mine, its = tuple(one.words[gap.a0 : gap.a1]), tuple(other.words[gap.b0 : gap.b1])
        if not mine or not its or max(len(mine), len(its)) > LONGEST_SLOT or (mine, its) in seen:
            continue
        seen.add((mine, its))
        figures = {word for word in mine if any(map(str.isdigit, word))}
        its_figures = {word for word in its if any(map(str.isdigit, word))}
        if figures - its_figures and its_figures - figures:
            numbers += min(len(figures - its_figures), len(its_figures - figures))
        elif any(one.names[gap.a0 : gap.a1]) and any(other.names[gap.b0 : gap.b1]):
            names += 1
        else:
            others += 1
    return numbers, names, others


def _decide(figures: Figures) -> tuple[bool, str]:
    shorter, longer = figures.shorter, figures.longer
    common = min(shorter.common, longer.common)
    if common < LEAST_WORDS or common < LEAST_COMMON * shorter.words:
        return False, "unrelated"
    if figures.facts > 1:
        return False, "facts"
    if figures.facts == 1:
        inserted = max(shorter.new_middle, longer.new_middle)
        if _is_notice(figures) or inserted >= INSERTED:
            return False, "facts"
    for side, other in ((shorter, longer), (longer, shorter)):
        reason = _alien(side, other)
        if reason:
            return False, reason
    if figures.facts == 1:
        return True, "corrected"
    if shorter.common >= 0.9 * shorter.words and longer.words > 1.25 * shorter.words:
        return True, "cut"
    return True, "copy"


def _is_notice(figures: Figures) -> bool:
    words = figures.shorter.words
    return words <= NOTICE or (figures.density >= DENSE and words <= LONG_NOTICE)


def _alien(side: Side, other: Side) -> str | None:
    """Return why `side` is no copy of `other` nor the other of it, by what it has of its own; None if it may be."""
    if side.new_lead >= NEW_LEAD and side.common < 0.85 * side.words:
        if other.new_lead >= NEW_LEAD and other.new_tail < NEW_LEAD and side.new_tail < NEW_LEAD:
            return "ending"
        return "digest" if side.new_tail >= NEW_LEAD else "follow-up"
    if side.new_tail >= 2 * NEW_LEAD and other.new_tail >= NEW_LEAD:
        return "digest"
    return None
