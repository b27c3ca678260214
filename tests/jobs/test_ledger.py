"""The ledger: added to, followed, cut off, edited."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import StorageError
from platewright.contract.mapper import canonical, from_bytes
from platewright.jobs.ledger import FIRST, CostEntry, Ledger, LedgerFrame, LedgerLine, TakeEntry
from platewright.jobs.places import TakePlace


def entry(version: int, element: str = "sky") -> TakeEntry:
    frames = (LedgerFrame(1001, "ab" * 32, ("ISCC:AAAA", "ISCC:BBBB")), LedgerFrame(1002, "cd" * 32))
    return TakeEntry(element, version, "2026-01-31T12:00:00Z", "11" * 32, "22" * 32, "33" * 32, frames)


def codes(ledger: Ledger) -> list[str]:
    return [finding.code for finding in ledger.check()]


def test_lines_come_back_in_their_order_and_the_chain_holds(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    bodies = [entry(1), CostEntry("sky", 1, "2026-01-31T12:00:01Z", "0.25", "EUR"), entry(2)]
    for body in bodies:
        assert ledger.append(body) == ()
    lines = list(ledger.entries())
    assert [line.body for line in lines] == bodies
    assert lines[0].prev == FIRST
    assert [line.prev for line in lines[1:]] == [line.entry for line in lines[:-1]]
    assert ledger.check() == ()
    assert ledger.takes() == {("sky", 1), ("sky", 2)}
    assert ledger.versions("rig") == set()


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert list(Ledger(tmp_path).entries()) == []
    assert Ledger(tmp_path).check() == ()
    assert Ledger(tmp_path).takes() == set()
    assert not Ledger(tmp_path).path.exists()


def test_entering_a_take_twice_adds_one_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    place = TakePlace(tmp_path / "sky", "sky", 1)
    ledger.enter_take(place, entry(1))
    ledger.enter_take(place, entry(1))
    assert len(list(ledger.entries())) == 1


@pytest.mark.parametrize("keep", [1, 40, -2, -1])
def test_a_line_cut_off_by_a_crash_is_dropped_reported_and_the_chain_goes_on(tmp_path: Path, keep: int) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(1))
    whole = ledger.path.read_bytes()
    ledger.append(entry(2))
    torn = ledger.path.read_bytes()[len(whole) :][:keep]
    ledger.path.write_bytes(whole + torn)
    assert codes(ledger) == ["ledger_line_torn"]
    assert ledger.takes() == {("sky", 1)}
    (finding,) = ledger.append(entry(3))
    assert finding.code == "ledger_line_torn"
    assert str(len(torn)) in finding.message
    assert ledger.check() == ()
    assert ledger.takes() == {("sky", 1), ("sky", 3)}


def test_a_ledger_of_nothing_but_a_torn_line_starts_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.path.write_bytes(b'{"body":{"cre')
    (finding,) = ledger.append(entry(1))
    assert finding.code == "ledger_line_torn"
    assert ledger.check() == ()


def test_an_edited_line_is_named(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for version in (1, 2, 3):
        ledger.append(entry(version))
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b'"version":2', b'"version":5'))
    (finding,) = ledger.check()
    assert finding.code == "ledger_damaged"
    assert "line 2" in finding.message


def test_an_edited_line_with_a_new_hash_breaks_the_chain_at_the_next(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for version in (1, 2, 3):
        ledger.append(entry(version))
    lines = ledger.path.read_bytes().splitlines()
    second = from_bytes(LedgerLine, lines[1])
    lines[1] = canonical(LedgerLine.after(second.prev, entry(7)))
    ledger.path.write_bytes(b"\n".join(lines) + b"\n")
    (finding,) = ledger.check()
    assert "line 3" in finding.message


@pytest.mark.parametrize("order", [(0, 2), (1, 0, 2), (0, 1, 1, 2)], ids=["removed", "swapped", "doubled"])
def test_removed_swapped_and_doubled_lines_are_found(tmp_path: Path, order: tuple[int, ...]) -> None:
    ledger = Ledger(tmp_path)
    for version in (1, 2, 3):
        ledger.append(entry(version))
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[i] for i in order))
    assert "ledger_damaged" in codes(ledger)


def test_behind_a_line_of_rubbish_the_ledger_goes_on_and_says_where(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(1))
    with ledger.path.open("ab") as file:
        file.write(b"\0\0\0rubbish\n")
    ledger.append(entry(2))
    (finding,) = ledger.check()
    assert "line 2" in finding.message
    assert [line.body for line in ledger.entries()] == [entry(1), entry(2)]


def test_a_ledger_that_is_a_folder_or_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(StorageError) as caught:
        Ledger(tmp_path).append(entry(1))
    assert caught.value.code == "not_a_file"
    other = tmp_path / "other"
    other.mkdir()
    (other / "ledger.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError) as caught:
        Ledger(other).append(entry(1))
    assert caught.value.code == "is_a_link"
    assert not (tmp_path / "elsewhere").exists()


def _append_many(root: str, element: str) -> None:
    for version in range(1, 11):
        Ledger(Path(root)).append(entry(version, element))


def test_many_processes_adding_at_once_keep_one_whole_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_append_many, args=(str(tmp_path), name)) for name in ("sky", "rig", "cable")]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    ledger = Ledger(tmp_path)
    assert ledger.check() == ()
    assert len(list(ledger.entries())) == 30


@given(st.binary(max_size=400))
def test_no_bytes_make_reading_or_checking_fall_over(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        ledger.path.write_bytes(data)
        assert list(ledger.entries()) == []
        whole_lines = data.count(b"\n")
        assert len([code for code in codes(ledger) if code == "ledger_damaged"]) == whole_lines
        ledger.append(entry(1))
        assert [line.body for line in ledger.entries()] == [entry(1)]


def test_a_line_is_plain_json_that_other_programs_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(1))
    said = json.loads(ledger.path.read_text())
    assert said["body"]["frames"][0]["sha256"] == "ab" * 32
    assert said["body"]["kind"] == "take"
