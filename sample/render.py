"""Renders the sample shot: a harbour town seen from a terrace, and a delivery drone that should not be there.

Everything is made here, by script: models, materials, sky, light, camera move, object, grain. Nothing comes from
outside, so the shot is the project's own and is given away under CC0-1.0.

To make it again (Python 3.11, about 4 GB of disk, a virtual environment of its own because Blender's module wants
an older numpy than the product does):

    apt-get install libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libgl1
    python3.11 -m venv bpyenv
    bpyenv/bin/pip install -r sample/requirements.txt
    bpyenv/bin/pip install --no-deps OpenImageIO==3.2.2.0
    bpyenv/bin/python sample/render.py --work /tmp/sample-shot

Renders are kept in `--work` and taken up again where they stopped; delete that folder to render anew. `--frames`
picks frames, `--previews FOLDER` writes pictures to look at, `--samples` trades noise for time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from making import finish, sky  # noqa: E402  (the folder's own package, found from wherever this is started)
from making.camera import FIRST, LAST  # noqa: E402
from making.passes import Passes  # noqa: E402
from making.record import write_record  # noqa: E402
from making.scene import build_shot  # noqa: E402

__all__ = ["main"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for the renders (about 300 MB)")
    parser.add_argument("--out", type=Path, default=HERE, help="where the shot goes (default: beside this script)")
    parser.add_argument("--samples", type=int, default=8, help="samples a pixel at most")
    parser.add_argument("--object-samples", type=int, default=14, help="the same where the object is")
    parser.add_argument("--coverage-samples", type=int, default=64, help="samples a pixel of the mattes")
    parser.add_argument("--frames", default=f"{FIRST}-{LAST}", help="a range such as 1001-1020")
    parser.add_argument("--sky-step", type=int, default=4, help="every how many frames a sky matte is made")
    parser.add_argument("--draft", action="store_true", help="pictures at half size, enlarged: to try things out")
    parser.add_argument("--previews", type=Path, help="folder for PNG previews")
    return parser.parse_args()


def main() -> int:
    """Sky, renders, finished files, record."""
    wanted = arguments()
    wanted.work.mkdir(parents=True, exist_ok=True)
    first, _, last = wanted.frames.partition("-")
    frames = range(int(first), int(last or first) + 1)
    dome = wanted.work / "afternoon.exr"
    if not dome.exists():
        sky.afternoon(wanted.work)
    if not (wanted.out / "new_sky.exr").exists():
        sky.dusk(wanted.work, wanted.out / "new_sky.exr")
    shot = build_shot(dome)
    passes = Passes(shot, wanted.work, wanted.samples, wanted.coverage_samples, 50 if wanted.draft else 100,
                    wanted.object_samples)
    # One kind of pass after the other: Blender then keeps the scene in memory from frame to frame.
    steps = (passes.clean, passes.object_coverage, passes.with_object, passes.sky_alone, passes.sky_coverage)
    for step in steps:
        for frame in frames:
            started = time.monotonic()
            step(frame)
            print(f"{step.__name__} {frame}: {time.monotonic() - started:.1f} s", flush=True)
    figures = {}
    for frame in frames:
        with_sky = (frame - FIRST) % wanted.sky_step == 0
        figures[frame] = finish.finish_frame(passes, frame, wanted.out, wanted.previews, with_sky)
        print(frame, figures[frame], flush=True)
    samples = {"clean": wanted.samples, "object": wanted.object_samples, "coverage": wanted.coverage_samples}
    write_record(wanted.out / "shot.json", shot, figures, samples)
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Blender's own clean-up can hang at the end of a process
