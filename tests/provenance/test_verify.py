"""Verifying a take on disk: every way it can have been changed is told, and a check that can't run is a failure."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.contract.errors import Cancelled
from platewright.contract.findings import Severity
from platewright.contract.mapper import canonical
from platewright.contract.progress import Progress, Step
from platewright.contract.takes import TakeRecord
from platewright.provenance import bound_files
from platewright.provenance.authority import LEAF_DAYS
from platewright.provenance.identity import Identity, IdentitySettings
from platewright.provenance.merkle import merkle_root
from platewright.provenance.reading import read_manifest
from platewright.provenance.verify import TakeVerification, verify_take, verify_take_files
from tests.provenance.takes import frame_bytes, make_record, with_frame, write_take


@pytest.fixture
def take(tmp_path: Path, identity: Identity) -> Path:
    return write_take(tmp_path / "rig_removal", make_record(), identity)


def found(verification: TakeVerification) -> list[tuple[str, int | None]]:
    assert all(finding.severity is Severity.ERROR for finding in verification.findings)
    assert all(finding.message for finding in verification.findings)
    return [(finding.code, finding.frame) for finding in verification.findings]


def frame(take: Path, number: int) -> Path:
    return take.with_name(f"rig_removal_v003.{number}.exr")


def test_whole_take_passes(take: Path, identity: Identity) -> None:
    verification = verify_take(take, identity.root_pem)
    assert verification.passed and verification.findings == ()
    assert verification.record == make_record()
    assert verification.report is not None and verification.report.state == "Trusted"


def test_signer_nobody_vouches_for_is_a_warning(take: Path) -> None:
    verification = verify_take(take, "")
    assert verification.passed
    assert [(item.code, item.severity) for item in verification.findings] == [("signer_untrusted", Severity.WARNING)]


def test_one_flipped_bit_is_told_with_its_frame(take: Path, identity: Identity) -> None:
    data = bytearray(frame(take, 1002).read_bytes())
    data[1500] ^= 0x10
    frame(take, 1002).write_bytes(data)
    assert found(verify_take(take, identity.root_pem)) == [("frame_modified", 1002)]


@pytest.mark.parametrize("data", [b"", frame_bytes(1002)[:-1], frame_bytes(1002) + b"\0"])
def test_frame_of_another_size_is_told(data: bytes, take: Path, identity: Identity) -> None:
    frame(take, 1002).write_bytes(data)
    assert found(verify_take(take, identity.root_pem)) == [("frame_modified", 1002)]


def test_missing_frame_is_told(take: Path, identity: Identity) -> None:
    frame(take, 1003).unlink()
    assert found(verify_take(take, identity.root_pem)) == [("frame_missing", 1003)]


def test_swapped_frames_are_both_told(take: Path, identity: Identity) -> None:
    frame(take, 1001).write_bytes(frame_bytes(1004))
    frame(take, 1004).write_bytes(frame_bytes(1001))
    verification = verify_take(take, identity.root_pem)
    assert found(verification) == [("frame_swapped", 1001), ("frame_swapped", 1004)]
    assert "1004" in verification.findings[0].message


@pytest.mark.parametrize("name", ["rig_removal_v003.1005.exr", "rig_removal_v003.0999.EXR", "rig_removal_v003.-1.exr"])
def test_frame_that_was_never_part_of_the_take_is_told(name: str, take: Path, identity: Identity) -> None:
    take.with_name(name).write_bytes(b"x")
    verification = verify_take(take, identity.root_pem)
    assert found(verification) == [("frame_unlisted", None)] and name in verification.findings[0].message


def test_files_of_other_takes_in_the_folder_are_none_of_its_business(take: Path, identity: Identity) -> None:
    for name in ("rig_removal_v004.1001.exr", "sky_v003.1001.exr", "rig_removal_v003.mov", "notes.txt"):
        take.with_name(name).write_bytes(b"x")
    assert verify_take(take, identity.root_pem).passed


def test_edited_record_is_told(take: Path, identity: Identity) -> None:
    edited = replace(make_record(), created="2027-01-01T00:00:00Z")
    take.write_bytes(canonical(edited))
    verification = verify_take(take, identity.root_pem)
    assert found(verification) == [("manifest_mismatch", None)]
    assert "dataHash.mismatch" in verification.findings[0].message


def test_record_rewritten_to_fit_a_changed_frame_is_told(take: Path, identity: Identity) -> None:
    record = make_record()
    changed = with_frame(record, 0, file=replace(record.frames[0].file, sha256=record.frames[1].file.sha256))
    changed = replace(changed, merkle_root=merkle_root([item.file.sha256 for item in changed.frames]))
    frame(take, 1001).write_bytes(frame_bytes(1002))
    take.write_bytes(canonical(changed))
    codes = {code for code, _ in found(verify_take(take, identity.root_pem))}
    assert codes == {"manifest_mismatch", "record_not_signed"}


@pytest.mark.parametrize("manifest", [b"", b"garbage", bytes(4000)])
def test_garbage_for_a_manifest_is_told(manifest: bytes, take: Path, identity: Identity) -> None:
    take.with_name(take.name + ".c2pa").write_bytes(manifest)
    assert found(verify_take(take, identity.root_pem)) == [("manifest_malformed", None)]


def test_missing_manifest_fails(take: Path, identity: Identity) -> None:
    take.with_name(take.name + ".c2pa").unlink()
    assert found(verify_take(take, identity.root_pem)) == [("manifest_missing", None)]


def test_missing_record_fails(take: Path, identity: Identity) -> None:
    take.unlink()
    assert found(verify_take(take, identity.root_pem)) == [("record_missing", None)]


@pytest.mark.parametrize("record", [b"{}", b"[" * 100_000, b"\xff\xfe", b'{"schema": 1e999}'])
def test_record_that_is_none_fails(record: bytes, take: Path, identity: Identity) -> None:
    take.write_bytes(record)
    verification = verify_take(take, identity.root_pem)
    assert not verification.passed and verification.record is None
    assert found(verification)[0] == ("manifest_mismatch", None)


def test_take_under_another_name_is_told(take: Path, identity: Identity) -> None:
    other = take.with_name("rig_removal_v009.take.json")
    shutil.copy(take, other)
    shutil.copy(take.with_name(take.name + ".c2pa"), other.with_name(other.name + ".c2pa"))
    assert found(verify_take(other, identity.root_pem)) == [("record_renamed", None)]


def hostile(record: TakeRecord, name: str) -> TakeRecord:
    return with_frame(record, 0, file=replace(record.frames[0].file, name=name))


@pytest.mark.parametrize("name", ["../outside.exr", "/etc/passwd", "a/b.exr", "..", ""])
def test_names_that_lead_out_of_the_folder_are_not_followed(
    name: str, take: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    hashed = bound_files._hash

    def watched(path: Path, sizes: set[int]) -> str:
        opened.append(path)
        return hashed(path, sizes)

    monkeypatch.setattr(bound_files, "_hash", watched)
    (take.parent.parent / "outside.exr").write_bytes(frame_bytes(1001))
    findings = verify_take_files(take.parent, hostile(make_record(), name), None)
    assert "frame_name_not_plain" in {item.code for item in findings}
    assert {path.parent for path in opened} == {take.parent}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_in_place_of_a_frame_does_not_hang(take: Path, identity: Identity) -> None:
    frame(take, 1001).unlink()
    os.mkfifo(frame(take, 1001))
    assert found(verify_take(take, identity.root_pem)) == [("check_could_not_run", 1001)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_in_place_of_the_manifest_does_not_hang(take: Path, identity: Identity) -> None:
    manifest = take.with_name(take.name + ".c2pa")
    manifest.unlink()
    os.mkfifo(manifest)
    assert found(verify_take(take, identity.root_pem)) == [("check_could_not_run", None)]


def test_folder_in_place_of_a_frame_fails(take: Path, identity: Identity) -> None:
    frame(take, 1001).unlink()
    frame(take, 1001).mkdir()
    assert found(verify_take(take, identity.root_pem)) == [("check_could_not_run", 1001)]


def test_frame_that_can_not_be_read_fails(take: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = bound_files._hash

    def refused(path: Path, sizes: set[int]) -> str:
        if path.name.endswith("1002.exr"):
            raise PermissionError(13, "Permission denied")
        return hashed(path, sizes)

    monkeypatch.setattr(bound_files, "_hash", refused)
    verification = verify_take(take, identity.root_pem)
    assert found(verification) == [("check_could_not_run", 1002)] and not verification.passed


def test_enormous_file_in_place_of_a_frame_is_not_read(take: Path, identity: Identity) -> None:
    with frame(take, 1001).open("r+b") as file:
        file.truncate(1 << 40)  # a hole, so it takes no room; hashing it would take a quarter of an hour
    assert found(verify_take(take, identity.root_pem)) == [("frame_modified", 1001)]


def test_without_a_readable_manifest_the_files_alone_do_not_pass(take: Path) -> None:
    findings = verify_take_files(take.parent, make_record(), None)
    assert [item.code for item in findings] == ["check_could_not_run"]


def test_manifest_of_something_else_does_not_vouch_for_frames(take: Path, identity: Identity) -> None:
    data = take.read_bytes()
    report = read_manifest(data, take.with_name(take.name + ".c2pa").read_bytes(), identity.root_pem)
    silent = replace(report, assertions={})
    assert [item.code for item in verify_take_files(take.parent, make_record(), silent)] == ["check_could_not_run"]


def test_expired_signer_without_a_time_stamp_is_told_as_such(take: Path, identity: Identity) -> None:
    report = read_manifest(take.read_bytes(), take.with_name(take.name + ".c2pa").read_bytes(), identity.root_pem)
    later = replace(report, state="Invalid", failures=("signingCredential.expired",))
    assert [item.code for item in bound_files.signature_findings(later)] == ["certificate_expired"]
    assert LEAF_DAYS > 365


def test_progress_counts_frames_and_cancelling_stops(take: Path, identity: Identity) -> None:
    steps: list[Step] = []
    verify_take(take, identity.root_pem, Progress(steps.append))
    assert [(step.done, step.total, step.frame) for step in steps] == [(n, 4, 1000 + n) for n in (1, 2, 3, 4)]
    with pytest.raises(Cancelled):
        verify_take(take, identity.root_pem, Progress(steps.append, cancelled=lambda: True))


def test_verifying_makes_no_identity(take: Path, home: IdentitySettings) -> None:
    verify_take(take, "")
    assert not home.home.exists()
