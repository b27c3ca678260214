"""A tiny shot on the disk: a moving gradient with odd values in it, a square matte, and an operation to fill it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.takes import FrameRecord, ModelCard, SourceShares
from platewright.contract.windows import Box
from platewright.imaging.blend import composite, untouched
from platewright.imaging.colour import display_proxy
from platewright.imaging.mattes import clean, cut, fit, prepare, support
from platewright.imaging.reading import read_frame, read_matte
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.imaging.writing import write_patch
from platewright.operations.outcome import Outcome, PatchWriter
from platewright.provenance.fingerprint import codes

SPACE = "lin_rec709_scene"
WIDTH, HEIGHT = 96, 64


def write_exr(path: Path, pixels: np.ndarray, channels: tuple[str, ...], half: bool = True, space: str = SPACE) -> None:
    """A picture `(h, w, C)` over the whole display window, as a half or float EXR."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(channels), "half" if half else "float")
    spec.channelnames = channels
    if space:
        spec.attribute("colorInteropID", space)
    out = oiio.ImageOutput.create("exr")
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels, dtype=np.float32)), out.geterror()
    assert out.close()


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A textured picture that moves a pixel a frame, `(h, w, 3)` float32."""
    rng = np.random.default_rng(7)
    wide = rng.random((height // 4 + 1, width // 4 + 40, 3), dtype=np.float32).repeat(4, 0).repeat(4, 1)
    shift = number - 1001
    return wide[:height, shift : shift + width] * 0.5 + 0.1


@dataclass(frozen=True)
class SmallShot:
    """The shot's folder and what is in it."""

    folder: Path
    frames: FrameRange

    @property
    def plate(self) -> str:
        return str(self.folder / "plate.####.exr")

    @property
    def matte(self) -> str:
        return str(self.folder / "matte.####.exr")

    def request(self, element: str = "rig", **changes: object) -> Request:
        request = Request(
            operation=Regenerate(),
            element=element,
            plate=Plate(self.plate, self.frames),
            matte=Matte(self.matte),
        )
        return replace(request, **changes)


def small_shot(folder: Path, count: int = 3, width: int = WIDTH, height: int = HEIGHT) -> SmallShot:
    """Write the shot: `plate.####.exr` (half, with a NaN outside the matte) and `matte.####.exr`."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = FrameRange.of(range(1001, 1001 + count))
    for number in frames:
        pixels = picture(number, width, height)
        pixels[0, 0] = np.nan
        pixels[1, 0] = -0.0
        pixels[2, 0] = np.inf
        write_exr(folder / f"plate.{number}.exr", pixels, ("R", "G", "B"))
        matte = np.zeros((height, width, 1), np.float32)
        matte[height // 3 : height // 2, width // 3 : width // 2] = 1
        matte[height // 3, width // 3 : width // 2] = 0.5
        write_exr(folder / f"matte.{number}.exr", matte, ("A",), space="")
    return SmallShot(folder, frames)


def fill_with_grey(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
    """An operation that does the whole of the work, with grey for a generator."""
    assert request.matte is not None
    frames = request.plate.frames
    plates = find_sequence(request.plate.pattern, frames, "plate")
    mattes = find_sequence(request.matte.pattern, frames, "matte")
    records = []
    for done, number in enumerate(number for number in frames if number not in out.kept):
        report.step(Step("filling", done, len(frames), number))
        plate = read_frame(plates.path(number), number)
        values, data, display = read_matte(mattes.path(number), number, request.matte.channel, request.matte.invert)
        window = fit(data, display, plate.display_window, number)
        values, window = prepare(clean(values, number), window, request.matte.grow, request.matte.feather)
        box = support(values, (window.x0, window.y0)).grown(1)
        alpha = cut(values, window, box)
        rgb = np.full((box.height, box.width, 3), 0.18 + 0.01 * (number - 1001), np.float32)
        written = write_patch(
            out.path(number), rgb, alpha, box, plate.display_window, half=True, header=dict(out.stamp)
        )
        comp = composite(plate, rgb, alpha, box)
        compared, differing = untouched(plate, comp, alpha, box)
        assert differing == 0
        records.append(
            FrameRecord(
                number=number,
                file=written,
                plate=hash_file(plates.path(number)),
                matte=hash_file(mattes.path(number)),
                patch_window=box,
                changed=support(alpha, (box.x0, box.y0)),
                changed_pixels=int(np.count_nonzero(alpha)),
                untouched_pixels=compared,
                fingerprint=codes(display_proxy(comp.rgb())),
                shares=SourceShares(synthesis=1.0),
            )
        )
    report.step(Step("filling", len(frames), len(frames)))
    return Outcome(
        frames=tuple(records),
        encoding="Linear Rec.709 (sRGB)",
        colour_space="Linear Rec.709 (sRGB)",
        colour_config="test",
        display_window=Box.of_size(WIDTH, HEIGHT),
        pixel_aspect=1.0,
        model_card=ModelCard("grey", "1"),
        findings=(Finding("grey", Severity.NOTE, "everything is grey", frames.first),),
        timings={"fill": 0.1},
    )
