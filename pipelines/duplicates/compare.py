"""Whether two documents are one text: what is the same, what differs, and where.

News is told from the top down, so a copy keeps the top of its original or the whole of what comes after it; a follow-up
puts new text before the old, a digest puts other stories around it, a footer stands under another story. And what two
notices of one template have in common are the words, while numbers, names and addresses differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from pipelines.duplicates.alignment import Text, texts_of
from pipelines.duplicates.documents import Document
from pipelines.duplicates.figures import SENTENCE, Figures, Side, figures_of

LEAST_COMMON = 0.25
"""Share of the shorter text that must be in the longer."""
LEAST_RAW = 0.15
"""The same before misread words are looked at: what has less is not looked at closely."""
UNRELATED = 0.3
"""What a word of texts that have little in common says: they may be a brief and a version with another lead."""
MOST_NEW = 0.5
"""Share of words in the shorter text that the longer and its headline have nowhere."""
LEAST_WORDS = 6
"""Words in common below which nothing is decided, unless the texts are the same."""
NEW_LEAD = 22
"""New words before the old ones from which a text is a follow-up."""
NEW_SENTENCES = 16
"""The same when they are of two sentences or more, and the old text is cut."""
A_NUMBER = 4
"""New words that a new number before the old words counts for: a lead is turned otherwise, a follow-up has facts."""
LONG_LEAD = 45
"""New words that a replaced lead may have."""
TOP = 20
"""Words that make the same top of two texts: whatever follows, with the same headline they are one."""
OWN_LEAD = 10
"""New words with which both texts begin, so that they may have an end in common only, a footer."""
OWN_SHARE = 0.65
"""The most of a text that such an end is."""
OFF_TOPIC_SHARE = 0.9
"""The same when nothing in it is what a headline says."""
NEW_TAIL = 22
"""New words after the old ones that a copy may have, and more where it has much in common."""
INSERTED = 8
"""New words put into a text that, with one fact that differs, make it a follow-up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two documents are one text."""

    copy: bool
    reason: str
    """`same`, `cut`, `corrected`, `copy`; or `unrelated`, `facts`, `follow-up`, `digest`, `ending`."""
    score: float
    """Share of the shorter text that is in the longer: 0 to 1."""
    weight: float
    """How much the verdict says, in words: what the two have in common (if `unrelated`, a part of the shorter text)."""
    figures: Figures | None
    """None when the words are the same, or hardly any is."""

    def without_figures(self) -> Verdict:
        """Return the same in less memory; enough for `group`, which needs `copy` and `weight`."""
        return replace(self, figures=None)


def compare(a: Document, b: Document) -> Verdict:
    """Tell whether two documents are one text. The same for (a, b) and (b, a), and nothing but the two counts."""
    return compare_many([a, b], [(0, 1)])[0]


def compare_many(documents: Sequence[Document], pairs: Iterable[tuple[int, int]]) -> list[Verdict]:
    """Return the verdict on each pair of indexes of `documents`; the same as `compare` gives, in less time.

    Holds the words of all `documents` in memory, about 20 kB each; give it a part of them at a time.
    """
    texts = texts_of([(document.headline, document.text) for document in documents])
    return [_verdict(texts[one], texts[other]) for one, other in pairs]


def _verdict(a: Text, b: Text) -> Verdict:
    one, other = sorted((a, b), key=_rank)
    words = len(one.ids)
    if one.ids == other.ids and one.total == other.total:
        return Verdict(True, "same", 1.0, words, None) if words else Verdict(False, "unrelated", 0.0, 0.0, None)
    if LCSseq.similarity(one.ids, other.ids) < LEAST_RAW * words:
        return Verdict(False, "unrelated", 0.0, UNRELATED * words, None)
    figures = figures_of(one, other)
    copy, reason = _decide(figures)
    common = figures.shorter.common
    return Verdict(
        copy, reason, common / max(1, words), UNRELATED * words if reason == "unrelated" else common, figures
    )


def _rank(text: Text) -> tuple[int, list[int], int, list[str]]:
    return len(text.ids), text.ids, text.total, sorted(text.topics)


def _decide(figures: Figures) -> tuple[bool, str]:
    shorter, longer = figures.shorter, figures.longer
    common = min(shorter.common, longer.common)
    if common < LEAST_WORDS or common < LEAST_COMMON * shorter.words:
        return False, "unrelated"
    if figures.facts > 1 or (figures.facts == 1 and _is_another(figures)):
        return False, "facts"
    same_top = figures.same_headline and common >= TOP and not shorter.new_lead and not longer.new_lead
    reason = _before(shorter, longer) or _before(longer, shorter) or _at_end(figures)
    if reason is None and not same_top:
        reason = _after(shorter, longer)
    if reason is None and longer.new_tail >= 2 * NEW_TAIL and not figures.on_topic:
        reason = "digest"  # its headline is about nothing that the two have in common
    if reason:
        return False, reason
    if shorter.new > MOST_NEW * shorter.words and not same_top:
        return False, "unrelated"
    if figures.facts == 1:
        return True, "corrected"
    return True, "cut" if shorter.common >= 0.9 * shorter.words and longer.words > 1.25 * shorter.words else "copy"


def _is_another(figures: Figures) -> bool:
    """Tell whether one fact that differs makes another text, and is not a correction of the same."""
    if figures.is_notice:
        return True
    return figures.numbers > 0 and any(
        side.inserted >= INSERTED or (side.lead_numbers and side.runs_on) for side in (figures.shorter, figures.longer)
    )


def _before(side: Side, other: Side) -> str | None:
    """Return why `side` is another text than `other` by what it puts before the common part; None if it may be one."""
    new = side.new_lead + (0 if other.new_lead else (A_NUMBER - 1) * side.lead_numbers)
    told = side.lead_sentences > 1 and side.new_lead >= NEW_SENTENCES and not other.new_lead and other.tail >= NEW_TAIL
    upto = side.words - min(side.tail, 2 * NEW_TAIL)
    if (new < NEW_LEAD and not told) or side.common >= (0.88 if side.lead_numbers else 0.8) * upto:
        return None
    replaced = other.new_lead > 0 and other.new_lead + other.inserted < NEW_LEAD and side.new_lead <= LONG_LEAD
    if replaced and (side.tail >= NEW_LEAD or other.common >= 0.75 * other.words):
        return None  # one lead stands for the other, and the rest goes on, or the other text is whole
    if other.new_lead >= NEW_LEAD:
        return "ending"
    return "digest" if side.new_tail >= NEW_LEAD else "follow-up"


def _at_end(figures: Figures) -> str | None:
    """Return why the texts are two when no more than an end of both is the same; None if they may be one."""
    most = OWN_SHARE if figures.on_topic else OFF_TOPIC_SHARE
    own = all(
        side.new_lead >= OWN_LEAD and side.new_tail < SENTENCE and side.common < most * side.words
        for side in (figures.shorter, figures.longer)
    )
    return "ending" if own else None


def _after(one: Side, other: Side) -> str | None:
    """Return why the texts are two by what both have after the common part; None if they may be one."""
    if any(side.new_tail < max(NEW_TAIL, 0.22 * side.words) and side.new_tail <= side.common for side in (one, other)):
        return None
    return "digest"
