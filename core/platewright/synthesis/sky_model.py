"""Skies from a formula: clear after Preetham, overcast after the CIE, with the sun where it is wanted.

Clear: Preetham, Shirley & Smits, "A Practical Analytic Model for Daylight" (SIGGRAPH 1999): the five-parameter
luminance distribution of Perez, Seals & Michalsky (1993), fitted against turbidity, for luminance and chromaticity.
Overcast: the CIE standard overcast sky (Moon & Spencer 1942), three times as bright in the zenith as at the horizon.
The sun's disc is not drawn: hosts and lenses bring their own. Sunlight's luminous efficacy and extinction follow
the usual air mass (Kasten & Young 1989) and turbidity.

The result is exposed as a camera would that meters a grey card lying under that sky: scene-linear Rec.709 in which
a white card is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import RequestError

__all__ = ["PROCEDURAL", "SkyModel", "parse_procedural"]

PROCEDURAL = "procedural:"
Floats = npt.NDArray[np.float32]

_LOWEST = 0.5  # degrees: a sun below this is outside the clear model's fit
_LOWEST_LIGHT = math.sin(math.radians(2.0))
_LOWEST_COLOUR = math.sin(math.radians(6.0))  # the lowest ring of sky that is measured; below it the fit turns brown
# Perez coefficients A to E against turbidity, rows (slope, offset), for luminance Y and chromaticities x and y.
_PEREZ = {
    "Y": ((0.1787, -1.4630), (-0.3554, 0.4275), (-0.0227, 5.3251), (0.1206, -2.5771), (-0.0670, 0.3703)),
    "x": ((-0.0193, -0.2592), (-0.0665, 0.0008), (-0.0004, 0.2125), (-0.0641, -0.8989), (-0.0033, 0.0452)),
    "y": ((-0.0167, -0.2608), (-0.0950, 0.0092), (-0.0079, 0.2102), (-0.0441, -1.6537), (-0.0109, 0.0529)),
}
# Zenith chromaticity: rows for T^2, T, 1; columns for the sun's zenith angle cubed, squared, itself, 1.
_ZENITH = {
    "x": (
        (0.00166, -0.00375, 0.00209, 0.0),
        (-0.02903, 0.06377, -0.03202, 0.00394),
        (0.11693, -0.21196, 0.06052, 0.25886),
    ),
    "y": (
        (0.00275, -0.00610, 0.00317, 0.0),
        (-0.04214, 0.08970, -0.04153, 0.00516),
        (0.15346, -0.26756, 0.06670, 0.26688),
    ),
}
_RGB_OF_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)  # IEC 61966-2-1
_GREY_XY = (0.3127, 0.3290)  # D65: an overcast sky is the sun's and the clear sky's light mixed
_SUN_ILLUMINANCE = 128.0  # klx outside the atmosphere


@dataclass(frozen=True)
class SkyModel:
    """A procedural sky.

    azimuth: degrees to the right of straight ahead in the first frame. elevation: degrees above the horizon, 0 to
    90. turbidity: 1.8 (very clear) to 10 (hazy). overcast: 0 clear to 1 closed.
    """

    azimuth: float
    elevation: float
    turbidity: float = 3.0
    overcast: float = 0.0

    @property
    def sun(self) -> tuple[float, float, float]:
        """The sun's direction: x right, y down, z ahead."""
        e, a = math.radians(self.elevation), math.radians(self.azimuth)
        return math.cos(e) * math.sin(a), -math.sin(e), math.cos(e) * math.cos(a)

    def radiance(self, directions: Floats) -> Floats:
        """(H, W, 3) float32 scene-linear Rec.709 in unit directions (H, W, 3); the horizon's below the horizon."""
        sky = np.maximum(-directions[..., 1], np.float32(_LOWEST_LIGHT))
        clear = self._clear(directions, sky)
        closed = self._closed(sky)
        mixed = clear * np.float32(1 - self.overcast) + closed * np.float32(self.overcast)
        return np.asarray(mixed, np.float32)

    def _clear(self, directions: Floats, cosine: Floats) -> Floats:
        """The clear sky, exposed by its own light and the sun's."""
        sun_zenith = math.radians(90 - max(self.elevation, _LOWEST))
        sx, sy, sz = self.sun
        towards = directions[..., 0] * sx + directions[..., 1] * sy + directions[..., 2] * sz
        angle = np.arccos(np.clip(towards, -1, 1))
        luminance = self._perez("Y", cosine, angle, sun_zenith) * np.float32(self._zenith_luminance(sun_zenith))
        higher = np.maximum(cosine, np.float32(_LOWEST_COLOUR))
        x = self._perez("x", higher, angle, sun_zenith) * np.float32(self._zenith_colour("x", sun_zenith))
        y = self._perez("y", higher, angle, sun_zenith) * np.float32(self._zenith_colour("y", sun_zenith))
        return np.asarray(_rgb(luminance, x, y) * np.float32(math.pi / self._illuminance(sun_zenith)), np.float32)

    def _closed(self, cosine: Floats) -> Floats:
        """The overcast sky, exposed by its own light: its illuminance is 7 pi / 9 of the zenith's luminance."""
        luminance = np.asarray((1 + 2 * cosine) / 3, np.float32)
        flat = np.ones_like(luminance)
        return np.asarray(
            _rgb(luminance, flat * np.float32(_GREY_XY[0]), flat * np.float32(_GREY_XY[1])) * np.float32(9 / 7),
            np.float32,
        )

    def _perez(self, name: str, cosine: Floats, angle: Floats, sun_zenith: float) -> Floats:
        """Perez' distribution in a direction over that in the zenith."""
        a, b, c, d, e = (slope * self.turbidity + offset for slope, offset in _PEREZ[name])
        here = (1 + a * np.exp(b / cosine)) * (1 + c * np.exp(d * angle) + e * np.cos(angle) ** 2)
        top = (1 + a * math.exp(b)) * (1 + c * math.exp(d * sun_zenith) + e * math.cos(sun_zenith) ** 2)
        return np.asarray(here / top, np.float32)

    def _zenith_luminance(self, sun_zenith: float) -> float:
        """kcd per square metre; never dark, where the fit of a low sun in clear air turns negative."""
        chi = (4 / 9 - self.turbidity / 120) * (math.pi - 2 * sun_zenith)
        return max(0.05, (4.0453 * self.turbidity - 4.9710) * math.tan(chi) - 0.2155 * self.turbidity + 2.4192)

    def _zenith_colour(self, name: str, sun_zenith: float) -> float:
        powers = np.array([sun_zenith**3, sun_zenith**2, sun_zenith, 1.0])
        rows = np.array(_ZENITH[name]) @ powers
        return float(rows @ np.array([self.turbidity**2, self.turbidity, 1.0]))

    def _illuminance(self, sun_zenith: float) -> float:
        """klx on the ground: the sky's own, summed over the hemisphere, and the sun's through the air."""
        height = np.linspace(0.5, 89.5, 30)
        around = np.linspace(-175, 175, 36)
        e, a = np.radians(height)[:, None], np.radians(around)[None]
        cosine = np.broadcast_to(np.sin(e), (30, 36)).astype(np.float32)
        sun_e = math.pi / 2 - sun_zenith
        angle = np.arccos(np.clip(np.sin(e) * math.sin(sun_e) + np.cos(e) * math.cos(sun_e) * np.cos(a), -1, 1))
        luminance = self._perez("Y", cosine, angle.astype(np.float32), sun_zenith) * self._zenith_luminance(sun_zenith)
        cell = math.radians(height[1] - height[0]) * math.radians(around[1] - around[0])
        own = float((luminance * np.sin(e) * np.cos(e)).sum() * cell)
        degrees = math.degrees(sun_e)
        mass = 1 / (math.sin(sun_e) + 0.50572 * (degrees + 6.07995) ** -1.6364)
        direct = _SUN_ILLUMINANCE * math.exp(-0.11 * mass * max(1.0, self.turbidity * 0.6)) * math.sin(sun_e)
        return own + direct


def _rgb(luminance: Floats, x: Floats, y: Floats) -> Floats:
    """Luminance and chromaticity to linear Rec.709; colours outside it are held at 0."""
    scale = luminance / np.maximum(y, 1e-3)
    xyz = np.stack([x * scale, luminance, (1 - x - y) * scale], axis=-1)
    return np.asarray(np.maximum(xyz @ _RGB_OF_XYZ.T, 0), np.float32)


_HINT = "Write it as procedural:sun=220/35,turbidity=3 with overcast=0.5 if wanted: azimuth / elevation in degrees."
_RANGES = {"turbidity": (1.8, 10.0), "overcast": (0.0, 1.0)}


def parse_procedural(text: str) -> SkyModel:
    """Read `procedural:sun=AZIMUTH/ELEVATION,turbidity=T[,overcast=C]`.

    Azimuth -360 to 360 degrees to the right of straight ahead in the first frame, elevation 0 to 90, turbidity 1.8
    to 10 (default 3), overcast 0 to 1 (default 0). Raises RequestError `sky_invalid` for anything else.
    """
    if not text.startswith(PROCEDURAL):
        raise _invalid(text, "it does not begin with 'procedural:'")
    found: dict[str, str] = {}
    for part in text[len(PROCEDURAL) :].split(","):
        name, equals, value = part.partition("=")
        if not equals or name not in ("sun", *_RANGES):
            raise _invalid(text, f"'{part[:40]}' is not one of sun=, turbidity=, overcast=")
        if name in found:
            raise _invalid(text, f"'{name}' stands there twice")
        found[name] = value
    if "sun" not in found:
        raise _invalid(text, "the sun's position is missing")
    azimuth, slash, elevation = found["sun"].partition("/")
    if not slash:
        raise _invalid(text, "the sun needs azimuth and elevation")
    values = {name: _number(text, name, found[name], *_RANGES[name]) for name in _RANGES if name in found}
    return SkyModel(
        _number(text, "azimuth", azimuth, -360, 360), _number(text, "elevation", elevation, 0, 90), **values
    )


def _number(text: str, name: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value) if value.isascii() and value == value.strip() and "_" not in value else math.nan
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise _invalid(text, f"{name} must be a number from {low:g} to {high:g}, not '{value[:20]}'")
    return number


def _invalid(text: str, why: str) -> RequestError:
    return RequestError(f"'{text[:80]}' is not a sky: {why}", code="sky_invalid", hint=_HINT)
