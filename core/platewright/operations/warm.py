"""Compile every kernel once, at install, so that an artist's first take does not wait for a compiler.

It runs the real operations on a tiny shot of its own, half and float, so that what is compiled is what is used.

    python -m platewright.operations.warm
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Silent
from platewright.contract.request import (
    Extend,
    Matte,
    Operation,
    Pads,
    Plate,
    Reference,
    Regenerate,
    ReplaceSky,
    Request,
)
from platewright.contract.windows import Box
from platewright.imaging.writing import write_patch

from . import extend, regenerate, replace_sky
from .outcome import Outcome, PatchWriter

__all__ = ["warm"]

WIDTH, HEIGHT, FRAMES = 224, 144, 7
SKY = 56
PACE, JERK = 3, 12
"""Pixels a frame that the camera pans, and by how many it jerks once."""
FAR, NEAR, POST = 0.3, 5.0, 24
"""Pixels a frame that the ground moves and what stands before it, and how wide that is."""
HIGH, LONG, BLOTCHES = 1.5, 8.0, 2.5
"""Pixels that waves push the ground by, and over which they turn by a radian; how soft that ground is."""
Filmed = Callable[[npt.NDArray[np.float32], int], npt.NDArray[np.float32]]


class _Folder:
    """A PatchWriter into a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.stamp: dict[str, str] = {}
        self.kept: dict[int, Path] = {}
        self.under: dict[int, Path] = {}

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return self._folder / f"warm.{number}.exr"


def warm() -> None:
    """Compile the kernels of all operations. Raises what they raise: then the installation does not work."""
    for half in (True, False):
        with tempfile.TemporaryDirectory(prefix="platewright-warm-") as folder:
            _write_shot(Path(folder), half)
            sky = ReplaceSky("procedural:sun=120/35,turbidity=3")
            _run(Regenerate(), Path(folder), matted=True)
            _write_shot(Path(folder), half, _rippled)
            _run(Regenerate(), Path(folder), matted=True)
            _write_shot(Path(folder), half, _layered)
            _run(Regenerate(depth="on"), Path(folder), matted=True)
            _run(Extend(Pads(8, 8, 8, 8)), Path(folder))
            _run(sky, Path(folder))
            _run(sky, Path(folder), matted=True)
            _run(ReplaceSky(), Path(folder), references=(Reference("sky", str(Path(folder) / "plate.####.exr")),))


_RUNS: dict[str, Callable[[Request, PatchWriter, Reporter], Outcome]] = {
    "regenerate": regenerate.run, "extend": extend.run, "replace_sky": replace_sky.run,
}  # fmt: skip


def _run(operation: Operation, folder: Path, matted: bool = False, references: tuple[Reference, ...] = ()) -> None:
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}"))
    matte = Matte(str(folder / "plate.####.exr")) if matted else None
    request = Request(operation=operation, element="warm", plate=plate, matte=matte, references=references)
    _RUNS[operation.kind](request, _Folder(folder), Silent())


def _write_shot(folder: Path, half: bool, filmed: Filmed | None = None) -> None:
    """A few frames of textured ground under a bright sky, panned with a jerk, through a lens that darkens a side; a
    square is matted, part of it never seen. filmed: in another way."""
    rng = np.random.default_rng(1)
    world = np.exp2(rng.normal(-3, 1, (HEIGHT, WIDTH + 40, 3))).astype(np.float32)
    world[:SKY] = (0.35, 0.55, 0.95)
    world[:SKY] += rng.normal(0, 0.01, (SKY, WIDTH + 40, 3)).astype(np.float32)
    window = Box.of_size(WIDTH, HEIGHT)
    shade = np.linspace(0.6, 1.0, WIDTH, dtype=np.float32)[None, :, None]
    for index in range(FRAMES):
        plate = shade * (filmed or _panned)(world, index)
        alpha = np.zeros((HEIGHT, WIDTH), np.float32)
        alpha[80:110, 90 + index : 130 + index] = 1
        write_patch(
            folder / f"plate.{1001 + index}.exr", plate, alpha, window, window, half=half,
            header={"colorInteropID": "lin_rec709_scene"},
        )  # fmt: skip


def _panned(world: npt.NDArray[np.float32], index: int) -> npt.NDArray[np.float32]:
    """Frame `index` on whole pixels; two are smeared by a jerk of the camera."""
    at = PACE * index + (JERK if index >= FRAMES // 2 else 0)
    plate = world[:, at : at + WIDTH]
    smeared = index in (FRAMES // 2 - 1, FRAMES // 2)
    return np.asarray(cv2.blur(plate, (JERK // 2, 1)) if smeared else plate, np.float32)


def _layered(world: npt.NDArray[np.float32], index: int) -> npt.NDArray[np.float32]:
    """Frame `index` between pixels: posts stand before the ground and move further than it, so that no plane explains
    both."""
    soft = cv2.GaussianBlur(world, (0, 0), 1.2)
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    far, near = x + np.float32(FAR * index), x + np.float32(NEAR * index)
    ground = cv2.remap(soft, far, y, cv2.INTER_CUBIC)
    posts = cv2.remap(np.ascontiguousarray(soft[::-1]), near, y, cv2.INTER_CUBIC)
    stands = (near.astype(np.int32) // POST % 3 == 0) & (y >= SKY)
    return np.asarray(np.where(stands[..., None], posts, ground), np.float32)


def _rippled(world: npt.NDArray[np.float32], index: int) -> npt.NDArray[np.float32]:
    """Frame `index` of ground in soft blotches that waves run over."""
    soft = cv2.GaussianBlur(np.log2(world), (0, 0), BLOTCHES)
    ground = soft[2 * SKY :]
    soft = np.exp2(np.clip(1.5 * (soft - ground.mean()) / ground.std(), -4, 4) - 3)
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    wave = np.float32(HIGH) * np.sin((x + 2 * y) / np.float32(LONG) + np.float32(index))
    there = x + np.float32(2 * PACE * index) + wave, y + wave
    return np.asarray(cv2.remap(soft, *there, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT), np.float32)


if __name__ == "__main__":
    warm()
