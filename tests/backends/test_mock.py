"""The mock keeps the suite's promises, and does wrong what it is told to, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.mock import BEHAVIOURS, mock, mock_clip
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from tests.suites.backends import BackendPromises, Case, intent_for, legal_inputs, send, wait


class TestMock(BackendPromises):
    @pytest.fixture(params=[mock, mock_clip], ids=["stills", "clips"])
    def case(self, request: pytest.FixtureRequest, tmp_path: Path) -> Case:
        made = request.param(tmp_path / "book")
        return Case(made, legal_inputs(made.capabilities()), made.charged)


def behaving(folder: Path, behaviour: str, **controls: str) -> Case:
    made = mock(folder / "book")
    inputs = legal_inputs(made.capabilities(), controls={"behaviour": behaviour, **controls})
    return Case(made, inputs, made.charged)


def test_the_same_seed_draws_the_same_bits_and_another_does_not(tmp_path: Path) -> None:
    made = []
    for number, seed in enumerate((3, 3, 4)):
        case = behaving(tmp_path / str(number), "good")
        case = replace(case, inputs=replace(case.inputs, seed=seed))
        remote, _ = send(case)
        case.generator.fetch(remote, tmp_path / f"{number}.zip")
        made.append(case.generator.pictures(tmp_path / f"{number}.zip", case.inputs))
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])


def test_it_fills_the_mask_from_around_it(tmp_path: Path) -> None:
    case = behaving(tmp_path, "good", restless="0")
    marked = case.inputs.frames.copy()
    marked[case.inputs.masks == 1] = (1, 0, 1)
    case = replace(case, inputs=replace(case.inputs, frames=marked))
    remote, _ = send(case)
    case.generator.fetch(remote, tmp_path / "result")
    pixels = case.generator.pictures(tmp_path / "result", case.inputs)
    inside = pixels[case.inputs.masks == 1]
    assert np.abs(inside - 0.5).max() < 0.3 and np.abs(inside[:, 0] - inside[:, 1]).max() < 0.15


@pytest.mark.parametrize("behaviour", [one for one in BEHAVIOURS if one.startswith(("moderated", "failing"))])
def test_a_job_that_comes_to_nothing_says_why_and_what_it_cost(tmp_path: Path, behaviour: str) -> None:
    case = behaving(tmp_path, behaviour)
    remote, _ = send(case)
    status = wait(case.generator, remote)
    assert status.state == "failed" and status.failure is not None and status.charged is not None
    assert status.moderated == behaviour.startswith("moderated")
    assert (status.charged.amount != "0") == behaviour.endswith("charged")


def test_a_refused_send_is_charged_to_nobody(tmp_path: Path) -> None:
    case = behaving(tmp_path, "refused")
    with pytest.raises(SendRefused):
        send(case)
    assert case.charged is not None and case.charged() == {}


def test_a_busy_one_asks_to_wait_and_then_takes_it(tmp_path: Path) -> None:
    case = behaving(tmp_path, "busy")
    with pytest.raises(BackendError) as caught:
        send(case)
    assert caught.value.retry and caught.value.after_s > 0
    assert wait(case.generator, send(case, "another key")[0]).state == "done"


def test_a_lost_answer_is_found_again_by_the_same_key(tmp_path: Path) -> None:
    case = behaving(tmp_path, "lost answer")
    body = case.generator.prepare(case.request, case.inputs)
    with pytest.raises(SendUnknown):
        case.generator.send(intent_for(case, body), body)
    remote = case.generator.send(intent_for(case, body), body)
    assert case.charged is not None and list(case.charged()) == [remote]


def test_a_result_of_another_size_is_no_result(tmp_path: Path) -> None:
    case = behaving(tmp_path, "wrong size")
    remote, _ = send(case)
    case.generator.fetch(remote, tmp_path / "result")
    with pytest.raises(BackendError) as caught:
        case.generator.pictures(tmp_path / "result", case.inputs)
    assert caught.value.code == "result_wrong_size"


def test_a_job_that_works_can_be_stopped_and_then_costs_nothing(tmp_path: Path) -> None:
    case = behaving(tmp_path, "good", work_s="3600")
    remote, _ = send(case)
    assert case.generator.poll(remote).state == "running"
    case.generator.cancel(remote)
    status = case.generator.poll(remote)
    assert status.state == "cancelled" and status.charged is not None and status.charged.amount == "0"
