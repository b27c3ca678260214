"""`sign` and `deliver`, and what `verify`, `inspect` and `check` say of what they made."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.contract.progress import Silent
from platewright.jobs.places import takes_at
from platewright.jobs.run import run
from platewright.provenance.identity import load_identity
from tests.cli.conftest import Command
from tests.jobs.delivered_files import Comped, write_media
from tests.jobs.small_shot import SmallShot, fill_with_grey


@pytest.fixture
def comped(command: Command, shot: SmallShot, tmp_path: Path) -> Comped:
    return Comped(shot, tmp_path / "work", tmp_path / "home")


def test_a_comp_is_signed_handed_over_verified_and_told(command: Command, comped: Comped, tmp_path: Path) -> None:
    take = comped.takes[0].record
    said = command("sign", comped.render, "--element", take)
    assert said.code == 0, said.err
    assert "compositeSynthetic" in said.out and "of the picture is generated" in said.out
    assert command("sign", comped.render, "--element", take).code == 3
    assert command("sign", comped.render, "--element", take, "--replace", "--json").json["frames"] == 3
    movie, still = write_media(tmp_path / "a.mov"), write_media(tmp_path / "a.jpg")
    (tmp_path / "out").mkdir()
    assert command("deliver", movie, still, "--from", comped.render, "--to", tmp_path / "out").code == 0
    assert command("deliver", still, "--from", comped.render, "--in-place").code == 0
    for path in (comped.render, tmp_path / "out" / "a.mov", still):
        found = command("verify", path, "--json")
        assert (found.code, found.json["passed"]) == (0, True)
        assert found.json["signed"][0]["state"] == "passed"
    told = command("inspect", comped.render).out
    assert "rig_v001: " in told and "c2pa.placed [compositeSynthetic]" in told
    told = command("inspect", tmp_path / "out" / "a.mov").out
    assert "XMP says    compositeSynthetic" in told and "parentOf: sh010_comp_v012 (signed)" in told
    assert command("verify", write_media(tmp_path / "bare.png")).code == 6
    assert command("check", tmp_path / "out" / "a.mov", "--json").json["exit_code"] == 0


def test_a_take_in_a_signed_comp_is_not_pruned(command: Command, comped: Comped, tmp_path: Path) -> None:
    root = tmp_path / "work" / "elements"
    for _ in range(2):
        run(comped.shot.request("rig"), root, comped.settings, Silent(), operate=fill_with_grey)
    names = [item["name"] for item in command("prune", "--out", root, "--keep", "1", "--json").json["items"]]
    assert names == ["rig_v001", "rig_v002"]
    assert command("sign", comped.render, "--element", comped.takes[0].record).code == 0
    names = [item["name"] for item in command("prune", "--out", root, "--keep", "1", "--json").json["items"]]
    assert names == ["rig_v002"]
    assert "comp sh010_comp_v012 signed with 1 takes" in command("ledger", "show", "--out", root).out


def test_a_folder_of_comps_is_verified_with_one_word(command: Command, comped: Comped) -> None:
    assert command("sign", comped.render, "--element", comped.takes[0].record).code == 0
    comped.write(1002, gain=2.0)
    found = command("verify", Path(comped.render).parent)
    assert found.code == 6 and "frame_modified" in found.out


@pytest.mark.parametrize(
    "words, code",
    [
        (("deliver", "a.mov", "--from", "work"), 2),
        (("deliver", "a.mov", "--from", "work", "--to", "b.mov", "--in-place"), 2),
        (("deliver", "a.mov", "a.jpg", "--from", "work", "--to", "b.mov"), 2),
        (("deliver", "a.exr", "--from", "work", "--in-place"), 2),
        (("sign", "work/comp/sh010_comp_v012.####.exr"), 2),
        (("sign", "nothing.####.exr"), 2),
        (("inspect", "work/elements/rig", "--sheet", "a.png", "--plate", "nowhere.####.exr"), 2),
    ],
)
def test_words_that_can_t_be_meant_are_refused(
    command: Command, comped: Comped, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    for name in ("a.mov", "a.jpg"):
        write_media(tmp_path / name)
    assert len(takes_at(comped.takes[0].record)) == 1
    assert command(*words).code == code


def test_a_comp_has_no_sheet_of_a_take(command: Command, comped: Comped) -> None:
    assert command("sign", comped.render, "--element", comped.takes[0].record).code == 0
    said = command("inspect", comped.render, "--sheet", "a.png")
    assert said.code == 2 and "take_ambiguous" in said.err


def test_a_report_tells_how_much_of_a_comp_is_generated(command: Command, comped: Comped, tmp_path: Path) -> None:
    assert command("sign", comped.render, "--element", comped.takes[0].record).code == 0
    words = ("report", "--out", "work/elements", "--comp", comped.render)
    (comp,) = command(*words, "--json").json["report"]["comps"]
    assert (comp["name"], comp["frames"], comp["elements"]) == ("sh010_comp_v012", 3, ["rig_v001"])
    assert 0 < comp["mean"] <= comp["most"] and comp["state"] == "Trusted"
    assert command(*words, "--to", "report.html").code == 0
    assert "sh010_comp_v012" in (tmp_path / "report.html").read_text()
    record = Path(comped.render).with_name("sh010_comp_v012.comp.json")
    record.write_bytes(record.read_bytes().replace(b"1001", b"1009", 1))
    assert command(*words, "--json").json["report"]["comps"][0]["state"] == "Invalid"
    assert command(*words[:3], "--comp", "work").code == 3


def test_a_take_of_a_signer_who_was_revoked_is_not_built_upon(
    command: Command, shot: SmallShot, tmp_path: Path
) -> None:
    theirs = Comped(shot, tmp_path / "work", tmp_path / "theirs")
    take, movie = theirs.takes[0].record, write_media(tmp_path / "a.mov")
    said = command("sign", theirs.render, "--element", take)
    assert said.code == 0 and "rig_v001: the take is whole, but nobody here vouches for its signer" in said.out
    lists = tmp_path / "home" / "revoked"
    lists.mkdir(parents=True)
    end = "-----END CERTIFICATE-----\n"
    (lists / "left.pem").write_text(load_identity(theirs.settings).chain_pem.partition(end)[0] + end)
    again = ("sign", theirs.render, "--element", take, "--replace")
    for words in (again, ("deliver", movie, "--from", take, "--to", "b.mov")):
        said = command(*words)
        assert said.code == 5 and "signer_revoked" in said.err
    assert not (tmp_path / "b.mov").exists()
