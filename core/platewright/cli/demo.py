"""`platewright demo`: the whole of the main job on the sample shot, made, verified, and laid side by side."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend, Matte, Pads, Plate, Reference, Regenerate, ReplaceSky, Request

from .console import Console
from .making import take_document, tell_take
from .options import full_path, use_threads
from .own_name import own_name
from .verify import tell_verification, trusted_roots, verification_document

if TYPE_CHECKING:
    from platewright.contract.takes import TakeRecord
    from platewright.jobs.places import TakePlace

__all__ = ["EXAMPLE", "add_options", "demo_requests", "run", "sample_folder"]

EXAMPLE = """\
  platewright demo
  platewright demo --out /tmp/platewright_demo --again

A second run finds the takes already made and only verifies them; --again makes new versions.
"""
SHEET = "before_after.png"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--out", default="demo", metavar="FOLDER", help="where the takes go (default: demo)")
    parser.add_argument("--sample", default="", metavar="FOLDER", help="the sample shot (default: the checkout's)")
    parser.add_argument("--again", action="store_true", help="make new versions even if the takes are there")


def run(options: argparse.Namespace, console: Console) -> int:
    """Make, verify, draw. Raises PlatewrightError."""
    from platewright.jobs.verify import verify

    use_threads(options)
    sample = Path(full_path(options.sample)) if options.sample else sample_folder()
    root = Path(full_path(options.out))
    places, documents = [], []
    requests = list(demo_requests(sample))
    for index, (label, request) in enumerate(requests, start=1):
        console.say(f"{index} of {len(requests)}: {label}")
        place, record = _take(request, root, options.again, console)
        places.append((label, place))
        documents.append(take_document(record, root))
    trust = trusted_roots("")
    found = []
    for _, place in places:
        with console.working(place.stem) as report:
            found.append(verify(place, report, trust=trust))
        tell_verification(console, found[-1].place.stem, found[-1])
    sheet = root / SHEET
    _draw(places, sheet, console)
    code = min(sorted({one.exit_code for one in found} - {0}), default=0)
    _goodbye(console, root, sheet, places[0][1])
    console.document(
        {
            "takes": documents,
            "verified": [verification_document(one) for one in found],
            "sheet": str(sheet),
            "passed": code == 0,
        }
    )
    return code


def sample_folder() -> Path:
    """The sample shot of the checkout that this program runs from. Raises StorageError where there is none."""
    import platewright

    for folder in (Path(platewright.__file__).resolve().parents[2] / "sample", Path.cwd() / "sample"):
        if (folder / "plate").is_dir():
            return folder
    raise StorageError(
        "the sample shot is not here",
        code="sample_missing",
        hint="Run the demo from a checkout of the project, or name the folder with --sample.",
    )


def demo_requests(sample: Path) -> Iterator[tuple[str, Request]]:
    """The demo's three pieces of work, each with its label. Raises InputError where the sample is incomplete."""
    from platewright.imaging.reading import probe
    from platewright.imaging.sequence import find_sequence

    pattern = str(sample / "plate" / "plate.####.exr")
    found = find_sequence(pattern, None, "plate")
    frames: FrameRange = found.frames
    plate = Plate(pattern, frames)
    window = probe(found.path(frames.first)).display_window
    matte = Matte(str(sample / "matte" / "matte.####.exr"))
    yield (
        "remove the object",
        Request(Regenerate(), "object_removal", plate, matte),
    )
    side = window.width // 10
    yield (
        "extend the plate",
        Request(Extend(Pads(left=side, right=side), grow_display=True), "wider", plate),
    )
    sky = Reference("sky", str(sample / "new_sky.exr"), licence="own", source_type="digitalCreation")
    lens, horizon = _camera(sample / "shot.json", frames.first)
    yield (
        "replace the sky",
        Request(ReplaceSky(field_of_view=lens, horizon=horizon, form="panorama"), "sky", plate, references=(sky,)),
    )


def _camera(notes: Path, frame: int) -> tuple[float | None, float | None]:
    """Field of view in degrees and a frame's horizon in pixels, from the shot's notes; None where they say none."""
    try:
        said = json.loads(notes.read_text(encoding="utf-8"))
        return float(said["lens"]["hfov_degrees"]), float(said["per_frame"][str(frame)]["horizon_y"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _take(request: Request, root: Path, again: bool, console: Console) -> tuple[TakePlace, TakeRecord]:
    """Make the take, or find the one that was made before."""
    from platewright.imaging.colour_config import pinned
    from platewright.jobs.reuse import made_before
    from platewright.jobs.run import run as run_job
    from platewright.jobs.takes import TakeStore
    from platewright.settings.layers import load_settings

    settings = load_settings(root)
    request = replace(request, colour=pinned(settings.colour.ocio))
    before = None if again else made_before(request, root)
    if before is not None:
        console.say(f"{before[0].stem}: already made; --again makes a new version")
        return before
    with console.working() as report:
        record = run_job(request, root, settings.signing(), report, lambda finding: console.findings((finding,)))
    tell_take(console, record, root)
    return TakeStore(root).place(record.element, record.version), record


def _draw(places: list[tuple[str, TakePlace]], target: Path, console: Console) -> None:
    """The contact sheet: the plate and the three takes, at the shot's beginning, middle and end."""
    from platewright.jobs.pictures import TakePictures
    from platewright.jobs.sheets import write_comparison_sheet

    takes = [(label, TakePictures.of(place)) for label, place in places]
    with console.working("contact sheet") as report:
        write_comparison_sheet("Platewright: before and after", takes, target, report)


def _goodbye(console: Console, root: Path, sheet: Path, place: TakePlace) -> None:
    console.say()
    console.say(f"Before and after side by side: {sheet}")
    console.say(
        f"The takes are in {root}; try next: {own_name()} inspect {place.record} --sheet sources.png, "
        f"and then your own shot with {own_name()} regenerate --help"
    )
