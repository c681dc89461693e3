"""Albers' conic equal-area projection, laid around given points: Russia as its atlases draw it.

Snyder, Map Projections: A Working Manual (USGS 1395), 1987, pp. 98-103; the formulas on the sphere. The chart draws
with d3's projection of the same name; here it is computed beforehand, to fit the scale and to place labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Degrees = tuple[float, float]
"""Longitude and latitude."""

_LEAST_SPAN = 6.0
"""Degrees of latitude that are shown at least: around a single town its surroundings."""
_SOUTHERNMOST = 10.0
"""A cone around the north pole does not suit what lies south of this."""
_WIDEST = 200.0
"""Degrees of longitude that the cone bears."""


@dataclass(frozen=True)
class Cone:
    """The projection: `screen(longitude, latitude)` in pixels."""

    middle: float
    """Longitude that stands upright."""
    parallels: tuple[float, float]
    """Latitudes without distortion."""
    scale: float
    """Pixels a radian."""
    shift: tuple[float, float]
    """Pixels of the point where the middle meets the equator."""

    def screen(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the pixels of a place, from the upper left corner."""
        x, y = _plane(_turned(longitude, self.middle), latitude, self.parallels)
        return self.shift[0] + self.scale * x, self.shift[1] - self.scale * y

    def specification(self) -> dict[str, Any]:
        """Return it as Vega-Lite has it."""
        return {
            "type": "conicEqualArea", "rotate": [-self.middle, 0, 0], "center": [0, 0],
            "parallels": list(self.parallels), "scale": self.scale, "translate": list(self.shift),
        }  # fmt: skip


def around(places: Sequence[Degrees], *, width: float, height: float, margin: float) -> Cone | None:
    """Return the cone that shows all places as large as they fit, or None where they lie too far apart or south."""
    west, east = _longitudes(places)
    south, north = min(lat for _, lat in places), max(lat for _, lat in places)
    if south < _SOUTHERNMOST or east - west > _WIDEST:
        return None
    middle = (west + east) / 2
    padding = max(0.0, _LEAST_SPAN - (north - south)) / 2
    south, north = south - padding, min(north + padding, 89.0)
    parallels = (south + (north - south) / 6, north - (north - south) / 6)
    corners = [_plane(_turned(lon, middle), lat, parallels) for lon, lat in places]
    corners += [_plane(0.0, lat, parallels) for lat in (south, north)]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    scale = min((width - 2 * margin) / max(right - left, 1e-9), (height - 2 * margin) / max(high - low, 1e-9))
    shift = (width / 2 - scale * (left + right) / 2, height / 2 + scale * (low + high) / 2)
    return Cone(round(middle, 4), tuple(round(one, 4) for one in parallels), scale, shift)  # type: ignore[arg-type]


def _longitudes(places: Sequence[Degrees]) -> tuple[float, float]:
    """Return the shortest arc that holds all longitudes, its west and its east, which may be past 180."""
    longitudes = sorted({lon % 360 for lon, _ in places})
    gaps = [(b - a, b) for a, b in pairwise(longitudes)]
    gaps.append((longitudes[0] + 360 - longitudes[-1], longitudes[0] + 360))
    gap, west = max(gaps)
    return west, west + 360 - gap


def _turned(longitude: float, middle: float) -> float:
    return (longitude - middle + 180) % 360 - 180


def _plane(longitude: float, latitude: float, parallels: tuple[float, float]) -> tuple[float, float]:
    """Return a place on the plane, longitude as seen from the middle; unit: the radius of the Earth."""
    sin0, sin1 = (math.sin(math.radians(one)) for one in parallels)
    n = (sin0 + sin1) / 2
    c = 1 + sin0 * (2 * n - sin0)
    radius = math.sqrt(max(c - 2 * n * math.sin(math.radians(latitude)), 0.0)) / n
    angle = n * math.radians(longitude)
    return radius * math.sin(angle), math.sqrt(c) / n - radius * math.cos(angle)
