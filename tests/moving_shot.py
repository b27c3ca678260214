"""A small moving shot with known truth, made of nothing but sines and seeded noise: for tests of the generator.

The background is a procedural picture, sampled by a camera that pans by a known amount a frame; a dark disc crosses
it. Everything is scene-linear Rec.709, half float.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from platewright.contract.windows import Box

Picture = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MovingShot:
    """Frames by number: plate, clean truth and matte, and the camera's step a frame in pixels (x, y)."""

    plates: dict[int, npt.NDArray[np.float16]]
    clean: dict[int, Picture]
    mattes: dict[int, Picture]
    step: tuple[float, float]

    @property
    def numbers(self) -> list[int]:
        return sorted(self.plates)

    @property
    def box(self) -> Box:
        height, width = self.mattes[self.numbers[0]].shape
        return Box.of_size(width, height)

    def write(self, folder: Path, *, space: str = "lin_rec709_scene") -> tuple[str, str]:
        """Write it as EXR sequences; returns the patterns of plate and matte."""
        folder.mkdir(parents=True, exist_ok=True)
        for number in self.numbers:
            write_exr(folder / f"plate.{number:04d}.exr", self.plates[number], ("R", "G", "B"), space=space)
            write_exr(folder / f"matte.{number:04d}.exr", self.mattes[number][..., None], ("A",))
        return str(folder / "plate.####.exr"), str(folder / "matte.####.exr")


def background(height: int, width: int, seed: int = 3, finest: float = 1.0) -> Picture:
    """Detail at every scale from `finest` pixels on, in colour, 0.02 to about 1.2, `(h, w, 3)`."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width, 3), np.float32)
    for sigma, weight in ((1.2, 0.5), (3, 0.8), (9, 1.0), (30, 1.2)):
        if sigma < finest:
            continue
        noise = rng.standard_normal((height, width, 3)).astype(np.float32)
        soft = cv2.GaussianBlur(noise, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        out += np.float32(weight) * soft / soft.std()
    return np.exp2(out * np.float32(0.6) - np.float32(2.0)).astype(np.float32)


def make(
    *, size: tuple[int, int] = (160, 96), frames: int = 8, step: tuple[float, float] = (3.3, -0.7),
    grain: float = 0.0, radius: float = 13.0, travel: float = 9.0, drift: float = 0.0, first: int = 1001,
    finest: float = 1.0,
) -> MovingShot:  # fmt: skip
    """A shot of `size` (width, height): the camera moves by `step`, the disc by `travel` pixels a frame.

    grain: sigma of white noise relative to the level. drift: stops of exposure over the shot.
    finest: sigma in pixels of the background's finest detail.
    """
    width, height = size
    margin = 40 + int(max(abs(step[0]), abs(step[1])) * frames)
    world = background(height + 2 * margin, width + 2 * margin, finest=finest)
    rng = np.random.default_rng(11)
    plates, cleans, mattes = {}, {}, {}
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    for i in range(frames):
        x, y = margin + step[0] * i, margin + step[1] * i
        clean = cv2.remap(world, xs + np.float32(x), ys + np.float32(y), cv2.INTER_LANCZOS4)
        clean = np.maximum(clean, 0.001) * np.float32(2.0 ** (drift * i / max(frames - 1, 1)))
        cx = width / 2 - travel * (frames - 1) / 2 + travel * i
        number = first + i
        cleans[number] = clean
        plates[number], mattes[number] = crossed(clean, cx, radius, grain, rng)
    return MovingShot(plates, cleans, mattes, step)


def crossed(
    clean: Picture, cx: float, radius: float, grain: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float16], Picture]:
    """The plate of a clean picture with a dark disc at a column, half-way down, and its matte. grain: as in make."""
    height, width = clean.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot(xs - cx, ys - height / 2)
    plate = np.where((distance <= radius - 3)[..., None], np.float32((0.02, 0.3, 0.03)), clean)
    plate = plate * (1 + grain * rng.standard_normal(plate.shape).astype(np.float32))
    return plate.astype(np.float16), np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)


def write_exr(
    path: Path, pixels: npt.NDArray[np.floating], channels: tuple[str, ...], *, space: str = "",
    data_window: Box | None = None, display_window: Box | None = None,
) -> None:  # fmt: skip
    """Write an EXR with the array's own type and the windows given (default: the array's size at 0, 0)."""
    height, width = pixels.shape[:2]
    data = data_window or Box.of_size(width, height)
    display = display_window or Box.of_size(width, height)
    spec = oiio.ImageSpec(width, height, len(channels), oiio.HALF if pixels.dtype == np.float16 else oiio.FLOAT)
    spec.channelnames = channels
    spec.x, spec.y = data.x0, data.y0
    spec.full_x, spec.full_y = display.x0, display.y0
    spec.full_width, spec.full_height = display.width, display.height
    spec.attribute("compression", "zip")
    if space:
        spec.attribute("colorInteropID", space)
    target = oiio.ImageOutput.create("exr")
    assert target.open(str(path), spec), oiio.geterror()
    assert target.write_image(np.ascontiguousarray(pixels)), target.geterror()
    assert target.close()


def psnr(a: Picture, b: Picture) -> float:
    """Of two scene-linear pictures in the tone space, dB."""
    from platewright.imaging.tone import to_tone

    return float(-10 * np.log10(max(float(((to_tone(a) - to_tone(b)) ** 2).mean()), 1e-12)))
