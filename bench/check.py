"""How fast a gate is: verifying a take against reading and hashing it, and checking a whole show from its records.

    python bench/check.py [--frames 100] [--takes 1000]

Every figure is processor time of this run on this machine, all threads together, because wall time on a machine that
others use says little; on an idle one with a warm file cache the two are near. The bars are those of the project.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from platewright.contract.checks import CheckAsk
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame, read_matte
from platewright.imaging.stream import hash_file
from platewright.jobs.check import check
from platewright.jobs.places import TakePlace
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.verify import verify
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.settings import IdentitySettings
from tests.jobs import painted_take
from tests.jobs.painted_take import Paint


def timed(work: Callable[[], object]) -> tuple[float, object]:
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def noisy(how: Paint) -> tuple[np.ndarray, np.ndarray, Box]:
    """A patch of noise over a quarter of the frame, so that nothing compresses to nothing."""
    box = painted_take.REGION.grown(1)
    rgb = np.random.default_rng(1).random((box.height, box.width, 3), dtype=np.float32)
    alpha = np.zeros((box.height, box.width), np.float32)
    alpha[1:-1, 1:-1] = 1
    return rgb, alpha, box


def verifying(folder: Path, frames: int, settings: IdentitySettings) -> None:
    painted_take.WIDTH, painted_take.HEIGHT, painted_take.COUNT = 1920, 1080, frames
    painted_take.DISPLAY, painted_take.REGION = Box.of_size(1920, 1080), Box(480, 270, 1440, 810)
    Paint.pixels = noisy  # type: ignore[method-assign]
    plate, matte = painted_take.small_plate(folder / "plates")
    request = Request(Regenerate(), "rig", Plate(plate, FrameRange.of(range(1001, 1001 + frames))), Matte(matte))
    how = Paint(display=painted_take.DISPLAY, frame=0)
    run(request, folder / "elements", settings, Silent(), operate=how)
    place = TakeStore(folder / "elements").place("rig", 1)
    record, trust = load(place), trust_anchors(settings)
    numbers = [frame.number for frame in record.frames]
    plates, mattes = ([Path(pattern.replace("####", str(one))) for one in numbers] for pattern in (plate, matte))

    def read_and_hash() -> None:
        for number, below, mask in zip(numbers, plates, mattes, strict=True):
            for one in (place.frame(number), below, mask):
                hash_file(one)
            read_frame(place.frame(number), number)
            read_frame(below, number)
            read_matte(mask, number)

    read_and_hash()  # once for the file cache
    base, _ = timed(read_and_hash)
    took, found = timed(lambda: verify(place, Silent(), trust=trust))
    whole, report = timed(lambda: check(CheckAsk((str(place.record),)), Silent(), trust))
    print(f"{frames} frames of 1920 x 1080, patch, plate and matte: read and hashed in {base:.2f} s of processor time")
    print(f"  verified in {took:.2f} s, {took / base:.2f} times that (bar 1.5); {found.state.value}")  # type: ignore[attr-defined]
    print(f"  every rule checked in {whole:.2f} s, {whole / base:.2f} times; exit code {report.exit_code}")  # type: ignore[attr-defined]


def from_records(folder: Path, takes: int, settings: IdentitySettings) -> None:
    """A show of many takes, each with its own record, manifest and frames that are never opened."""
    root = folder / "many"
    source = TakeStore(folder / "elements").place("rig", 1)
    record, identity = load(source), load_identity(settings)
    record = replace(record, frames=record.frames[:8])
    for number in range(takes):
        element = f"e{number // 4:04d}"
        place = TakePlace(root / element, element, number % 4 + 1)
        place.folder.mkdir(parents=True, exist_ok=True)
        named = tuple(replace(one, file=replace(one.file, name=place.frame(one.number).name)) for one in record.frames)
        from platewright.provenance.merkle import merkle_root

        one = replace(
            record, element=element, version=place.version, frames=named,
            request=replace(record.request, element=element),
            merkle_root=merkle_root([frame.file.sha256 for frame in named]),
        )  # fmt: skip
        data = canonical(one)
        place.record.write_bytes(data)
        place.manifest.write_bytes(sign_take(one, data, identity).manifest)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took, report = timed(lambda: check(CheckAsk((str(root),), records_only=True), Silent(), trust_anchors(settings)))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{takes} takes from their records: {took:.2f} s of processor time (bar 5), {grown:.0f} MiB more memory,")
    print(f"  {len(report.runs)} rules applied, exit code {report.exit_code}")  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--takes", type=int, default=1000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="platewright-bench-"))
    settings = IdentitySettings(home=folder / "home")
    try:
        verifying(folder, options.frames, settings)
        from_records(folder, options.takes, settings)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
