"""A small shot as a comp sees it, real takes of it made by the real operations, and what every placement must keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Matte, Operation, Pads, Plate, Regenerate, ReplaceSky, Request
from platewright.contract.windows import Box
from platewright.jobs.run import run
from platewright.provenance.settings import IdentitySettings
from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.nodes import Node
from tests.moving_shot import make, write_exr

FRAMES = FrameRange.parse("1002-1003")
OUTSIDE = (1001, 1004)
DISPLAY = Box.of_size(104, 64)
DATA = Box(-8, -8, 112, 72)
WATCHED = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha", "depth.Z")


@dataclass(frozen=True)
class Shot:
    """Plate and matte on the disk, and the folder of the takes made of them."""

    folder: Path
    root: Path

    @property
    def plate(self) -> str:
        return str(self.folder / "plate.%04d.exr")

    def record(self, element: str, version: int = 1) -> Path:
        return self.root / element / f"{element}_v{version:03d}.take.json"


def write_shot(folder: Path) -> None:
    """Four frames, half, with overscan, alpha, depth, and NaN, infinity and -0.0 outside the matte."""
    folder.mkdir(parents=True, exist_ok=True)
    moving = make(size=(DATA.width, DATA.height), frames=4, radius=9, travel=5)
    rng = np.random.default_rng(5)
    for number in moving.numbers:
        rest = rng.random((DATA.height, DATA.width, 2)).astype(np.float16)
        pixels = np.concatenate([moving.plates[number], rest], axis=2)
        pixels[0, 0] = np.nan
        pixels[2, 3], pixels[3, 2] = np.inf, -0.0
        pixels[12, 12, 0] = np.nan
        write_exr(
            folder / f"plate.{number}.exr", pixels, ("R", "G", "B", "A", "depth.Z"), space="lin_rec709_scene",
            data_window=DATA, display_window=DISPLAY,
        )  # fmt: skip
        matte = moving.mattes[number][..., None].astype(np.float16)
        write_exr(folder / f"matte.{number}.exr", matte, ("A",), data_window=DATA, display_window=DISPLAY)


def make_take(shot: Shot, element: str, operation: Operation, *, seed: int = 1, matte: bool = True) -> None:
    """Make a real take of the shot."""
    request = Request(
        operation, element, Plate(str(shot.folder / "plate.####.exr"), FRAMES),
        Matte(str(shot.folder / "matte.####.exr")) if matte else None, seed=seed,
    )  # fmt: skip
    run(request, shot.root, IdentitySettings(home=shot.folder / "home"), Silent())


def make_takes(folder: Path) -> Shot:
    """The shot with takes: rig v001 and v002, wide (overscan), grown (a larger format), sky."""
    shot = Shot(folder, folder / "elements")
    write_shot(folder)
    for seed in (1, 2):
        make_take(shot, "rig", Regenerate(grain=seed == 2), seed=seed)
    make_take(shot, "wide", Extend(Pads(left=12, right=14, top=10, bottom=11), grain=False), matte=False)
    make_take(
        shot, "grown", Extend(Pads(left=12, right=14, top=10, bottom=11), grow_display=True, grain=False), matte=False
    )
    make_take(shot, "sky", ReplaceSky("procedural:sun=220/35,turbidity=3", grain=False, relight=0.0))
    return shot


def plate_read(nuke: Any, shot: Shot, name: str = "plate") -> Any:
    """A Read on the plate, as an artist has it."""
    read = nuke.nodes.Read(file=shot.plate, first=1001, last=1004, raw=True, before="black", after="black")
    read.setName(name)
    return read


def bits(array: Any) -> Any:
    """Floats as whole numbers, so that every bit counts, of NaNs too."""
    return np.ascontiguousarray(array, np.float32).view(np.uint32)


def check_same_outside(app: FakeNuke, plate: Node, output: Node, matte: Node, frames: Any, shift: Any = (0, 0)) -> int:
    """Every watched channel equals the plate's, bit for bit, where the matte is 0; returns how many differ inside.

    Looked at over the plate's own box and beyond it. shift: how far the output's origin lies from the plate's.
    """
    changed = 0
    for frame in frames:
        before, after = app.image(plate, frame), app.image(output, frame)
        box = before.bbox.grown(-1 if before.black_outside else 0)
        alpha = app.image(matte, frame).plane("rgba.alpha", box.moved(*shift))
        for name in WATCHED:
            if name not in before.channels:
                continue
            was, now = bits(before.plane(name, box)), bits(after.plane(name, box.moved(*shift)))
            assert np.array_equal(was[alpha <= 0], now[alpha <= 0]), f"{name} of frame {frame}"
            changed += int((was != now).sum())
        assert set(before.channels) <= set(after.channels)
    return changed
