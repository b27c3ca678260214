"""The artist says where pixels may be copied from, and nothing else lends any: to no frame and to no synthesis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewright.contract.errors import MatteError, PlatewrightError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Matte, Pads, Plate, Reference, Regenerate, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.operations import extend, regenerate
from platewright.operations.outcome import Outcome
from tests.moving_shot import make, write_exr
from tests.operations.folder import Folder

RED, GREEN = np.float32((0.8, 0.1, 0.1)), np.float32((0.1, 0.7, 0.1))


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One picture: rough red on the left, rough green on the right, a hole over both."""
    folder = tmp_path_factory.mktemp("halves")
    rng = np.random.default_rng(5)
    picture = np.where((np.arange(160) < 80)[None, :, None], RED, GREEN) * (0.7 + 0.6 * rng.random((100, 160, 1)))
    matte = np.zeros((100, 160, 1), np.float32)
    matte[38:62, 68:92] = 1
    write_exr(folder / "plate.1001.exr", picture.astype(np.float16), ("R", "G", "B"), space="lin_rec709_scene")
    write_exr(folder / "matte.1001.exr", matte, ("A",))
    left = np.zeros((100, 160, 1), np.float32)
    left[:, :80] = 1
    write_exr(folder / "left.exr", left, ("A",))
    write_exr(folder / "right.exr", 1 - left, ("A",))
    write_exr(folder / "none.exr", 0 * left, ("A",))
    cv2.imwrite(str(folder / "left.png"), (left[..., 0] * 255).astype(np.uint8))
    return folder


def still(folder: Path, *marks: tuple[str, str]) -> Request:
    return Request(
        operation=Regenerate(grain=False), element="rig", seed=2,
        plate=Plate(str(folder / "plate.####.exr"), FrameRange.parse("1001")),
        matte=Matte(str(folder / "matte.####.exr")),
        references=tuple(Reference(role, str(folder / name)) for role, name in marks),  # type: ignore[arg-type]
    )  # fmt: skip


def middle(outcome: Outcome, out: Path) -> np.ndarray:
    """The pixels well inside the fill, away from the healed seam."""
    record = outcome.frames[0]
    patch = read_frame(out / record.file.name, record.number)
    return patch.rgb(record.changed.grown(-8)).reshape(-1, 3)


def red_share(pixels: np.ndarray) -> float:
    return float((pixels[:, 0] > pixels[:, 1]).mean())


@pytest.mark.parametrize("name", ["left.exr", "left.png"])
def test_synthesis_copies_from_where_the_artist_says_alone(halves: Path, tmp_path: Path, name: str) -> None:
    free = middle(regenerate.run(still(halves), Folder(tmp_path / "a"), Silent()), tmp_path / "a")
    assert 0.1 < red_share(free) < 0.9
    request = still(halves, ("take_from", name))
    outcome = regenerate.run(request, Folder(tmp_path / "b"), Silent())
    assert red_share(middle(outcome, tmp_path / "b")) > 0.97
    assert [file.name for file in outcome.references[0]] == [name]


def test_never_from_bars_synthesis_and_wins_over_take_from(halves: Path, tmp_path: Path) -> None:
    never = still(halves, ("never_from", "left.exr"))
    pixels = middle(regenerate.run(never, Folder(tmp_path / "a"), Silent()), tmp_path / "a")
    assert red_share(pixels) < 0.03
    both = still(halves, ("take_from", "left.exr"), ("never_from", "left.exr"))
    with pytest.raises(MatteError) as caught:
        regenerate.run(both, Folder(tmp_path / "b"), Silent())
    assert caught.value.code == "marks_leave_nothing" and "--take-from" in caught.value.hint


def test_a_mark_of_another_size_or_a_missing_one_is_refused(halves: Path, tmp_path: Path) -> None:
    write_exr(tmp_path / "small.exr", np.ones((50, 80, 1), np.float32), ("A",))
    for name, code in ((str(tmp_path / "small.exr"), "matte_size_mismatch"), ("gone.####.exr", None)):
        with pytest.raises(PlatewrightError) as caught:
            regenerate.run(still(halves, ("take_from", name)), Folder(tmp_path / "out"), Silent())
        assert isinstance(caught.value, MatteError) and (code is None or caught.value.code == code)


def test_a_sequence_of_marks_keeps_frames_from_lending_what_it_bars(tmp_path: Path) -> None:
    shot = make(frames=7, step=(3.3, -0.7))
    plate, matte = shot.write(tmp_path / "shot")
    request = Request(
        operation=Regenerate(grain=False), element="rig", seed=3,
        plate=Plate(plate, FrameRange.parse("1001-1007")), matte=Matte(matte),
    )  # fmt: skip
    free = regenerate.run(request, Folder(tmp_path / "a"), Silent())
    may = sorted({1001, 1002, 1003} - set(free.frames[4].sources))[:2]
    assert len(may) == 2, "not what would have lent without marks"
    for number in shot.numbers:
        bars = np.full((96, 160, 1), 0.0 if number in may else 1.0, np.float32)
        write_exr(tmp_path / "shot" / f"never.{number}.exr", bars, ("A",))
    marked = replace(request, references=(Reference("never_from", str(tmp_path / "shot" / "never.####.exr")),))
    outcome = regenerate.run(marked, Folder(tmp_path / "b"), Silent())
    for record in outcome.frames:
        assert set(record.sources) <= set(may)
    assert outcome.frames[4].shares.frames > 0.5
    assert len(outcome.references[0]) == 7


def test_an_extension_copies_from_where_the_artist_says_alone(halves: Path, tmp_path: Path) -> None:
    request = Request(
        operation=Extend(Pads(right=24), grain=False), element="wide", seed=2,
        plate=Plate(str(halves / "plate.####.exr"), FrameRange.parse("1001")),
        references=(Reference("take_from", str(halves / "left.exr")),),
    )  # fmt: skip
    outcome = extend.run(request, Folder(tmp_path), Silent())
    patch = read_frame(tmp_path / outcome.frames[0].file.name, 1001)
    far = patch.rgb(Box(172, 0, 184, 100)).reshape(-1, 3)
    assert red_share(far) > 0.9
    odd = replace(request, references=(Reference("anchor", str(halves / "left.exr"), 1001),))
    with pytest.raises(PlatewrightError) as caught:
        extend.run(odd, Folder(tmp_path / "b"), Silent())
    assert caught.value.code == "reference_role_unknown"
