"""The check before publish over HTTP, and that only a fresh, signed report about these very files opens the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.progress import Silent
from platewright.contract.repairs import RepairAsk, Repaired, repairs_for
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.jobs.run import run
from platewright.provenance.settings import IdentitySettings
from tests.engine.conftest import Served
from tests.jobs.faulty_show import FRAMES
from tests.jobs.painted_take import small_plate


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The record of a healthy take, signed by the identity of this engine."""
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    plate, matte = small_plate(tmp_path / "plates")
    from tests.jobs.painted_take import Paint

    request = Request(Regenerate(), "rig", Plate(plate, FRAMES), Matte(matte))
    run(request, tmp_path / "elements", IdentitySettings(home=tmp_path / "home"), Silent(), operate=Paint())
    return tmp_path / "elements" / "rig" / "rig_v001.take.json"


def checked(served: Served, take: Path, **changes: Any) -> SignedGate:
    ask = replace(CheckAsk((str(take),), (str(take.parents[2]),)), **changes)
    said = served.call("POST", "/v1/check", to_json(ask))
    assert said.status == 200, said.body
    return from_bytes(SignedGate, said.body)


def verdict(served: Served, signed: SignedGate) -> GateVerdict:
    return from_bytes(GateVerdict, served.call("POST", "/v1/gate", to_json(signed)).body)


def test_a_clean_take_gets_a_signed_report_that_opens_the_gate(served: Served, take: Path) -> None:
    signed = checked(served, take)
    assert (signed.report.exit_code, signed.report.complete) == (0, True)
    assert len(signed.report.files) == len(FRAMES) + 2
    assert verdict(served, signed) == GateVerdict(True)


def test_a_report_that_was_edited_is_old_partial_closed_or_about_other_files_opens_nothing(
    served: Served, take: Path
) -> None:
    signed = checked(served, take)
    edited = replace(signed, report=replace(signed.report, made="2099-01-01T00:00:00Z"))
    assert verdict(served, edited).code == "gate_forged"
    assert verdict(served, replace(signed, signature="")).code == "gate_forged"
    assert verdict(served, checked(served, take, records_only=True)).code == "gate_incomplete"
    frame = take.with_name("rig_v001.1003.exr")
    frame.write_bytes(frame.read_bytes() + b"\0")
    assert verdict(served, signed).code == "gate_outdated"
    assert verdict(served, checked(served, take)).code == "gate_closed"


def test_a_lost_manifest_is_brought_back_over_http_and_the_gate_opens_again(served: Served, take: Path) -> None:
    manifest = take.with_name(take.name + ".c2pa")
    then = manifest.read_bytes()
    manifest.unlink()
    report = checked(served, take).report
    assert {kind for one in report.findings for kind in repairs_for(one.code)} == {"fetch", "stamp"}
    ask = RepairAsk("fetch", (str(take),), (str(take.parents[2]),), who="p-0900")
    done = from_bytes(Repaired, served.call("POST", "/v1/repair", to_json(ask)).body)
    assert done.files == (str(manifest),) and manifest.read_bytes() == then
    assert verdict(served, checked(served, take)).opens
    assert served.call("POST", "/v1/repair", to_json(ask)).code == "repair_needless"
    for changes in ({"roots": ()}, {"to": "/etc/report.json"}, {"records": ("/etc/rig_v001.take.json",)}):
        assert served.call("POST", "/v1/repair", to_json(replace(ask, **changes))).code == "path_refused"


def test_no_path_outside_the_named_roots_is_looked_at(served: Served, take: Path, tmp_path: Path) -> None:
    for changes in ({"paths": ("/etc/passwd",)}, {"plate": "/etc/passwd"}, {"disclosure": "/etc/passwd"}):
        ask = replace(CheckAsk((str(take),), (str(tmp_path),)), **changes)
        assert served.call("POST", "/v1/check", to_json(ask)).code == "path_refused"
