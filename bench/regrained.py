"""The fill as it is delivered, with grain: structure, flicker and the grain itself against ground truth.

Asked for by `bench/fill.py --regrained`, after the shots were filled with and without grain. Wanted on every shot:
structure PSNR within 1 dB of the lower of the best peer's and the grain floor's (the truth with another draw of the
plate's grain), flicker no more than the floor's, and per channel the grain's variance against level and its spectrum
within 10 % of the floor's. Grain is what fill and truth differ by, looked at only where the fill without grain shows
the right thing. Fine structure that the fill misses counts as grain too: in textured shots the ratios are upper bounds.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["table"]

Picture = npt.NDArray[np.float32]
Samples = dict[tuple[str, int, int], list[Picture]]

RIGHT = 2 / 255
"""Tone: how far the fill without grain, blurred, may be from the truth for its grain to be looked at."""
LEVELS = 4
"""Ranges of brightness, each with as many of a frame's pixels."""
BANDS = (0.0, 0.7, 1.4, 2.8)
"""Standard deviations of the blurs between which the spectrum is compared, pixels."""
WITHIN, STRUCTURE = 0.1, 1.0
FEWEST = 4000


def table(toolkit: Path, shots: Path, plain: Path, delivered: Path, peers: Path) -> bool:
    """Print a row a shot; True where all of them meet what is wanted. peers: a table of the peers' scores, or none."""
    if str(toolkit) not in sys.path:
        sys.path.insert(0, str(toolkit))
    common: Any = importlib.import_module("common")
    score: Any = importlib.import_module("score")
    known = json.loads(peers.read_text())["shot"]["cases"] if peers.is_file() else {}
    print(f"{'shot':18s} {'structure':>9s} {'asked':>6s} {'flicker':>7s} {'asked':>6s}  variance and spectrum, ratios")
    met = []
    for case in sorted(meta.parent for meta in shots.glob("*/meta.json")):
        if not (delivered / case.name).is_dir():
            continue
        shot = common.Case(case)
        ours = score.score_fill(shot, score.folder_source(shot, delivered / case.name))
        floor = score.score_fill(shot, score.floor_source(shot))
        rows = known.get(case.name, {})
        best = max((rows[tool]["spsnr"] for tool in rows if tool not in ("grain floor", "platewright")), default=np.inf)
        asked = min(best, floor["spsnr"]) - STRUCTURE
        levels, bands = _ratios(shot, score, common, plain / case.name, delivered / case.name)
        good = ours["spsnr"] >= asked and ours["flicker"] <= floor["flicker"] and _alike(levels) and _alike(bands)
        met.append(good)
        print(
            f"{case.name:18s} {ours['spsnr']:9.2f} {asked:6.2f} {ours['flicker']:7.2f} {floor['flicker']:6.2f}  "
            f"{_said(levels)} | {_said(bands)}  {'pass' if good else 'FAIL'}",
            flush=True,
        )
    return all(met)


def _ratios(shot: Any, score: Any, common: Any, plain: Path, delivered: Path) -> tuple[Picture, Picture]:
    """Variance of our grain over the floor's, `(3, levels)` and `(3, bands)`; NaN where there is too little of it."""
    source = score.floor_source(shot)
    ours: Samples = {}
    floor: Samples = {}
    stride = max(1, len(shot.numbers) // 6)
    for index, number in enumerate(shot.numbers):
        plate, truth, hole = shot.plate(number), shot.clean(number), shot.mask(number)
        perfect = source(number, plate, truth, hole)[0]
        if index % stride:
            continue
        made, smooth = (common.read_rgb(folder / f"fill.{number:04d}.exr")[0] for folder in (delivered, plain))
        error = cv2.GaussianBlur(common.to_log(smooth) - common.to_log(truth), (0, 0), 2.0)
        right = hole & (np.abs(error).max(-1) < RIGHT)
        right = cv2.erode(right.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        for found, picture in ((ours, made), (floor, perfect)):
            _sample(found, np.where(hole[..., None], picture - truth, 0).astype(np.float32), truth, right)
    return _compared(ours, floor, "level", LEVELS), _compared(ours, floor, "band", len(BANDS) - 1)


def _sample(found: Samples, residual: Picture, truth: Picture, right: npt.NDArray[np.bool_]) -> None:
    """Add a frame's residuals, each sorted by the truth's brightness and by how fine they are."""
    if not right.any():
        return
    blurred = [cv2.GaussianBlur(residual, (0, 0), sigma) if sigma else residual for sigma in BANDS]
    for c in range(3):
        level = truth[..., c][right]
        place = np.searchsorted(np.quantile(level, np.arange(1, LEVELS) / LEVELS), level)
        fine = (blurred[0] - blurred[-1])[..., c][right]
        for k in range(LEVELS):
            found.setdefault(("level", c, k), []).append(fine[place == k])
        # Bright pixels have more grain: against what their brightness has, or they would speak for all.
        usual = np.sqrt(np.maximum(level, 0) + 0.01).astype(np.float32)
        for k in range(len(BANDS) - 1):
            found.setdefault(("band", c, k), []).append((blurred[k] - blurred[k + 1])[..., c][right] / usual)


def _compared(ours: Samples, floor: Samples, kind: str, count: int) -> Picture:
    """`(3, count)`: our variance over the floor's, by the median of squares."""
    ratios = np.full((3, count), np.nan, np.float32)
    for c in range(3):
        for k in range(count):
            if (kind, c, k) in ours:
                made, perfect = (np.concatenate(samples[kind, c, k]) for samples in (ours, floor))
                if len(made) >= FEWEST:
                    ratios[c, k] = np.median(made**2) / np.median(perfect**2)
    return ratios


def _alike(ratios: Picture) -> bool:
    """Whether all that could be measured is within bounds."""
    there = ratios[np.isfinite(ratios)]
    return bool((np.abs(there - 1) <= WITHIN).all())


def _said(ratios: Picture) -> str:
    """The ratios, channel by channel."""
    return " ".join("/".join(f"{ratio:.2f}" for ratio in row) for row in ratios)
