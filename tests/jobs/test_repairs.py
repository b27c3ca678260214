"""What can be put right is put right bit for bit, is recorded, survives a kill, and is refused where it is not safe."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.disclosure import Disclosure
from platewright.contract.errors import PlatewrightError, RequestError, StorageError, VerificationFailed
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.progress import Silent
from platewright.contract.repairs import RepairAsk, repairs_for
from platewright.contract.request import Base
from platewright.jobs import repairs
from platewright.jobs.checking.ledger_facts import read_ledger
from platewright.jobs.entries import RepairEntry
from platewright.jobs.kept_evidence import EVIDENCE
from platewright.jobs.ledger import Ledger
from platewright.jobs.places import TakePlace
from platewright.jobs.repairs import repair
from platewright.jobs.run import run
from platewright.jobs.takes import load
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.reading import read_manifest
from platewright.provenance.settings import IdentitySettings
from platewright.provenance.statement import sign_statement
from tests.jobs.honest_take import Honest
from tests.jobs.painted_take import Paint

MADE: dict[str, Honest] = {}


@pytest.fixture
def honest(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Honest]:
    """A take that is in order; what a test does to it is undone afterwards."""
    if "one" not in MADE:
        folder = tmp_path_factory.mktemp("repairs")
        MADE["one"] = Honest(folder / "show", folder / "home")
    made = MADE["one"]
    kept = made.folder.with_name("kept")
    shutil.copytree(made.folder, kept)
    yield made
    shutil.rmtree(made.folder)
    kept.rename(made.folder)


def files(honest: Honest) -> dict[str, str]:
    """Every file of the show but the ledger and the copies, by hash."""
    return {
        str(path.relative_to(honest.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(honest.folder.rglob("*"))
        if path.is_file() and EVIDENCE not in path.parts and path.name != "ledger.jsonl"
    }


def ask(honest: Honest, kind: Any, **more: Any) -> RepairAsk:
    return RepairAsk(kind, (str(honest.place.record),), who="p-0900", **more)


def recorded(honest: Honest) -> list[tuple[str, str, str]]:
    lines = Ledger(honest.folder / "elements").entries(without_takes=True)
    return [(one.body.what, one.body.file, one.body.who) for one in lines if isinstance(one.body, RepairEntry)]


def no_copies(honest: Honest) -> None:
    shutil.rmtree(honest.folder / "elements" / EVIDENCE)


def spoil_manifest(honest: Honest) -> None:
    honest.place.manifest.write_bytes(honest.place.manifest.read_bytes()[:-40])


def lose_manifest(honest: Honest) -> None:
    honest.place.manifest.unlink()


def edit_record(honest: Honest) -> None:
    honest.place.record.write_bytes(honest.place.record.read_bytes().replace(b'"seed":0', b'"seed":1'))


def lose_record(honest: Honest) -> None:
    honest.place.record.unlink()


@pytest.mark.parametrize("spoil", [lose_manifest, spoil_manifest, edit_record, lose_record])
def test_what_the_ledger_knows_is_fetched_back_bit_for_bit_and_nothing_else_changes(
    honest: Honest, spoil: Callable[[Honest], None]
) -> None:
    before = files(honest)
    spoil(honest)
    if honest.place.record.exists():
        codes = {one.code for one in honest.check().findings}
        assert any("fetch" in repairs_for(code) for code in codes), codes
    done = repair(ask(honest, "fetch"), honest.settings)
    assert len(done.files) == 1
    assert files(honest) == before
    assert honest.check().exit_code == 0
    assert [one[::2] for one in recorded(honest)] == [("fetched", "p-0900")]


def test_a_copy_may_lie_in_a_backup_and_counts_by_its_content_alone(honest: Honest, tmp_path: Path) -> None:
    before = files(honest)
    backup = tmp_path / "backup"
    shutil.copytree(honest.place.folder, backup)
    lose_manifest(honest)
    no_copies(honest)
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / honest.place.manifest.name).write_bytes(b"something else")
    with pytest.raises(StorageError, match="no copy") as error:
        repair(ask(honest, "fetch", sources=(str(tmp_path / "wrong"),)), honest.settings)
    assert error.value.code == "copy_missing"
    assert recorded(honest) == []
    repair(ask(honest, "fetch", sources=(str(backup),)), honest.settings)
    assert files(honest) == before


def test_a_lost_manifest_is_signed_again_from_the_ledgers_record_and_no_frame_is_written(honest: Honest) -> None:
    before = files(honest)
    lose_manifest(honest)
    no_copies(honest)
    repair(ask(honest, "stamp"), honest.settings)
    after = files(honest)
    assert {name for name in before if after[name] != before[name]} == {"elements/rig/rig_v001.take.json.c2pa"}
    assert honest.check().exit_code == 0
    assert recorded(honest) == [("signed", "rig_v001.take.json.c2pa", "p-0900")]
    lose_manifest(honest)  # the new one is kept as well
    repair(ask(honest, "fetch"), honest.settings)
    assert files(honest) == after


def change_a_frame(honest: Honest) -> None:
    path = honest.place.frame(1003)
    path.write_bytes(path.read_bytes() + b"\0")


def lose_a_frame(honest: Honest) -> None:
    honest.place.frame(1003).unlink()


def forget_the_take(honest: Honest) -> None:
    (honest.folder / "elements" / "ledger.jsonl").unlink()


@pytest.mark.parametrize("spoil", [change_a_frame, lose_a_frame, edit_record, forget_the_take])
def test_nothing_is_signed_again_that_is_not_what_was_entered(honest: Honest, spoil: Callable[[Honest], None]) -> None:
    lose_manifest(honest)
    spoil(honest)
    with pytest.raises(VerificationFailed) as error:
        repair(ask(honest, "stamp"), honest.settings)
    assert error.value.code == "repair_unsafe" and error.value.hint
    assert not honest.place.manifest.exists()
    assert recorded(honest) == []


def test_nothing_is_put_right_by_a_ledger_that_was_tampered_with(honest: Honest) -> None:
    lose_manifest(honest)
    path = honest.folder / "elements" / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"rig", b"rag", 1))
    with pytest.raises(PlatewrightError) as error:
        repair(ask(honest, "fetch"), honest.settings)
    assert error.value.code == "ledger_damaged"
    assert not honest.place.manifest.exists()


@pytest.mark.parametrize("kind", ["fetch", "stamp"])
def test_where_nothing_is_wrong_nothing_is_written(honest: Honest, kind: str) -> None:
    before = files(honest)
    with pytest.raises(RequestError) as error:
        repair(ask(honest, kind), honest.settings)
    assert error.value.code == "repair_needless"
    assert files(honest) == before and recorded(honest) == []


def test_a_line_about_a_new_manifest_counts_only_from_somebody_who_is_trusted(honest: Honest, tmp_path: Path) -> None:
    other = honest.place.manifest.read_bytes() + b"\0"
    sha256 = hashlib.sha256(other).hexdigest()
    entry = RepairEntry("a" * 32, "rig", 1, "signed", honest.place.manifest.name, sha256, "2026-11-01T00:00:00.000Z")
    signature, chain = sign_statement(canonical(entry), load_identity(IdentitySettings(home=tmp_path / "stranger")))
    ledger = Ledger(honest.folder / "elements")
    then = read_ledger(honest.folder / "elements").entered["rig", 1]
    for forged in (entry, replace(entry, id="b" * 32, signature=signature, chain=chain)):
        ledger.append_once(forged)
        assert read_ledger(honest.folder / "elements", trust_anchors(honest.settings)).entered["rig", 1] == then


def test_a_missing_disclosure_report_is_written_and_lifts_its_finding(honest: Honest) -> None:
    target = honest.folder / "comp.disclosure.json"
    report = honest.check(final=True)
    codes = {one.code for one in report.findings if "disclose" in repairs_for(one.code)}
    assert "disclosure_missing" in codes
    before = files(honest)
    repair(ask(honest, "disclose", to=str(target)), honest.settings)
    assert {one.element for one in from_bytes(Disclosure, target.read_bytes()).elements} == {"rig"}
    assert {name: sha for name, sha in files(honest).items() if name != target.name} == before
    again = honest.check(final=True, disclosure=str(target))
    assert not codes & {one.code for one in again.findings}
    assert recorded(honest) == [("disclosed", target.name, "p-0900")]


@pytest.mark.parametrize("to", ["", "relative.json", "sheet.pdf"])
def test_a_report_is_written_over_nothing_else(honest: Honest, to: str) -> None:
    before = files(honest)
    target = str(honest.folder / to) if to == "sheet.pdf" else to
    with pytest.raises(RequestError) as error:
        repair(ask(honest, "disclose", to=target), honest.settings)
    assert error.value.code == "repair_target"
    assert files(honest) == before and recorded(honest) == []


@pytest.mark.parametrize("name", ["rig_v001.1003.exr", "notes.txt", "../rig_v001.take.json"])
def test_only_a_takes_record_can_be_named(honest: Honest, name: str) -> None:
    with pytest.raises(RequestError) as error:
        repair(RepairAsk("fetch", (str(honest.place.folder / name),)), honest.settings)
    assert error.value.code == "repair_unknown"


def test_a_folder_that_cant_be_written_is_said_and_nothing_is_half_done(
    honest: Honest, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_manifest(honest)
    before = files(honest)
    real = os.replace

    def read_only(source: Any, target: Any) -> None:
        if str(target) == str(honest.place.manifest):
            raise OSError(30, "Read-only file system")
        real(source, target)

    monkeypatch.setattr(os, "replace", read_only)
    with pytest.raises(StorageError) as error:
        repair(ask(honest, "fetch"), honest.settings)
    assert error.value.code == "disk_read_only" and error.value.hint
    monkeypatch.undo()
    assert files(honest) == before
    repair(ask(honest, "fetch"), honest.settings)
    assert honest.check().exit_code == 0


@pytest.mark.parametrize("kind", ["fetch", "stamp"])
@pytest.mark.parametrize("point", range(3))
def test_a_repair_that_is_killed_can_be_done_again(honest: Honest, kind: str, point: int) -> None:
    frames = {name: sha for name, sha in files(honest).items() if name.endswith(".exr")}
    lose_manifest(honest)
    if kind == "stamp":
        no_copies(honest)
    child = os.fork()
    if child == 0:
        _die_at(point)
        repair(ask(honest, kind), honest.settings)  # type: ignore[arg-type]
        os._exit(0)
    assert os.waitpid(child, 0)[1] != 0
    if not honest.place.manifest.exists():
        try:
            repair(ask(honest, "fetch"), honest.settings)
        except StorageError:
            repair(ask(honest, kind), honest.settings)  # type: ignore[arg-type]
    assert honest.check().exit_code == 0
    assert {name: sha for name, sha in files(honest).items() if name.endswith(".exr")} == frames
    assert recorded(honest)
    assert [path.name for path in honest.place.folder.iterdir() if path.name.startswith(".rig_v001")] == []


def _die_at(point: int) -> None:
    """End this process without a word before the ledger's line, before the file, or right after it."""
    append, put = Ledger.append_once, repairs.replace_file

    def line(self: Ledger, body: Any, floor: int = 0) -> Any:
        if point == 0:
            os._exit(9)
        return append(self, body, floor)

    def file(path: Path, data: bytes) -> None:
        if point == 1:
            os._exit(9)
        put(path, data)
        os._exit(9)

    Ledger.append_once = line  # type: ignore[method-assign]
    repairs.replace_file = file


def test_a_take_that_took_frames_over_is_signed_again_with_that_ones_marks(honest: Honest) -> None:
    base = Base(1, FrameRange.parse("1003"), 0, hashlib.sha256(honest.place.record.read_bytes()).hexdigest())
    root = honest.folder / "elements"
    made = run(replace(honest.request, base=base), root, honest.settings, Silent(), operate=Paint())
    place = TakePlace(honest.place.folder, "rig", made.version)
    then = read_manifest(place.record.read_bytes(), place.manifest.read_bytes()).inputs
    place.manifest.unlink()
    no_copies(honest)
    repair(RepairAsk("stamp", (str(place.record),)), honest.settings)
    assert honest.check().exit_code == 0
    assert load(place) == made
    assert read_manifest(place.record.read_bytes(), place.manifest.read_bytes()).inputs == then
    assert any(one.has_manifest for one in then)
