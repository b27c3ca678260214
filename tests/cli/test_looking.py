"""`inspect`, `compare` and `trace`: what a take is, how two pictures differ, where a picture came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from platewright.imaging.colour import display_proxy
from platewright.imaging.contact import SOURCE_COLOURS, Tile, contact_sheet
from platewright.imaging.overlay import AGREES, HEAT, HOLE
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import write_picture
from platewright.jobs import overlays
from platewright.jobs import run as jobs_run
from platewright.jobs.pictures import pictures_at
from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot, picture, write_exr
from tests.moving_shot import make


def test_inspect_says_what_a_take_is(command: Command, made: Path) -> None:
    text = command("inspect", made).out
    for words in ("rig_v001: regenerate", "1001-1003 (3)", "grey 1", "Trusted", "synthesis 100.0%", "parentOf"):
        assert words in text
    (take,) = command("inspect", made, "--json").json["takes"]
    assert take["record"]["element"] == "rig"
    assert take["manifest"]["state"] == "Trusted"
    assert take["manifest"]["actions"]


def test_inspect_draws_a_sheet_of_one_take(command: Command, made: Path, tmp_path: Path) -> None:
    assert command("inspect", made, "--sheet", "sheet.png").code == 0
    sheet = read_frame(tmp_path / "sheet.png", 1).rgb()
    assert sheet.shape[1] > 3 * 96
    assert len(np.unique(sheet.reshape(-1, 3), axis=0)) > 100


def test_inspect_shows_what_a_fill_rests_on(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs_run.OPERATIONS, "regenerate", "platewright.operations.regenerate")
    plate, matte = make(frames=4).write(tmp_path / "pan")
    assert command("regenerate", "--plate", plate, "--matte", matte, "--element", "rig", "--grain", "off").code == 0
    shown: list[Tile] = []

    def kept(title: str, tiles: list[Tile], **look: object) -> np.ndarray:
        shown.extend(tiles)
        return contact_sheet(title, tiles, **look)  # type: ignore[arg-type]

    monkeypatch.setattr(overlays, "contact_sheet", kept)
    said = command("inspect", "elements", "--overlay", "overlay.png")
    assert said.code == 0 and "overlay.png" in said.out
    assert (tmp_path / "overlay.png").exists()
    assert len(shown) == 3 * 4
    for place, swatch, least in ((0, SOURCE_COLOURS[1], 50), (1, HEAT[0], 50), (2, AGREES, 50), (2, HOLE, 20)):
        for tile in shown[place::3]:  # in the pictures, not in the legend
            near = np.abs(tile.picture.astype(np.float32) - np.float32(swatch.colour)).max(axis=-1) < 60
            assert near.sum() > least, (swatch.label, int(near.sum()))


def test_inspect_shows_an_overlay_of_frames_that_nothing_was_lent_to(
    command: Command, made: Path, tmp_path: Path
) -> None:
    assert command("inspect", made, "--overlay", "overlay.png").code == 0
    assert read_frame(tmp_path / "overlay.png", 1).rgb().shape[1] > 3 * 96


def test_inspect_of_a_take_without_a_manifest_says_so(command: Command, made: Path) -> None:
    made.with_name(made.name + ".c2pa").unlink()
    said = command("inspect", made)
    assert said.code == 0
    assert "no manifest that can be read" in said.out


def test_a_picture_is_identical_to_itself_nan_and_all(command: Command, shot: SmallShot) -> None:
    said = command("compare", shot.plate, shot.plate, "--json")
    comparison = said.json["comparison"]
    assert said.code == 0
    assert comparison["identical"] is True
    assert comparison["differing"] == 0
    assert comparison["psnr"] is None
    assert comparison["frames"][0]["not_finite"] == 2
    assert "identical bit for bit" in command("compare", shot.plate, shot.plate).out


def test_a_take_differs_from_its_plate_only_where_it_changed_it(command: Command, made: Path, shot: SmallShot) -> None:
    said = command("compare", shot.plate, made, "--wipe", "wipe.png", "--json")
    comparison = said.json["comparison"]
    matte_pixels = (64 // 2 - 64 // 3) * (96 // 2 - 96 // 3)
    assert [frame["differing"] for frame in comparison["frames"]] == [matte_pixels] * 3
    assert comparison["psnr"] is not None
    assert Path(said.json["wipe"]).is_file()
    assert "wipe of frame" in command("compare", shot.plate, made, "--wipe", "wipe.png").out


def test_known_differences_give_known_numbers(command: Command, tmp_path: Path) -> None:
    one = np.full((10, 20, 3), 4.0, np.float32)
    two = one.copy()
    two[0, 0] = 0.0
    write_exr(tmp_path / "a.exr", one, ("R", "G", "B"))
    write_exr(tmp_path / "b.exr", two, ("R", "G", "B"))
    (frame,) = command("compare", "a.exr", "b.exr", "--json").json["comparison"]["frames"]
    # T is 1 at 4 and 0 at 0, so the mean squared error is 1 in 200 pixels.
    assert frame["psnr"] == pytest.approx(10 * np.log10(200), abs=1e-3)
    assert (frame["largest"], frame["differing"], frame["pixels"]) == (4.0, 1, 200)


def test_same_pixels_in_another_format_are_the_same_picture_but_not_identical(command: Command, tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", picture(1001), ("R", "G", "B"))
    pixels = read_frame(tmp_path / "a.exr", 1).rgb()
    write_exr(tmp_path / "b.exr", pixels, ("R", "G", "B"), half=False)
    said = command("compare", "a.exr", "b.exr")
    assert "same picture, files differ" in said.out


def test_pictures_of_two_sizes_and_ranges_without_overlap_are_refused(
    command: Command, shot: SmallShot, tmp_path: Path
) -> None:
    write_exr(tmp_path / "other.1002.exr", picture(1002, 80, 64), ("R", "G", "B"))
    assert command("compare", shot.plate, "other.####.exr", "--json").json["error"]["code"] == "formats_differ"
    write_exr(tmp_path / "late.2001.exr", picture(1002), ("R", "G", "B"))
    assert command("compare", shot.plate, "late.####.exr", "--json").json["error"]["code"] == "frames_not_shared"


def test_a_frame_is_traced_by_its_hash_and_a_grab_by_its_fingerprint(
    command: Command, made: Path, tmp_path: Path
) -> None:
    root = made.parent.parent
    said = command("trace", made.with_name("rig_v001.1002.exr"), "--in", root, "--json")
    assert said.code == 0
    assert said.json["trace"]["exact"][0]["entry"]["frame"] == 1002
    composite = pictures_at(str(made)).read(1002).rgb()
    write_picture(tmp_path / "grab.png", display_proxy(composite))
    grab = command("trace", "grab.png", "--in", root, "--json")
    assert grab.code == 0
    assert grab.json["trace"]["exact"] == []
    assert grab.json["trace"]["candidates"][0]["entry"]["element"] == "rig"
    certainty = grab.json["trace"]["candidates"][0]["certainty"]
    said = {"almost sure": "is almost surely", "probable": "is probably", "possible": "may be"}[certainty]
    assert f"it {said} frame" in command("trace", "grab.png", "--in", root).out


def test_a_take_that_was_deleted_is_still_traced_through_the_ledger(
    command: Command, made: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.exr"
    made.with_name("rig_v001.1002.exr").rename(kept)
    for file in made.parent.glob("rig_v001*"):
        file.unlink()
    said = command("trace", kept, "--in", made.parent.parent, "--json")
    assert said.json["trace"]["exact"][0]["entry"]["version"] == 1


def test_a_stranger_is_not_found_and_says_so_in_its_exit_code(command: Command, made: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (8, 12, 3), dtype=np.uint8).repeat(9, 0).repeat(9, 1)
    write_picture(tmp_path / "noise.png", noise)
    said = command("trace", "noise.png", "--in", made.parent.parent)
    assert said.code == 6
    assert "nothing like it" in said.out
