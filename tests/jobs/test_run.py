"""From a request to a take, with a small real operation: made whole, or nothing left."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from platewright.contract.errors import (
    Cancelled,
    InternalError,
    MatteError,
    PlateError,
    RequestError,
    SigningError,
    StorageError,
)
from platewright.contract.findings import Finding
from platewright.contract.mapper import canonical
from platewright.contract.progress import Progress, Reporter, Silent
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord
from platewright.jobs.address import request_hash, settled
from platewright.jobs.ledger import Ledger, TakeEntry
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore, load, load_bytes
from platewright.operations.outcome import Outcome, PatchWriter
from platewright.provenance.settings import IdentitySettings
from tests.jobs.small_shot import SmallShot, fill_with_grey, small_shot

Make = Callable[..., TakeRecord]


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def settings(tmp_path: Path) -> IdentitySettings:
    return IdentitySettings(home=tmp_path / "home")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_a_take_is_made_signed_and_entered(tmp_path: Path, shot: SmallShot, settings: IdentitySettings) -> None:
    root = tmp_path / "elements"
    notices: list[Finding] = []
    record = run(shot.request(), root, settings, Silent(), notices.append, fill_with_grey)
    place = TakeStore(root).place("rig", 1)
    assert load(place) == record
    assert load_bytes(place) == canonical(record)
    assert record.version == 1
    assert record.request_hash == request_hash(settled(shot.request()))
    assert record.timings["fill"] == 0.1
    assert record.timings["work"] > 0
    for frame in record.frames:
        assert hashlib.sha256(place.frame(frame.number).read_bytes()).hexdigest() == frame.file.sha256
    (line,) = Ledger(root).entries()
    assert isinstance(line.body, TakeEntry)
    assert line.body.record == hashlib.sha256(place.record.read_bytes()).hexdigest()
    assert line.body.manifest == hashlib.sha256(place.manifest.read_bytes()).hexdigest()
    assert [frame.sha256 for frame in line.body.frames] == [frame.file.sha256 for frame in record.frames]
    assert notices == []


def test_the_same_request_gives_the_same_pixels_in_the_next_version(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    first = run(shot.request(), tmp_path / "a", settings, Silent(), operate=fill_with_grey)
    other = run(shot.request(), tmp_path / "b", settings, Silent(), operate=fill_with_grey)
    again = run(shot.request(), tmp_path / "a", settings, Silent(), operate=fill_with_grey)
    assert (first.version, again.version) == (1, 2)
    assert first.request_hash == again.request_hash == other.request_hash
    assert first.merkle_root == other.merkle_root


def failing_at(frame: int, error: Exception) -> Callable[[Request, PatchWriter, Reporter], Outcome]:
    def operate(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        def step(progress: object) -> None:
            if getattr(progress, "frame", None) == frame:
                raise error

        return fill_with_grey(request, out, Progress(step))

    return operate


@pytest.mark.parametrize(
    "error", [Cancelled("stopped"), PlateError("broken", frame=1003), KeyboardInterrupt(), MemoryError()]
)
def test_whatever_stops_the_work_leaves_nothing(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings, error: Exception
) -> None:
    root = tmp_path / "elements"
    with pytest.raises(type(error)):
        run(shot.request(), root, settings, Silent(), operate=failing_at(1003, error))
    assert not root.exists()
    assert run(shot.request(), root, settings, Silent(), operate=fill_with_grey).version == 1


def test_cancelling_while_signing_leaves_nothing(tmp_path: Path, shot: SmallShot, settings: IdentitySettings) -> None:
    stages: list[str] = []
    reporter = Progress(lambda step: stages.append(step.stage), lambda: bool(stages) and stages[-1] == "signing")
    with pytest.raises(Cancelled):
        run(shot.request(), tmp_path / "elements", settings, Silent(), operate=failing_at(1003, Cancelled("x")))
    cancelled = Progress(lambda step: stages.append(step.stage), lambda: len(stages) >= 4)
    with pytest.raises(Cancelled):
        run(shot.request(), tmp_path / "elements", settings, cancelled, operate=fill_with_grey)
    assert "signing" not in stages
    assert names(tmp_path / "elements") == []
    assert run(shot.request(), tmp_path / "elements", settings, reporter, operate=fill_with_grey).version == 1


def test_a_bad_identity_is_found_before_the_work(tmp_path: Path, shot: SmallShot) -> None:
    settings = IdentitySettings(home=tmp_path / "home", chain_file=tmp_path / "missing.pem")

    def never(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        raise AssertionError("the work began")

    with pytest.raises(SigningError):
        run(shot.request(), tmp_path / "elements", settings, Silent(), operate=never)
    assert not (tmp_path / "elements").exists()


def test_a_folder_in_the_way_is_found_before_the_work(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    (tmp_path / "elements").write_bytes(b"")

    def never(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        raise AssertionError("the work began")

    with pytest.raises(StorageError) as caught:
        run(shot.request(), tmp_path / "elements", settings, Silent(), operate=never)
    assert caught.value.code == "not_a_folder"


def test_an_operation_that_forgets_a_frame_makes_no_take(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    from dataclasses import replace

    def forgetful(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        outcome = fill_with_grey(request, out, report)
        return replace(outcome, frames=outcome.frames[:-1])

    with pytest.raises(InternalError) as caught:
        run(shot.request(), tmp_path / "elements", settings, Silent(), operate=forgetful)
    assert caught.value.code == "frames_incomplete"
    assert not (tmp_path / "elements").exists()


def test_a_missing_frame_names_itself_and_leaves_nothing(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    (shot.folder / "matte.1002.exr").unlink()
    with pytest.raises(MatteError) as caught:
        run(shot.request(), tmp_path / "elements", settings, Silent(), operate=fill_with_grey)
    assert caught.value.code == "frames_missing"
    assert caught.value.frame == 1002
    assert not (tmp_path / "elements").exists()


def test_a_take_that_never_reached_the_ledger_is_entered_by_the_next_run(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    root = tmp_path / "elements"
    run(shot.request(), root, settings, Silent(), operate=fill_with_grey)
    run(shot.request("cable"), root, settings, Silent(), operate=fill_with_grey)
    first, second = Ledger(root).entries()
    Ledger(root).path.unlink()
    run(shot.request("wire"), root, settings, Silent(), operate=fill_with_grey)
    assert Ledger(root).takes() == {("rig", 1), ("cable", 1), ("wire", 1)}
    assert {first.body, second.body} <= {line.body for line in Ledger(root).entries()}
    assert Ledger(root).check() == ()


def test_a_deleted_element_does_not_give_its_versions_back(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    root = tmp_path / "elements"
    run(shot.request(), root, settings, Silent(), operate=fill_with_grey)
    shutil.rmtree(root / "rig")
    assert run(shot.request(), root, settings, Silent(), operate=fill_with_grey).version == 2


def test_a_ledger_that_cannot_be_written_is_told_and_the_take_stands(
    tmp_path: Path, shot: SmallShot, settings: IdentitySettings
) -> None:
    root = tmp_path / "elements"
    root.mkdir()
    (root / "ledger.jsonl").symlink_to(tmp_path / "elsewhere" / "ledger.jsonl")
    notices: list[Finding] = []
    record = run(shot.request(), root, settings, Silent(), notices.append, fill_with_grey)
    assert [notice.code for notice in notices] == ["ledger_behind"]
    assert load(TakeStore(root).place("rig", 1)) == record


def test_an_unknown_operation_is_refused(tmp_path: Path, shot: SmallShot, settings: IdentitySettings) -> None:
    from dataclasses import replace

    request = shot.request()
    odd = replace(request, operation=replace(request.operation, kind="repaint"))
    with pytest.raises(RequestError) as caught:
        run(odd, tmp_path / "elements", settings, Silent())
    assert caught.value.code == "operation_unknown"
