# SPDX-License-Identifier: GPL-3.0-or-later
"""How bright a computed sky and its sun are, so that a scene lit by both is exposed as the sky in the picture is.

The engine exposes its sky as a camera does that meters a grey card under it: a white card lying there is 1. The same
sums, in plain Python: Preetham, Shirley & Smits (SIGGRAPH 1999) for the sky, Kasten & Young (1989) for the sun's way
through the air. Knows no Blender.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from platewright.contract.errors import RequestError

__all__ = ["Daylight", "daylight_of"]

_WORDS = re.compile(
    r"procedural:sun=(?P<azimuth>-?[\d.]{1,12})/(?P<elevation>-?[\d.]{1,12})"
    r"(?:,turbidity=(?P<turbidity>[\d.]{1,12}))?(?:,overcast=(?P<overcast>[\d.]{1,12}))?",
    re.ASCII,
)
_LOWEST = 0.5
_SUN_ILLUMINANCE = 128.0
"""Degrees under which the formula has no fit; klx outside the atmosphere."""


@dataclass(frozen=True)
class Daylight:
    """A computed sky: degrees to the right of straight ahead and above the horizon; turbidity; overcast 0 to 1."""

    azimuth: float
    elevation: float
    turbidity: float = 3.0
    overcast: float = 0.0

    @property
    def exposure(self) -> float:
        """What the clear sky's luminance, in kcd per square metre, is multiplied with."""
        own, direct = self._illuminances()
        return math.pi / (own + direct)

    @property
    def sun(self) -> float:
        """The sun's irradiance on a surface that faces it, where pi lights a white surface to 1."""
        own, direct = self._illuminances()
        share = math.pi * direct / (own + direct) * (1 - self.overcast)
        return share / math.sin(math.radians(max(self.elevation, _LOWEST)))

    def _illuminances(self) -> tuple[float, float]:
        """klx on the ground: the sky's own, summed over the hemisphere, and the sun's through the air."""
        zenith = math.radians(90 - max(self.elevation, _LOWEST))
        top = self._perez(1.0, zenith, zenith)
        chi = (4 / 9 - self.turbidity / 120) * (math.pi - 2 * zenith)
        fit = (4.0453 * self.turbidity - 4.9710) * math.tan(chi) - 0.2155 * self.turbidity + 2.4192
        bright, height = max(0.05, fit), math.pi / 2 - zenith
        rings = [math.radians(0.5 + 89 * place / 29) for place in range(30)]
        around = [math.radians(-175 + 10 * place) for place in range(36)]
        own = 0.0
        for ring in rings:
            weight = math.sin(ring) * math.cos(ring)
            for turn in around:
                cosine = math.sin(ring) * math.sin(height) + math.cos(ring) * math.cos(height) * math.cos(turn)
                own += self._perez(math.sin(ring), math.acos(min(1.0, max(-1.0, cosine))), zenith) / top * weight
        own *= bright * (rings[1] - rings[0]) * math.radians(10)
        degrees = math.degrees(height)
        mass = 1 / (math.sin(height) + 0.50572 * (degrees + 6.07995) ** -1.6364)
        direct = _SUN_ILLUMINANCE * math.exp(-0.11 * mass * max(1.0, self.turbidity * 0.6)) * math.sin(height)
        return own, direct

    def _perez(self, cosine: float, angle: float, zenith: float) -> float:
        slopes = ((0.1787, -1.4630), (-0.3554, 0.4275), (-0.0227, 5.3251), (0.1206, -2.5771), (-0.0670, 0.3703))
        a, b, c, d, e = (slope * self.turbidity + offset for slope, offset in slopes)
        return (1 + a * math.exp(b / cosine)) * (1 + c * math.exp(d * angle) + e * math.cos(angle) ** 2)


def daylight_of(sky: str) -> Daylight:
    """Read a sky's formula, `procedural:sun=220/35,turbidity=3,overcast=0.5`. Raises RequestError `sky_missing`."""
    found = _WORDS.fullmatch(sky)
    try:
        values = {name: float(text) for name, text in found.groupdict().items() if text} if found else {}
    except ValueError:
        values = {}
    if not values or not (0 <= values["elevation"] <= 90 and 0 <= values.get("overcast", 0) <= 1):
        raise RequestError(f"'{sky[:80]}' names no sun", code="sky_missing", hint="Write procedural:sun=220/35.")
    return Daylight(**values)
