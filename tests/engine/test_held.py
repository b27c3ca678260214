"""What was checked is what is read: a file or folder that is swapped for a link meanwhile gives nothing away."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

import platewright
from platewright.contract.errors import PlatewrightError, RequestError, StorageError
from platewright.engine.held import Held, tidy_up
from platewright.engine.roots import real_root
from platewright.imaging.reading import read_frame
from tests.jobs.small_shot import small_shot

CORE = str(Path(platewright.__file__).parents[1])


@pytest.fixture
def show(tmp_path: Path) -> Path:
    folder = tmp_path / "show"
    (folder / "shot").mkdir(parents=True)
    (folder / "shot/a.exr").write_bytes(b"ours")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.exr").write_bytes(b"secret")
    (folder / "link.exr").symlink_to(tmp_path / "other/a.exr")
    (folder / "inside.exr").symlink_to(folder / "shot/a.exr")
    (folder / "way").symlink_to(tmp_path / "other")
    os.mkfifo(folder / "pipe")
    return real_root(str(folder))


def test_a_file_keeps_its_name_and_is_what_it_was_whatever_becomes_of_its_path(show: Path) -> None:
    with Held() as held:
        path = held.file(show, "shot/a.exr")
        assert (path.name, path.suffix) == ("a.exr", ".exr")
        os.rename(show / "shot", show / "moved")
        (show / "shot").symlink_to(show.parent / "other")
        assert path.read_bytes() == b"ours"
    with pytest.raises(OSError):
        path.read_bytes()


@pytest.mark.parametrize(
    "path", ["link.exr", "way/a.exr", "inside.exr", "shot", "pipe", "../other/a.exr", "/etc/passwd", ""]
)
def test_links_and_other_ways_out_are_refused(show: Path, path: str) -> None:
    with Held() as held, pytest.raises(RequestError) as caught:
        held.file(show, path)
    assert caught.value.code == "path_refused"


def test_what_is_not_there_is_not_found_and_a_file_is_no_folder(show: Path) -> None:
    with Held() as held:
        with pytest.raises(StorageError) as caught:
            held.file(show, "shot/b.exr")
        assert caught.value.code == "not_found"
        with pytest.raises(StorageError) as caught:
            held.file(show, "shot/a.exr/b")
        assert caught.value.code == "not_a_folder"


def test_a_frame_may_be_a_link_to_another_below_the_roots_and_to_nothing_else(show: Path) -> None:
    with Held() as held:
        assert held.among([show], str(show / "inside.exr"), "plate").read_bytes() == b"ours"
        for out in ("link.exr", "way/a.exr"):
            with pytest.raises(RequestError):
                held.among([show], str(show / out), "plate")
        other = real_root(str(show.parent / "other"))
        assert held.among([show, other], str(show / "link.exr"), "plate").read_bytes() == b"secret", "it was named too"


def test_a_picture_is_read_through_what_is_held(tmp_path: Path) -> None:
    shot = small_shot(tmp_path / "shot", 1)
    with Held() as held:
        path = held.file(real_root(str(shot.folder)), "plate.1001.exr")
        os.replace(shot.folder / "matte.1001.exr", shot.folder / "plate.1001.exr")
        assert read_frame(path, 1001).rgb().shape[2] == 3
    (shot.folder / "bad.exr").write_bytes(b"no picture")
    with Held() as held, pytest.raises(PlatewrightError, match=r"bad\.exr"):
        read_frame(held.file(real_root(str(shot.folder)), "bad.exr"), 1)


@pytest.mark.parametrize(("opened", "reads"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_folder_swapped_between_any_two_steps_leads_nowhere_else(
    show: Path, monkeypatch: pytest.MonkeyPatch, opened: int, reads: bool
) -> None:
    """The root, the folder and the file are opened in this order; after so many, the folder is a link elsewhere."""
    calls, really = itertools.count(), os.open

    def swap() -> None:
        os.rename(show / "shot", show / "kept")
        os.symlink(show.parent / "other", show / "shot")

    def swapping(*args: object, **more: object) -> int:
        if next(calls) == opened:
            swap()
        return really(*args, **more)  # type: ignore[arg-type]

    with Held() as held:
        with monkeypatch.context() as patched:
            patched.setattr(os, "open", swapping)
            with nullcontext() if reads else pytest.raises(RequestError, match="is a link"):
                path = held.file(show, "shot/a.exr")
        assert next(calls) == (3 if reads else 2)
        if opened == 3:
            swap()
        if reads:
            assert path.read_bytes() == b"ours"


@pytest.fixture
def swapped(show: Path) -> Iterator[Path]:
    """A folder that turns into a link and back, for long enough now and then that each is met."""
    over = threading.Event()

    def swap() -> None:
        for pause in itertools.cycle([0.0] * 20 + [0.002]):
            if over.wait(pause):
                break
            os.rename(show / "shot", show / "kept")
            os.symlink(show.parent / "other", show / "shot")
            over.wait(pause)
            os.unlink(show / "shot")
            os.rename(show / "kept", show / "shot")

    thread = threading.Thread(target=swap)
    thread.start()
    yield show
    over.set()
    thread.join()


def test_no_race_of_links_ever_gives_what_lies_outside(swapped: Path) -> None:
    read = refused = 0
    started = time.monotonic()
    while (read < 200 or refused < 200) and time.monotonic() < started + 60:
        with Held() as held:
            try:
                assert held.file(swapped, "shot/a.exr").read_bytes() == b"ours"
                read += 1
            except PlatewrightError:
                refused += 1
    assert read, "the folder was met"
    assert refused, "the link was met"


def test_names_that_a_crash_left_behind_are_removed_by_the_next_process(show: Path) -> None:
    script = "import os, sys; from pathlib import Path; from platewright.engine.held import Held\n"
    script += "print(Held().file(Path(sys.argv[1]), 'shot/a.exr').parent.parent, flush=True); os._exit(9)"
    words = [sys.executable, "-c", script, str(show)]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": CORE}, check=False)
    left = Path(done.stdout.strip())
    assert left.is_dir(), done.stderr
    with Held() as held:
        path = held.file(show, "shot/a.exr")
        tidy_up()
        assert path.read_bytes() == b"ours", "nobody else's"
    assert not left.exists()
    assert not path.parent.exists()


def test_nothing_stays_open(show: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("shot/a.exr", "link.exr", "shot/b.exr"):
        with suppress(PlatewrightError), Held() as held:
            held.file(show, path)
    assert len(os.listdir("/proc/self/fd")) == before
