"""Which mentions of an article are one entity: stable, readable ids.

An id is `loc:iso3166:PL` for what a gazetteer knows, else the type and the folded canonical form of the fullest
spelling in the article: `per:елена сорокина`, `org:международный союз наследники победы`. No look beyond the article.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.entities.drafts import Draft
from pipelines.entities.endings import VOWELS
from pipelines.entities.link_bodies import link_bodies
from pipelines.entities.link_names import agree_on_names
from pipelines.entities.link_places import agree_on_nominatives, join_streets
from pipelines.entities.morphology import is_russian
from pipelines.entities.persons import Name
from pipelines.entities.quotes import folded

LONG_SURNAME = 7


def link(drafts: Sequence[Draft]) -> None:
    """Give every draft its id; a surname alone also takes the nominative of its full name."""
    agree_on_nominatives([d for d in drafts if d.type == "LOC"])
    agree_on_names([d for d in drafts if d.name is not None])
    for draft in drafts:
        draft.id = f"{draft.type.lower()}:{draft.refs[0] if draft.refs else folded(draft.key or _ordered(draft))}"
    join_streets([d for d in drafts if d.type == "LOC"])
    _link_persons([d for d in drafts if d.type == "PER" and d.name is not None])
    link_bodies([d for d in drafts if d.type == "ORG"])
    _join_asides(drafts)
    _settle_doubts(drafts)


def _settle_doubts(drafts: Sequence[Draft]) -> None:
    """A form is certain where the same entity has it elsewhere in the article, and there without doubt."""
    if any(draft.uncertain for draft in drafts):
        certain = {(draft.id, draft.normal) for draft in drafts if not draft.uncertain}
        for draft in drafts:
            if draft.uncertain and (draft.id, draft.normal) in certain:
                draft.uncertain = None


def _join_asides(drafts: Sequence[Draft]) -> None:
    """What stood in parentheses behind a name is that name, and so is every mention with the same id."""
    same = {draft.aside.id: draft for draft in drafts if draft.aside is not None and draft.aside.id != draft.id}
    for draft in drafts:
        owner = same.get(draft.id)
        if owner is not None:
            draft.id = owner.id
            if draft.type == "PER" and is_russian(owner.text[:1]) and not is_russian(draft.text[:1]):
                draft.normal, draft.uncertain, draft.name = owner.normal, owner.uncertain, owner.name


def _ordered(draft: Draft) -> str:
    """First name, patronymic, surname, whatever the order in the text."""
    name = draft.name
    if name is None or not (name.first and name.last):
        return draft.normal
    return " ".join(part for part in (name.first, name.middle, name.last) if part)


def _link_persons(drafts: list[Draft]) -> None:
    """Every shorter name joins the one fuller name that it fits; with two that fit it stays alone."""
    owners: dict[str, Draft] = {}
    by_word: dict[str, dict[str, Draft]] = {}
    for draft in sorted(drafts, key=lambda d: -_fullness(d)):
        key = _key(draft)
        if key in owners:
            continue
        near = {owner.id: owner for word in _guesses(draft) for owner in by_word.get(word, {}).values()}
        fits = [owner for owner in near.values() if _fits(draft, owner)]
        owners[key] = owner = fits[0] if len(fits) == 1 else draft
        if owner is draft:
            for word in _words(draft):
                by_word.setdefault(word, {}).setdefault(draft.id, draft)
    for draft in drafts:
        owner = owners[_key(draft)]
        if draft.id != owner.id:
            draft.id = owner.id
            _adopt(draft, owner)


def _words(draft: Draft) -> set[str]:
    """The words by which a name may be found: surname and first name."""
    name = draft.name
    assert name is not None
    parts = {folded(part) for part in (name.first, name.last) if len(part.rstrip(".")) > 1}
    return parts | {part.split()[-1] for part in parts}


def _guesses(draft: Draft) -> frozenset[str]:
    """The words by which to look for a fuller name: the surname, with its other nominatives when it stands alone."""
    name = draft.name
    assert name is not None
    return name.alternatives | {folded(name.last or name.first)}


def _key(draft: Draft) -> str:
    return folded(draft.normal) + "|" + folded(draft.text)


def _fullness(draft: Draft) -> int:
    """Full names before initials before surnames; the longer the better."""
    name = draft.name
    assert name is not None
    return sum(3 if len(part.rstrip(".")) > 1 else 1 for part in (name.first, name.middle, name.last) if part)


def _fits(short: Draft, long: Draft) -> bool:
    """Could `short` be another way to write `long`?"""
    a, b = short.name, long.name
    assert a is not None
    assert b is not None
    if not b.first and not b.last:
        return False
    if " " in b.last and folded(f"{a.first} {a.last}") == folded(b.last):
        return True  # «Бен Ладен»
    if a.gender and b.gender and a.gender != b.gender:
        return False
    if a.last and not _same_word(a, a.last, b.last):
        return not a.first and not a.middle and bool(b.first) and a.last == b.first and len(b.first) > 2
    if a.first and not _same_given(a.first, b.first):
        return False
    if a.middle and b.middle and not _same_given(a.middle, b.middle):
        return False
    return bool(a.last or a.first)


def _same_word(name: Name, word: str, other: str) -> bool:
    if not other:
        return False
    mine, others = folded(word), {folded(other), folded(other).split()[-1]}
    return mine in others or bool(others & name.alternatives) or _misspelt(name, word, other)


def _misspelt(name: Name, word: str, other: str) -> bool:
    """«Кузнецовв», «Корраблёв»: one letter too many or too few in a long surname beside a first name."""
    return (
        len(word) >= LONG_SURNAME and len(name.first.rstrip(".")) > 1 and one_letter_more(folded(word), folded(other))
    )


def one_letter_more(a: str, b: str) -> bool:
    """One of the words is the other with one letter put in, not at its end, where an ending would be."""
    long, short = (a, b) if len(a) > len(b) else (b, a)
    if len(long) != len(short) + 1 or long[-1] != short[-1]:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _same_given(a: str, b: str) -> bool:
    """«С.» and «Сергей» are one, so are «Эдмон» and «Эдмонд»; «Сергей» and «Семён» are not."""
    if not b:
        return False
    a, b = folded(a).rstrip("."), folded(b).rstrip(".")
    initial = (len(a) == 1 and b.startswith(a)) or (len(b) == 1 and a.startswith(b))
    foreign = abs(len(a) - len(b)) == 1 and min(len(a), len(b)) > 4 and (a.startswith(b) or b.startswith(a))
    return a == b or initial or (foreign and a[-1] not in VOWELS and b[-1] not in VOWELS)


def _adopt(draft: Draft, owner: Draft) -> None:
    """«Сорокиной» alone could be Сорокина or Сорокин: the full name tells."""
    a, b = draft.name, owner.name
    if not (a and b and a.last and not a.first and b.last and folded(draft.normal) == folded(a.last)):
        return
    if folded(b.last) == folded(a.last):
        draft.uncertain = owner.uncertain
    elif folded(b.last) in a.alternatives:
        draft.normal, draft.uncertain = b.last, owner.uncertain
