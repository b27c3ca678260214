"""`verify`: what it passes, what it fails, and what it says when it could not look."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from platewright.imaging.reading import read_frame
from platewright.imaging.writing import write_patch
from tests.cli.conftest import Command, Said
from tests.jobs.small_shot import SmallShot, picture, write_exr


def states(said: Said) -> dict[str, str]:
    (take,) = said.json["takes"]
    return {check["name"]: check["state"] for check in take["checks"]}


def codes(said: Said) -> set[str]:
    return {finding["code"] for take in said.json["takes"] for finding in take["findings"]}


def test_a_whole_take_passes_every_check_from_record_frame_or_folder(command: Command, made: Path) -> None:
    for path in (made, made.with_name("rig_v001.1002.exr"), made.parent, made.parent.parent):
        said = command("verify", path, "--json")
        assert said.code == 0, said.out
        assert said.json["passed"] is True
        assert set(states(said).values()) == {"passed"}
        assert set(states(said)) == {"signature and files", "patch", "matte", "untouched pixels"}
    text = command("verify", made).out
    assert "rig_v001: passed" in text
    assert "bit for bit" in text
    assert "ledger: passed" in command("verify", made.parent.parent).out


def test_a_flipped_bit_in_a_frame_fails_and_names_it(command: Command, made: Path) -> None:
    frame = made.with_name("rig_v001.1002.exr")
    data = bytearray(frame.read_bytes())
    data[-5] ^= 1
    frame.write_bytes(data)
    said = command("verify", made, "--json")
    assert said.code == 6
    assert states(said)["signature and files"] == "failed"
    assert "frame_modified" in codes(said)
    assert "rig_v001.1002.exr" in command("verify", made).out


def test_missing_and_unlisted_frames_fail(command: Command, made: Path) -> None:
    made.with_name("rig_v001.1002.exr").rename(made.with_name("rig_v001.1005.exr"))
    said = command("verify", made, "--json")
    assert said.code == 6
    assert {"frame_missing", "frame_unlisted"} <= codes(said)


def test_an_edited_record_fails(command: Command, made: Path) -> None:
    made.write_bytes(made.read_bytes().replace(b'"seed":0', b'"seed":1'))
    said = command("verify", made, "--json")
    assert said.code == 6
    assert states(said)["signature and files"] == "failed"


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json at all", b"[" * 100_000])
def test_a_record_that_is_none_fails_without_falling_over(command: Command, made: Path, damage: bytes) -> None:
    made.write_bytes(damage)
    said = command("verify", made, "--json")
    assert said.code in (6, 7)
    assert said.json["passed"] is False


def test_a_missing_manifest_is_no_pass(command: Command, made: Path) -> None:
    made.with_name(made.name + ".c2pa").unlink()
    said = command("verify", made, "--json")
    assert said.code in (6, 7)
    assert "manifest_missing" in codes(said)


def test_a_plate_that_is_gone_is_said_and_decides_unless_left_out(
    command: Command, made: Path, shot: SmallShot, tmp_path: Path
) -> None:
    shutil.move(shot.folder, tmp_path / "moved")
    said = command("verify", made, "--json")
    assert said.code == 7
    assert states(said)["untouched pixels"] == "not checked"
    assert states(said)["matte"] == "not checked"
    assert "plate not found" in command("verify", made).out
    left_out = command("verify", made, "--without-plate", "--json")
    assert left_out.code == 0
    assert states(left_out)["untouched pixels"] == "not checked"
    there = tmp_path / "moved"
    found = command("verify", made, "--plate", there / "plate.####.exr", "--matte", there / "matte.####.exr", "--json")
    assert found.code == 0
    assert set(states(found).values()) == {"passed"}


def test_a_plate_named_by_the_user_must_be_there(command: Command, made: Path) -> None:
    said = command("verify", made, "--plate", "nowhere.####.exr", "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "frames_missing"


def test_another_plate_fails(command: Command, made: Path, shot: SmallShot) -> None:
    write_exr(shot.folder / "plate.1002.exr", picture(1002) + 0.25, ("R", "G", "B"))
    said = command("verify", made, "--json")
    assert said.code == 6
    assert states(said)["untouched pixels"] == "failed"
    assert "plate_differs" in codes(said)


def test_a_truncated_plate_is_a_check_that_could_not_run_or_failed(
    command: Command, made: Path, shot: SmallShot
) -> None:
    plate = shot.folder / "plate.1002.exr"
    plate.write_bytes(plate.read_bytes()[:300])
    said = command("verify", made, "--json")
    assert said.code == 7
    assert states(said)["untouched pixels"] == "could not run"


def test_another_matte_fails(command: Command, made: Path, shot: SmallShot) -> None:
    write_exr(shot.folder / "matte.1002.exr", np.zeros((64, 96, 1), np.float32), ("A",), space="")
    said = command("verify", made, "--json")
    assert said.code == 6
    assert {"matte_differs", "changed_outside_matte"} <= codes(said)


def rewritten(frame: Path, change: str) -> None:
    """The patch with another content, as somebody with a compositing program could write it."""
    patch = read_frame(frame, 1002, what="patch")
    rgb, alpha = patch.rgb(), np.asarray(patch.channel("A"), np.float32).copy()
    window = patch.data_window.moved(3, 0)
    if change == "wider":
        window = patch.data_window.grown(1)
        rgb, alpha = np.pad(rgb, ((1, 1), (1, 1), (0, 0))), np.pad(np.ones_like(alpha), 1)
    write_patch(frame, rgb, alpha, window, patch.display_window)


@pytest.mark.parametrize(("change", "code"), [("wider", "changed_differs"), ("moved", "patch_window_differs")])
def test_a_patch_that_was_written_again_is_seen_in_its_pixels_too(
    command: Command, made: Path, change: str, code: str
) -> None:
    rewritten(made.with_name("rig_v001.1002.exr"), change)
    said = command("verify", made, "--json")
    assert said.code == 6
    assert {code, "frame_modified"} <= codes(said)
    assert states(said)["patch"] == "failed"


def test_a_stranger_passes_with_a_warning_and_fails_where_trust_is_asked_for(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "another"))
    said = command("verify", made, "--json")
    assert said.code == 0
    assert "signer_untrusted" in codes(said)
    assert command("verify", made, "--trusted-only").code == 6
    root = tmp_path / "home" / "identity" / "root.pem"
    trusted = command("verify", made, "--trusted-only", "--trust", root, "--json")
    assert trusted.code == 0
    assert trusted.json["takes"][0]["signature"] == "Trusted"


def test_an_edited_ledger_fails_the_root(command: Command, made: Path) -> None:
    ledger = made.parent.parent / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"version":1', b'"version":9'))
    said = command("verify", made.parent.parent, "--json")
    assert said.code == 6
    assert said.json["ledger"][0]["code"] == "ledger_damaged"
