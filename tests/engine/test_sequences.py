"""What a file belongs to, mattes drawn by hand, takes copied out: below named roots alone, and nothing replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from platewright.contract.drawing import Drawing, Key, MatteOrder, Shape
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.progress import Silent
from platewright.contract.wire import Exported, ExportOrder, MatteFiles, PlateCopies, PlateCopiesAsk, SequenceLook
from platewright.imaging.reading import read_frame
from platewright.jobs.pictures import TakePictures
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.provenance.settings import IdentitySettings
from tests.engine.conftest import Said, Served
from tests.jobs.small_shot import HEIGHT, WIDTH, SmallShot, fill_with_grey, small_shot

DRAWING = Drawing((Shape("polygon", (Key(1001, ((10.0, 10.0), (40.0, 10.0), (25.0, 40.0))),)),))


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def root(tmp_path: Path, shot: SmallShot) -> Path:
    """A root with the take rig v001."""
    folder = tmp_path / "elements"
    run(shot.request(), folder, IdentitySettings(home=tmp_path / "home"), Silent(), operate=fill_with_grey)
    return folder


def order(shot: SmallShot, base: Path, **changes: object) -> object:
    plain = to_json(MatteOrder(str(base), "rig", shot.plate, shot.frames, DRAWING, (str(shot.folder),)))
    return {**plain, **changes}


def test_a_file_says_which_sequence_it_is_of_and_how_large(served: Served, shot: SmallShot) -> None:
    words = urlencode({"root": str(shot.folder), "path": "plate.1002.exr"})
    said = served.call("GET", f"/v1/sequence?{words}")
    look = from_bytes(SequenceLook, said.body)
    assert look.pattern == str(shot.folder / "plate.####.exr") and look.frames == shot.frames
    assert (look.display.width, look.display.height) == (WIDTH, HEIGHT)
    assert look.colour_space == "lin_rec709_scene"


@pytest.mark.parametrize("path", ["../plate.1001.exr", "/etc/passwd", "nowhere.1001.exr"])
def test_files_outside_the_root_are_not_looked_at(served: Served, shot: SmallShot, path: str) -> None:
    said = served.call("GET", f"/v1/sequence?{urlencode({'root': str(shot.folder), 'path': path})}")
    assert said.status in (403, 404)


def test_a_drawn_matte_has_the_plates_size_and_the_same_drawing_is_the_same_files(
    served: Served, shot: SmallShot, root: Path
) -> None:
    one = from_bytes(MatteFiles, served.call("POST", "/v1/mattes", order(shot, root)).body)
    files = sorted(Path(one.pattern).parent.iterdir())
    assert [file.name for file in files] == [f"matte.{number}.exr" for number in shot.frames]
    frame = read_frame(files[0], 1001, what="matte")
    assert (frame.display_window.width, frame.display_window.height) == (WIDTH, HEIGHT)
    matte = np.asarray(frame.channel("A"), np.float32)
    assert matte[12, 25] == 1 and matte[50, 5] == 0
    stamps = [file.stat().st_mtime_ns for file in files]
    again = from_bytes(MatteFiles, served.call("POST", "/v1/mattes", order(shot, root)).body)
    assert again == one and [file.stat().st_mtime_ns for file in files] == stamps


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plate": "/etc/plate.####.exr"}, "path_refused"),
        ({"element": "../rig"}, "element_name_invalid"),
        ({"root": "relative"}, "path_refused"),
        ({"drawing": {"shapes": [], "feather": 0.0}}, "drawing_empty"),
    ],
)
def test_a_matte_is_written_below_the_root_alone_and_only_a_real_one(
    served: Served, shot: SmallShot, root: Path, changes: dict[str, object], code: str
) -> None:
    said = served.call("POST", "/v1/mattes", order(shot, root, **changes))
    assert said.code == code
    assert not (root / ".sources").exists()


def test_a_plate_is_cut_to_its_format_below_the_root_alone(served: Served, shot: SmallShot, root: Path) -> None:
    asked = PlateCopiesAsk(str(root), shot.plate, shot.frames, (str(shot.folder),))
    made = from_bytes(PlateCopies, served.call("POST", "/v1/plates/copies", to_json(asked)).body)
    assert (made.width, made.height) == (WIDTH, HEIGHT)
    files = sorted(Path(made.pattern).parent.iterdir())
    assert [file.name for file in files] == [f"plate.{number}.exr" for number in shot.frames]
    assert files[0].is_relative_to(root / ".full_frames" / ".plates")
    for odd in (replace(asked, roots=()), replace(asked, root="elements"), replace(asked, plate="/etc/p.####.exr")):
        assert served.call("POST", "/v1/plates/copies", to_json(odd)).code == "path_refused"


def export(served: Served, root: Path, folder: Path, what: str, *roots: Path) -> Said:
    asked = ExportOrder(str(folder), what, tuple(map(str, roots)))  # type: ignore[arg-type]
    return served.call("POST", f"/v1/takes/rig/1/export?{urlencode({'root': str(root)})}", to_json(asked))


def test_a_takes_own_files_are_copied_bit_for_bit(served: Served, root: Path, tmp_path: Path) -> None:
    said = from_bytes(Exported, export(served, root, tmp_path / "out", "patch").body)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert said.files == len(names) == 5
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (root / "rig" / name).read_bytes()
    assert export(served, root, tmp_path / "out", "patch").code == "in_the_way", "nothing is replaced"


def test_the_comp_is_the_plate_with_the_take_in_it(served: Served, root: Path, shot: SmallShot, tmp_path: Path) -> None:
    assert export(served, root, tmp_path / "out", "comp").code == "path_refused", "the plate's folder is not named"
    said = from_bytes(Exported, export(served, root, tmp_path / "out", "comp", shot.folder).body)
    assert said.files == len(shot.frames)
    pictures = TakePictures.of(TakeStore(root).place("rig", 1))
    for number in FrameRange.of(shot.frames):
        frame = read_frame(tmp_path / "out" / f"rig_v001_comp.{number}.exr", number)
        wanted = pictures.read(number)
        assert frame.channels == wanted.channels
        kind = np.uint16 if wanted.pixels.dtype == np.float16 else np.uint32
        assert np.array_equal(frame.pixels.view(kind), wanted.pixels.view(kind))
