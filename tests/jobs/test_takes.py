"""The take store without any pixels: versions, publishing, giving back, and hostile folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from platewright.contract.errors import (
    Cancelled,
    InternalError,
    ManifestError,
    RequestError,
    StorageError,
    TakeConflict,
)
from platewright.jobs import staging
from platewright.jobs.places import takes_at
from platewright.jobs.takes import Reservation, TakeStore, load


def fill(reservation: Reservation, frames: range = range(1001, 1004)) -> None:
    for number in frames:
        reservation.path(number).write_bytes(b"frame %d" % number)


def make(root: Path, element: str = "sky") -> int:
    with TakeStore(root).reserve(element) as reservation:
        fill(reservation)
        reservation.publish(b"record", b"manifest")
    return reservation.version


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_published_take_has_all_its_files_and_nothing_else(tmp_path: Path) -> None:
    assert make(tmp_path) == 1
    assert names(tmp_path / "sky") == {
        ".versions",
        "sky_v001.1001.exr",
        "sky_v001.1002.exr",
        "sky_v001.1003.exr",
        "sky_v001.take.json",
        "sky_v001.take.json.c2pa",
    }
    assert (tmp_path / "sky" / "sky_v001.1002.exr").read_bytes() == b"frame 1002"
    assert os.stat(tmp_path / "sky" / "sky_v001.1002.exr").st_nlink == 1


def test_versions_count_up_and_a_deleted_take_never_gives_its_number_back(tmp_path: Path) -> None:
    assert [make(tmp_path), make(tmp_path), make(tmp_path)] == [1, 2, 3]
    for file in (tmp_path / "sky").glob("sky_v003*"):
        file.unlink()
    assert make(tmp_path) == 4
    assert [place.version for place in TakeStore(tmp_path).takes("sky")] == [1, 2, 4]


def test_a_number_that_the_ledger_knows_is_not_given_out(tmp_path: Path) -> None:
    with TakeStore(tmp_path).reserve("sky", used=(1, 7)) as reservation:
        assert reservation.version == 8


def test_files_that_somebody_put_there_count_as_used_and_stay(tmp_path: Path) -> None:
    (tmp_path / "sky").mkdir()
    stranger = tmp_path / "sky" / "sky_v005.1001.exr"
    stranger.write_bytes(b"somebody's")
    assert make(tmp_path) == 6
    assert stranger.read_bytes() == b"somebody's"


def test_leaving_without_publishing_leaves_nothing_and_frees_the_number(tmp_path: Path) -> None:
    root = tmp_path / "not" / "there" / "yet"
    with pytest.raises(Cancelled), TakeStore(root).reserve("sky") as reservation:
        fill(reservation)
        raise Cancelled("stopped")
    assert names(tmp_path) == set()
    assert make(root) == 1


def test_leaving_keeps_what_was_there_before(tmp_path: Path) -> None:
    make(tmp_path)
    before = names(tmp_path / "sky")
    with pytest.raises(KeyboardInterrupt), TakeStore(tmp_path).reserve("sky") as reservation:
        fill(reservation)
        raise KeyboardInterrupt
    assert names(tmp_path / "sky") == before
    assert make(tmp_path) == 2


def test_two_reservations_at_once_get_different_numbers(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    with store.reserve("sky") as first, store.reserve("sky") as second:
        assert (first.version, second.version) == (1, 2)
        fill(first)
        fill(second)
        second.publish(b"r2", b"m2")
        first.publish(b"r1", b"m1")
    assert [place.version for place in store.takes()] == [1, 2]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    stranger = tmp_path / "sky" / "sky_v001.1002.exr"
    with pytest.raises(TakeConflict) as caught, TakeStore(tmp_path).reserve("sky") as reservation:
        fill(reservation)
        stranger.write_bytes(b"somebody's")
        reservation.publish(b"record", b"manifest")
    assert caught.value.hint
    assert stranger.read_bytes() == b"somebody's"
    assert names(tmp_path / "sky") == {".versions", "sky_v001.1002.exr"}
    assert make(tmp_path) == 2


def test_a_disk_without_hard_links_gets_renames_and_the_same_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "links_work", lambda folder, name: False)
    assert make(tmp_path) == 1
    stranger = tmp_path / "sky" / "sky_v002.take.json"
    with pytest.raises(TakeConflict), TakeStore(tmp_path).reserve("sky") as reservation:
        fill(reservation)
        stranger.write_bytes(b"somebody's")
        reservation.publish(b"record", b"manifest")
    assert stranger.read_bytes() == b"somebody's"
    assert not list((tmp_path / "sky").glob("sky_v002.1*"))
    assert make(tmp_path) == 3


def test_a_frame_that_was_promised_but_not_written_is_our_own_mistake(tmp_path: Path) -> None:
    with pytest.raises(InternalError), TakeStore(tmp_path).reserve("sky") as reservation:
        reservation.path(1001)
        reservation.publish(b"record", b"manifest")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("element", ["", "..", "../sky", "/etc", "sky/../..", "a\0b", "sky\n", "-sky", "é", "a" * 65])
def test_hostile_element_names_are_refused(tmp_path: Path, element: str) -> None:
    with pytest.raises(RequestError) as caught:
        TakeStore(tmp_path).reserve(element)
    assert caught.value.code == "element_name_invalid"
    assert caught.value.hint
    assert names(tmp_path) == set()


def test_an_element_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sky").write_bytes(b"a file")
    with pytest.raises(StorageError) as caught:
        TakeStore(tmp_path).reserve("sky")
    assert caught.value.code == "not_a_folder"
    assert caught.value.hint
    assert (tmp_path / "sky").read_bytes() == b"a file"


def test_an_element_folder_that_is_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "sky").symlink_to(outside)
    with pytest.raises(StorageError) as caught:
        TakeStore(root).reserve("sky")
    assert caught.value.code == "not_a_folder"
    assert names(outside) == set()


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        TakeStore(tmp_path / "root").reserve("sky")
    assert caught.value.code == "not_a_folder"
    with pytest.raises(StorageError):
        TakeStore(tmp_path / "root" / "below").reserve("sky")


def test_a_staging_link_that_somebody_planted_is_removed_but_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"keep")
    root = tmp_path / "root"
    (root / "sky").mkdir(parents=True)
    (root / "sky" / ".staging-v001-deadbeef").symlink_to(outside)
    assert make(root) == 1
    assert (outside / "precious").read_bytes() == b"keep"
    assert names(root / "sky") >= {"sky_v001.take.json"}


def test_a_claim_that_lists_hostile_names_removes_none_of_them(tmp_path: Path) -> None:
    make(tmp_path)
    precious = tmp_path / "precious.exr"
    precious.write_bytes(b"keep")
    claim = tmp_path / "sky" / ".versions" / "v002"
    claim.write_text('{"names": ["../precious.exr", "sky_v001.take.json", "/etc/passwd"], "moved": false}\n')
    assert TakeStore(tmp_path).recover() == ("freed sky_v002, whose making had been cut off",)
    assert precious.read_bytes() == b"keep"
    assert (tmp_path / "sky" / "sky_v001.take.json").read_bytes() == b"record"


def test_a_folder_names_all_its_takes_and_a_frame_names_its_own(tmp_path: Path) -> None:
    make(tmp_path, "sky")
    make(tmp_path, "rig")
    assert [place.stem for place in takes_at(tmp_path)] == ["rig_v001", "sky_v001"]
    assert [place.stem for place in takes_at(tmp_path / "sky")] == ["sky_v001"]
    assert [place.stem for place in takes_at(tmp_path / "sky" / "sky_v001.1002.exr")] == ["sky_v001"]
    assert [place.stem for place in takes_at(tmp_path / "sky" / "sky_v001.take.json.c2pa")] == ["sky_v001"]
    for missing in (tmp_path / "sky" / "sky_v002.1001.exr", tmp_path / "nothing", tmp_path / "sky" / ".versions"):
        with pytest.raises(StorageError) as caught:
            takes_at(missing)
        assert caught.value.code == "take_not_found"


def test_a_record_that_is_not_one_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    place = TakeStore(tmp_path).takes()[0]
    with pytest.raises(ManifestError):
        load(place)


def test_an_element_folder_that_goes_while_takes_are_listed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platewright.jobs import takes as module

    (tmp_path / "rig").mkdir()
    real = module.is_real_folder

    def then_it_goes(path: Path) -> bool:
        was = real(path)
        if path.name == "rig" and was and path.exists():
            path.rmdir()
        return was

    store = TakeStore(tmp_path)
    assert store.elements() == ("rig",)
    monkeypatch.setattr(module, "is_real_folder", then_it_goes)
    assert store.takes("rig") == ()


def test_a_staging_folder_that_its_owner_removes_at_the_same_time_is_just_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platewright.jobs import staging as module

    folder = module.make_staging(tmp_path, 1)
    (folder / "frame").write_bytes(b"x")
    real = module.shutil.rmtree

    def somebody_else_is_faster(path: Path) -> None:
        real(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr(module.shutil, "rmtree", somebody_else_is_faster)
    module.remove_staging(folder)
    assert module.stagings(tmp_path) == ()
    module.remove_staging(folder)
