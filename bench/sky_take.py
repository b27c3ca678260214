"""A 1080p shot that pans over a still sky plate, and what a whole sky replacement of it costs.

Why apart from `sky.py`: mattes are scored on stills, but an artist waits for takes, in which frames follow one another.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Plate, ReplaceSky, Request
from platewright.imaging.reading import read_frame
from platewright.operations.replace_sky import run
from platewright.synthesis.sky_camera import USUAL_FIELD_OF_VIEW

__all__ = ["FRAMES", "SKY", "floor_a_frame", "seconds_a_frame"]

FIRST, FRAMES = 1001, 24
SKY = "procedural:sun=40/30,turbidity=3"


class Folder:
    """A PatchWriter into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return self.folder / f"sky.{number}.exr"


def seconds_a_frame(still: Path, work: Path) -> tuple[float, float]:
    """Wall and processor seconds a frame of a take over FRAMES frames, after two that compile. still: an EXR."""
    plates = work / "plate"
    if not (plates / f"plate.{FIRST + FRAMES - 1}.exr").exists():
        plates.mkdir(parents=True, exist_ok=True)
        pan(read_frame(still, 1).rgb(), plates)
    take(plates, work, 2)
    begun, spent = time.perf_counter(), time.process_time()
    take(plates, work, FRAMES)
    return (time.perf_counter() - begun) / FRAMES, (time.process_time() - spent) / FRAMES


def floor_a_frame(work: Path) -> float:
    """Wall seconds a frame of its files alone, after `seconds_a_frame`: read the plate, write the patch, hash both."""
    seconds = 0.0
    for number in range(FIRST, FIRST + FRAMES):
        plate, patch = work / "plate" / f"plate.{number}.exr", work / "patches" / f"sky.{number}.exr"
        source = oiio.ImageBuf(str(patch))
        source.read(force=True)
        begun = time.perf_counter()
        oiio.ImageInput.open(str(plate)).read_image("half")
        source.write(str(work / "floor.exr"))
        for path in (plate, work / "floor.exr"):
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
        seconds += time.perf_counter() - begun
    return seconds / FRAMES


def take(plates: Path, work: Path, count: int) -> None:
    """One sky replacement."""
    plate = Plate(str(plates / "plate.####.exr"), FrameRange.parse(f"{FIRST}-{FIRST + count - 1}"))
    run(Request(ReplaceSky(sky=SKY, relight=0.5), "sky", plate), Folder(work / "patches"), Silent())


def pan(still: np.ndarray, plates: Path) -> None:
    """Turn a camera over a still, a sixth of a degree a frame with a little nodding; every frame has its own grain."""
    height, width = still.shape[:2]
    focal = width / 2 / np.tan(np.radians(USUAL_FIELD_OF_VIEW / 2))
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    draw = np.random.default_rng(1)
    for index in range(FRAMES):
        a, b = np.radians((index - FRAMES / 2) / 6), np.radians(0.05 * np.sin(index / 3))
        turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
        seen = cv2.warpPerspective(
            still.astype(np.float32), lens @ turn @ np.linalg.inv(lens), (width, height), flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )  # fmt: skip
        grain = draw.standard_normal(seen.shape).astype(np.float32) * 0.004 * np.sqrt(np.maximum(seen, 1e-4))
        write(plates / f"plate.{FIRST + index}.exr", np.maximum(seen + grain, 0).astype(np.float16))


def write(path: Path, pixels: np.ndarray) -> None:
    """A frame as half-float EXR."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, oiio.HALF)
    spec.attribute("colorInteropID", "lin_rec709_scene")
    target = oiio.ImageOutput.create("exr")
    if not (target and target.open(str(path), spec) and target.write_image(pixels) and target.close()):
        raise OSError(f"could not write {path}: {oiio.geterror()}")
