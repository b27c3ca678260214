"""A large moving shot for timing: a camera pans over procedural ground, a disc hides part of it.

Every hidden pixel is seen within a dozen frames. Made once for a work folder; longer ranges are links to the first
frames, forwards and backwards, so that a long shot costs no disk.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio

__all__ = ["make_shot"]

MADE = 48
TURN = 24
STEP = (3.3, -0.7)
FIRST = 1001


def make_shot(folder: Path, width: int, height: int, hidden: int, frames: int) -> tuple[str, str]:
    """Patterns of plate and matte of a `width` x `height` shot whose matte covers `hidden` pixels a frame."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / f"plate.{FIRST + MADE - 1}.exr").exists():
        _render(folder, width, height, hidden)
    for index in range(MADE, frames):
        turn = index % (2 * MADE - 2)
        source = turn if turn < MADE else 2 * MADE - 2 - turn
        for name in ("plate", "matte"):
            link = folder / f"{name}.{FIRST + index}.exr"
            if not link.exists():
                os.link(folder / f"{name}.{FIRST + source}.exr", link)
    return str(folder / "plate.####.exr"), str(folder / "matte.####.exr")


def _render(folder: Path, width: int, height: int, hidden: int) -> None:
    rng = np.random.default_rng(5)
    margin = 110 + int(STEP[0] * (MADE - TURN))
    world = _ground(rng, height + 2 * margin, width + 2 * margin)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = float(np.sqrt(hidden / np.pi))
    travel = 2.6 * radius / TURN
    for i in range(MADE):
        shift = np.float32(margin + STEP[0] * i), np.float32(margin + STEP[1] * i)
        plate = np.maximum(cv2.remap(world, xs + shift[0], ys + shift[1], cv2.INTER_LANCZOS4), 0)
        distance = np.hypot(xs - (width / 2 + travel * (i - MADE / 2)), ys - height / 2)
        plate[distance < radius - 4] = (0.05, 0.2, 0.6)
        noise = cv2.GaussianBlur(rng.standard_normal(plate.shape).astype(np.float32), (0, 0), 0.5)
        plate += noise / noise.std() * np.sqrt(0.0008 * plate + 4e-6)
        matte = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
        _write(folder / f"plate.{FIRST + i}.exr", plate.astype(np.float16), ("R", "G", "B"))
        _write(folder / f"matte.{FIRST + i}.exr", matte.astype(np.float16)[..., None], ("A",))


def _ground(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    out = np.zeros((height, width, 3), np.float32)
    for sigma, weight in ((1.5, 0.3), (4, 0.6), (16, 1.0), (60, 1.2)):
        small = max(1, int(sigma / 2))
        noise = rng.standard_normal((height // small + 2, width // small + 2, 3)).astype(np.float32)
        soft = cv2.GaussianBlur(noise, (0, 0), sigma / small)
        out += weight * cv2.resize(soft / soft.std(), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.exp2(out * 0.6 - 2).astype(np.float32)


def _write(path: Path, pixels: np.ndarray, channels: tuple[str, ...]) -> None:
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(channels), oiio.HALF)
    spec.channelnames = channels
    spec.attribute("compression", "zip")
    if len(channels) == 3:
        spec.attribute("colorInteropID", "lin_rec709_scene")
    target = oiio.ImageOutput.create("exr")
    if not (target.open(str(path), spec) and target.write_image(np.ascontiguousarray(pixels)) and target.close()):
        raise OSError(f"could not write {path}: {oiio.geterror()}")
