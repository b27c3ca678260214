"""The sky matte of a plate: how much of each pixel is sky, and what colour the rest has without it.

Coarse label first (`sky_label`), then local linear unmixing at full size (`sky_unmix`). The matte says how sure it
is; what to tell an artist about a low confidence is the operation's business.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError

from .sky_cells import tone_of
from .sky_doubt import open_below
from .sky_label import LABEL_WIDTH, Label, label_sky
from .sky_unmix import unmix

__all__ = ["SkyMatte", "estimate"]

Floats = npt.NDArray[np.float32]

_PLAIN_STEP = 0.08  # tone: a step from sky to ground of twenty 8-bit steps can't be overlooked


@dataclass(frozen=True)
class SkyMatte:
    """What was found, for one frame.

    alpha: (H, W) float32, 1 = sky. foreground: (H, W, 3) linear, the foreground's colour free of the old sky; equal
    to the plate where alpha is 0. sky: (H, W, 3) linear, the old sky's local colour. coarse: (h, w) the label, to
    be handed to the next frame as its prior. confidence: 0 to 1.
    """

    alpha: Floats
    foreground: Floats
    sky: Floats
    coarse: Floats
    confidence: float


def estimate(
    rgb: Floats, *, prior: Floats | None = None, horizon: float | None = None, hint: Floats | None = None
) -> SkyMatte:
    """Estimate the sky matte of one frame.

    rgb: (H, W, 3) float32, scene-linear, any primaries; what is not finite counts as black. prior: (h, w) the
    coarse label of the frame before, moved along with the camera. horizon: row of the picture below which nothing
    is sky. hint: (h, w) of any size, 1 where the artist says sky, 0 where not, 0.5 where nothing is said.
    Raises MatteError with the code `sky_not_found` when there is no sky.
    """
    clean = np.ascontiguousarray(rgb, np.float32)
    if not np.isfinite(clean.sum()):
        clean = np.nan_to_num(clean, nan=0.0, posinf=0.0, neginf=0.0)
    height, width = clean.shape[:2]
    scale = min(0.5, LABEL_WIDTH / max(width, height))  # a cell of one pixel has no statistics
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = tone_of(np.asarray(cv2.resize(clean, size, interpolation=cv2.INTER_AREA), np.float32))
    label = label_sky(
        small,
        prior=None if prior is None else _fit(prior, size),
        horizon=None if horizon is None else horizon * size[1] / height,
        hint=None if hint is None else _fit(hint, size),
    )
    if label is None:
        raise MatteError(
            "no sky was found in the plate",
            code="sky_not_found",
            hint="Give a matte of the sky with --matte, or check that the frame range shows sky.",
        )
    parts = unmix(clean, label)
    return SkyMatte(parts.alpha, parts.foreground, parts.sky, label.sky, _confidence(label))


def _confidence(label: Label) -> float:
    """Low where the outline is faint, where two ways to find it differ, and where sky runs out at the bottom."""
    closed = max(0.2, 1 - 1.5 * open_below(label.sky))
    return min(1.0, label.contrast / _PLAIN_STEP) * label.agreement * closed


def _fit(plane: Floats, size: tuple[int, int]) -> Floats:
    if (plane.shape[1], plane.shape[0]) == size:
        return plane.astype(np.float32, copy=False)
    return np.asarray(cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), np.float32)
