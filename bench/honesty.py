"""Whether the record's confidence tells the truth: frame by frame against how far the fill is from what was hidden.

Asked for by `bench/fill.py --honesty`, after the shots were filled. A frame counts as doubted where the record's
confidence is low enough for the finding `fill_uncertain`. Wanted: doubted are at least 9 of 10 frames whose structure
PSNR (the scorer's `spsnr`) is under 25 dB, and at most 1 of 10 of those above 32 dB.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from platewright.operations.outcome import Outcome
from platewright.quality.thresholds import FrameFigures, findings_of

POOR, GOOD = 25.0, 32.0


def keep(outcome: Outcome, out: Path) -> None:
    """Write down what the record says of each frame, beside the frames."""
    said = {}
    for record in outcome.frames:
        figures = FrameFigures(record.number, {"confidence": record.confidence})
        doubted = any(finding.code == "fill_uncertain" for finding in findings_of([figures]))
        invented = round(record.shares.synthesis, 4)
        said[record.number] = {"confidence": record.confidence, "doubted": doubted, "invented": invented}
    (out / "confidence.json").write_text(json.dumps(said))


def structure(toolkit: Path, case: Path, out: Path) -> dict[int, float]:
    """The structure PSNR of each frame in the hole, dB, by the toolkit's own arithmetic."""
    if str(toolkit) not in sys.path:
        sys.path.insert(0, str(toolkit))
    common: Any = importlib.import_module("common")
    score: Any = importlib.import_module("score")
    shot = common.Case(case)
    found = {}
    for number in shot.numbers:
        fill = common.to_log(common.read_rgb(out / f"fill.{number:04d}.exr")[0])
        truth = common.to_log(shot.clean(number))
        found[number] = float(score.hole_metrics(fill, truth, shot.mask(number))["spsnr"])
    return found


def table(toolkit: Path, shots: Path, ours: Path) -> bool:
    """Print what was said beside what is; True where the record is honest."""
    rows = []
    print("\nhonesty: structure PSNR in the hole, and what the record says")
    print(
        f"{'shot':18s} {'frames':>6s} {'dB, worst to best':>20s} {'confidence':>14s} {'invented':>9s} {'doubted':>8s}"
    )
    for kept in sorted(ours.glob("*/confidence.json")):
        said = {int(number): entry for number, entry in json.loads(kept.read_text()).items()}
        real = structure(toolkit, shots / kept.parent.name, kept.parent)
        mine = [(real[number], entry) for number, entry in said.items() if number in real]
        rows += mine
        worst, best = min(db for db, _ in mine), max(db for db, _ in mine)
        sure = [entry["confidence"] for _, entry in mine]
        share = sum(entry["invented"] for _, entry in mine) / len(mine)
        doubted = sum(entry["doubted"] for _, entry in mine)
        between = f"{worst:.1f} to {best:.1f}"
        print(
            f"{kept.parent.name:18s} {len(mine):6d} {between:>20s} {min(sure):6.2f} to {max(sure):.2f}"
            f" {share:9.0%} {doubted:8d}"
        )
    poor = [entry["doubted"] for db, entry in rows if db < POOR]
    good = [entry["doubted"] for db, entry in rows if db > GOOD]
    print(f"doubted of those under {POOR:.0f} dB: {sum(poor)} of {len(poor)} (wanted: 9 of 10)")
    print(f"doubted of those above {GOOD:.0f} dB: {sum(good)} of {len(good)} (wanted: at most 1 of 10)")
    return sum(poor) >= 0.9 * len(poor) and sum(good) <= 0.1 * len(good)
