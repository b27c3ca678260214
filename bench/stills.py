"""What no frame saw, on stills: holes, wires and extensions against ground truth, beside the peers, in one table.

    python bench/stills.py --toolkit FOLDER --work FOLDER [--peers pypatchmatch_r5,cv_ns,…]

Ours is the operation that the command line runs, on a shot of one frame, with regrain off. Wanted: patch statistics
(swd) at 0.8 of PyPatchMatch's with 11 x 11 patches, a seam no worse than the best peer's, a third of PyPatchMatch's
time. Cases and peers' results are kept in the work folder and not made twice; times are of use from a quiet machine
only, and from a run that made them all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from fill import Folder, write

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.imaging.blend import composite
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import use_threads
from platewright.operations.regenerate import run
from platewright.operations.warm import warm

PATCHES = "pypatchmatch_r5"


def fill_still(case: Path, out: Path) -> None:
    """Regenerate one still, numbered as frame 1, and write it where the scorer looks for it."""
    numbered = out / "numbered"
    numbered.mkdir(parents=True, exist_ok=True)
    for name in ("plate", "mask"):
        link = numbered / f"{name}.0001.exr"
        link.unlink(missing_ok=True)
        link.symlink_to(case / f"{name}.exr")
    request = Request(
        operation=Regenerate(grain=False), element="bench", seed=1,
        plate=Plate(str(numbered / "plate.####.exr"), FrameRange.of([1])), matte=Matte(str(numbered / "mask.####.exr")),
    )  # fmt: skip
    begun = time.perf_counter()
    outcome = run(request, Folder(out / "patches"), Silent())
    seconds = time.perf_counter() - begun
    plate = read_frame(numbered / "plate.0001.exr", 1)
    patch = read_frame(out / "patches" / outcome.frames[0].file.name, 1)
    comp = composite(plate, patch.rgb(), patch.channel("A").astype(np.float32), patch.data_window)
    write(out / "fill.exr", comp.pixels)
    (out / "timing.json").write_text(json.dumps({"seconds_per_frame": seconds}))


def bars(scores: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Print each bar with what was measured; True where all are met. scores: case, tool, column."""
    tools = set.intersection(*(set(tools) for tools in scores.values())) - {"grain floor", "platewright"}

    def mean(tool: str, column: str) -> float:
        return float(np.mean([case[tool][column] for case in scores.values()]))

    seam = min((mean(tool, "seam"), tool) for tool in tools)
    rows = [
        ("swd", mean("platewright", "swd"), 0.8 * mean(PATCHES, "swd"), f"0.8 of {PATCHES}'s"),
        ("seam", mean("platewright", "seam"), seam[0] + 0.005, f"{seam[1]}'s, the best"),
        ("seconds", mean("platewright", "sec"), mean(PATCHES, "sec") / 3, f"a third of {PATCHES}'s"),
    ]
    for name, ours, most, what in rows:
        print(f"{name:8s} {ours:8.2f}  at most {most:8.2f} ({what})  {'pass' if ours <= most else 'FAIL'}")
    return all(ours <= most for _, ours, most, _ in rows)


def main() -> int:
    """Make the stills, run everybody, print the table and the bars."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--toolkit", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the toolkit's requirements")
    parser.add_argument("--peers", default=f"{PATCHES},cv_ns,cv_telea,membrane")
    options = parser.parse_args()
    use_threads(2)
    stills, ours, peers = options.work / "stills", options.work / "platewright", options.work / "peers"
    if not any(stills.glob("*/meta.json")):
        subprocess.run([options.python, str(options.toolkit / "make_stills.py"), str(stills)], check=True)
    warm()
    for meta in sorted(stills.glob("*/meta.json")):
        fill_still(meta.parent, ours / meta.parent.name)
    table = options.work / "scores.json"
    command = [options.python, str(options.toolkit / "run_peers.py"), str(stills), str(peers), "--peers", options.peers]
    subprocess.run([*command, "--also", f"platewright={ours}", "--json", str(table)], check=True)
    return 0 if bars(json.loads(table.read_text())["still"]["cases"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
