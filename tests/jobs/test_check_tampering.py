"""What a dishonest or unlucky hand does to a take, its record, its ledger, its rules or its clock: all is caught."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.checks import GateReport
from platewright.contract.errors import CheckCouldNotRun
from platewright.contract.mapper import canonical
from platewright.jobs.check import confirm, sign_gate
from platewright.jobs.checking.clock import Clock
from platewright.jobs.places import TakePlace
from platewright.jobs.takes import load
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.settings import IdentitySettings
from platewright.rights.rule_table import RULES
from tests.jobs.honest_take import Honest

Tamper = Callable[[TakePlace, Path], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    folder = tmp_path_factory.mktemp("honest")
    return Honest(folder / "show", folder / "home")


@pytest.fixture
def honest(made: Honest) -> Any:
    """The honest take; what a test does to it is undone afterwards."""
    kept = made.folder.with_name("kept")
    shutil.copytree(made.folder, kept)
    yield made
    shutil.rmtree(made.folder)
    kept.rename(made.folder)


def found(report: GateReport) -> set[tuple[str, str]]:
    return {(one.found.rule, one.code) for one in report.findings}


def other(place: TakePlace) -> TakePlace:
    return TakePlace(place.folder, place.element, 2)


def resigned(place: TakePlace, folder: Path) -> None:
    """The record is changed and signed anew by somebody else, flawlessly."""
    record = replace(load(place), created="2026-01-01T00:00:00Z")
    stranger = load_identity(IdentitySettings(home=folder.with_name("stranger")))
    place.record.write_bytes(canonical(record))
    place.manifest.write_bytes(sign_take(record, canonical(record), stranger).manifest)


def truncated(place: TakePlace, folder: Path) -> None:
    place.frame(1004).write_bytes(place.frame(1004).read_bytes()[:-300])


def ledger(place: TakePlace) -> Path:
    return place.folder.parent / "ledger.jsonl"


TAMPERED: dict[str, tuple[Tamper, tuple[str, str]]] = {
    "a frame is modified": (
        lambda place, folder: place.frame(1003).write_bytes(
            place.frame(1003).read_bytes().replace(b"a comment", b"another c")), ("PW002", "frame_modified")),
    "a frame is missing": (lambda place, folder: place.frame(1003).unlink(), ("PW004", "frame_missing")),
    "a frame is another take's": (
        lambda place, folder: shutil.copy(other(place).frame(1003), place.frame(1003)), ("PW002", "frame_modified")),
    "two frames are swapped": (
        lambda place, folder: shutil.copy(place.frame(1004), place.frame(1003)), ("PW002", "frame_swapped")),
    "there is an extra frame": (
        lambda place, folder: shutil.copy(place.frame(1003), place.frame(1100)), ("PW004", "frame_unlisted")),
    "a frame is truncated": (truncated, ("PW602", "frame_truncated")),
    "the record is edited": (
        lambda place, folder: place.record.write_bytes(place.record.read_bytes().replace(b'"seed":0', b'"seed":1')),
        ("PW003", "manifest_mismatch")),
    "the manifest is another take's": (
        lambda place, folder: shutil.copy(other(place).manifest, place.manifest), ("PW003", "manifest_mismatch")),
    "the manifest is gone": (lambda place, folder: place.manifest.unlink(), ("PW001", "manifest_missing")),
    "somebody else signed it anew": (resigned, ("PW002", "ledger_differs")),
    "a line of the ledger is edited": (
        lambda place, folder: ledger(place).write_bytes(ledger(place).read_bytes().replace(b"rig", b"rag", 1)),
        ("PW002", "ledger_damaged")),
    "a line of the ledger is taken out": (
        lambda place, folder: ledger(place).write_bytes(ledger(place).read_bytes().partition(b"\n")[2]),
        ("PW002", "ledger_damaged")),
    "the consent is edited": (
        lambda place, folder: (folder / "rights/consents/consent-0412.yaml").write_text(
            (folder / "rights/consents/consent-0412.yaml").read_text().replace("2028-10-01", "2038-10-01")),
        ("PW101", "consent-0412")),
}  # fmt: skip


def test_the_honest_take_is_clean(made: Honest) -> None:
    report = made.check()
    assert (report.exit_code, found(report)) == (0, set())


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_caught_with_the_right_finding(honest: Honest, name: str) -> None:
    tamper, expected = TAMPERED[name]
    tamper(honest.place, honest.folder)
    report = honest.check()
    assert report.exit_code == 2
    assert expected in found(report)
    with pytest.raises(CheckCouldNotRun):
        confirm(sign_gate(report, load_identity(honest.settings)), trust_anchors(honest.settings))


def test_a_foreign_signer_is_refused_where_trust_is_asked_for(honest: Honest) -> None:
    resigned(honest.place, honest.folder)
    assert ("PW003", "signer_untrusted") in found(honest.check(trusted_only=True))


def test_a_clock_that_was_put_back_brings_no_consent_to_life(honest: Honest) -> None:
    back = Clock(datetime.now(timezone.utc) - timedelta(days=400))  # noqa: UP017
    report = honest.check(back)
    assert report.exit_code == 2
    assert ("PW002", "time_rolled_back") in found(report)


def test_the_rights_ledger_is_the_end_of_everything_when_it_is_tampered_with(honest: Honest) -> None:
    path = honest.folder / "rights" / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"added", b"faded"))
    report = honest.check()
    assert report.exit_code in (2, 3)
    assert {run.rule for run in report.runs if run.outcome == "could not run"} >= {"PW101", "PW102", "PW103"}


def test_a_profile_can_be_edited_to_be_stricter_but_not_to_hold_less(honest: Honest) -> None:
    own = honest.folder / "rights" / "profiles" / "mine.yaml"
    own.parent.mkdir()
    head = "schema: org.platewright.profile/1\nid: mine\ntitle: Mine\nas_of: '2026-11-01'\nrules:\n"
    own.write_text(head + "  - {rule: PW607, weight: note, source: {title: Mine, date: '2026-11-01', known: own}}\n")
    with pytest.raises(Exception, match="can't be lowered"):
        honest.check()
    own.write_text(head + "  - {rule: PW608, weight: block, source: {title: Mine, date: '2026-11-01', known: own}}\n")
    assert any(one.startswith("mine ") for one in honest.check().profiles)
    assert RULES["PW608"].weight.value == "warn"


def test_a_report_is_bound_to_its_files_its_signer_and_its_day(honest: Honest) -> None:
    signed = sign_gate(honest.check(), load_identity(honest.settings))
    roots = trust_anchors(honest.settings)
    confirm(signed, roots)

    def code(call: Callable[[], None]) -> str:
        with pytest.raises(CheckCouldNotRun) as error:
            call()
        return error.value.code

    stranger = load_identity(IdentitySettings(home=honest.folder.with_name("stranger")))
    tomorrow = Clock(datetime.now(timezone.utc) + timedelta(days=2))  # noqa: UP017
    yesterday = Clock(datetime.now(timezone.utc) - timedelta(days=2))  # noqa: UP017
    assert code(lambda: confirm(sign_gate(signed.report, stranger), roots)) == "gate_forged"
    assert (
        code(lambda: confirm(replace(signed, report=replace(signed.report, findings=(), id="0")), roots))
        == "gate_forged"
    )
    assert code(lambda: confirm(signed, roots, tomorrow)) == "gate_stale"
    assert code(lambda: confirm(signed, roots, yesterday)) == "gate_stale"
    honest.place.frame(1001).write_bytes(b"other")
    assert code(lambda: confirm(signed, roots)) == "gate_outdated"
