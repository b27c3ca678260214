"""What a licence holder asks a real Nuke, asked of the fake: the same questions, and answers that are compared."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.facts import ASSUMED

# Taken before a test's environment is cleared.
ANSWERS = os.environ.get("PLATEWRIGHT_NUKE_CONFORMANCE", "")


@pytest.fixture
def answers(app: FakeNuke) -> Any:
    app.now = 1
    conformance = importlib.import_module("conformance")
    return importlib.reload(conformance).observe()


@pytest.mark.parametrize("app", [15, 16, 17], indirect=True)
def test_every_question_can_be_asked_of_every_version(app: FakeNuke, answers: Any) -> None:
    observed = answers["observed"]
    assert not {name: answer for name, answer in observed.items() if isinstance(answer, dict) and "failed" in answer}
    assert json.loads(json.dumps(answers)) == answers and answers["major"] == app.major
    assert app.root_node.nodes() == []
    assert None not in observed["knobs"].values()


def test_the_fake_answers_as_it_assumes_nuke_does(answers: Any) -> None:
    found = answers["observed"]
    assert found["errors"] == {
        "unknown_knob": "NameError", "unknown_knob_asked": True, "unknown_class": "RuntimeError",
        "bad_enumeration": "TypeError", "text_for_number": "TypeError", "number_for_text": "TypeError",
        "nothing_selected": "ValueError",
    }  # fmt: skip
    assert found["undo"] == {"group": 1, "nodes_after_undo": 1, "while_disabled": 0}
    assert found["user_knobs"] == {"tab": True, "own_tab": False, "visible": False}
    assert found["modified"] == [False, True, False]
    assert found["windows"]["box"] == [0, 0, 5, 4] and found["windows"]["channels"] == ["newsky.red", "sky.alpha"]
    assert found["keymix"]["B"][1] == ["0.0", "0.0", "0.25", "0.625", "nan", "0.0", "0.0", "0.0"]
    assert found["keymix"]["B"][2] == ["0.0", "0.0", "3.0", "-0.5", "2.0", "0.0", "0.0", "0.0"]
    assert found["crop"]["format"] == [11, 8] and found["crop"]["row"][4:7] == ["0.5"] * 3
    assert found["grade"][0] is True and found["written"]["channels"] is True
    assert found["views"] == {"views": ["left", "right"], "whole": 0.0, "text": "{0 right 1}"}
    assert found["outside_range"]["row"] == ["0.0"] * 8
    told = found["expressions"]
    numbers = [told[name] for name in ("sibling", "parent", "root", "this", "choice", "other_frame")]
    assert numbers == [6, 3, 11, 2, 1, 3] and told["switch"] is True
    assert told["moves"] == told["has"] == [True, True, False]
    assert told["file"] == ["/shows/a/b.0006.0005.exr", "/shows/a/b.0007.0006.exr"] and "[value" in told["text"]
    assert len(ASSUMED) > 10


def test_a_real_nuke_answers_as_the_fake_does() -> None:
    if not ANSWERS:
        pytest.skip("no answers of a real Nuke; PLATEWRIGHT_NUKE_CONFORMANCE names the file of conformance.py")
    real = json.loads(Path(ANSWERS).read_text(encoding="utf-8"))
    fake = FakeNuke(real["major"], gui=False)
    assert compared(real, fake) == []


def compared(real: Any, fake: FakeNuke) -> list[str]:
    """Where a real Nuke's answers differ from the fake's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "nuke", fake.module)
        patch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "plugin_nuke"))
        ours = importlib.reload(importlib.import_module("conformance")).observe()["observed"]
    theirs = real["observed"]
    return [f"{name}: {theirs.get(name)} is not {ours[name]}" for name in ours if theirs.get(name) != ours[name]]


def test_a_difference_would_be_found(answers: Any) -> None:
    assert compared(answers, FakeNuke(16, gui=False)) == []
    answers["observed"]["keymix"]["B"][1][3] = "0.5"
    (said,) = compared(answers, FakeNuke(16, gui=False))
    assert said.startswith("keymix: ")
