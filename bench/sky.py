"""Sky mattes against exact ones, beside the peers, in one run and one table; and the sky's slide in the sample shot.

    python bench/sky.py --toolkit FOLDER --work FOLDER [--size 1920x1080] [--peers otsu,grabcut] [--slow]

The toolkit is a folder with `make_skies.py`, `run_peers.py` and `score.py` (see docs/benches.md): it makes skies
whose matte is known to the last wire, runs other tools on them and scores everybody alike. Ours is the estimate that
`platewright sky` uses, without a prior and without a hint. Then come the bars, each with pass or FAIL: the mattes
against the best peer, seconds of a matte and of a whole take, and how far the sky slides against the true camera of
the sample shot, with the lens known and with a lens to be learned. Cases and peers' results are kept in the work
folder and not made twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from sky_take import FRAMES, SKY, floor_a_frame, seconds_a_frame

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Plate, ReplaceSky, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import use_threads
from platewright.operations.replace_sky import UNCERTAIN
from platewright.operations.shot import open_shot
from platewright.operations.sky_lens import learned_lens, moved_label
from platewright.synthesis.sky_camera import USUAL_FIELD_OF_VIEW, Lens
from platewright.synthesis.sky_matte import SkyMatte, estimate
from platewright.synthesis.sky_motion import SkyMotion, Turn
from platewright.synthesis.sky_plate import tracked_luma

SAMPLE = Path(__file__).resolve().parent.parent / "sample"


def write_matte(path: Path, alpha: np.ndarray) -> None:
    """A matte as half-float EXR with the channel A."""
    spec = oiio.ImageSpec(alpha.shape[1], alpha.shape[0], 1, oiio.HALF)
    spec.channelnames = ("A",)
    target = oiio.ImageOutput.create("exr")
    if not (target and target.open(str(path), spec) and target.write_image(alpha[..., None]) and target.close()):
        raise OSError(f"could not write {path}: {oiio.geterror()}")


def matte_case(case: Path, out: Path) -> None:
    """Estimate one case's matte, write it where the scorer looks, and say how sure it was."""
    plate = read_frame(case / "plate.exr", 1).rgb()
    begun = time.perf_counter()
    matte = estimate(plate)
    seconds = time.perf_counter() - begun
    out.mkdir(parents=True, exist_ok=True)
    write_matte(out / "matte.exr", matte.alpha)
    (out / "timing.json").write_text(json.dumps({"seconds_per_frame": seconds, "confidence": matte.confidence}))
    print(f"{case.name:24s} confidence {matte.confidence:.2f}  {seconds:.2f} s", flush=True)


def frames_of(sample: Path) -> tuple[dict[str, Any], list[int]]:
    """The sample shot's record and its frames."""
    record = json.loads((sample / "shot.json").read_text())
    return record, sorted(int(number) for number in record["per_frame"])


def sample_mattes(sample: Path, motion: SkyMotion, box: Box) -> Iterator[tuple[int, Turn, SkyMatte]]:
    """The sample shot as a take goes through it: each frame's turn, and its matte, which follows the one before."""
    label: np.ndarray | None = None
    before: Turn | None = None
    for number in frames_of(sample)[1]:
        plate = plate_of(sample, number)
        turn = motion.add(tracked_luma(plate), estimate(plate).coarse if label is None else label)
        prior = None if label is None or before is None else moved_label(label, before, turn, box)
        matte = estimate(plate, prior=prior)
        label, before = matte.coarse, turn
        yield number, turn, matte


def plate_of(sample: Path, number: int) -> np.ndarray:
    """A frame of the sample shot."""
    return read_frame(sample / "plate" / f"plate.{number}.exr", number).rgb().astype(np.float32)


def followed(sample: Path, window: Box, field_of_view: float | None) -> SkyMotion:
    """What follows the sample shot's camera, with its lens known or, as in a take, learned beforehand."""
    if field_of_view is not None:
        return SkyMotion(Lens.of(window, field_of_view), window, lens_is_known=True)
    frames = FrameRange.of(frames_of(sample)[1])
    plate = Plate(str(sample / "plate" / "plate.####.exr"), frames)
    shot = open_shot(Request(ReplaceSky(sky=SKY), "sky", plate))
    usual = Lens.of(window, USUAL_FIELD_OF_VIEW)
    label = estimate(plate_of(sample, frames.first)).coarse
    learned = learned_lens(shot, usual, label, window, Silent())
    return SkyMotion(learned or usual, window, lens_is_known=learned is not None)


def sample_shot(sample: Path, known: bool) -> tuple[float, float, float, float]:
    """Median and worst pixels by which a far point is misplaced over the frames; mean and least IoU of the mattes."""
    record, frames = frames_of(sample)
    window = Box(0, 0, record["frames"]["width"], record["frames"]["height"])
    true = Lens.of(window, record["lens"]["hfov_degrees"])
    motion = followed(sample, window, record["lens"]["hfov_degrees"] if known else None)
    errors, overlaps = [], []
    axes = np.diag([1.0, -1.0, -1.0])  # the record's camera looks along -z with y up, ours along z with y down
    first = np.array(record["per_frame"][str(frames[0])]["matrix"])[:3, :3]
    points = np.array([[x, y, 1.0] for x in (0.1, 0.5, 0.9) for y in (0.05, 0.2, 0.35)]).T
    points *= np.array([[window.width], [window.height], [1.0]])
    for number, turn, matte in sample_mattes(sample, motion, window):
        now = np.array(record["per_frame"][str(number)]["matrix"])[:3, :3]
        expected = true.moved(axes @ now.T @ first @ axes) @ points
        found = turn.matrix @ points
        errors.append(float(np.abs(expected[:2] / expected[2] - found[:2] / found[2]).max()))
        truth = sample / "truth" / f"sky.{number}.exr"
        if truth.exists():
            mine, theirs = matte.alpha > 0.5, read_frame(truth, number).pixels[..., 0] > 0.5
            overlaps.append(float((mine & theirs).sum() / (mine | theirs).sum()))
    return float(np.median(errors)), max(errors), float(np.mean(overlaps)), min(overlaps)


def judge(what: str, value: float, bar: float, least: bool = False) -> bool:
    """Print one bar: what was measured against what is asked."""
    passed = value >= bar if least else value <= bar
    print(f"  {'pass' if passed else 'FAIL'}  {what}: {value:.3f}, asked {'at least' if least else 'at most'} {bar:g}")
    return passed


def matte_bars(scores: dict[str, Any], ours: Path) -> list[bool]:
    """The bars of the mattes. scores: what the toolkit measured, by case and tool; ours: where timing.json lie."""
    mean = {
        tool: {name: float(np.mean([case[tool][name] for case in scores.values()])) for name in ("iou", "sad", "sec")}
        for tool in next(iter(scores.values()))
    }
    mine = mean.pop("platewright")
    silent = [
        name
        for name, case in scores.items()
        if case["platewright"]["iou"] < 0.85
        and json.loads((ours / name / "timing.json").read_text())["confidence"] >= UNCERTAIN
    ]
    return [
        judge("mean SAD over the best peer's", mine["sad"] / min(peer["sad"] for peer in mean.values()), 0.7),
        judge("mean IoU beyond the best peer's", mine["iou"] - max(peer["iou"] for peer in mean.values()), 0.02, True),
        judge("cases under 0.85 IoU without a low confidence", len(silent), 0),
        judge("seconds a matte", mine["sec"], 1.0),
    ]


def main() -> int:
    """Make the cases, run everybody, print the table and the bars; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--toolkit", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the toolkit's requirements")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--peers", default="otsu,grabcut,grabcut_guided", help="peers to run")
    parser.add_argument("--slow", action="store_true", help="also PyMatting after GrabCut and after a person")
    options = parser.parse_args()
    use_threads(2)
    skies, ours, peers = options.work / "skies", options.work / "platewright", options.work / "peers"
    if not any(skies.glob("*/meta.json")):
        made = [str(options.toolkit / "make_skies.py"), str(skies), "--size", options.size]
        subprocess.run([options.python, *made], check=True)
    cases = sorted(meta.parent for meta in skies.glob("*/meta.json"))
    estimate(read_frame(cases[0] / "plate.exr", 1).rgb())  # kernels are compiled once, at install
    for case in cases:
        matte_case(case, ours / case.name)
    chosen = options.peers + (",grabcut_closed_form,helped_closed_form" if options.slow else "")
    command = [options.python, str(options.toolkit / "run_peers.py"), str(skies), str(peers), "--peers", chosen]
    command += ["--also", f"platewright={ours}", "--json", str(options.work / "scores.json")]
    status = subprocess.run(command, check=False).returncode
    if status:
        return status
    scores = json.loads((options.work / "scores.json").read_text())["sky"]["cases"]
    print("\nThe bars:")
    passed = matte_bars(scores, ours)
    wall, spent = seconds_a_frame(cases[-1] / "plate.exr", options.work / "take")
    files = floor_a_frame(options.work / "take")
    print(f"  a whole take is {wall / files:.1f} times its files: {files:.3f} s a frame to read, write and hash them")
    passed.append(judge(f"seconds a frame of a whole take, 1 of {FRAMES} ({spent:.2f} of processor time)", wall, 1.0))
    if (SAMPLE / "shot.json").exists():
        for known, what in ((True, "lens known"), (False, "lens learned")):
            usual, worst, overlap, least = sample_shot(SAMPLE, known)
            passed.append(judge(f"sample shot, {what}: pixels the sky slides (median {usual:.2f}), worst", worst, 0.5))
        print(f"  sample shot: IoU {overlap:.3f} in the mean, {least:.3f} at least")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
