"""Takes of one request side by side: a score from what was measured, so that the eye begins with the likeliest.

Each measure is taken as a multiple of the limit from which it is a finding (see thresholds), and the score is their
root mean square: a take that fails badly in one thing is not made up for by others. It says how well a take sits in its
plate, and nothing of what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

__all__ = ["score"]

Figures = Mapping[str, float | None]


def _ratio(name: str, limit: float) -> Callable[[Figures], float | None]:
    def found(figures: Figures) -> float | None:
        value = figures.get(name)
        return None if value is None else abs(value) / limit

    return found


def _flicker(figures: Figures) -> float | None:
    inside, plate = figures.get("flicker"), figures.get("flicker_plate")
    return None if inside is None or not plate else inside / plate / 1.3


def _grain(figures: Figures) -> float | None:
    known = [value for name in ("grain_r", "grain_g", "grain_b") if (value := figures.get(name))]
    return max(abs(math.log2(value)) for value in known) if known else None


_PARTS: dict[str, Callable[[Figures], float | None]] = {
    "seam": _ratio("seam", 1.8),
    "flicker": _flicker,
    "light": _ratio("light_jump", 0.15),
    "drift": _ratio("colour_drift", 0.15),
    "grain": _grain,
}


def score(measures: Figures) -> float | None:
    """Lower is better; about 1 where everything is at its limit. None where nothing could be measured."""
    found = [value for part in _PARTS.values() if (value := part(measures)) is not None and math.isfinite(value)]
    return round(math.sqrt(sum(value * value for value in found) / len(found)), 4) if found else None
