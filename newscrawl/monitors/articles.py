"""Monitors of what articles give: fields that are found less often, from elsewhere, or not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from newscrawl.items import Alarm, Run
from newscrawl.monitors.evidence import Demands, Drop, Share
from newscrawl.monitors.history import History, count, names, percent

_COVERAGE = Demands(drop=0.25)
_SELECTORS = Demands(drop=0.5)
_DATES = Demands(drop=0.25)
_USUAL = 0.9
"""A rule that gave a field in this share of past articles is the one that gives it."""
_LAYOUT = "layout:"


def coverage(history: History) -> Iterator[Alarm]:
    """A field is found in fewer articles than before."""
    for field in names(history.runs, "field."):

        def found(run: Run, field: str = field) -> Share:
            return Share(count(run, f"field.{field}"), _pages(run))

        if fallen := history.drop("coverage", field, found, _COVERAGE):
            drop, since = fallen
            yield Alarm(
                monitor="coverage",
                subject=field,
                since=since,
                text=f"{field}: found in {_against(drop)}{'; it vanished altogether' if drop.vanished else ''}",
                advice=f"newscrawl site check {history.site}, then mend the layout and newscrawl reprocess "
                f"--site {history.site}",
            )


def _pages(run: Run) -> float:
    """Return how many pages of articles a run read: those that no layout fits any more are such, too."""
    return sum(count(run, name) for name in ("articles_read", "failed.layout_not_matched", "failed.no_article"))


def selectors(history: History) -> Iterator[Alarm]:
    """A field is given by another rule than nearly always before, one that nobody wrote for it."""
    for field in sorted({name.partition(".")[0] for name in names(history.runs, "found_by.")}):
        latest, past, _ = history.split("selectors", field)
        usual = _usual_rule(past or latest, field)
        if usual is None:
            continue

        def given(run: Run, field: str = field, usual: str = usual) -> Share:
            rules = _rules([run], field)
            return Share(rules[usual], rules.total())

        fallen = history.drop("selectors", field, given, _SELECTORS)
        if fallen is None:
            continue
        drop, since = fallen
        instead = _main_rule(latest, field, drop.now.number)
        if not _is_meant(usual, instead, past or latest, field):
            yield Alarm(
                monitor="selectors",
                subject=field,
                since=since,
                text=f"{field}: given by {usual} in {_against(drop)}; now mostly by {instead}",
                advice=f"newscrawl site check {history.site}: the site may have a new template",
            )


def dates(history: History) -> Iterator[Alarm]:
    """More dates stay unresolved, or lie in the future, than before; those that are simply missing are coverage's."""
    for field in sorted({name.partition(".")[0] for name in names(history.runs, "unresolved.")}):

        def resolved(run: Run, field: str = field) -> Share:
            number = count(run, "articles_read")
            return Share(max(0.0, number - sum(_reasons([run], field).values())), number)

        if fallen := history.drop("dates", field, resolved, _DATES):
            drop, since = fallen
            latest, _, _ = history.split("dates", field)
            reasons = _reasons(_newest(latest, drop.now.number), field)
            reason = reasons.most_common(1)[0][0] if reasons else "unreadable"
            worse, before = _complement(drop.now), _complement(drop.before)
            why = "later than the page was fetched" if reason == "after_fetch" else f"mostly for the reason {reason}"
            yield Alarm(
                monitor="dates",
                subject=field,
                since=since,
                text=f"{field}: unresolved in {worse} articles, before in {percent(before.rate)} of {before.number:g}; "
                f"{why}",
                advice=f"newscrawl status {history.site} names the reasons, newscrawl site check {history.site} the "
                "words",
            )


def _against(drop: Drop) -> str:
    return f"{drop.now} articles, before in {percent(drop.before.rate)} of {drop.before.number:g}"


def _complement(share: Share) -> Share:
    return Share(share.number - share.hits, share.number)


def _reasons(runs: Sequence[Run], field: str) -> Counter[str]:
    """Return why a field stayed unresolved, where the page said something of it."""
    found: Counter[str] = Counter()
    for run in runs:
        for name, number in run.stats.items():
            reason = name.removeprefix(f"unresolved.{field}.")
            if reason not in {name, "missing"}:
                found[reason] += int(number)
    return found


def _rules(runs: Sequence[Run], field: str) -> Counter[str]:
    """Return which rules gave a field, and how often. A rule may hold dots: `layout:bitrix .news-date`."""
    found: Counter[str] = Counter()
    prefix = f"found_by.{field}."
    for run in runs:
        for name, number in run.stats.items():
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] += int(number)
    return found


def _usual_rule(runs: Sequence[Run], field: str) -> str | None:
    """Return the rule that gives a field nearly always in the older half of some runs, None when there is none."""
    rules = _rules(runs, field)
    if not rules:
        return None
    for part in (runs, runs[len(runs) // 2 :]):
        (rule, number), *_ = _rules(part, field).most_common(1) or [("", 0)]
        if number and number >= _USUAL * _rules(part, field).total():
            return rule
    return None


def _newest(runs: Sequence[Run], articles: float) -> Sequence[Run]:
    """Return the newest runs that hold so many articles."""
    held = 0.0
    for size, run in enumerate(runs, 1):
        held += count(run, "articles_read")
        if held >= articles:
            return runs[:size]
    return runs


def _main_rule(latest: Sequence[Run], field: str, number: float) -> str:
    held: Counter[str] = Counter()
    for run in latest:
        held += _rules([run], field)
        if held.total() >= number:
            break
    return held.most_common(1)[0][0] if held else "nothing"


def _is_meant(usual: str, instead: str, runs: Sequence[Run], field: str) -> bool:
    """Tell whether the other rule is one that somebody wrote for this: of the same layout, or of a new one.

    A new one takes over when it first turns up, however long ago; one that gave a few articles all along does not.
    """
    if not instead.startswith(_LAYOUT):
        return False
    layout = instead.partition(" ")[0]
    if layout == usual.partition(" ")[0]:
        return True
    having = [number for number, run in enumerate(runs) if any(_is_of(rule, layout) for rule in _rules([run], field))]
    since = _rules(runs[: having[-1] + 1], field) if having else Counter[str]()
    return since[usual] <= (1 - _SELECTORS.drop) * since.total()


def _is_of(rule: str, layout: str) -> bool:
    return rule.partition(" ")[0] == layout
