"""Small pictures of numbers as SVG: a sparkline, a meter, a strip of shares; made as `charts` makes bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from newscrawl.web.charts import Numbers, grouped, percent


@dataclass(frozen=True)
class Share:
    """A part of a strip."""

    kind: str
    """Its class: `good`, `fair`, `bad`, `none`."""
    label: str
    number: int


def sparkline(numbers: Sequence[int], label: str) -> Markup:
    """Return a small picture of some numbers, the largest as high as it; `label` says what it shows."""
    most = max([*numbers, 1])
    drawn = "".join(
        f"M{4 * place} 20v-{_spark(number, most)}h3V20z" for place, number in enumerate(numbers) if number > 0
    )
    empty = "".join(f"M{4 * place} 20v-1h3v1z" for place, number in enumerate(numbers) if number <= 0)
    return Markup(
        '<svg class="spark" viewBox="0 0 {width} 20" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<path class="spark-none" d="{empty}"/><path d="{drawn}"/></svg>'
    ).format(width=max(1, 4 * len(numbers) - 1), label=label, drawn=drawn, empty=empty)


def meter(share: float) -> Markup:
    """Return a bar that is full for a share of 1; for the eyes alone, the share stands beside it."""
    width = percent(100 * max(0.0, min(1.0, share)))
    return Markup(
        '<svg class="meter" width="100%" height="8" aria-hidden="true">'
        '<rect class="meter-all" width="100%" height="8"/><rect class="meter-share" width="{width}%" height="8"/></svg>'
    ).format(width=width)


def strip(shares: Iterable[Share], title: str, *, number: Numbers = grouped) -> Markup:
    """Return a bar made of the shares of some kinds, with a legend of their numbers; '' when there is nothing."""
    shown = [share for share in shares if share.number > 0]
    total = sum(share.number for share in shown)
    if not total:
        return Markup()
    drawn, begin = [], 0.0
    for share in shown:
        width = 100 * share.number / total
        drawn.append(
            Markup('<rect class="share-{kind}" x="{x}%" width="{width}%" height="12"/>').format(
                kind=share.kind, x=percent(begin), width=percent(width)
            )
        )
        begin += width
    legend = Markup().join(
        Markup('<li class="share-{kind}"><span>{label}</span> <b>{number}</b></li>').format(
            kind=share.kind, label=share.label, number=number(share.number)
        )
        for share in shown
    )
    # The legend says it in words: the picture is for the eyes alone.
    return Markup(
        '<div class="strip" role="group" aria-label="{title}"><svg width="100%" height="12" aria-hidden="true">{drawn}'
        '</svg><ul class="strip-legend">{legend}</ul></div>'
    ).format(title=title, drawn=Markup().join(drawn), legend=legend)


def _spark(number: int, most: int) -> str:
    """Return how high a number is drawn: something is always seen."""
    return f"{max(1.5, 20 * number / most):.1f}".removesuffix(".0")
