"""Where the nodes of a network stand: forces between them, the same picture on every run and machine.

Fruchterman and Reingold, Graph Drawing by Force-directed Placement, 1991, with a pull towards the middle, and circles
that do not overlap in the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_STEPS = 400
_PULL = 0.035
"""Towards the middle, by the distance from it: parts without a tie do not drift away."""


def positions(
    radii: Sequence[float], edges: Mapping[tuple[int, int], float], *, width: float, height: float, margin: float
) -> list[tuple[float, float]]:
    """Return x and y in pixels for each node. `edges`: pairs of nodes -> strength, positive.

    Nodes begin on a spiral in their order, so the first ones, the most important, end near the middle.
    """
    count = len(radii)
    if count == 1:
        return [(width / 2, height / 2)]
    at = _spiral(count)
    pull = np.zeros((count, count))
    strongest = max(edges.values(), default=1.0)
    for (a, b), strength in edges.items():
        pull[a, b] = pull[b, a] = 0.35 + 0.65 * strength / strongest
    distance = 1.4 / np.sqrt(count)
    for step in range(_STEPS):
        heat = 0.1 * (1 - step / _STEPS) ** 1.5 + 1e-4
        at = at + _bounded(_forces(at, pull, distance), heat)
    return _spread(_fitted(at, width, height, margin), np.asarray(radii), width, height, margin)


def _spiral(count: int) -> Array:
    index = np.arange(count)
    angle, reach = index * 2.399963, np.sqrt((index + 0.5) / count)  # the golden angle, as sunflowers have it
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _forces(at: Array, pull: Array, distance: float) -> Array:
    between = at[:, None, :] - at[None, :, :]
    far = np.maximum(np.linalg.norm(between, axis=2), 1e-3)
    strength = distance**2 / far**2 - pull * far / distance
    np.fill_diagonal(strength, 0.0)
    return np.asarray((between * strength[:, :, None]).sum(axis=1) - _PULL / distance * at)


def _bounded(move: Array, most: float) -> Array:
    length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
    return np.asarray(move / length * np.minimum(length, most))


def _fitted(at: Array, width: float, height: float, margin: float) -> Array:
    low, high = at.min(axis=0), at.max(axis=0)
    room = np.array([width, height]) - 2 * margin
    return np.asarray(margin + (at - low) / np.maximum(high - low, 1e-9) * room)


def _spread(
    at: Array, radii: npt.NDArray[np.float64], width: float, height: float, margin: float
) -> list[tuple[float, float]]:
    """Push circles that overlap apart, inside the picture."""
    gap = radii[:, None] + radii[None, :] + 6
    for _ in range(200):
        between = at[:, None, :] - at[None, :, :]
        far = np.linalg.norm(between, axis=2)
        np.fill_diagonal(far, np.inf)
        lacking = np.maximum(gap - far, 0.0)
        if not lacking.any():
            break
        unit = between / np.maximum(far, 1e-6)[:, :, None]
        at = at + np.nan_to_num(unit * lacking[:, :, None] / 2).sum(axis=1)
        at = np.clip(at, [margin / 2, margin / 2], [width - margin / 2, height - margin / 2])
    return [(float(x), float(y)) for x, y in np.round(at, 1)]
