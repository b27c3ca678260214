"""The blend of plate and patch, exact where it must be, and the proof of it by comparing bits.

`composite` is ours: where the blend matte is 0 every channel keeps the plate's bits. `keymix` is what a host does
with the same files in float arithmetic, and `outside_fill` what a full-frame patch must hold for that arithmetic to
keep the plate's bits as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import InternalError
from platewright.contract.windows import Box

from .frame import Frame, Pixels, to_float
from .mattes import support

__all__ = ["NOTHING", "composite", "count_differences", "keymix", "outside_fill", "untouched"]

_HALF_MAX = 65504.0
_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
# The negative half nearest to 0: the product with 0 is -0.0, which keeps a -0.0 of the plate in both usual formulas.
NOTHING = np.float32(-(2.0**-24))


def composite(plate: Frame, patch_rgb: npt.NDArray[Any], alpha: npt.NDArray[np.float32], box: Box) -> Frame:
    """The plate with the patch over `box` blended in: a new frame.

    patch_rgb: `(H, W, 3)` float32 or float16 in the plate's own encoding, finite. alpha: `(H, W)` float32 in 0..1.
    Where alpha is 0, every channel keeps the plate's bits; where it is 1 the patch stands, cast to the plate's type
    (overflow is held at the largest half); in between float32 `plate (1 - a) + patch a`, and the patch where the plate
    is not finite. Only R, G and B change. Where alpha reaches beyond the plate's data window, that grows; what is
    new and not covered is 0.
    """
    shape = (box.height, box.width)
    if alpha.shape != shape or patch_rgb.shape != (*shape, 3):
        raise InternalError(f"patch and matte do not fill {box}", code="patch_shape", frame=plate.number)
    changed = support(alpha, (box.x0, box.y0))
    grown = _grown(plate, plate.data_window.union(changed))
    if changed.is_empty:
        return grown
    inner = changed.slices_in(box)
    share, patch = alpha[inner], patch_rgb[inner]
    rows, columns = changed.slices_in(grown.data_window)
    region = grown.pixels[rows, columns]
    names = dict.fromkeys(plate.rgb_names)
    for name in names:
        values = region[..., plate.channels.index(name)]
        # A grey plate has one channel for three; its patch is grey too, so any of the three serves.
        mixed = _mixed(values, patch[..., plate.rgb_names.index(name)], share)
        np.copyto(values, mixed, where=share > 0)
    return grown


def _mixed(plate: npt.NDArray[Any], patch: npt.NDArray[Any], share: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """One channel blended and cast to the plate's type; values at a share of 0 have no meaning."""
    new, old = to_float(patch), to_float(plate)
    with np.errstate(invalid="ignore", over="ignore"):
        between = old * (np.float32(1) - share) + new * share
    mixed = np.where((share < 1) & np.isfinite(old), between, new)
    if plate.dtype == np.float16:
        np.clip(mixed, -_HALF_MAX, _HALF_MAX, out=mixed)
    return np.asarray(mixed, dtype=plate.dtype)


def _grown(plate: Frame, window: Box) -> Frame:
    """A copy of the frame over a window that holds its own; what is new is 0 in every channel."""
    if window == plate.data_window:
        return replace(plate, pixels=plate.pixels.copy())
    place = plate.data_window.slices_in(window)
    pixels: Pixels = np.zeros((window.height, window.width, len(plate.channels)), dtype=plate.pixels.dtype)
    _bits(pixels)[place] = _bits(plate.pixels)
    others = {}
    for name, values in plate.others.items():
        wide = np.zeros((window.height, window.width), dtype=values.dtype)
        wide[place] = values
        others[name] = wide
    return replace(plate, pixels=pixels, data_window=window, others=others)


def keymix(
    plate_rgb: npt.NDArray[np.float32], patch_rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """What a host's Keymix computes: `plate (1 - a) + patch a` in float32, everywhere, `(H, W, 3)`."""
    share = alpha[..., None]
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(plate_rgb * (np.float32(1) - share) + patch_rgb * share, dtype=np.float32)


def outside_fill(plate_rgb: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a full-frame patch holds outside its matte, so that float arithmetic with a = 0 gives the plate's bits.

    The plate's own value where it is finite: `x 1 + x 0` is x for every x, and so is `x + (x - x) 0`. The negative
    half nearest to 0 where the plate is -0.0, so that the sum of zeros keeps its sign in both formulas. 0 where it
    is NaN or infinite: `x 1 + 0` keeps them, with the NaN's payload. What no fill can save: hosts that compute
    `x + (p - x) a` turn an infinity of the plate into NaN, and hardware makes a signalling NaN a quiet one.
    """
    fill = np.where(np.isfinite(plate_rgb), plate_rgb, np.float32(0))
    return np.where((plate_rgb == 0) & np.signbit(plate_rgb), NOTHING, fill).astype(np.float32)


def _bits(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory as unsigned whole numbers: comparing those compares bits."""
    return values.view(_UNSIGNED[values.dtype.itemsize])


def count_differences(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> int:
    """How many numbers of two arrays of one shape and type differ in any bit (NaN equals itself, 0.0 is not -0.0)."""
    if a.shape != b.shape or a.dtype != b.dtype:
        raise InternalError(f"{a.dtype} {a.shape} can't be compared with {b.dtype} {b.shape}", code="compare_shape")
    return int(np.count_nonzero(_bits(a) != _bits(b)))


def untouched(plate: Frame, comp: Frame, alpha: npt.NDArray[np.float32], box: Box) -> tuple[int, int]:
    """The untouched-pixel proof: `(pixels compared, pixels that differ in a bit)`.

    Every pixel of the plate whose blend matte is 0 is compared in every channel. alpha: `(H, W)` over `box`; outside
    it the matte is 0. A channel, a type or a part of the plate's data window that the comp has lost counts as a
    difference in every pixel of it.
    """
    window = plate.data_window
    region = box & window
    touched = alpha[region.slices_in(box)] > 0 if not region.is_empty else np.zeros((0, 0), dtype=bool)
    compared = window.area - int(np.count_nonzero(touched))
    if comp.channels != plate.channels or comp.pixels.dtype != plate.pixels.dtype:
        return compared, compared
    if set(plate.others) - set(comp.others) or not comp.data_window.contains(window):
        return compared, compared
    place = window.slices_in(comp.data_window)
    pairs = [(plate.pixels, comp.pixels[place])]
    pairs += [(values, comp.others[name][place]) for name, values in plate.others.items()]
    differing: npt.NDArray[np.bool_] | None = None
    for ours, theirs in pairs:
        mask = _differing(ours, theirs, touched, region, window)
        if mask is not None:
            differing = mask if differing is None else differing | mask
    return compared, 0 if differing is None else int(np.count_nonzero(differing))


def _differing(
    ours: npt.NDArray[Any], theirs: npt.NDArray[Any], touched: npt.NDArray[np.bool_], region: Box, window: Box
) -> npt.NDArray[np.bool_] | None:
    """Which untouched pixels differ, `(h, w)`; None where none does (the usual case, and the cheap one)."""
    if ours.dtype != theirs.dtype:
        unequal = np.ones(ours.shape, dtype=bool)
    else:
        unequal = _bits(ours) != _bits(theirs)
    if not region.is_empty:
        unequal[region.slices_in(window)][touched] = False
    if not unequal.any():
        return None
    return np.asarray(unequal.any(axis=2) if unequal.ndim == 3 else unequal)
