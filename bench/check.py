"""How fast a gate is: verifying a take against reading and hashing it, and checking a whole show from its records.

    python bench/check.py [--frames 100] [--takes 1000]
    python bench/check.py --memory

Every figure is processor time of this run on this machine, all threads together, because wall time on a machine that
others use says little; on an idle one with a warm file cache the two are near. The bars are those of the project. With
--memory it says instead how much memory each takes at most, in a process of its own for each size (Linux).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
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
from platewright.provenance.merkle import merkle_root
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


def made(folder: Path, frames: int, settings: IdentitySettings, width: int = 1920, height: int = 1080) -> TakePlace:
    """A take of noise over a quarter of the picture."""
    painted_take.WIDTH, painted_take.HEIGHT, painted_take.COUNT = width, height, frames
    painted_take.DISPLAY = Box.of_size(width, height)
    painted_take.REGION = Box(width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    Paint.pixels = noisy  # type: ignore[method-assign]
    plate, matte = painted_take.small_plate(folder / "plates")
    request = Request(Regenerate(), "rig", Plate(plate, FrameRange.of(range(1001, 1001 + frames))), Matte(matte))
    run(request, folder / "elements", settings, Silent(), operate=Paint(display=painted_take.DISPLAY, frame=0))
    return TakeStore(folder / "elements").place("rig", 1)


def verifying(folder: Path, frames: int, settings: IdentitySettings) -> None:
    place = made(folder, frames, settings)
    request = load(place).request
    plate, matte = request.plate.pattern, request.matte.pattern if request.matte is not None else ""
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


def many(folder: Path, source: TakePlace, takes: int, settings: IdentitySettings) -> Path:
    """A show of many takes, each with its own record, manifest and frames that are never opened."""
    root = folder / f"many_{takes}"
    record, identity = load(source), load_identity(settings)
    record = replace(record, frames=record.frames[:8])
    for number in range(takes):
        element = f"e{number // 4:04d}"
        place = TakePlace(root / element, element, number % 4 + 1)
        place.folder.mkdir(parents=True, exist_ok=True)
        named = tuple(replace(one, file=replace(one.file, name=place.frame(one.number).name)) for one in record.frames)
        one = replace(
            record, element=element, version=place.version, frames=named,
            request=replace(record.request, element=element),
            merkle_root=merkle_root([frame.file.sha256 for frame in named]),
        )  # fmt: skip
        data = canonical(one)
        place.record.write_bytes(data)
        place.manifest.write_bytes(sign_take(one, data, identity).manifest)
    return root


def from_records(folder: Path, takes: int, settings: IdentitySettings) -> None:
    root = many(folder, TakeStore(folder / "elements").place("rig", 1), takes, settings)
    took, report = timed(lambda: check(CheckAsk((str(root),), records_only=True), Silent(), trust_anchors(settings)))
    print(f"{takes} takes from their records: {took:.2f} s of processor time (bar 5),")
    print(f"  {len(report.runs)} rules applied, exit code {report.exit_code}")  # type: ignore[attr-defined]


def memory(folder: Path, settings: IdentitySettings) -> None:
    """The most memory that each way to check takes, for a small and a large one of the same kind."""
    print("| done | small | large | grown |\n|---|--:|--:|--:|")
    for frames in (24, 240):
        made(folder / str(frames), frames, settings, 480, 270)
    few, lots = (str(TakeStore(folder / str(frames) / "elements").place("rig", 1).record) for frames in (24, 240))
    source = TakeStore(folder / "24" / "elements").place("rig", 1)
    shows = [str(many(folder, source, takes, settings)) for takes in (250, 1000)]
    for name, how, small, large in (
        ("a take verified, 24 and 240 frames of 480 x 270", "verify", few, lots),
        ("every rule checked on it", "check", few, lots),
        ("250 and 1,000 takes checked from their records", "records", *shows),
    ):
        before, after = (most_memory(how, path, settings) for path in (small, large))
        print(f"| {name} | {before:.0f} MiB | {after:.0f} MiB | {after - before:.1f} MiB |", flush=True)


def most_memory(how: str, path: str, settings: IdentitySettings) -> float:
    """What a process of its own needed at most, MiB."""
    words = [sys.executable, __file__, "--alone", how, path, str(settings.home)]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def alone(how: str, path: str, home: str) -> None:
    """One thing done, and the most memory of this process told: of its own since it began, as getrusage does not."""
    trust = trust_anchors(IdentitySettings(home=Path(home)))
    if how == "verify":
        assert verify(TakeStore(Path(path).parent.parent).place("rig", 1), Silent(), trust=trust).exit_code == 0
    else:
        assert check(CheckAsk((path,), records_only=how == "records"), Silent(), trust).runs
    lines = Path("/proc/self/status").read_text().splitlines()
    print(int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--takes", type=int, default=1000)
    parser.add_argument("--memory", action="store_true", help="measure memory alone")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        alone(*options.alone)
        return
    folder = Path(tempfile.mkdtemp(prefix="platewright-bench-"))
    settings = IdentitySettings(home=folder / "home")
    try:
        if options.memory:
            memory(folder, settings)
        else:
            verifying(folder, options.frames, settings)
            from_records(folder, options.takes, settings)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
