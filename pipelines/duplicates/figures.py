"""What two texts have in common and what each has of its own, in figures: all that a verdict rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.alignment import Gap, Text, gaps_and_noise, stem

SENTENCE = 4
"""New words of a sentence that says something new."""
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
