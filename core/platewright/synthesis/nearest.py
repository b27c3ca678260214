"""Which pixel of a mask lies nearest to each pixel of a picture, and how far off."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["nearest"]

_cv2: Any = cv2


def nearest(side: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """How far each pixel is from the nearest one of `side (H, W)`, and which that is, as an index into the flat
    picture; 0 where it has none."""
    away, labels = _cv2.distanceTransformWithLabels(
        (~side).astype(np.uint8), _cv2.DIST_L2, 5, labelType=_cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(labels.max()) + 1, np.int64)
    table[labels[side]] = np.flatnonzero(side)
    return away, table[labels]
