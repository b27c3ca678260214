"""Flicker and drift of one model used three ways: frame by frame, as an anchored still, in chunks of a clip.

    python bench/models.py --shots FOLDER [--only dev_pinned,…] [--frames 16] [--model diffusers-sd] [--json FILE]
    python bench/models.py --sample 50 [--model diffusers-sd]

Shots are those of the fill bench (docs/benches.md); or the sample shot, which has 20 frames and is played there and
back until there are as many as asked for. The model is the mock, each of whose sends has a colour of its own, as
models' have, and whose clips are of 9 frames; with --model a backend of your own as well. Frame by frame, every frame
is a request of its own with a seed of its own. All are measured by the same meter along the same motion, over the same
frames, with regrain off.

`drift` is what the meter says; it leaves out what the noise of the steps adds up to, and a model that is off in every
frame has much of that. `wander` leaves out nothing: by how many stops the region's light goes away from the plate's,
from its darkest frame to its brightest, in the channel where that is most.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from fill import Folder

from platewright.backends.home import Home
from platewright.backends.mock import Mock, mock, mock_clip
from platewright.backends.protocol import Generator
from platewright.backends.registry import open_generator
from platewright.contract.capabilities import Lengths
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent
from platewright.contract.windows import EMPTY
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import use_threads
from platewright.operations.by_model import run
from platewright.operations.covering import blended
from platewright.operations.shot import open_shot
from platewright.quality.meter import TakeMeter
from platewright.settings.layers import load_settings
from platewright.synthesis.motion import Chain
from platewright.synthesis.views import View

MARGIN = 24
SAMPLE = Path(__file__).resolve().parents[1] / "sample"


@dataclass
class Sends:
    """Sends without a desk."""

    generator: Generator
    folder: Path
    key: str
    count: int = field(default=0)

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """As contract.vendors.Sends."""
        self.count += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.count:03d}"
        remote = self.generator.send(Intent("bench", slot, f"{self.key} {slot}", "0" * 64, most, ""), body)
        while (status := self.generator.poll(remote)).state in ("queued", "running"):
            time.sleep(min(status.poll_after_s, 0.2))
        if status.state != "done":
            raise SystemExit(f"{slot}: {status}")
        self.generator.fetch(remote, path)
        return path


def request_for(case: Path, numbers: list[int], backend: str) -> Request:
    """All of the matte by the model, and no grain, which would hide what is measured."""
    return Request(
        Regenerate(grain=False, seen="never"), "bench", Plate(str(case / "plate.####.exr"), FrameRange.of(numbers)),
        Matte(str(case / "mask.####.exr")), prompt="a plain surface", seed=1, backend=backend,
    )  # fmt: skip


def whole(generator: Generator, case: Path, numbers: list[int], out: Path) -> tuple[int, dict[str, float | None]]:
    """One request for all frames; how many sends, and what the take itself measured."""
    sends = Sends(generator, out / "sent", f"{out}")
    outcome = run(request_for(case, numbers, generator.name), Folder(out), Silent(), generator, sends)
    return sends.count, outcome.measures


def one_by_one(generator: Generator, case: Path, numbers: list[int], out: Path) -> tuple[int, dict[str, float | None]]:
    """A request for each frame."""
    sends = Sends(generator, out / "sent", f"{out}")
    for number in numbers:
        request = replace(request_for(case, [number], generator.name), seed=number)
        sends.key = f"{out} {number}"
        run(request, Folder(out), Silent(), generator, sends)
    return sends.count, {}


def measured(case: Path, numbers: list[int], out: Path) -> dict[str, float | None]:
    """Flicker, the plate's own beside it, drift, the largest jump of light and its wander, over all frames."""
    shot, chain, meter, previous = open_shot(request_for(case, numbers, "mock")), Chain(), TakeMeter(), None
    light: list[list[float]] = []
    with shot.stream() as frames:
        for frame in frames:
            hole = (frame.matte > 0).astype(np.uint8)
            chain.add(View(frame.number, frame.linear, frame.box, hole, frame.matte_box if hole.size else EMPTY))
            matrix = None if previous is None else chain.between(frame.number, previous)
            around = frame.matte_box.grown(MARGIN) & frame.box
            plate = np.ascontiguousarray(frame.linear[around.slices_in(frame.box)], np.float32)
            patch = read_frame(out / f"patch.{frame.number:04d}.exr", frame.number)
            box = patch.data_window & around
            rgb, alpha = np.zeros_like(plate), np.zeros(plate.shape[:2], np.float32)
            rgb[box.slices_in(around)] = patch.rgb(box)
            alpha[box.slices_in(around)] = patch.channel("A")[box.slices_in(patch.data_window)]
            figures = meter.measure(frame.number, around, plate, blended(plate, rgb, alpha, 0, 0), alpha, matrix)
            steps = [figures.get(f"light_{channel}") for channel in "rgb"]
            light += [[step for step in steps if step is not None]] if None not in steps else []
            previous = frame.number
    found = meter.summary().measures
    figures = {name: found.get(name) for name in ("flicker", "flicker_plate", "colour_drift", "light_jump", "seam")}
    return {**figures, "wander": float(np.ptp(np.cumsum(light, axis=0), axis=0).max()) if light else None}


def there_and_back(folder: Path, frames: int) -> Path:
    """The sample shot as a case of so many frames, its 20 in order, then backwards, and so on."""
    case = folder / "sample"
    case.mkdir()
    there = list(range(1001, 1021))
    turn = [*there, *reversed(there[1:-1])]
    for number in range(1, frames + 1):
        for name, source in (("plate", "plate/plate"), ("mask", "matte/matte")):
            shown = SAMPLE / f"{source}.{turn[(number - 1) % len(turn)]}.exr"
            (case / f"{name}.{number:04d}.exr").symlink_to(shown)
    (case / "meta.json").write_text(json.dumps({"frame_numbers": list(range(1, frames + 1))}))
    return case


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--shots", type=Path)
    where.add_argument("--sample", type=int, default=0, metavar="FRAMES", help="the sample shot, there and back")
    parser.add_argument("--only", default="dev_pinned,dev_pan_homog,dev_slow_occ")
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--model", action="append", default=[], help="a backend to run as well; may be given again")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use_threads(2)
    rows, header = [], f"{'shot':16s} {'model':14s} {'way':16s} sends  flicker  plate   drift  wander    jump    seam"
    print(header)
    with TemporaryDirectory(prefix="bench-models-") as temporary:
        book = Path(temporary) / "book"
        short = Mock(replace(mock_clip(book).capabilities(), lengths=Lengths(5, 9, 4, 1)), book)
        home = Home.of(load_settings())
        own = [found for name in options.model if (found := open_generator(name, home)) is not None]
        for name in ["sample"] if options.sample else options.only.split(","):
            case = there_and_back(Path(temporary), options.sample) if options.sample else options.shots / name
            numbers = json.loads((case / "meta.json").read_text())["frame_numbers"]
            numbers = numbers if options.sample else numbers[: options.frames]
            for generator in (mock(book), short, *own):
                clip = not generator.capabilities().lengths.still
                for way, made in (
                    (("chunks", whole),) if clip else (("frame by frame", one_by_one), ("anchored", whole))
                ):
                    out = Path(temporary) / f"{name}_{generator.name}_{way.replace(' ', '_')}"
                    sends, _ = made(generator, case, numbers, out)
                    row = {"shot": name, "model": generator.name, "way": way, "sends": sends}
                    row |= measured(case, numbers, out)
                    rows.append(row)
                    figures = "".join(
                        f"{value:8.3f}" if (value := row[key]) is not None else "       -"  # type: ignore[str-format]
                        for key in ("flicker", "flicker_plate", "colour_drift", "wander", "light_jump", "seam")
                    )
                    print(f"{name:16s} {generator.name:14s} {way:16s} {sends:5d} {figures}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
