"""Tracing: the hash is exact, the fingerprint gives candidates in order, and nothing more is claimed."""

from __future__ import annotations

import random
import time

import pytest

from platewright.contract.errors import ManifestError
from platewright.provenance.fingerprint import encode
from platewright.provenance.trace import TraceEntry, entries_of, trace
from tests.provenance.takes import CODE, make_record


def digest(seed: int) -> bytes:
    """256 bits of which every quarter has as many set as not, as pictures with features have."""
    choice = random.Random(seed)
    quarters = [sum(1 << bit for bit in choice.sample(range(64), 32)) for _ in range(4)]
    return b"".join(quarter.to_bytes(8, "big") for quarter in quarters)


def flipped(code: bytes, count: int) -> bytes:
    return (int.from_bytes(code, "big") ^ sum(1 << bit for bit in range(0, count * 3, 3))).to_bytes(32, "big")


def entry(frame: int, *codes: bytes, sha256: str = "") -> TraceEntry:
    return TraceEntry(sha256 or f"{frame:064x}", tuple(encode(code) for code in codes), "sky", 3, frame, "m.c2pa")


def test_exact_file_is_found_by_its_hash_alone() -> None:
    found = trace(f"{7:064x}", (), [entry(number) for number in range(20)])
    assert [(match.entry.frame, match.distance) for match in found.exact] == [(7, None)]
    assert found.candidates == ()


def test_candidates_come_nearest_first_and_far_ones_not_at_all() -> None:
    query = digest(1)
    entries = [entry(count, digest(100 + count), flipped(query, count)) for count in (40, 3, 80, 81, 0, 12)]
    found = trace("", (encode(query),), entries)
    assert [(match.entry.frame, match.distance) for match in found.candidates] == [
        (0, 0), (3, 3), (12, 12), (40, 40), (80, 80)
    ]  # fmt: skip
    assert found.exact == ()


def test_it_is_said_how_sure_a_match_is() -> None:
    query = digest(1)
    entries = [entry(count, flipped(query, count)) for count in (0, 24, 25, 56, 57, 80)]
    found = trace(f"{0:064x}", (encode(query),), entries)
    assert [match.certainty for match in found.exact] == ["exact"]
    assert [match.certainty for match in found.candidates] == [
        "almost sure", "almost sure", "probable", "probable", "possible", "possible"
    ]  # fmt: skip


def test_exact_hash_and_near_picture_are_told_apart() -> None:
    query = digest(1)
    found = trace("ab" * 32, (encode(query),), [entry(1, query), entry(2, flipped(query, 9), sha256="ab" * 32)])
    assert [match.entry.frame for match in found.exact] == [2]
    assert [match.entry.frame for match in found.candidates] == [1, 2]


def test_only_as_many_candidates_as_asked_for_are_kept_over_many_portions() -> None:
    query = digest(1)
    entries = (entry(number, flipped(query, (number * 7) % 80)) for number in range(5000))
    found = trace("", (encode(query),), entries, most=5)
    assert [match.distance for match in found.candidates] == [0] * 5
    assert [match.entry.frame for match in found.candidates] == [0, 80, 160, 240, 320]


def test_plain_picture_finds_nothing_and_says_why() -> None:
    plain = bytes(31) + b"\x80"
    found = trace("", (encode(plain),), [entry(1, plain)])
    assert found.featureless and found.candidates == ()


def test_plain_pictures_in_the_ledger_match_nobody() -> None:
    half_plain = digest(1)[:8] + bytes(24)
    assert trace("", (encode(digest(1)),), [entry(1, half_plain)], near=256).candidates == ()


def test_damaged_codes_in_the_ledger_are_skipped() -> None:
    query = digest(1)
    damaged = TraceEntry("00" * 32, ("ISCC:BROKEN", "", encode(query)), "sky", 3, 5, "m.c2pa")
    assert [match.entry.frame for match in trace("", (encode(query),), [damaged, entry(6)]).candidates] == [5]


def test_damaged_query_is_told() -> None:
    with pytest.raises(ManifestError):
        trace("", ("ISCC:BROKEN",), [])


def test_entries_of_a_take_lead_to_its_manifest() -> None:
    record = make_record()
    entries = list(entries_of(record))
    assert [item.frame for item in entries] == [1001, 1002, 1003, 1004]
    assert entries[0].sha256 == record.frames[0].file.sha256 and entries[0].fingerprint == (CODE,)
    assert {item.manifest for item in entries} == {"rig_removal_v003.take.json.c2pa"}
    assert [match.entry.frame for match in trace("", (CODE,), entries).candidates] == [1001, 1002, 1003, 1004]


def test_a_ledger_of_thousands_of_frames_is_searched_quickly() -> None:
    codes = [digest(seed) for seed in range(13)]
    entries = [entry(number, *codes) for number in range(3000)]
    start = time.process_time()
    trace("", (encode(digest(99)),), entries)
    assert time.process_time() - start < 3.0
