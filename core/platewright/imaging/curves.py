"""Scene-linear light to the numbers of a model, and back: invertible, the same for every frame of a shot.

A model that was trained on pictures of the web wants 0 to 1 and sRGB. What is brighter than its white goes on
logarithmically up to the shot's own peak, so that it comes back; colours outside Rec.709 are brought inside by a
curve that comes back too. Only negative light has no number: it becomes black (ACEScct keeps a little of it).

Sources: IEC 61966-2-1 (sRGB); AMPAS S-2016-001 (ACEScct); the gamut's curve is that of the ACES 1.3 reference gamut
compression, with its power of 1.2, here over Rec.709 and with the shot's own limit.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from platewright.contract.curves import ModelCurve

__all__ = ["KNEE", "PRIMARIES", "curve_for", "decode", "distance", "encode", "stops_off"]

Floats = npt.NDArray[np.float32]

PRIMARIES = {"srgb": "lin_rec709_scene", "linear": "lin_rec709_scene", "acescct": "lin_ap1_scene"}
"""Interop id of the linear space whose values each transfer takes."""
KNEE = 0.25
"""Light at which the logarithm begins: 8 bits then hold every level to 0.03 stops (see bench/curves.py)."""
BRIGHTEST = 1024.0
"""The highest peak: the sun in a plate may be anything, and each stop above costs the others levels."""
STEP = 4
"""Peaks per stop: a frame that is made again with a slightly other highlight must not get another curve."""
FARTHEST = 1.6
_THRESHOLD, _POWER = 0.9, 1.2
_A, _B, _CUT = 10.5402377416545, 0.0729055341958355, 0.0078125
_CODE_CUT = 0.155251141552511


def curve_for(transfer: str, brightest: float, farthest: float = 1.0) -> ModelCurve:
    """The curve of a shot. brightest: its highest finite value; farthest: see `distance`; as a model sees the plate."""
    if transfer == "linear":
        return ModelCurve("linear")
    if transfer == "acescct":
        return ModelCurve("acescct", _acescct_back(1.0), _CUT)
    reach = 1.0 if farthest <= 1.0 else min(FARTHEST, math.ceil(farthest * 10 - 1e-6) / 10)
    if not brightest > 1.0:
        return ModelCurve("srgb", 1.0, 1.0, reach)
    peak = min(BRIGHTEST, 2.0 ** (math.ceil(STEP * math.log2(brightest) - 1e-6) / STEP))
    return ModelCurve("srgb", peak, KNEE, reach)


def distance(rgb: Floats) -> float:
    """How far the colours of `(…, 3)` lie outside their primaries: over 1, some channel is negative.

    The largest distance of a channel from the brightest one over that, where there is light enough to see a colour.
    """
    light = rgb.max(axis=-1)
    seen = np.isfinite(light) & (light > 0.02)
    low = rgb.min(axis=-1)[seen]
    if not low.size:
        return 0.0
    return float(np.nanmax((light[seen] - low) / light[seen]))


def encode(curve: ModelCurve, rgb: Floats) -> Floats:
    """`(…, 3)` scene-linear on the curve's primaries to a model's numbers; for all but `linear` within 0 to 1.

    NaN and negative infinity become 0, positive infinity the peak.
    """
    if curve.transfer == "linear":
        return np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=-65504.0).astype(np.float32)
    light = np.nan_to_num(rgb, nan=0.0, posinf=curve.peak, neginf=0.0).astype(np.float32)
    if curve.transfer == "acescct":
        codes = np.where(light <= _CUT, _A * light + _B, (np.log2(np.maximum(light, _CUT)) + 9.72) / 17.52)
    else:
        codes = _shoulder(curve, np.clip(_compressed(curve, light), 0.0, curve.peak))
    return np.clip(codes, 0.0, 1.0).astype(np.float32)


def decode(curve: ModelCurve, codes: Floats) -> Floats:
    """A model's numbers `(…, 3)` back to scene-linear light, finite; the inverse of `encode`."""
    if curve.transfer == "linear":
        return np.nan_to_num(codes, nan=0.0, posinf=65504.0, neginf=-65504.0).astype(np.float32)
    held = np.clip(np.nan_to_num(codes, nan=0.0), 0.0, 1.0).astype(np.float64)
    if curve.transfer == "acescct":
        low = (held - _B) / _A
        return np.where(held <= _CODE_CUT, low, np.exp2(17.52 * held - 9.72)).astype(np.float32)
    return _expanded(curve, _from_shoulder(curve, held).astype(np.float32))


def stops_off(before: Floats, after: Floats, floor: float = 1e-4) -> tuple[float, float]:
    """`(worst, median)` distance in stops between two pictures, over the values of `before` above `floor`."""
    seen = np.isfinite(before) & (before > floor)
    if not seen.any():
        return 0.0, 0.0
    off = np.abs(np.log2(np.maximum(after[seen], floor / 1024) / before[seen]))
    return float(off.max()), float(np.median(off))


def _acescct_back(code: float) -> float:
    return float(2.0 ** (17.52 * code - 9.72))


def _srgb(light: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    wide = light.astype(np.float64)
    return np.where(wide <= 0.0031308, 12.92 * wide, 1.055 * np.power(np.maximum(wide, 1e-12), 1 / 2.4) - 0.055)


def _from_srgb(code: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    wide = code.astype(np.float64)
    return np.where(wide <= 0.04045, wide / 12.92, np.power((np.maximum(wide, 0.0) + 0.055) / 1.055, 2.4))


def _shoulder(curve: ModelCurve, light: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    code = _srgb(light)
    if curve.knee >= curve.peak:
        return code
    knee, room = _knee_code(curve), math.log2(curve.peak / curve.knee)
    above = knee + (1 - knee) * np.log2(np.maximum(light, curve.knee).astype(np.float64) / curve.knee) / room
    return np.where(light <= curve.knee, code, above)


def _from_shoulder(curve: ModelCurve, codes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    light = _from_srgb(codes)
    if curve.knee >= curve.peak:
        return light
    knee, room = _knee_code(curve), math.log2(curve.peak / curve.knee)
    above = curve.knee * np.exp2(np.maximum(codes - knee, 0.0) / (1 - knee) * room)
    return np.where(codes <= knee, light, above)


def _knee_code(curve: ModelCurve) -> float:
    return float(_srgb(np.array(curve.knee)))


def _scale(reach: float) -> float:
    """The formula's scale: it brings a distance of `reach` to 1."""
    ratio = (1 - _THRESHOLD) / (reach - _THRESHOLD)
    return float((reach - _THRESHOLD) / math.pow(math.pow(ratio, -_POWER) - 1, 1 / _POWER))


def _compressed(curve: ModelCurve, rgb: Floats) -> Floats:
    """Colours outside the primaries brought inside; those well inside stay as they are."""
    if curve.reach <= 1.0:
        return rgb
    light = rgb.max(axis=-1, keepdims=True)
    safe = np.maximum(light, np.float32(1e-10))
    far = np.maximum((light - rgb) / safe - np.float32(_THRESHOLD), 0).astype(np.float64)
    near = far / np.power(1 + np.power(far / _scale(curve.reach), _POWER), 1 / _POWER)
    return np.where((far > 0) & (light > 0), light - safe * (_THRESHOLD + near), rgb).astype(np.float32)


def _expanded(curve: ModelCurve, rgb: Floats) -> Floats:
    """The inverse of `_compressed`."""
    if curve.reach <= 1.0:
        return rgb
    light = rgb.max(axis=-1, keepdims=True)
    safe = np.maximum(light, np.float32(1e-10))
    near = np.clip((light - rgb) / safe - np.float32(_THRESHOLD), 0, 1 - _THRESHOLD).astype(np.float64)
    share = np.power(near / _scale(curve.reach), _POWER)
    far = _scale(curve.reach) * np.power(share / np.maximum(1 - share, 1e-9), 1 / _POWER)
    return np.where((near > 0) & (light > 0), light - safe * (_THRESHOLD + far), rgb).astype(np.float32)
