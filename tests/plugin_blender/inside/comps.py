"""Plates, takes and comps with values that break careless arithmetic, and what Blender renders of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr

WIDTH, HEIGHT = 96, 64  # as the tests' quick generator has it
FIRST, LAST = 1001, 1008
TAKE = (1003, 1004, 1005, 1006)
GONE = 1005
BOX = (slice(20, 35), slice(30, 61))
SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 6e-8, 65504.0, -3.5, 1e-30)


def error(name: str) -> Any:
    """A class of the error tree, as the installed extension has it."""
    return getattr(importlib.import_module("platewright.contract.errors"), name)


@dataclass
class Shot:
    """The files, and what is in them by frame: `(h, w, 4)` float32, rows from the top."""

    folder: Path
    plates: dict[int, np.ndarray]
    results: dict[int, np.ndarray]
    mattes: dict[int, np.ndarray]

    @property
    def first(self) -> str:
        return str(self.folder / f"plate.{FIRST}.exr")

    @property
    def root(self) -> str:
        return str(self.folder / "elements")


def channels(pixels: np.ndarray, half: bool) -> dict[str, np.ndarray]:
    kind = np.float16 if half else np.float32
    with np.errstate(over="ignore"):
        return {name: pixels[..., place].astype(kind) for place, name in enumerate("RGBA")}


def write_plate(path: Path, pixels: np.ndarray, half: bool, space: str = "") -> None:
    plain_exr.write(path, channels(pixels, half), space=space)


def make_shot(
    folder: Path, *, half: bool = False, space: str = "", special: bool = True, element: str = "rig", version: int = 1,
    pads: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Shot:  # fmt: skip
    """Plates of eight frames, and a take of four of them as the engine leaves it, with one file missing."""
    rng = np.random.default_rng(version)
    left, right, top, bottom = pads
    size = (HEIGHT + top + bottom, WIDTH + left + right)
    plates, results, mattes = {}, {}, {}
    kind = np.float16 if half else np.float32
    base = np.random.default_rng(99)
    for number in range(FIRST, LAST + 1):
        pixels = base.gamma(2.0, 0.2, (HEIGHT, WIDTH, 4)).astype(np.float32)
        pixels[..., 3] = 0.5
        if special:
            pixels[2, : len(SPECIAL), :3] = np.array(SPECIAL, np.float32)[:, None]
        plates[number] = pixels.astype(kind).astype(np.float32)
        (folder / "x").mkdir(parents=True, exist_ok=True)
        write_plate(folder / f"plate.{number}.exr", plates[number], half, space)
    copies = folder / "elements" / ".full_frames" / element
    copies.mkdir(parents=True, exist_ok=True)
    for number in TAKE:
        alpha = np.zeros(size, np.float32)
        if any(pads):
            alpha[:] = 1
            alpha[top : top + HEIGHT, left : left + WIDTH] = 0
        else:
            alpha[BOX] = 1
            alpha[BOX[0].start, BOX[1]] = 0.25
        under = np.zeros((*size, 3), np.float32)
        under[top : top + HEIGHT, left : left + WIDTH] = plates[number][..., :3]
        rgb = np.where((alpha > 0)[..., None], rng.gamma(2.0, 0.3, (*size, 3)), np.copysign(0, under))
        result = np.concatenate([rgb, alpha[..., None]], axis=2).astype(kind).astype(np.float32)
        results[number], mattes[number] = result, alpha
        if number != GONE:
            write_plate(copies / f"{element}_v{version:03d}.{number}.exr", result, half, space)
    write_record(folder, element, version, pads, half)
    return Shot(folder, plates, results, mattes)


def write_record(folder: Path, element: str, version: int, pads: tuple[int, int, int, int], half: bool) -> Path:
    """A take's record as the engine writes it, through the contract that the extension brings."""
    from platewright.contract.frames import FrameRange
    from platewright.contract.mapper import canonical
    from platewright.contract.request import Extend, Pads, Plate, Regenerate, Request
    from platewright.contract.takes import FileHash, FrameRecord, ModelCard, TakeRecord
    from platewright.contract.windows import Box

    operation = Extend(Pads(*pads)) if any(pads) else Regenerate()
    plate = Plate(str(folder / "plate.####.exr"), FrameRange(TAKE), "lin_rec709_scene")
    window = Box(30, 20, 61, 35)
    frames = tuple(
        FrameRecord(number, FileHash(f"{element}_v{version:03d}.{number}.exr", 1, "0" * 64),
                    FileHash(f"plate.{number}.exr", 1, "0" * 64), window, window, 1, 1)
        for number in TAKE
    )  # fmt: skip
    record = TakeRecord(
        element, version, "2026-01-31T12:00:00Z", "test", Request(operation, element, plate), "0" * 64,
        "Linear Rec.709 (sRGB)", "lin_rec709_scene", Box.of_size(WIDTH, HEIGHT), 1.0, frames, "0" * 64,
        ModelCard("grey", "1"),
    )  # fmt: skip
    path = folder / "elements" / element / f"{element}_v{version:03d}.take.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(record))
    return path


def artists_comp(part: Any, shot: Shot, tag: str = "Linear Rec.709", start: int = FIRST) -> tuple[Any, Any]:
    """An artist's comp: the plate into an output. Returns the tree and the plate's node."""
    compat = part("compat")
    scene = bpy.context.scene
    tree = compat.new_compositor(scene)
    image = bpy.data.images.load(shot.first)
    image.source = "SEQUENCE"
    image.colorspace_settings.name = tag
    node = tree.nodes.new("CompositorNodeImage")
    node.image, node.frame_duration, node.frame_offset = image, LAST - FIRST + 1, FIRST - 1
    node.frame_start, node.use_auto_refresh = start, True
    out = compat.output_node(tree)
    tree.links.new(node.outputs["Image"], out.inputs[0])
    exact(part, scene)
    return tree, node


def exact(part: Any, scene: Any, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Let the scene render to plain EXR, exactly."""
    part("compat").exact_render(scene, width, height)
    scene.render.image_settings.exr_codec = "NONE"


def rendered(scene: Any, folder: Path, frame: int) -> np.ndarray:
    """What Blender's compositor gives at a frame, `(h, w, 4)` float32, rows from the top."""
    scene.frame_set(frame)
    scene.render.filepath = str(folder / "out.exr")
    scene.render.use_file_extension = False
    bpy.ops.render.render(write_still=True, scene=scene.name)
    found = plain_exr.read(folder / "out.exr")
    return np.stack([found[name] for name in "RGBA"], axis=2)


def bits(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels, np.float32).view(np.uint32)


def check_same(a: np.ndarray, b: np.ndarray, what: str = "") -> None:
    """Claim that two arrays are equal in every bit, and show the first values that are not."""
    assert a.shape == b.shape, f"{what}: {a.shape} is not {b.shape}"
    unequal = bits(a) != bits(b)
    found = [f"{x!r} for {y!r}" for x, y in zip(a[unequal][:6], b[unequal][:6], strict=True)]
    assert not unequal.any(), f"{what}: {int(unequal.sum())} of {a.size} values differ: {'; '.join(found)}"


def check_equal(a: np.ndarray, b: np.ndarray, what: str = "") -> None:
    """As `check_same`, but for the sign of zeros: where no file is, Blender adds a +0.0 to a plate's -0.0."""
    check_same(unsigned(a), unsigned(b), what)


def unsigned(pixels: np.ndarray) -> np.ndarray:
    return np.where(pixels == 0, np.float32(0), pixels).astype(np.float32)
