"""Whether two documents are one text: what is the same, what differs, and where.

News is told from the top down, so a copy keeps the top of its original or the whole of what comes after it; a follow-up
puts new text before the old, a digest puts other stories around it, a footer stands under another story. And what two
notices of one template have in common are the words, while numbers, names and addresses differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq, Levenshtein

from pipelines.duplicates.alignment import Gap, Text, gaps_and_noise, stem, texts_of
from pipelines.duplicates.documents import Document

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
SENTENCE = 4
"""New words of a sentence that says something new."""
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
LONGEST_SLOT = 10
"""Words of a stretch in which one fact may stand for another."""
LONGEST_NAME = 5
"""Words of a stretch in which one name may stand for another."""
EDGE = 3
"""Words at either end of a longer stretch that may be such a fact."""
NOTICES = ((30, 0.0), (60, 0.1), (100, 0.13), (150, 0.17))
"""(Words, share of facts among them): up to so many words a text with such a share is a notice. There one fact that
differs makes another one; any other text was corrected."""
SHORT_NOTICE = 60
"""Words of a notice where figures before the common part make another one too, if that is more than datelines."""
DATELINE = 8
"""Words of a dateline at most."""
MISREAD = 2
"""Misread stretches from which a digit may have been lost too."""
NOISE_A_NAME = 4
"""Misread stretches that excuse one name that differs."""
INSERTED = 8
"""New words put into a text that, with one fact that differs, make it a follow-up."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two texts has that the other has not. New words are those that the other has nowhere."""

    words: int
    common: int
    """Words that are in the other text too, in the same order."""
    lead: int
    """Words before the common part."""
    new_lead: int
    lead_sentences: int
    """Sentences before the common part that have some new words."""
    lead_numbers: int
    """New numbers before the common part."""
    runs_on: bool
    """Whether the common part goes on in the sentence that stands before it."""
    inserted: int
    """New words between common ones where the other text has nothing."""
    new: int
    """New words anywhere."""
    tail: int
    """Words after the common part."""
    new_tail: int


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
    added: int
    """What counts in a notice only: numbers that one text has more inside (another house in a row of houses), and names
    at the edge of a longer stretch."""
    noise: int
    """Stretches that differ by typing or reading only."""
    same_headline: bool
    """Whether the headlines have half of their longer words in common, and two at least."""
    on_topic: bool
    """Whether the shorter text or its headline has a word of the longer one's headline, or there is none to have."""
    density: float
    """Share of numbers, days, months and the like among the words of the shorter text."""

    @property
    def facts(self) -> int:
        """Facts that differ, less those that misreading may have changed."""
        added = self.added if self.is_notice else 0
        leads = min(self.shorter.lead, self.longer.lead)
        if self.is_notice and self.shorter.words <= SHORT_NOTICE and leads > DATELINE:
            added += min(self.shorter.lead_numbers, self.longer.lead_numbers)
        return self.numbers + added + max(0, self.names - self.noise // NOISE_A_NAME)

    @property
    def is_notice(self) -> bool:
        """Whether the shorter text is a notice: there one fact that differs makes another one."""
        return any(self.shorter.words <= words and self.density >= share for words, share in NOTICES)


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


def _rank(text: Text) -> tuple[int, list[int]]:
    return len(text.ids), text.ids


def figures_of(one: Text, other: Text) -> Figures:
    """Return what is the same and what differs; `one` is the shorter."""
    found, noise = gaps_and_noise(one, other)
    numbers, names, others = _slots(one, other, found, noise)
    return Figures(
        shorter=_side(one, other, found),
        longer=_side(other, one, [Gap(gap.b0, gap.b1, gap.a0, gap.a1) for gap in found]),
        numbers=numbers,
        names=names,
        others=others,
        added=sum(_is_one_more(one, other, gap) + _has_name_at_edge(one, other, gap) for gap in found),
        noise=noise,
        same_headline=_are_alike(one.topics, other.topics),
        on_topic=not other.topics or not other.topics.isdisjoint(one.topics.union(map(stem, one.words))),
        density=sum(one.facts) / max(1, len(one.facts)),
    )


def _are_alike(one: Set[str], other: Set[str]) -> bool:
    common = len(one & other)
    return common > 1 and 2 * common >= min(len(one), len(other))


def _side(text: Text, against: Text, found: list[Gap]) -> Side:
    end, its_end = len(text.ids), len(against.ids)
    common, lead, new_lead, inserted, new, tail, new_tail = end, 0, 0, 0, 0, 0, 0
    for gap in found:
        size = gap.a1 - gap.a0
        common -= size
        here = sum(word not in against.known for word in text.ids[gap.a0 : gap.a1])
        new += here
        if gap.a0 == 0 or gap.b0 == 0:
            lead, new_lead = gap.a1, here
        elif gap.a1 == end or gap.b1 == its_end:
            tail, new_tail = size, here
        elif 3 * (gap.b1 - gap.b0) <= size:
            inserted += here
    numbers = sum(text.facts[i] and text.ids[i] not in against.known for i in range(lead))
    return Side(
        words=end,
        common=common,
        lead=lead,
        new_lead=new_lead,
        lead_sentences=_new_sentences(text, against, lead),
        lead_numbers=numbers,
        runs_on=0 < lead < end and not text.begins[lead] and not text.names[lead],
        inserted=inserted,
        new=new,
        tail=tail,
        new_tail=new_tail,
    )


def _new_sentences(text: Text, against: Text, stop: int) -> int:
    """Return how many sentences up to a word have `SENTENCE` new words."""
    counts = [0]
    for i in range(stop):
        if text.begins[i]:
            counts.append(0)
        counts[-1] += text.ids[i] not in against.known
    return sum(count >= SENTENCE for count in counts)


def _slots(one: Text, other: Text, found: list[Gap], noise: int) -> tuple[int, int, int]:
    """Return how many (numbers, names, other words) stand for others in the same place; equal pairs count once."""
    numbers = names = others = 0
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for whole in found:
        for slot in _slots_of(one, other, whole):
            pair = tuple(one.words[slot.a0 : slot.a1]), tuple(other.words[slot.b0 : slot.b1])
            if pair in seen:
                continue
            seen.add(pair)
            differ = _numbers_that_differ(one, other, slot, noise >= MISREAD)
            if differ:
                numbers += differ
            elif slot != whole:
                continue
            elif _is_name(one, other, slot.a0, slot.a1) and _is_name(other, one, slot.b0, slot.b1):
                names += 1
            else:
                others += 1
    return numbers, names, others


def _slots_of(one: Text, other: Text, gap: Gap) -> list[Gap]:
    """Return where in a gap one fact may stand for another: all of a short one; of a long one what is in a sentence
    that is common to both at its edge."""
    if gap.a0 == gap.a1 or gap.b0 == gap.b1:
        return []
    before, after = gap.a0 and gap.b0, gap.a1 < len(one.ids) and gap.b1 < len(other.ids)
    torn_before = not one.begins[gap.a0] and not other.begins[gap.b0]
    torn_after = after and not one.begins[gap.a1] and not other.begins[gap.b1]
    if not (before or torn_after) or not (after or torn_before):
        return []  # a dateline, a source: whole sentences at an end of both
    if max(gap.a1 - gap.a0, gap.b1 - gap.b0) <= LONGEST_SLOT:
        return [gap]
    found = []
    if before and torn_before:
        found.append(Gap(gap.a0, min(gap.a1, gap.a0 + EDGE), gap.b0, min(gap.b1, gap.b0 + EDGE)))
    if torn_after:
        found.append(Gap(max(gap.a0, gap.a1 - EDGE), gap.a1, max(gap.b0, gap.b1 - EDGE), gap.b1))
    return found


def _has_name_at_edge(one: Text, other: Text, gap: Gap) -> bool:
    if gap.most <= LONGEST_NAME:
        return False
    return any(
        _is_name(one, other, max(slot.a0, slot.a1 - EDGE), slot.a1)
        and _is_name(other, one, max(slot.b0, slot.b1 - EDGE), slot.b1)
        for slot in _slots_of(one, other, gap)
    )


def _is_one_more(one: Text, other: Text, gap: Gap) -> bool:
    """Tell whether one text has a number more inside, and nothing else: another house in a row of houses."""
    if gap.least or gap.most > EDGE or not gap.a0 or gap.a1 == len(one.ids):
        return False
    if not all(one.facts[gap.a0 : gap.a1]) or not all(other.facts[gap.b0 : gap.b1]):
        return False
    return not other.known.issuperset(one.ids[gap.a0 : gap.a1]) or not one.known.issuperset(other.ids[gap.b0 : gap.b1])


def _numbers_that_differ(one: Text, other: Text, slot: Gap, misread: bool) -> int:
    """Return how many; with `misread`, a number that lost a digit is no other."""
    mine = Counter(one.words[i] for i in range(slot.a0, slot.a1) if one.facts[i])
    its = Counter(other.words[i] for i in range(slot.b0, slot.b1) if other.facts[i])
    mine, its = mine - its, its - mine
    if misread:
        damaged = {word for word in mine if any(_lost_a_digit(word, partner) for partner in its)}
        return min(mine.total() - len(damaged), its.total())
    return min(mine.total(), its.total())


def _lost_a_digit(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) == 1 and Levenshtein.distance(one, other) == 1


def _is_name(text: Text, against: Text, start: int, stop: int) -> bool:
    """Tell whether a stretch is a name that the other text has nowhere, or some words around one."""
    words = range(start, stop)
    return len(words) <= LONGEST_NAME and any(
        text.names[i] and (text.ids[i] not in against.known or len(text.words[i]) == 1) for i in words
    )


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
