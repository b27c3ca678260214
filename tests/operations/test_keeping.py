"""Frames that are kept: not made again, and what they invented goes on in the frames between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Pads, Request
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.reading import read_frame
from platewright.imaging.tone import to_tone
from platewright.operations import extend, regenerate
from platewright.operations.keeping import Kept
from platewright.operations.outcome import Outcome
from platewright.synthesis.carried import Canvas
from platewright.synthesis.draft import Wanted
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import make
from tests.operations.folder import Folder
from tests.operations.test_regenerate import request_for

REDO = (1004, 1005)
NOTHING = Wanted(Box.of_size(1, 1), np.zeros((1, 1), bool))


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot whose disc hides what no frame sees: it travels with the camera."""
    folder = tmp_path_factory.mktemp("unseen")
    make(frames=8, radius=16.0, travel=0.4, step=(0.4, 0.0)).write(folder)
    return folder


def made_again(request: Request, first: Outcome, folder: Path, out: Path, run: object) -> Outcome:
    """The take again with the frames of REDO made anew and the others kept."""
    target = Folder(out)
    target.kept = {f.number: folder / f.file.name for f in first.frames if f.number not in REDO}
    return run(request, target, Silent())  # type: ignore[operator, no-any-return]


def pixels(folder: Path, number: int) -> tuple[np.ndarray, np.ndarray]:
    frame = read_frame(folder / f"rig_v001.{number}.exr", number)
    return to_tone(frame.rgb()), np.asarray(frame.channel("A"), np.float32) > 0.99


def difference(one: Path, other: Path) -> float:
    """Mean difference of the made frames' regions, in 8-bit steps of tone space."""
    found = []
    for number in REDO:
        (mine, inside), (theirs, _) = pixels(one, number), pixels(other, number)
        found.append(float(np.abs(mine - theirs)[inside].mean()))
    return 255 * float(np.mean(found))


def test_only_the_frames_that_are_not_kept_are_made(unseen: Path, tmp_path: Path) -> None:
    first = regenerate.run(request_for(unseen), Folder(tmp_path / "a"), Silent())
    again = made_again(request_for(unseen), first, tmp_path / "a", tmp_path / "b", regenerate.run)
    assert [frame.number for frame in again.frames] == list(REDO)
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [f"rig_v001.{n}.exr" for n in REDO]
    assert set(again.at_joins) == {1006}
    assert again.at_joins[1006]["flicker"] is not None
    assert again.frames[0].measures["flicker"] is not None, "the step from a kept frame is measured too"


def test_what_the_kept_frames_invented_goes_on_between_them(
    unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = regenerate.run(request_for(unseen), Folder(tmp_path / "first"), Silent())
    assert min(frame.shares.synthesis for frame in first.frames) > 0.3
    other = request_for(unseen, seed=99)
    made_again(other, first, tmp_path / "first", tmp_path / "lent", regenerate.run)
    monkeypatch.setattr(Kept, "canvas", lambda self, frame, context: None)
    made_again(other, first, tmp_path / "first", tmp_path / "alone", regenerate.run)
    lent, alone = (difference(tmp_path / "first", tmp_path / name) for name in ("lent", "alone"))
    assert lent < 0.5 * alone, (lent, alone)


def test_an_extension_goes_on_as_well(unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = replace(request_for(unseen), operation=Extend(Pads(top=16, bottom=8), grain=False), matte=None)
    first = extend.run(request, Folder(tmp_path / "first"), Silent())
    other = replace(request, seed=99)
    again = made_again(other, first, tmp_path / "first", tmp_path / "lent", extend.run)
    assert [frame.number for frame in again.frames] == list(REDO)
    monkeypatch.setattr(Kept, "canvas", lambda self, frame, context: None)
    made_again(other, first, tmp_path / "first", tmp_path / "alone", extend.run)
    lent, alone = (difference(tmp_path / "first", tmp_path / name) for name in ("lent", "alone"))
    assert lent < 0.5 * alone, (lent, alone)


def test_of_the_kept_frames_that_have_passed_only_the_last_is_held() -> None:
    with Repair(Settings()) as repair:
        picture = np.full((8, 8, 3), 0.2, np.float32)
        for number in range(1, 7):
            repair.add(View(number, picture, Box.of_size(8, 8), np.zeros((0, 0), np.uint8), EMPTY), NOTHING)
            nothing = np.zeros((8, 8), bool)
            if number != 4:
                repair.kept[number] = Canvas.synthesised(
                    number, picture, Box.of_size(8, 8), nothing, np.ones((8, 8), np.float32), 1.0
                )
        repair.forget(1)
        assert sorted(repair.kept) == [1, 2, 3, 5, 6]
        repair.forget(4)
        assert sorted(repair.kept) == [3, 5, 6]


def test_only_what_a_frame_would_look_at_is_read() -> None:
    frames = FrameRange.parse("1001-1048")
    files = {number: Path(f"{number}.exr") for number in frames if number not in (1020, 1021)}
    kept = Kept(frames, files, 8)
    assert str(kept.span) == "1016-1024"
    assert (kept.count, kept.is_beside(1019), kept.is_beside(1018)) == (2, True, False)
    assert str(Kept(frames, {}, 8).span) == "1001-1048"
    assert str(Kept(frames, {n: Path() for n in frames if n != 1048}, 8).span) == "1041-1048"
    assert str(Kept(frames, {n: Path() for n in frames if n != 1001}, 2).span) == "1001-1002"


def test_a_frame_s_window_is_the_one_it_had_when_all_were_made(unseen: Path, tmp_path: Path) -> None:
    """So what other frames saw comes back bit for bit where nothing has changed."""
    shot = tmp_path / "shot"
    make(frames=12, grain=0.02).write(shot)
    request = request_for(shot, "1001-1012")
    request = replace(request, operation=replace(request.operation, window=6))
    first = regenerate.run(request, Folder(tmp_path / "first"), Silent())
    assert max(frame.shares.synthesis for frame in first.frames) == 0
    again = made_again(request, first, tmp_path / "first", tmp_path / "again", regenerate.run)
    by_number = {frame.number: frame.file.sha256 for frame in first.frames}
    assert {frame.number: frame.file.sha256 for frame in again.frames} == {n: by_number[n] for n in REDO}
