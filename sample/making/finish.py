"""From the renders to the shot that is shipped: plate with grain, the artist's matte, the ground truth.

The plate is the clean frame wherever the matte is 0, so that what a tool may not touch is the truth already.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from making.grain import add_grain
from making.passes import Passes
from making.pictures import Floats, Window, view, write_matte, write_rgb

__all__ = ["AROUND", "CLEAN_LEVEL", "PLATE_LEVEL", "artist_matte", "finish_frame", "surroundings"]

PLATE_LEVEL, CLEAN_LEVEL = 250, 120
"""DWAA's levels (OpenEXR's default is 45): as fine as fits into the sample's eight megabytes."""

AROUND = 16
"""Pixels of truth around the matte: the clean plate's data window holds no more, to keep the shot small."""

GROWN, SOFT = 3.0, 2.0
"""Pixels between the object and the matte's soft edge, and the width of that edge."""


def artist_matte(coverage: Floats, faint: float = 0.004) -> Floats:
    """(H, W) a roto of `coverage`: 1 on all of the object and 3 pixels around it, then 2 pixels of soft edge."""
    reach = int(GROWN + SOFT) + 1
    inside = np.pad(coverage > faint, reach)
    nearest = np.full(coverage.shape, np.inf, dtype=np.float32)
    rows, columns = coverage.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            moved = inside[reach + dy:reach + dy + rows, reach + dx:reach + dx + columns]
            nearest = np.where(moved, np.minimum(nearest, np.float32(np.hypot(dx, dy))), nearest)
    return np.clip(1.0 - (nearest - GROWN) / (SOFT + 1.0), 0.0, 1.0).astype(np.float32)


def surroundings(matte: Floats) -> Window:
    """The window of `matte` above 0, `AROUND` pixels wider on every side."""
    rows, columns = matte.shape
    y, x = np.nonzero(matte > 0.0)
    return (max(0, int(x.min()) - AROUND), max(0, int(y.min()) - AROUND),
            min(columns, int(x.max()) + 1 + AROUND), min(rows, int(y.max()) + 1 + AROUND))


def finish_frame(passes: Passes, frame: int, out: Path, previews: Path | None, sky: bool) -> dict[str, float]:
    """Assemble and write one frame's files under `out`; gives back what the shot's record says about it."""
    clean, with_object = passes.clean(frame), passes.with_object(frame)
    coverage = passes.object_coverage(frame)
    matte = artist_matte(coverage)
    weight = matte[..., None]
    plate = add_grain(clean + weight * (with_object - clean), frame)
    write_rgb(out / "plate" / f"plate.{frame}.exr", plate, f"dwaa:{PLATE_LEVEL}")
    write_rgb(out / "truth" / f"clean.{frame}.exr", clean, f"dwaa:{CLEAN_LEVEL}", surroundings(matte))
    write_matte(out / "matte" / f"matte.{frame}.exr", matte)
    figures = {"object": float(coverage.mean()), "matte": float((matte > 0).mean())}
    if sky:
        share = passes.sky_coverage(frame)
        write_matte(out / "truth" / f"sky.{frame}.exr", share)
        figures["sky"] = float(share.mean())
    if previews is not None:
        previews.mkdir(parents=True, exist_ok=True)
        view(previews / f"plate.{frame}.png", plate, 0.35)
    return {name: round(value, 5) for name, value in figures.items()}
