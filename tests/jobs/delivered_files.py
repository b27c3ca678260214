"""Small movies and pictures to hand over, and a comp to make them from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from platewright.contract.checks import ElementUse
from platewright.contract.deliveries import CompAsk, SignedComp
from platewright.contract.progress import Silent
from platewright.imaging.blend import composite
from platewright.imaging.reading import read_frame
from platewright.jobs.comps import sign_render
from platewright.jobs.pixels import read_patch
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from tests.jobs.small_shot import SmallShot, fill_with_grey, write_exr

FORMS = ("png", "jpg", "tif", "mp4", "mov")
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "tif": "image/tiff",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
_PICTURE = (np.random.default_rng(3).random((48, 64, 3)) * 255).astype(np.uint8)


def write_media(path: Path) -> Path:
    """A small file in the form that its ending names."""
    form = path.suffix[1:]
    if form in ("mp4", "mov"):
        movie = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 24, (64, 48))
        assert movie.isOpened(), "the OpenCV of the lock file writes movies"
        for shift in range(4):
            movie.write(np.roll(_PICTURE, shift, axis=1))
        movie.release()
    else:
        Image.fromarray(_PICTURE).save(path)
    return path


def pixels_of(path: Path) -> list[np.ndarray]:
    """All pictures of a file, decoded."""
    if path.suffix not in (".mp4", ".mov"):
        return [np.array(Image.open(path))]
    movie, found = cv2.VideoCapture(str(path)), []
    while True:
        there, picture = movie.read()
        if not there:
            return found
        found.append(picture)


class Comped:
    """A shot with takes of two elements, and a render of them over the plate; `sign` signs it."""

    def __init__(self, shot: SmallShot, folder: Path, home: Path, elements: tuple[str, ...] = ("rig",)) -> None:
        self.shot, self.folder = shot, folder
        self.settings = IdentitySettings(home=home)
        for name in elements:
            run(shot.request(name), folder / "elements", self.settings, Silent(), operate=fill_with_grey)
        self.takes = [TakeStore(folder / "elements").place(name, 1) for name in elements]
        self.render = str(folder / "comp" / "sh010_comp_v012.####.exr")
        for number in shot.frames:
            self.write(number)

    def frame(self, number: int) -> Path:
        return Path(self.render.replace("####", str(number)))

    def write(self, number: int, gain: float = 1.0) -> None:
        """Render one frame: the takes over the plate, graded."""
        plate = read_frame(Path(self.shot.plate.replace("####", str(number))), number)
        for take in self.takes:
            patch = read_patch(take, number)
            plate = composite(plate, patch.rgb, patch.alpha, patch.box)
        self.frame(number).parent.mkdir(parents=True, exist_ok=True)
        write_exr(self.frame(number), np.nan_to_num(plate.rgb(), posinf=1.0) * np.float32(gain), ("R", "G", "B"))

    def ask(self, **changes: object) -> CompAsk:
        told: dict[str, object] = {"elements": tuple(ElementUse(str(take.record)) for take in self.takes), **changes}
        return CompAsk(self.render, **told)  # type: ignore[arg-type]

    def sign(self, **changes: object) -> SignedComp:
        return sign_render(
            self.ask(**changes), load_identity(self.settings), Silent(), trust=trust_anchors(self.settings)
        )
