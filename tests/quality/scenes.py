"""Small grainy shots with a moving camera, and a region whose fill is right or wrong in a known way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.grain import GrainModel, synthesise

Picture = npt.NDArray[np.float32]
Fill = Callable[[Picture, int], Picture]

SLIDE = (3.0, 2.0)
FILM = GrainModel(slope=(1.1e-3, 0.7e-3, 1.6e-3), floor=(4e-6, 3e-6, 7e-6))


@dataclass(frozen=True)
class Shot:
    """One frame of a test: what TakeMeter.measure takes."""

    number: int
    box: Box
    plate: Picture
    comp: Picture
    alpha: Picture
    matrix: npt.NDArray[np.float64] | None


def world(height: int = 420, width: int = 560, seed: int = 3) -> Picture:
    """A scene of soft and fine texture, 0.02 to about 1."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for sigma, strength in ((1.5, 0.05), (4, 0.15), (15, 0.35), (50, 0.6)):
        layer = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), sigma)
        total += layer / layer.std() * np.float32(strength)
    return np.asarray(0.18 * np.exp(total)[..., None] * np.array([1, 0.9, 0.7], np.float32), np.float32)


def blob(height: int, width: int, margin: int = 28) -> Picture:
    """A hard ellipse with plate around it."""
    alpha = np.zeros((height, width), np.float32)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 2 - margin, height // 2 - margin), 15, 0, 360, 1.0, -1)
    return alpha


def grain(clean: Picture, seed: int, frame: int, strength: float = 1.0) -> Picture:
    """`clean` with film grain of a variance `strength` times the film's."""
    added = synthesise(FILM, clean, seed=seed, frame=frame) * np.float32(np.sqrt(strength))
    return np.asarray(clean + added, np.float32)


def perfect(clean: Picture, frame: int) -> Picture:
    """What a perfect generator makes: the scene itself with its own draw of the plate's grain."""
    return grain(clean, 2, frame)


def over(plate: Picture, fill: Picture, alpha: Picture) -> Picture:
    """The blend."""
    return np.asarray(np.where(alpha[..., None] > 0, plate + (fill - plate) * alpha[..., None], plate), np.float32)


def shot(fill: Fill = perfect, frames: int = 5, alpha: Picture | None = None, exposure: float = 1.0) -> Iterator[Shot]:
    """Frames of a camera that slides over the world. exposure: factor of light from frame to frame."""
    whole = world()
    mask = blob(220, 280) if alpha is None else alpha
    height, width = mask.shape
    for i in range(frames):
        x, y = 40 + int(SLIDE[0]) * i, 30 + int(SLIDE[1]) * i
        clean = np.ascontiguousarray(whole[y : y + height, x : x + width]) * np.float32(exposure**i)
        plate = grain(clean, 1, i)
        slide = np.array([[1, 0, SLIDE[0]], [0, 1, SLIDE[1]], [0, 0, 1]], np.float64) if i else None
        box = Box.of_size(width, height, 1000, -50)
        yield Shot(1001 + i, box, plate, over(plate, fill(clean, i), mask), mask, slide)
