"""How close `regenerate` is to the floor, how its cost follows the matte and not the frame, and what memory it takes.

    python bench/floor.py --work FOLDER [--frames 48] [--memory] [--runs 3]

The floor, measured in the same run with the same two threads: read plate and matte once, write the patch, hash it.
Whole processes are timed, each after a warm-up: the command line of the product against a script that does nothing
but the floor. Prints ratios; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from panned_shot import FIRST, make_shot

HIDDEN = int(1920 * 1080 * 0.05)
FLOOR = """
import hashlib, sys
import OpenImageIO as oiio
plate, matte, out, first, count = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
oiio.attribute("threads", 2); oiio.attribute("exr_threads", 2)
def read(path):
    source = oiio.ImageInput.open(path); spec = source.spec()
    pixels = source.read_image(0, 0, 0, spec.nchannels, spec.format); source.close()
    return pixels
import numpy as np
for number in range(first, first + count):
    rgb, alpha = read(plate.replace("####", str(number))), read(matte.replace("####", str(number)))
    rows = np.flatnonzero(alpha[..., 0].max(axis=1)); columns = np.flatnonzero(alpha[..., 0].max(axis=0))
    if sys.argv[6] == "write":
        y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        patch = np.concatenate([rgb[y0:y1, x0:x1], alpha[y0:y1, x0:x1]], axis=-1)
        spec = oiio.ImageSpec(patch.shape[1], patch.shape[0], 4, oiio.HALF)
        spec.attribute("compression", "zip")
        path = f"{out}/floor.{number}.exr"
        target = oiio.ImageOutput.create("exr"); target.open(path, spec)
        target.write_image(np.ascontiguousarray(patch)); target.close()
        with open(path, "rb") as file: hashlib.file_digest(file, "sha256")
"""


def timed(command: list[str]) -> tuple[float, float, float]:
    """`(wall seconds, processor seconds, peak MB)` of a child process. Raises where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(["/usr/bin/env", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = wait_for(process)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        raise SystemExit(f"{command[:4]} failed: {process.stderr.read().decode()[-600:] if process.stderr else ''}")
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return seconds, spent, usage.ru_maxrss / 1024


def wait_for(process: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    """The child's own accounting."""
    import os

    return os.wait4(process.pid, 0)


def regenerate(plate: str, matte: str, out: Path, count: int, grain: str = "on") -> list[str]:
    """The product's command for a range."""
    frames = f"{FIRST}-{FIRST + count - 1}"
    return [
        sys.executable, "-m", "platewright.cli", "regenerate", "--direct", "--plate", plate, "--matte", matte,
        "--frames", frames,
        "--element", "bench", "--out", str(out), "--threads", "2", "--grain", grain, "--quiet",
    ]  # fmt: skip


def floor(plate: str, matte: str, out: Path, count: int, what: str = "write") -> list[str]:
    """The floor's command."""
    return [sys.executable, "-c", FLOOR, plate, matte, str(out), str(FIRST), str(count), what]


def median_of(commands: dict[str, list[str]], runs: int, clean: Path) -> dict[str, tuple[float, float, float]]:
    """Run the commands in turn, after a warm-up each; medians of wall, processor and peak memory."""
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            shutil.rmtree(clean, ignore_errors=True)
            clean.mkdir(parents=True)
            result = timed(command)
            if turn:
                figures[name].append(result)
    return {
        name: tuple(statistics.median(column) for column in zip(*rows, strict=True)) for name, rows in figures.items()
    }  # type: ignore[misc]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="also 24 against 240 frames")
    options = parser.parse_args()
    out = options.work / "out"
    sizes = {"1080p": (1920, 1080), "2160p": (3840, 2160)}
    beyond = {}
    for name, (width, height) in sizes.items():
        plate, matte = make_shot(options.work / name, width, height, HIDDEN, options.frames)
        figures = median_of(
            {
                "floor": floor(plate, matte, out, options.frames),
                "reading": floor(plate, matte, out, options.frames, "read"),
                "regenerate": regenerate(plate, matte, out, options.frames),
            },
            options.runs,
            out,
        )
        per_frame = {what: row[0] / options.frames * 1000 for what, row in figures.items()}
        processor = {what: row[1] / options.frames * 1000 for what, row in figures.items()}
        print(f"{name}, {options.frames} frames, matte {HIDDEN} pixels; ms a frame, wall (processor):")
        for what in figures:
            print(f"  {what:12s} {per_frame[what]:7.1f} ({processor[what]:7.1f})")
        print(f"  regenerate / floor  {per_frame['regenerate'] / per_frame['floor']:.2f}")
        beyond[name] = per_frame["regenerate"] - per_frame["reading"]
    print(f"beyond reading, 2160p / 1080p  {beyond['2160p'] / beyond['1080p']:.2f}")
    if options.memory:
        plate, matte = make_shot(options.work / "1080p", 1920, 1080, HIDDEN, 240)
        peaks = {}
        for count in (24, 240):
            shutil.rmtree(out, ignore_errors=True)
            peaks[count] = timed(regenerate(plate, matte, out, count))[2]
            print(f"peak memory, {count} frames  {peaks[count]:.0f} MB")
        print(f"240 / 24 frames  {peaks[240] / peaks[24]:.3f}")
    shutil.rmtree(out, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
