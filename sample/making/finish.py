"""From the renders to the shot that is shipped: plate with grain, the artist's matte, the ground truth.

The plate is the clean frame wherever the matte is 0, so that what a tool may not touch is the truth already.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from making.grain import add_grain
from making.passes import Passes
from making.pictures import Floats, Window, view, write_matte, write_rgb

__all__ = [
    "AROUND",
    "CLEAN_LEVEL",
    "PLATE_LEVEL",
    "artist_matte",
    "clear_edges",
    "finish_frame",
    "lens",
    "surroundings",
    "weigh",
]

PLATE_LEVEL, CLEAN_LEVEL = 300, 150
"""DWAA's levels (OpenEXR's default is 45): as fine as fits into the sample's eight megabytes."""

AROUND = 8
"""Pixels of truth around the matte: the clean plate's data window holds no more, to keep the shot small."""

GROWN, SOFT = 3.0, 2.0
"""Pixels between the object and the matte's soft edge, and the width of that edge."""


def artist_matte(coverage: Floats, grown: float = GROWN, soft: float = SOFT, faint: float = 0.004) -> Floats:
    """(H, W) a roto of `coverage`: 1 on all of the object and `grown` pixels around it, then `soft` pixels of edge."""
    reach = int(grown + soft) + 1
    inside = np.pad(coverage > faint, reach)
    nearest = np.full(coverage.shape, np.inf, dtype=np.float32)
    rows, columns = coverage.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            moved = inside[reach + dy:reach + dy + rows, reach + dx:reach + dx + columns]
            nearest = np.where(moved, np.minimum(nearest, np.float32(np.hypot(dx, dy))), nearest)
    return np.clip(1.0 - (nearest - grown) / (soft + 1.0), 0.0, 1.0).astype(np.float32)


def weigh(picture: Floats, weights: tuple[float, ...]) -> Floats:
    """`picture` (H, W, ...) through these weights, made to sum to 1, both ways; its edge pixels go on beyond it."""
    reach = len(weights) // 2
    for axis in (0, 1):
        widths = [(reach, reach) if a == axis else (0, 0) for a in range(picture.ndim)]
        wide, size = np.pad(picture, widths, mode="edge"), picture.shape[axis]
        moved = (w * np.take(wide, np.arange(size) + n, axis) for n, w in enumerate(weights))
        picture = np.asarray(sum(moved) / sum(weights), dtype=np.float32)
    return picture


def lens(picture: Floats) -> Floats:
    """`picture` (H, W, ...) a little softer, (1 4 1) / 6 both ways: a lens does not resolve single pixels.

    It is applied to pictures and to the sky's share alike, so the share stays exact.
    """
    return weigh(picture, (1.0, 4.0, 1.0))


def clear_edges(picture: Floats, dome: Floats, sky: Floats) -> Floats:
    """Cleans what is thin before the sky: `picture` (H, W, 3) with its mixed pixels mixed anew from exact shares.

    The picture's few samples leave cables and twigs ragged, while the sky alone (`dome`) and its share of every pixel
    (`sky`, (H, W)) are known well. With C = a F + (1 - a) S over a small window, least squares gives the colour F of
    what stands before the sky, and the pixel follows from it.
    """
    a = (1.0 - sky)[..., None]
    window = (1.0, 4.0, 6.0, 4.0, 1.0)
    own = weigh(a * (picture - (1.0 - a) * dome), window) / np.maximum(weigh(a * a, window), 1e-4)
    mixed = a * np.clip(own, 0.0, 4.0) + (1.0 - a) * dome
    return np.where(a > 0.995, picture, mixed).astype(np.float32)


def surroundings(matte: Floats) -> Window:
    """The window of `matte` above 0, `AROUND` pixels wider on every side."""
    rows, columns = matte.shape
    y, x = np.nonzero(matte > 0.0)
    return (max(0, int(x.min()) - AROUND), max(0, int(y.min()) - AROUND),
            min(columns, int(x.max()) + 1 + AROUND), min(rows, int(y.max()) + 1 + AROUND))


def finish_frame(passes: Passes, frame: int, out: Path, previews: Path | None, sky: bool) -> dict[str, float]:
    """Assemble and write one frame's files under `out`; gives back what the shot's record says about it."""
    share = passes.sky_coverage(frame)
    clean, with_object = clear_edges(passes.clean(frame), passes.sky_alone(frame), share), passes.with_object(frame)
    coverage = passes.object_coverage(frame)
    matte = artist_matte(coverage)
    weight = artist_matte(coverage, grown=1.0, soft=1.0)[..., None]
    filmed = clean + weight * (with_object - clean)
    clean, filmed, share = lens(clean), lens(filmed), lens(share)
    plate = add_grain(filmed, frame)
    write_rgb(out / "plate" / f"plate.{frame}.exr", plate, f"dwaa:{PLATE_LEVEL}")
    write_rgb(out / "truth" / f"clean.{frame}.exr", clean, f"dwaa:{CLEAN_LEVEL}", surroundings(matte))
    write_matte(out / "matte" / f"matte.{frame}.exr", matte)
    figures = {"object": float(coverage.mean()), "matte": float((matte > 0).mean()), "sky": float(share.mean())}
    if sky:
        write_matte(out / "truth" / f"sky.{frame}.exr", share)
    if previews is not None:
        previews.mkdir(parents=True, exist_ok=True)
        view(previews / f"plate.{frame}.png", plate, 0.35)
    return {name: round(value, 5) for name, value in figures.items()}
