"""`check`: its exit codes, its reports, and that nothing it could not look at is ever clean."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from platewright.contract.checks import SignedGate
from platewright.contract.mapper import from_bytes
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.jobs.run import run
from platewright.provenance.settings import IdentitySettings
from platewright.provenance.vocabulary import source_type_uri
from platewright.rights.rule_table import RULES
from tests.cli.conftest import Command
from tests.jobs.faulty_show import FRAMES
from tests.jobs.painted_take import DISPLAY, HEIGHT, WIDTH, Paint, small_plate, write_exr
from tests.jobs.small_shot import SPACE

HEALTHY = Paint()


@pytest.fixture
def plates(tmp_path: Path) -> tuple[str, str]:
    return small_plate(tmp_path / "plates")


def make(tmp_path: Path, plates: tuple[str, str], how: Paint = HEALTHY) -> Path:
    """The record of a painted take, signed by the user whom the command line knows."""
    request = Request(Regenerate(), "rig", Plate(plates[0], FRAMES), Matte(plates[1]))
    run(request, tmp_path / "elements", IdentitySettings(home=tmp_path / "home"), Silent(), operate=how)
    return tmp_path / "elements" / "rig" / "rig_v001.take.json"


def test_the_exit_codes_are_those_that_a_pipeline_is_told(
    command: Command, tmp_path: Path, plates: tuple[str, str]
) -> None:
    record = make(tmp_path, plates, Paint(rate=False))
    assert command("check", record).code == 0
    assert command("check", record, "--strict").code == 1
    Path(plates[0].replace("####", "1003")).unlink()
    unrun = command("check", record)
    assert unrun.code == 3
    assert "could not run: PW607" in unrun.out
    record.with_name("rig_v001.1002.exr").unlink()
    held = command("check", record)
    assert held.code == 2
    assert "[PW004 frame_missing]" in held.out
    assert "nobody may lift it" in held.out
    assert "no legal advice" in held.out


@pytest.mark.parametrize("words", [("nothing/here",), ("elements", "--show", "not/there")])
def test_what_leads_nowhere_could_not_be_checked(
    command: Command, tmp_path: Path, plates: tuple[str, str], words: tuple[str, ...]
) -> None:
    make(tmp_path, plates)
    assert command("check", *words).code == 3


def test_an_unknown_profile_is_no_clean_check(command: Command, tmp_path: Path, plates: tuple[str, str]) -> None:
    said = command("check", make(tmp_path, plates), "--profile", "nobody-wrote-it")
    assert said.code == 2
    assert "there is no policy profile" in said.err


def test_every_form_of_report_tells_the_same(command: Command, tmp_path: Path, plates: tuple[str, str]) -> None:
    record = make(tmp_path, plates, Paint(nan=True))
    forms = [word for form in ("json", "sarif", "xml", "html", "txt") for word in ("--report", f"gate.{form}")]
    assert command("check", record, *forms).code == 2
    signed = from_bytes(SignedGate, (tmp_path / "gate.json").read_bytes().strip())
    assert signed.report.exit_code == 2
    assert signed.signature and signed.chain.startswith("-----BEGIN CERTIFICATE")
    sarif = json.loads((tmp_path / "gate.sarif").read_text())
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"], result["properties"]["frame"]) == ("PW603", "error", 1003)
    assert sarif["runs"][0]["invocations"][0]["exitCode"] == 2
    assert {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]} <= set(RULES)
    suites = Xml.parse(tmp_path / "gate.xml").getroot()
    assert [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None] == ["PW603"]
    page = (tmp_path / "gate.html").read_text()
    assert "can&#x27;t be published" in page or "can't be published" in page
    assert "<script" not in page and "PW603" in page
    assert "PW603 not_finite" in (tmp_path / "gate.txt").read_text()
    assert command("check", record, "--json").json["exit_code"] == 2


def test_records_only_opens_no_picture_and_no_gate(command: Command, tmp_path: Path, plates: tuple[str, str]) -> None:
    record = make(tmp_path, plates, Paint(nan=True))
    said = command("check", record, "--records-only", "--json")
    assert (said.code, said.json["complete"]) == (0, False)
    assert not [run for run in said.json["runs"] if run["rule"].startswith("PW60")]


def test_a_render_is_held_up_until_it_says_what_it_is(
    command: Command, tmp_path: Path, plates: tuple[str, str]
) -> None:
    record = make(tmp_path, plates)
    words = ("check", plates[0], "--element", record, "--frames", "1001-1008", "--plate", plates[0], "--json")
    said = command(*words)
    assert said.code == 2
    assert [one["code"] for one in said.json["findings"]] == ["source_type_missing"]
    assert {run["outcome"] for run in said.json["runs"] if run["rule"] == "PW601"} == {"passed"}
    short = command(*words[:5], "1001-1009", *words[6:])
    assert "frames_missing" in [one["code"] for one in short.json["findings"]]
    taken = command(*words, "--destination", tmp_path / "plates")
    assert "version_taken" in [one["code"] for one in taken.json["findings"]]


def test_a_render_that_says_what_it_is_is_clean(command: Command, tmp_path: Path, plates: tuple[str, str]) -> None:
    record = make(tmp_path, plates)
    stamp = {"Iptc4xmpExt:DigitalSourceType": source_type_uri("compositeSynthetic"), "platewright:take": "rig_v001"}
    pixels = np.random.default_rng(5).random((HEIGHT, WIDTH, 3), dtype=np.float32)
    for number in FRAMES:
        header = {**stamp, "colorInteropID": SPACE}
        write_exr(tmp_path / f"comp.{number}.exr", pixels, ("R", "G", "B"), DISPLAY, DISPLAY, HEALTHY, header)
    words = ("--element", record, "--frames", "1001-1008", "--plate", plates[0], "--colour-space", SPACE, "--json")
    said = command("check", tmp_path / "comp.####.exr", *words)
    assert (said.code, said.json["findings"]) == (0, []), said.out
    assert said.json["complete"] is True


def test_the_takes_that_a_renders_headers_name_are_found_and_judged_though_nobody_walked_a_graph(
    command: Command, tmp_path: Path, plates: tuple[str, str]
) -> None:
    record = make(tmp_path, plates)
    stamp = {"Iptc4xmpExt:DigitalSourceType": source_type_uri("compositeSynthetic"), "platewright:take": "rig_v001"}
    pixels = np.random.default_rng(5).random((HEIGHT, WIDTH, 3), dtype=np.float32)
    (tmp_path / "comp").mkdir()
    for number in FRAMES:
        header = {**stamp, "colorInteropID": SPACE}
        write_exr(tmp_path / f"comp/comp.{number}.exr", pixels, ("R", "G", "B"), DISPLAY, DISPLAY, HEALTHY, header)
    words = ("check", tmp_path / "comp" / "comp.####.exr", "--frames", "1001-1008", "--json")
    said = command(*words)
    assert said.code == 0, said.out
    kinds = {one["name"]: one["kind"] for one in said.json["subjects"]}
    assert kinds == {"rig_v001": "take", "comp.####.exr": "render", "ledger of elements": "show"}
    assert str(record.with_name("rig_v001.1001.exr")) in {one["path"] for one in said.json["files"]}
    double = tmp_path / "other" / "rig" / record.name
    double.parent.mkdir(parents=True)
    double.write_bytes(record.read_bytes())
    assert command(*words).code == 3, "nobody can tell which of two is meant"
    double.unlink()
    record.with_name(record.name + ".c2pa").unlink()
    assert {one["code"] for one in command(*words).json["findings"]} >= {"manifest_missing"}
    record.unlink()
    lost = command(*words)
    assert lost.code == 3, "a take that is named and nowhere is no pass"
    assert any("names rig_v001" in run["message"] for run in lost.json["runs"])


def test_what_is_missing_is_put_right_from_the_command_line(
    command: Command, tmp_path: Path, plates: tuple[str, str]
) -> None:
    record = make(tmp_path, plates)
    manifest, report = record.with_name(record.name + ".c2pa"), tmp_path / "comp.disclosure.json"
    then = manifest.read_bytes()
    manifest.unlink()
    assert command("check", record).code == 2
    done = command("repair", "fetch", record, "--who", "p-0900")
    assert done.code == 0 and manifest.name in done.out and manifest.read_bytes() == then
    assert command("repair", "fetch", record).code == 2
    assert command("check", record, "--final").code == 2
    assert command("repair", "disclose", tmp_path / "elements", "--to", report).code == 0
    assert command("check", record, "--final", "--disclosure", report).code == 0
