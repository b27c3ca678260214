"""Pictures of how something is to look reach a model in its numbers; what it takes none of is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.conditioning import check_taken, left_out
from platewright.contract.errors import RequestError
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Pads, Reference
from platewright.contract.wire import Backend
from platewright.engine.backend_table import described
from platewright.operations import extend, regenerate
from tests.fakes.model import CLIP, STILL, FakeModel
from tests.moving_shot import write_exr
from tests.operations.folder import Folder
from tests.operations.test_by_model import asked, made, pinned

__all__ = ["pinned"]


@pytest.fixture
def looks(tmp_path: Path) -> tuple[Reference, ...]:
    """Three pictures of no size of the plate's, one of them brighter than a screen."""
    found = []
    for n, level in enumerate((0.18, 0.5, 30.0)):
        path = tmp_path / f"look{n}.exr"
        write_exr(path, np.full((40, 300, 3), level, np.float32), ("R", "G", "B"), space="lin_rec709_scene")
        found.append(Reference("identity", str(path), licence="own", of_set="anna@1"))
    return tuple(found)


@pytest.mark.parametrize("limits", [STILL, CLIP], ids=["stills", "clips"])
def test_a_model_is_shown_as_many_as_it_takes_in_its_own_numbers(
    pinned: Path, tmp_path: Path, looks: tuple[Reference, ...], limits: object
) -> None:
    model = FakeModel(replace(limits, references=2))  # type: ignore[type-var]
    outcome, _ = made(asked(pinned, references=looks), model, tmp_path / "out")
    for inputs in model.inputs:
        assert [(one.at, one.role, one.pixels.shape) for one in inputs.pictures] == [
            (None, "reference", (17, 128, 3)), (None, "reference", (17, 128, 3)),
        ]  # fmt: skip
        assert inputs.pictures[0].pixels.mean() < inputs.pictures[1].pixels.mean() < 1
    assert [len(files) for files in outcome.references] == [1, 1, 1]
    told = next(one for one in outcome.findings if one.code == "references_left_out")
    assert "2 of the 3" in told.message and "look2.exr (anna@1)" in told.message
    all_taken, _ = made(asked(pinned, references=looks[:2]), model, tmp_path / "all")
    assert "references_left_out" not in {one.code for one in all_taken.findings}


def test_what_takes_none_refuses_and_says_so_beforehand(
    pinned: Path, tmp_path: Path, looks: tuple[Reference, ...]
) -> None:
    with pytest.raises(RequestError) as caught:
        made(asked(pinned, references=looks), FakeModel(STILL), tmp_path / "none")
    assert caught.value.code == "reference_not_taken" and not list(tmp_path.glob("none/sent/*"))
    built_in = asked(pinned, backend="builtin", references=looks[:1])
    for operation, request in (
        (regenerate, built_in), (extend, replace(built_in, operation=Extend(Pads(8)), matte=None)),
    ):  # fmt: skip
        with pytest.raises(RequestError) as caught:
            operation.run(request, Folder(tmp_path / "ours"), Silent())
        assert caught.value.code == "reference_not_taken"
    assert left_out("X", 3, looks) == "" and left_out("X", 0, looks).endswith(
        "takes no pictures of how something is to look"
    )
    check_taken("X", 1, looks)


def test_a_sequence_is_no_picture(pinned: Path, tmp_path: Path) -> None:
    moving = Reference("environment", str(pinned / "plate.####.exr"))
    with pytest.raises(RequestError) as caught:
        made(asked(pinned, references=(moving,)), FakeModel(replace(STILL, references=1)), tmp_path)
    assert caught.value.code == "reference_not_still"


def test_hosts_are_told_how_many_a_backend_takes() -> None:
    told: Backend = described(FakeModel(replace(STILL, references=2)))
    assert told.pictures == 2 and "identity" in told.references
    assert described(FakeModel(STILL)).references == ("anchor",)
