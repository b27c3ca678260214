"""Sky mattes against exact ones, beside the peers, in one run and one table; and the sky's slide in the sample shot.

    python bench/sky.py --toolkit FOLDER --work FOLDER [--size 1920x1080] [--peers otsu,grabcut] [--slow]

The toolkit is a folder with `make_skies.py`, `run_peers.py` and `score.py` (see docs/benches.md): it makes skies
whose matte is known to the last wire, runs other tools on them and scores everybody alike. Ours is the estimate that
`platewright sky` uses, without a prior and without a hint. A second table says how far the sky slides against the true
camera of the sample shot, with the lens known and with a lens to be learned. Cases and peers' results are kept in the
work folder and not made twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import use_threads
from platewright.imaging.tone import to_tone
from platewright.synthesis.sky_camera import USUAL_FIELD_OF_VIEW, Lens
from platewright.synthesis.sky_matte import estimate
from platewright.synthesis.sky_motion import SkyMotion

SAMPLE = Path(__file__).resolve().parent.parent / "sample"
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


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


def slide(sample: Path, known: bool) -> tuple[float, float]:
    """Median and worst pixels by which a far point of the sample shot is misplaced, over its frames."""
    record = json.loads((sample / "shot.json").read_text())
    frames = sorted(int(number) for number in record["per_frame"])
    window = Box(0, 0, record["frames"]["width"], record["frames"]["height"])
    true = Lens.of(window, record["lens"]["hfov_degrees"])
    lens = true if known else Lens.of(window, USUAL_FIELD_OF_VIEW)
    motion, errors, label = SkyMotion(lens, window, lens_is_known=known), [], None
    axes = np.diag([1.0, -1.0, -1.0])  # the record's camera looks along -z with y up, ours along z with y down
    first = np.array(record["per_frame"][str(frames[0])]["matrix"])[:3, :3]
    points = np.array([[x, y, 1.0] for x in (0.1, 0.5, 0.9) for y in (0.05, 0.2, 0.35)]).T
    points *= np.array([[window.width], [window.height], [1.0]])
    for number in frames:
        plate = read_frame(sample / "plate" / f"plate.{number}.exr", number).rgb()
        if label is None:
            label = estimate(plate).coarse
        luma = (np.clip(to_tone(plate @ LUMA), 0, 1) * 255).astype(np.uint8)
        turn = motion.add(luma, label)
        now = np.array(record["per_frame"][str(number)]["matrix"])[:3, :3]
        expected = true.moved(axes @ now.T @ first @ axes) @ points
        found = turn.matrix @ points
        errors.append(float(np.abs(expected[:2] / expected[2] - found[:2] / found[2]).max()))
        label = estimate(plate, prior=label).coarse
    return float(np.median(errors)), max(errors)


def main() -> int:
    """Make the cases, run everybody, print the tables."""
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
    if (SAMPLE / "shot.json").exists():
        for known, what in ((True, "lens known"), (False, "lens learned")):
            usual, worst = slide(SAMPLE, known)
            print(f"sample shot, {what:12s}: the sky slides {usual:.2f} px in the median, {worst:.2f} px at most")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
