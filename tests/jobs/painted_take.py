"""A quick operation that makes a whole, healthy take, or one that has exactly the fault it is told to have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.takes import FrameRecord, ModelCard, SourceShares
from platewright.contract.windows import Box
from platewright.imaging.blend import untouched
from platewright.imaging.colour import display_proxy
from platewright.imaging.frame import Frame
from platewright.imaging.mattes import support
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.operations.outcome import Outcome, PatchWriter
from platewright.provenance.fingerprint import codes
from tests.jobs.small_shot import SPACE

WIDTH, HEIGHT, COUNT = 32, 24, 8
DISPLAY, REGION = Box.of_size(WIDTH, HEIGHT), Box(10, 6, 20, 16)


@dataclass(frozen=True)
class Paint:
    """How a take is painted; the defaults are healthy. frame: the one the fault is in; 0: in all."""

    frame: int = 1003
    value: float = 0.18
    clip: bool = False
    nan: bool = False
    colour: str = SPACE
    chromaticities: bool = False
    channels: tuple[str, ...] = ("R", "G", "B", "A")
    compression: str = "zips"
    half: bool = True
    aspect: float = 1.0
    display: Box = DISPLAY
    region: Box = REGION
    border: float = 0.0
    rate: bool = True
    timecode: bool = True
    comment: str = "a comment"
    cut_off: bool = False
    trained: bool = False

    def of(self, number: int) -> Paint:
        """How one frame is painted."""
        one = self if self.frame in (0, number) else Paint(trained=self.trained)
        return replace(one, value=one.value + 0.001 * (number - 1001))

    def __call__(self, request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        """Paint a take. The signature is an operation's."""
        plates = find_sequence(request.plate.pattern, request.plate.frames, "plate")
        assert request.matte is not None
        mattes = find_sequence(request.matte.pattern, request.plate.frames, "matte")
        records = []
        for number in request.plate.frames:
            how, path = self.of(number), out.path(number)
            how.write(path, dict(out.stamp))
            healthy = replace(how, nan=False)
            rgb, alpha, box = healthy.pixels()
            plate = read_frame(plates.path(number), number)
            shape = Frame(number, rgb, ("R", "G", "B"), box, DISPLAY)
            compared, _ = untouched(plate, plate, alpha, box)
            records.append(
                FrameRecord(
                    number=number,
                    file=hash_file(path),
                    plate=hash_file(plates.path(number)),
                    matte=hash_file(mattes.path(number)),
                    patch_window=box,
                    changed=support(alpha, (box.x0, box.y0)),
                    changed_pixels=int(np.count_nonzero(alpha)),
                    untouched_pixels=compared,
                    fingerprint=codes(display_proxy(shape.rgb())),
                    shares=SourceShares(synthesis=1.0),
                )
            )
        card = ModelCard("paint", "1", "Paint Works", trained=self.trained)
        space = "Linear Rec.709 (sRGB)"
        references = tuple((hash_file(Path(one.pattern)),) for one in request.references)
        return Outcome(tuple(records), space, space, "test", DISPLAY, 1.0, card, references=references)

    def pixels(self) -> tuple[np.ndarray, np.ndarray, Box]:
        """`rgb`, `alpha` and their box: a square with a pixel around it."""
        box = self.region.grown(1)
        rgb = np.full((box.height, box.width, 3), self.value, np.float32)
        if self.clip:
            rgb[3, 3] = 1
        if self.nan:
            rgb[5, 5] = np.nan
        alpha = np.full((box.height, box.width), self.border, np.float32)
        alpha[1:-1, 1:-1] = 1
        return rgb, alpha, box

    def write(self, path: Path, stamp: dict[str, str]) -> None:
        """Write one frame as it is painted."""
        rgb, alpha, box = self.pixels()
        planes = {"R": rgb[..., 0], "G": rgb[..., 1], "B": rgb[..., 2], "A": alpha, "Z": alpha}
        pixels = np.stack([planes[name] for name in self.channels], axis=-1)
        attributes: dict[str, Any] = {**stamp, "compression": self.compression, "ImageDescription": self.comment}
        if self.colour:
            attributes["colorInteropID"] = self.colour
        write_exr(path, pixels, self.channels, box, self.display, self, attributes)
        if self.cut_off:
            path.write_bytes(path.read_bytes()[:-400])


def write_exr(
    path: Path, pixels: np.ndarray, channels: tuple[str, ...], box: Box, display: Box, how: Paint, attributes: Any
) -> None:
    """An EXR with a frame rate, a time code and whatever else a header may hold."""
    spec = oiio.ImageSpec(box.width, box.height, len(channels), "half" if how.half else "float")
    spec.x, spec.y = box.x0, box.y0
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = display.x0, display.y0, display.width, display.height
    spec.channelnames = channels
    for name, value in attributes.items():
        spec.attribute(name, value)
    spec.attribute("PixelAspectRatio", how.aspect)
    if how.rate:
        spec.attribute("FramesPerSecond", oiio.TypeDesc("rational"), (24, 1))
    if how.timecode:
        spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (0x01000000, 0))
    if how.chromaticities:
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    out = oiio.ImageOutput.create("exr")
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels, dtype=np.float32)), out.geterror()
    assert out.close()


def small_plate(folder: Path) -> tuple[str, str]:
    """A plate and a matte for painted takes; their patterns."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(3).random((HEIGHT, WIDTH, 3), dtype=np.float32) * 0.5 + 0.1
    matte = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    matte[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1] = 1
    for number in range(1001, 1001 + COUNT):
        write_exr(
            folder / f"plate.{number}.exr",
            picture,
            ("R", "G", "B"),
            DISPLAY,
            DISPLAY,
            Paint(),
            {"colorInteropID": SPACE},
        )
        write_exr(folder / f"matte.{number}.exr", matte, ("A",), DISPLAY, DISPLAY, Paint(), {})
    return str(folder / "plate.####.exr"), str(folder / "matte.####.exr")
