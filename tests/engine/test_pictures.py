"""Thumbnails and proxies: the right pixels through the right view, kept, bounded, and no crash of a reader gets far."""

from __future__ import annotations

import io
import os
import signal
import threading
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from PIL import Image

from platewright.contract.errors import ColourError
from platewright.contract.mapper import from_bytes
from platewright.contract.progress import Silent
from platewright.contract.request import Plate
from platewright.contract.wire import LedgerState, Verification
from platewright.engine.kept import KeptPictures
from platewright.engine.pictures import Look, take_picture
from platewright.imaging.colour import Colour
from platewright.imaging.colour_config import pinned
from platewright.jobs.run import run
from platewright.provenance.settings import IdentitySettings
from tests.engine.conftest import Said, Served
from tests.imaging.colour_configs import show_config
from tests.jobs.small_shot import HEIGHT, WIDTH, SmallShot, fill_with_grey, picture, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def look(served: Served, shot: SmallShot, path: str = "plate.1001.exr", **said: object) -> Said:
    words = urlencode({"root": str(shot.folder), "path": path, **said})
    return served.call("GET", f"/v1/picture?{words}")


def pixels(said: Said) -> np.ndarray:
    assert said.status == 200, said.body
    return np.asarray(Image.open(io.BytesIO(said.body)).convert("RGB"))


def test_a_frame_goes_through_the_configuration_s_own_view(served: Served, shot: SmallShot) -> None:
    said = look(served, shot, width=WIDTH, format="png")
    assert said.headers["content-type"] == "image/png"
    found = pixels(said)
    assert found.shape == (HEIGHT, WIDTH, 3)
    colour = Colour()
    display, view = colour.view()
    assert said.headers["platewright-view"] == f"{display}/{view}"
    light = picture(1001).astype(np.float16).astype(np.float32)
    wanted = colour.viewer("lin_rec709_scene", display, view)(light)
    differs = np.abs(found[4:].astype(int) - np.rint(wanted[4:].clip(0, 1) * 255))
    assert differs.max() <= 1


def test_exposure_channel_and_width_do_what_they_say(served: Served, shot: SmallShot) -> None:
    small = pixels(look(served, shot, width=32))
    assert small.shape[1] == 32
    assert pixels(look(served, shot, width=32, exposure=2)).mean() > small.mean() + 20
    matte = pixels(look(served, shot, "matte.1001.exr", channel="A", width=WIDTH, format="png"))
    assert set(np.unique(matte)) == {0, 128, 255}
    assert look(served, shot, channel="Z").status == 422
    assert look(served, shot, display="None").code == "view_unknown"
    assert look(served, shot, width=1).status == 422


def test_a_picture_is_made_once_and_anew_when_the_file_changes(served: Served, shot: SmallShot) -> None:
    first = look(served, shot)
    again = look(served, shot)
    assert again.body == first.body
    assert "platewright-view" not in again.headers, "it was kept"
    assert again.headers["etag"] == first.headers["etag"]
    os.replace(shot.folder / "plate.1002.exr", shot.folder / "plate.1001.exr")
    changed = look(served, shot)
    assert changed.headers["etag"] != first.headers["etag"]
    assert changed.body != first.body


def test_a_take_is_shown_in_the_words_of_the_configuration_it_was_made_with(tmp_path: Path, shot: SmallShot) -> None:
    config = pinned(str(show_config(tmp_path / "show", 0.5)), {})
    request = shot.request(plate=Plate(shot.plate, shot.frames, "cam"), colour=config)
    run(request, tmp_path / "out", IdentitySettings(home=tmp_path / "home"), Silent())
    theirs, ours = ("sRGB", "Raw"), Colour().view()
    for display, view in (("", ""), ours, theirs):
        look_at = Look(display=display, view=view)
        shown = take_picture(str(tmp_path / "out"), "rig", 1, 1001, "composite", look_at, roots=(str(shot.folder),))
        assert shown.view == "sRGB/Raw"
    with pytest.raises(ColourError):
        look_at = Look(display="None")
        take_picture(str(tmp_path / "out"), "rig", 1, 1001, "composite", look_at, roots=(str(shot.folder),))


def test_files_outside_the_root_are_not_shown(served: Served, shot: SmallShot, tmp_path: Path) -> None:
    (shot.folder / "link.exr").symlink_to(shot.folder / "plate.1001.exr")
    for path in ("../shot/plate.1001.exr", "link.exr", "/etc/passwd"):
        said = look(served, shot, path)
        assert (said.status, said.code) == (403, "path_refused")
    assert look(served, shot, "plate.9999.exr").status == 404


def test_what_is_no_picture_is_a_sentence(served: Served, shot: SmallShot) -> None:
    (shot.folder / "bad.exr").write_bytes(b"v/1\x01" + os.urandom(5000))
    said = look(served, shot, "bad.exr")
    assert said.status == 422
    assert said.json["error"]["message"]


def test_a_reader_that_dies_takes_nothing_with_it(served: Served, shot: SmallShot) -> None:
    assert look(served, shot).status == 200
    pool = served.engine.looks._pool
    assert pool is not None
    (child,) = pool._processes
    os.kill(child, signal.SIGKILL)
    said = look(served, shot, width=40)
    assert (said.status, said.code) == (503, "looking_failed") or said.status == 200
    assert look(served, shot, width=41).status == 200


def test_pictures_kept_are_bounded_and_the_longest_unused_go_first(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path, most_bytes=2500)
    names = [KeptPictures.key(number) for number in range(4)]
    for number, name in enumerate(names):
        kept.put(name, bytes([number]) * 1000)
        os.utime(tmp_path / name[:2] / name, (number + 1, number + 1))
    assert kept.get(names[0]) == bytes(1000)
    kept.prune()
    assert [kept.get(name) is not None for name in names] == [True, False, False, True]


def test_a_folder_that_cannot_be_written_only_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = KeptPictures(tmp_path / "file")
    kept.put("ab" * 32, b"x")
    assert kept.get("ab" * 32) is None


@pytest.fixture
def root_with_take(shot: SmallShot, tmp_path: Path) -> Path:
    root = tmp_path / "elements"
    run(shot.request(), root, IdentitySettings(home=tmp_path / "home"), Silent(), operate=fill_with_grey)
    return root


def test_a_take_is_shown_over_its_plate_and_by_its_parts(served: Served, shot: SmallShot, root_with_take: Path) -> None:
    base = f"/v1/takes/rig/1/picture?root={quote(str(root_with_take))}&frame=1001&width={WIDTH}&format=png"
    plates = f"&roots={quote(str(shot.folder))}"
    composite = pixels(served.call("GET", base + plates))
    plate = pixels(served.call("GET", base + plates + "&what=plate"))
    assert composite.shape == plate.shape == (HEIGHT, WIDTH, 3)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[HEIGHT // 3 : HEIGHT // 2, WIDTH // 3 : WIDTH // 2] = True
    assert (composite == plate)[~inside].all()
    assert (composite != plate)[inside].any()
    assert pixels(served.call("GET", base + "&what=matte")).max() == 255
    assert pixels(served.call("GET", base + "&what=patch")).size
    assert served.call("GET", base).code == "path_refused", "the plate's folder was not named as a root"
    assert served.call("GET", base.replace("frame=1001", "frame=1")).code == "frame_not_in_take"
    assert served.call("GET", base.replace("takes/rig/1/", "takes/rig/9/")).status == 404


def test_a_take_is_verified_and_its_record_and_ledger_read(
    served: Served, shot: SmallShot, root_with_take: Path
) -> None:
    asked = {"root": str(root_with_take), "element": "rig", "version": 1}
    said = served.call("POST", "/v1/verify", asked)
    found = from_bytes(Verification, said.body)
    assert (found.state, found.exit_code) == ("passed", 0)
    frame = root_with_take / "rig/rig_v001.1001.exr"
    frame.write_bytes(frame.read_bytes()[:-1] + b"x")
    assert from_bytes(Verification, served.call("POST", "/v1/verify", asked).body).exit_code == 6
    assert served.call("POST", "/v1/verify", {**asked, "version": 2}).status == 404
    assert served.call("POST", "/v1/verify", {**asked, "plate": str(shot.plate)}).code == "path_refused"
    record = served.call("GET", f"/v1/takes/rig/1?root={quote(str(root_with_take))}")
    assert record.json["element"] == "rig"
    ledger = from_bytes(LedgerState, served.call("GET", f"/v1/ledger?root={quote(str(root_with_take))}").body)
    assert ledger.whole


def test_a_slow_look_holds_nobody_else_up(served: Served, shot: SmallShot) -> None:
    assert look(served, shot).status == 200
    pool = served.engine.looks._pool
    assert pool is not None
    (child,) = pool._processes
    os.kill(child, signal.SIGSTOP)
    try:
        thread = threading.Thread(target=look, args=(served, shot), kwargs={"width": 50})
        thread.start()
        assert served.call("GET", "/v1/health").status == 200
        assert thread.is_alive(), "the look can't end before its process goes on, and health was told"
    finally:
        os.kill(child, signal.SIGCONT)
    thread.join(120)
    assert not thread.is_alive()
