"""The fill as it is delivered, with grain: structure, flicker and the grain itself against ground truth.

Asked for by `bench/fill.py --regrained`, after the shots were filled, and filled again with another draw of the
plate's grain. Wanted on every shot: structure PSNR within 1 dB of the lower of the best peer's and the grain floor's
(the truth with another draw of the plate's grain), flicker no more than the floor's, and per channel the grain's
variance against level and its spectrum within 10 % of the plate's. Grain is what the two fills differ by, looked at
where both show the same thing. All frames are looked at, and the plate's grain is drawn several times over: with a
quarter of the frames and one draw, chance alone put a fill with the plate's own grain 10 % off on the smallest shot.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["second_draw", "table"]

Picture = npt.NDArray[np.float32]
Samples = dict[tuple[str, int, int], list[Picture]]

RIGHT = 4 / 255
"""Tone: how far plate and truth, blurred, may be apart where the plate is the truth and its grain."""
SAME = 4.0
"""How far two fills, blurred, may be apart to show the same thing, in standard deviations of what their grain leaves of
such a difference. In tone space it would depend on the level: what is next to nothing in the shadows is seven times
the variance of the grain in the lights."""
BLUR = 4.0
DRAWS = 4
"""Pairs of the truth with the plate's grain that ours is held against."""
LEVELS = 4
"""Ranges of brightness, each with as many of a frame's pixels."""
BANDS = (0.0, 0.7, 1.4, 2.8)
"""Standard deviations of the blurs between which the spectrum is compared, pixels."""
WITHIN, STRUCTURE = 0.1, 1.0
FEWEST = 16000


def table(toolkit: Path, shots: Path, delivered: Path, twins: Path, peers: Path) -> bool:
    """Print a row a shot; True where all of them meet what is wanted.

    delivered, twins: the fills with grain of the shots, and of their second draws. peers: a table of the peers'
    scores, or none.
    """
    common, score = _toolkit(toolkit)
    known = json.loads(peers.read_text())["shot"]["cases"] if peers.is_file() else {}
    print(f"{'shot':18s} {'structure':>9s} {'asked':>6s} {'flicker':>7s} {'asked':>6s}  variance and spectrum, ratios")
    met = []
    for case in sorted(meta.parent for meta in shots.glob("*/meta.json")):
        if not (delivered / case.name).is_dir() or not (twins / case.name).is_dir():
            continue
        shot = common.Case(case)
        ours = score.score_fill(shot, score.folder_source(shot, delivered / case.name))
        floor = score.score_fill(shot, score.floor_source(shot))
        rows = known.get(case.name, {})
        best = max((rows[tool]["spsnr"] for tool in rows if tool not in ("grain floor", "platewright")), default=np.inf)
        asked = min(best, floor["spsnr"]) - STRUCTURE
        levels, bands = _ratios(shot, common, delivered / case.name, twins / case.name)
        good = ours["spsnr"] >= asked and ours["flicker"] <= floor["flicker"] and _alike(levels) and _alike(bands)
        met.append(good)
        print(
            f"{case.name:18s} {ours['spsnr']:9.2f} {asked:6.2f} {ours['flicker']:7.2f} {floor['flicker']:6.2f}  "
            f"{_said(levels)} | {_said(bands)}  {'pass' if good else 'FAIL'}",
            flush=True,
        )
    return all(met)


def second_draw(toolkit: Path, case: Path, out: Path) -> None:
    """Write the same shot with another draw of the plate's grain, wherever the plate is the truth and its grain."""
    common, _ = _toolkit(toolkit)
    shot = common.Case(case)
    random = np.random.default_rng(23)
    out.mkdir(parents=True, exist_ok=True)
    for number in shot.numbers:
        plate, truth = shot.plate(number), shot.clean(number)
        seen = ~shot.mask(number)  # what the matte hides says nothing of the pixels beside it
        off = np.where(seen[..., None], common.to_log(plate) - common.to_log(truth), 0)
        plain = seen & (np.abs(cv2.GaussianBlur(off, (0, 0), BLUR)).max(-1) < RIGHT)
        other = common.add_grain(truth, random, shot.meta["grain_gain"])
        common.write_exr(out / f"plate.{number:04d}.exr", np.where(plain[..., None], other, plate))
        shutil.copy(case / f"mask.{number:04d}.exr", out)
    shutil.copy(case / "meta.json", out)


def _ratios(shot: Any, common: Any, delivered: Path, twin: Path) -> tuple[Picture, Picture]:
    """Variance of our grain over the plate's, `(3, levels)` and `(3, bands)`; NaN where there is too little of it.

    Two fills of one shot that differ in the plate's grain alone differ by grain alone, wherever both show the same
    thing. Both are held against the law that the plate's grain was made by, at their own brightness.
    """
    random = np.random.default_rng(29)
    law = [np.array(shot.meta["grain"][name]) for name in ("slope", "floor")]
    ours: Samples = {}
    perfect: Samples = {}

    def grain_of(a: Picture, b: Picture) -> tuple[Picture, Picture]:
        """What two pictures differ by in units of the law, and their level."""
        level = np.maximum(cv2.GaussianBlur((a + b) / 2, (0, 0), 1.5), 0)
        return (a - b) / np.sqrt(2 * (law[0] * level + law[1])) / shot.meta["grain_gain"], level

    for number in shot.numbers:
        hole, truth = shot.mask(number), shot.clean(number)
        pair = [common.read_rgb(folder / f"fill.{number:04d}.exr")[0] for folder in (delivered, twin)]
        grain, level = grain_of(*pair)
        draws = [
            grain_of(*(common.add_grain(truth, random, shot.meta["grain_gain"]) for _ in "ab")) for _ in range(DRAWS)
        ]
        left = np.std([cv2.GaussianBlur(drawn, (0, 0), BLUR) for drawn, _ in draws], axis=(0, 1, 2))
        off = cv2.GaussianBlur(np.where(hole[..., None], grain, 0), (0, 0), BLUR)
        same = hole & (np.abs(off) < SAME * left).all(-1)
        same = cv2.erode(same.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        for found, drawn in ((ours, [(grain, level)]), (perfect, draws)):
            for grains, levels in drawn:
                _sample(found, np.where(hole[..., None], grains, 0).astype(np.float32), levels, same)
    return _compared(ours, perfect, "level", LEVELS), _compared(ours, perfect, "band", len(BANDS) - 1)


def _sample(found: Samples, grain: Picture, level: Picture, same: npt.NDArray[np.bool_]) -> None:
    """Add a frame's grain, each pixel of `same` sorted by brightness and by how fine it is."""
    if not same.any():
        return
    blurred = [cv2.GaussianBlur(grain, (0, 0), sigma) if sigma else grain for sigma in BANDS]
    for c in range(3):
        bright = level[..., c][same]
        place = np.searchsorted(np.quantile(bright, np.arange(1, LEVELS) / LEVELS), bright)
        fine = grain[..., c][same]
        for k in range(LEVELS):
            found.setdefault(("level", c, k), []).append(fine[place == k])
        for k in range(len(BANDS) - 1):
            found.setdefault(("band", c, k), []).append((blurred[k] - blurred[k + 1])[..., c][same])


def _compared(ours: Samples, perfect: Samples, kind: str, count: int) -> Picture:
    """`(3, count)`: our variance over the plate's, by the median of squares."""
    ratios = np.full((3, count), np.nan, np.float32)
    for c in range(3):
        for k in range(count):
            if (kind, c, k) in ours:
                made, plate = (np.concatenate(samples[kind, c, k]) for samples in (ours, perfect))
                if len(made) >= FEWEST:
                    ratios[c, k] = np.median(made**2) / np.median(plate**2)
    return ratios


def _alike(ratios: Picture) -> bool:
    """Whether all are within bounds; what could not be measured is not."""
    return bool((np.abs(np.nan_to_num(ratios, nan=np.inf) - 1) <= WITHIN).all())


def _toolkit(toolkit: Path) -> tuple[Any, Any]:
    """The toolkit's `common` and `score`."""
    if str(toolkit) not in sys.path:
        sys.path.insert(0, str(toolkit))
    return importlib.import_module("common"), importlib.import_module("score")


def _said(ratios: Picture) -> str:
    """The ratios, channel by channel."""
    return " ".join("/".join(f"{ratio:.2f}" for ratio in row) for row in ratios)
