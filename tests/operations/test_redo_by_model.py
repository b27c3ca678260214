"""A part of a take made again by a model: inside the smaller matte alone, the take's other pixels to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.capabilities import Capabilities
from platewright.contract.progress import Silent
from platewright.contract.request import Matte
from platewright.imaging.reading import read_frame
from platewright.operations.by_model import run
from tests.fakes.model import CLIP, STILL, FakeModel, PlainSends
from tests.moving_shot import write_exr
from tests.operations.folder import Folder
from tests.operations.test_by_model import asked, made, pinned

__all__ = ["pinned"]

REDO = {1003, 1004}


def inside(number: int) -> tuple[slice, slice]:
    """The part of a frame, as rows and columns, that is made again: it stays on its piece of ground."""
    left = 90 - 3 * (number - 1001)
    return slice(42, 54), slice(left, left + 12)


@pytest.mark.parametrize("limits", [STILL, CLIP], ids=["stills", "clips"])
def test_only_what_the_smaller_matte_covers_changes(pinned: Path, tmp_path: Path, limits: Capabilities) -> None:
    whole, _ = made(asked(pinned), FakeModel(limits), tmp_path / "whole")
    files = {record.number: tmp_path / "whole" / record.file.name for record in whole.frames}
    for number in files:
        matte = np.zeros((96, 160), np.float32)
        matte[inside(number)] = 1
        write_exr(tmp_path / f"part.{number}.exr", matte[..., None], ("A",))
    folder = Folder(tmp_path / "again")
    folder.kept = {number: file for number, file in files.items() if number not in REDO}
    folder.under = {number: file for number, file in files.items() if number in REDO}
    model = FakeModel(limits, colour=(0.1, 0.2, 0.9))
    request = replace(asked(pinned), matte=Matte(str(tmp_path / "part.####.exr")))
    outcome = run(request, folder, Silent(), model, PlainSends(model, tmp_path / "sent"))
    assert [record.number for record in outcome.frames] == sorted(REDO)
    for record in outcome.frames:
        now, then = (read_frame(path, record.number) for path in (folder.path(record.number), files[record.number]))
        box = then.data_window
        assert now.data_window == box
        part = np.zeros((96, 160), bool)
        part[inside(record.number)] = True
        part = part[box.y0 : box.y1, box.x0 : box.x1]
        before, after = then.rgb(box), now.rgb(box)
        assert np.array_equal(now.channel("A"), then.channel("A"))
        assert before[~part].tobytes() == after[~part].tobytes()
        assert (np.abs(after - before)[part].max(axis=-1) > 0.02).all(), "what was asked for again is another thing"
