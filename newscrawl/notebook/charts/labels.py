"""Words beside points, so that none lies on another: each takes the first free place around its point, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "right", "center"]
Box = tuple[float, float, float, float]

_LETTER = 0.56
"""Mean width of a Cyrillic letter by the font's size."""


@dataclass(frozen=True)
class Point:
    """A circle with the words that belong to it, in pixels."""

    x: float
    y: float
    radius: float
    words: str


@dataclass(frozen=True)
class Label:
    """Where the words of a point stand: the anchor of the text, vertically its middle."""

    x: float
    y: float
    align: Align


def place(points: Sequence[Point], *, size: float, width: float, height: float, must: int) -> list[Label | None]:
    """Return where each point's words stand, in the order given: the first are served first.

    A label never leaves the picture nor covers another; one that finds no place is None. Those of the first `must`
    points may cover circles of others in need, as little as can be; the rest may not.
    """
    circles = [(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in points]
    taken: list[Box] = []
    labels: list[Label | None] = []
    for index, point in enumerate(points):
        others = circles[:index] + circles[index + 1 :]
        best: tuple[float, Label, Box] | None = None
        for label, box in _places(point, size):
            if not _inside(box, width, height) or any(_overlap(box, other) > 0 for other in taken):
                continue
            covered = sum(_overlap(box, circle) for circle in others)
            if (index >= must and covered > 0) or (best is not None and covered >= best[0]):
                continue
            best = (covered, label, box)
            if not covered:
                break
        if best is not None:
            taken.append(best[2])
        labels.append(best[1] if best is not None else None)
    return labels


def _places(point: Point, size: float) -> list[tuple[Label, Box]]:
    long, half, gap = len(point.words) * size * _LETTER, size * 0.6, point.radius + 4
    found = []
    for reach in (0.0, size * 1.1):
        for dy in (0.0, -reach - size * 0.5, reach + size * 0.5):
            right, left = point.x + gap, point.x - gap
            y = point.y + dy
            found.append((Label(right, y, "left"), (right, y - half, right + long, y + half)))
            found.append((Label(left, y, "right"), (left - long, y - half, left, y + half)))
        found += [
            (Label(point.x, y, "center"), (point.x - long / 2, y - half, point.x + long / 2, y + half))
            for y in (point.y - gap - half - reach, point.y + gap + half + reach)
        ]
    return found


def _inside(box: Box, width: float, height: float) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across * down if across > 0 and down > 0 else 0.0
