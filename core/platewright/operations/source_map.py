"""Where each changed pixel came from: as data channels of the patch, and as shares of the whole."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.takes import SourceShares
from platewright.synthesis.draft import FROM_FRAMES, FROM_PLATE, GIVEN, SYNTHESISED

__all__ = ["shares_of", "source_map"]

Float = npt.NDArray[np.float32]


def source_map(
    kind: npt.NDArray[np.uint8], source: npt.NDArray[np.int32], confidence: Float, alpha: Float, number: int
) -> dict[str, Float]:
    """Data channels `(H, W)`: the kind, how many frames away the main source is, and the confidence in 8-bit steps.

    kind, source, confidence `(H, W)`: as in synthesis.draft.Filled; number: the frame's own. Where `alpha (H, W)` is 0
    stands the plate.
    """
    planes = np.empty((3, *alpha.shape), np.float32)
    _map(kind, source, confidence, alpha, number, *planes)
    return dict(zip(("source.kind", "source.offset", "source.confidence"), planes, strict=True))


def shares_of(kind: npt.NDArray[np.uint8], alpha: Float) -> SourceShares:
    """How much of what changed came from where."""
    counts: Any = np.zeros(256, np.int64)
    _count(kind, alpha, counts)
    total = int(counts.sum())
    if not total:
        return SourceShares()
    frames, synthesis, given, plate = (
        round(float(counts[which] / total), 6) for which in (FROM_FRAMES, SYNTHESISED, GIVEN, FROM_PLATE)
    )
    return SourceShares(frames=frames, synthesis=synthesis, given=given, plate=plate)


@numba.njit(cache=True, nogil=True)
def _map(kind, source, confidence, alpha, number, kinds, offsets, steps):  # type: ignore[no-untyped-def]
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            changed = alpha[y, x] > 0
            kinds[y, x] = np.float32(kind[y, x]) if changed else np.float32(FROM_PLATE)
            offsets[y, x] = np.float32(source[y, x] - number) if changed and source[y, x] != 0 else np.float32(0.0)
            # To the nearest, halves to even: added and taken away again, what lies behind the point is gone.
            step = confidence[y, x] * np.float32(255.0) + np.float32(8388608.0) - np.float32(8388608.0)
            steps[y, x] = step / np.float32(255.0) if changed else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _count(kind, alpha, counts):  # type: ignore[no-untyped-def]
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] > 0:
                counts[kind[y, x]] += 1
