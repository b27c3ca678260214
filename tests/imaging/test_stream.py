"""The stream: in order, bounded, errors at their frame, no thread left at work."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from pathlib import Path

import OpenImageIO
import pytest

from platewright.contract.errors import PlateError, StorageError
from platewright.imaging.sequence import Sequence
from platewright.imaging.stream import FrameStream, hash_file
from platewright.imaging.threads import use_threads


def sequence(*numbers: int) -> Sequence:
    return Sequence("p.####.exr", {number: Path(f"p.{number:04d}.exr") for number in numbers}, False)


def test_frames_come_in_order_with_their_file() -> None:
    files = sequence(*range(1, 30))
    with FrameStream(files, files.frames, lambda path, number: (path, number), ahead=3) as stream:
        assert list(stream) == [(files.path(number), number) for number in files.frames]


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_no_more_than_the_asked_number_are_read_ahead(ahead: int) -> None:
    begun: list[int] = []
    files = sequence(*range(1, 30))

    def read(path: Path, number: int) -> int:
        begun.append(number)
        return number

    with FrameStream(files, files.frames, read, ahead) as stream:
        assert next(stream) == 1
        time.sleep(0.05)
        assert len(begun) <= ahead + 1


def test_the_frames_of_the_first_window_may_all_wait_and_no_more_than_usual_after_them() -> None:
    files, begun, most = sequence(*range(1, 30)), [], 0

    def read(path: Path, number: int) -> int:
        begun.append(number)
        return number

    with FrameStream(files, files.frames, read, ahead=2, at_first=8) as stream:
        until = time.monotonic() + 60
        while len(begun) < 8 and time.monotonic() < until:
            time.sleep(0.01)
        assert begun == [*range(1, 9)], "all of the window, before anything is asked for"
        for taken, number in enumerate(stream, 1):
            assert number == taken
            most = max(most, len(begun) - max(8, taken + 2))
    assert most == 0 and begun == [*range(1, 30)]


def test_an_error_comes_up_at_its_own_frame() -> None:
    files = sequence(1, 2, 3)

    def read(path: Path, number: int) -> int:
        if number == 2:
            raise PlateError("cut off", code="frame_truncated", frame=number)
        return number

    stream = FrameStream(files, files.frames, read)
    assert next(stream) == 1
    with pytest.raises(PlateError) as caught:
        next(stream)
    assert caught.value.frame == 2
    assert list(stream) == []


def test_a_frame_that_has_no_file_comes_up_in_its_turn() -> None:
    seen = []
    with (
        pytest.raises(PlateError, match="frame 3 is missing"),
        FrameStream(sequence(1, 2), [1, 2, 3], lambda p, n: n) as stream,
    ):
        for number in stream:
            seen.append(number)
    assert seen == [1, 2]


def test_leaving_early_leaves_no_thread_at_work() -> None:
    files = sequence(*range(1, 100))
    before = set(threading.enumerate())
    with FrameStream(files, files.frames, lambda path, number: time.sleep(0.005), ahead=4) as stream:
        next(stream)
    assert not set(threading.enumerate()) - before
    assert list(stream) == []


def test_a_file_of_many_pieces_is_hashed_whole(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(3_500_001)
    (tmp_path / "large.bin").write_bytes(data)
    entry = hash_file(tmp_path / "large.bin")
    assert (entry.sha256, entry.size) == (hashlib.sha256(data).hexdigest(), len(data))


def test_hash_file_is_the_sha256_of_all_bytes(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"plate" * 70_000)
    entry = hash_file(tmp_path / "x.bin")
    assert (entry.name, entry.size) == ("x.bin", 350_000)
    assert entry.sha256 == hashlib.sha256(b"plate" * 70_000).hexdigest()
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(StorageError) as caught:
            hash_file(path)
        assert caught.value.code == "file_unreadable"


def test_files_read_side_by_side_share_the_threads_and_one_alone_has_them_all() -> None:
    def threads() -> int:
        return int(OpenImageIO.get_int_attribute("threads"))

    files = sequence(*range(1, 5))
    try:
        use_threads(6)
        with (
            FrameStream(files, files.frames, lambda path, number: threads()) as stream,
            FrameStream(files, files.frames, lambda path, number: threads()) as other,
        ):
            assert [*stream, *other] == [3] * 8
        assert threads() == 6
        with FrameStream(files, files.frames, lambda path, number: number):
            use_threads(5)
        assert threads() == 5
        use_threads(1)
        with FrameStream(files, files.frames, lambda path, number: threads()) as stream:
            assert list(stream) == [1] * 4
    finally:
        use_threads()
