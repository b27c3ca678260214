"""Fill and extension against ground truth, beside the peers, in one run and one table.

    python bench/fill.py --toolkit FOLDER --work FOLDER [--peers telea_frame,orb_median,…] [--only dev_pan_homog,…]

The toolkit is a folder with `make_shots.py`, `run_peers.py` and `score.py` (see docs/benches.md): it makes moving
shots whose truth behind the matte is known, runs other tools on them and scores everybody alike. Ours is the
built-in generator through the same operation that the command line runs, with regrain off, for the truth has no
grain; `--regrained` holds what is delivered, with grain, against the truth with grain. Shots and peers' results are
kept in the work folder and not made twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import honesty
import numpy as np
import OpenImageIO as oiio
import regrained

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.imaging.blend import composite
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import use_threads
from platewright.operations.regenerate import run


class Folder:
    """A PatchWriter into a plain folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp: dict[str, str] = {}
        self.kept: dict[int, Path] = {}
        self.under: dict[int, Path] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return self.folder / f"patch.{number:04d}.exr"


def fill_shot(case: Path, out: Path, *, grain: bool = False, seed: int = 1) -> None:
    """Regenerate one shot and write the finished frames where the scorer looks for them."""
    numbers = json.loads((case / "meta.json").read_text())["frame_numbers"]
    request = Request(
        operation=Regenerate(grain=grain), element="bench", seed=seed,
        plate=Plate(str(case / "plate.####.exr"), FrameRange.of(numbers)), matte=Matte(str(case / "mask.####.exr")),
    )  # fmt: skip
    begun = time.perf_counter()
    outcome = run(request, Folder(out / "patches"), Silent())
    seconds = time.perf_counter() - begun
    for record in outcome.frames:
        plate = read_frame(case / f"plate.{record.number:04d}.exr", record.number)
        patch = read_frame(out / "patches" / record.file.name, record.number)
        alpha = patch.channel("A").astype(np.float32)
        comp = composite(plate, patch.rgb(), alpha, patch.data_window)
        write(out / f"fill.{record.number:04d}.exr", comp.pixels)
    honesty.keep(outcome, out)
    (out / "timing.json").write_text(json.dumps({"seconds_per_frame": seconds / len(outcome.frames)}))


def write(path: Path, pixels: np.ndarray) -> None:
    """A finished frame as half-float EXR."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, oiio.HALF)
    spec.attribute("colorInteropID", "lin_rec709_scene")
    target = oiio.ImageOutput.create("exr")
    if not (target and target.open(str(path), spec) and target.write_image(pixels) and target.close()):
        raise OSError(f"could not write {path}: {oiio.geterror()}")


def main() -> int:
    """Make the shots, run everybody, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--toolkit", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the toolkit's requirements")
    parser.add_argument("--size", default="960x540")
    parser.add_argument("--frames", default="24")
    parser.add_argument("--peers", default="", help="peers to run (default: all but the slow ones)")
    parser.add_argument("--only", default="")
    parser.add_argument("--honesty", action="store_true", help="the record's confidence against the truth, no peers")
    parser.add_argument("--regrained", action="store_true", help="the fill as delivered, with grain, no peers are run")
    options = parser.parse_args()
    use_threads(2)
    shots, ours, peers = options.work / "shots", options.work / "platewright", options.work / "peers"
    only = [name for name in options.only.split(",") if name]
    if not any(shots.glob("*/meta.json")):
        made = [str(options.toolkit / "make_shots.py"), str(shots), "--size", options.size, "--frames", options.frames]
        subprocess.run([options.python, *made], check=True)
    for meta in sorted(shots.glob("*/meta.json")):
        case = meta.parent
        if not only or case.name in only:
            if not options.regrained:
                fill_shot(case, ours / case.name)
            else:
                fill_shot(case, options.work / "delivered" / case.name, grain=True)
                second = options.work / "second" / case.name
                if not (second / "meta.json").is_file():
                    regrained.second_draw(options.toolkit, case, second)
                fill_shot(second, options.work / "twin" / case.name, grain=True, seed=2)
    if options.honesty:
        return 0 if honesty.table(options.toolkit, shots, ours) else 1
    if options.regrained:
        found = regrained.table(
            options.toolkit, shots, options.work / "delivered", options.work / "twin", options.work / "scores.json"
        )
        return 0 if found else 1
    command = [options.python, str(options.toolkit / "run_peers.py"), str(shots), str(peers)]
    command += ["--peers", options.peers] if options.peers else ["--quick"]
    command += ["--also", f"platewright={ours}", "--json", str(options.work / "scores.json")]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
