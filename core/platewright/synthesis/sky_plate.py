"""A plate as the sky's steps want it: finite scene-linear light, which of it was sound, and the luma to be tracked."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from .rows import light_of, tones, unpack
from .sampling import codes_of
from .slices import in_slices

__all__ = ["finite_light", "tracked_luma"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_ROWS = 64  # to a slice of work


def finite_light(pixels: npt.NDArray[Any]) -> tuple[Floats, Flags]:
    """A plate's colours with black where a channel is no number, and where all channels are.

    pixels: (H, W, 3) half or float32, scene-linear. Returns (H, W, 3) float32 and (H, W) bool.
    """
    codes, table = codes_of(pixels)
    height, width = codes.shape[:2]
    rgb, sound = np.empty((height, width, 3), np.float32), np.empty((height, width), np.bool_)
    flat, out = codes.reshape(height, -1), rgb.reshape(height, -1)
    in_slices(height, _ROWS, lambda start, stop: _light_rows(flat, table, out, sound, start, stop))
    return rgb, sound


@numba.njit(cache=True, nogil=True)
def _light_rows(codes, table, rgb, sound, start, stop):  # type: ignore[no-untyped-def]
    width = sound.shape[1]
    packed = np.empty(3 * width, np.uint32)
    floats = packed.view(np.float32)
    for y in range(start, stop):
        unpack(codes[y], table, 3 * width, packed, floats)
        broken = 0
        for x in range(width):
            # What is not finite is not 0 when taken from itself.
            rest = (floats[3 * x] - floats[3 * x]) + (floats[3 * x + 1] - floats[3 * x + 1])
            rest += floats[3 * x + 2] - floats[3 * x + 2]
            good = rest == 0
            sound[y, x] = good
            broken += 0 if good else 1
        for i in range(3 * width):
            rgb[y, i] = floats[i]
        if broken:
            for x in range(width):
                if not sound[y, x]:
                    rgb[y, 3 * x] = rgb[y, 3 * x + 1] = rgb[y, 3 * x + 2] = np.float32(0)


def tracked_luma(rgb: Floats) -> npt.NDArray[np.uint8]:
    """(H, W) uint8 tone-space luma, 255 at a scene-linear 4. rgb: (H, W, 3) float32, finite."""
    height, width = rgb.shape[:2]
    luma = np.empty((height, width), np.uint8)
    flat = rgb.reshape(height, -1)
    in_slices(height, _ROWS, lambda start, stop: _luma_rows(flat, luma, start, stop))
    return luma


@numba.njit(cache=True, nogil=True)
def _luma_rows(rgb, luma, start, stop):  # type: ignore[no-untyped-def]
    width = luma.shape[1]
    light, scratch, tone = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    bits = scratch.view(np.int32)
    for y in range(start, stop):
        light_of(rgb[y], light)
        tones(light, width, bits, scratch, tone)
        for x in range(width):
            luma[y, x] = np.uint8(min(tone[x], np.float32(1)) * np.float32(255))
