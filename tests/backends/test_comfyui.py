"""ComfyUI: the suite over a fake server with every shipped template, and what only a server of one's own can do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.comfyui import generators
from platewright.backends.comfyui.adapter import TEMPLATES, ComfyUI
from platewright.backends.home import Home
from platewright.backends.protocol import ModelPicture
from platewright.contract.errors import BackendError, RequestError, SendRefused, SendUnknown
from platewright.contract.progress import Step
from tests.fakes.comfyui import FakeComfyUI
from tests.suites.backends import BackendPromises, Case, intent_for, legal_inputs, legal_size, send, wait

SHIPPED = sorted(path.stem for path in TEMPLATES.glob("*.json"))


@pytest.fixture
def started() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def case_of(tmp_path: Path, *servers: FakeComfyUI, name: str = "comfyui-inpaint") -> Case:
    home = Home(tuple(server.base for server in servers), tmp_path / "workflows", tmp_path / "commands.toml")
    found = next(one for one in generators(home) if one.name == name)
    for server in servers:
        server.size = legal_size(found.capabilities())
    return Case(found, legal_inputs(found.capabilities()))


class TestComfyUI(BackendPromises):
    @pytest.fixture(params=["inpaint", "vace"])
    def case(self, request: pytest.FixtureRequest, tmp_path: Path, started: ExitStack) -> Case:
        server = FakeComfyUI()
        started.enter_context(server.serving())
        return case_of(tmp_path, server, name=f"comfyui-{request.param}")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_workflow_is_one_that_a_server_takes(tmp_path: Path, started: ExitStack, name: str) -> None:
    server = FakeComfyUI()
    started.enter_context(server.serving())
    case = case_of(tmp_path, server, name=f"comfyui-{name}")
    assert wait(case.generator, send(case)[0]).state == "done"


def test_it_goes_to_the_idlest_server_that_has_the_model(tmp_path: Path, started: ExitStack) -> None:
    busy, poor, idle = FakeComfyUI(hold=True), FakeComfyUI(without=("sd-v1-5-inpainting.ckpt",)), FakeComfyUI()
    for server in (busy, poor, idle):
        started.enter_context(server.serving())
    busy.pending = [("somebody-elses", {})]
    case = case_of(tmp_path, busy, poor, idle)
    remote, _ = send(case)
    assert remote.startswith(idle.base) and not busy.runs and not poor.runs


def test_what_no_server_has_is_named_before_anything_is_sent(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI(without=("sd-v1-5-inpainting.ckpt", "InpaintModelConditioning"))
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    with pytest.raises(SendRefused) as caught:
        send(case)
    assert caught.value.code == "model_missing"
    assert "sd-v1-5-inpainting.ckpt" in caught.value.message and "InpaintModelConditioning" in caught.value.message
    assert not server.uploads and not server.jobs
    assert [one.state for one in case.generator.check()] == ["failed"]


@pytest.mark.parametrize("fault", ["lost after", "broken after", "garbled after"])
def test_a_send_whose_answer_is_lost_is_found_by_its_id_and_not_run_twice(
    tmp_path: Path, started: ExitStack, fault: str
) -> None:
    server = FakeComfyUI(fault)
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    body = case.generator.prepare(case.request, case.inputs)
    intent = intent_for(case, body)
    with pytest.raises(SendUnknown):
        case.generator.send(intent, body)
    remote = case.generator.find(intent)
    assert remote and wait(case.generator, remote).state == "done" and len(server.runs) == 1


def test_a_send_that_never_arrived_is_found_nowhere(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI("lost before")
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    body = case.generator.prepare(case.request, case.inputs)
    with pytest.raises(SendUnknown):
        case.generator.send(intent_for(case, body), body)
    assert case.generator.find(intent_for(case, body)) == "" and not server.runs


def test_a_finished_job_is_found_by_its_file_after_the_server_was_killed(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI()
    started.enter_context(server.serving())
    case = case_of(tmp_path, server, name="comfyui-vace")
    remote, intent = send(case)
    server.restart()
    assert case.generator.find(intent) == remote
    assert case.generator.poll(remote).state == "done"
    case.generator.fetch(remote, tmp_path / "result")
    assert case.generator.pictures(tmp_path / "result", case.inputs).shape == case.inputs.frames.shape


def test_a_job_that_died_with_the_server_is_missing(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI(hold=True)
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    remote, intent = send(case)
    assert case.generator.poll(remote).state == "queued"
    server.restart()
    assert case.generator.poll(remote).state == "missing" and case.generator.find(intent) == ""


def test_only_ones_own_job_is_stopped(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI(hold=True)
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    first, _ = send(case, "first")
    second, _ = send(case, "second")
    server.begin_next()
    case.generator.cancel(second)
    assert case.generator.poll(first).state == "running" and case.generator.poll(second).state == "missing"
    assert not [one for one in server.log if one.path == "/interrupt"]
    case.generator.cancel(first)
    assert case.generator.poll(first).state == "cancelled"


def stepping(case: Case, remote: str) -> Step:
    """The first step that the server tells."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        step = case.generator.poll(remote).step
        if step is not None:
            return step
        time.sleep(0.02)
    raise AssertionError("no step was ever told")


def test_a_running_job_tells_how_far_it_is(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI(hold=True)
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    remote, _ = send(case)
    server.begin_next()
    assert stepping(case, remote) == Step("making", 7, 28)
    server.run_next()
    assert wait(case.generator, remote).state == "done"
    until = time.monotonic() + 60
    while not server.pongs and time.monotonic() < until:  # it is read by the server's own thread
        time.sleep(0.02)
    assert server.pongs == [b"ping"]


def test_without_its_messages_a_job_is_asked_for_all_the_same(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI(hold=True)
    server.tells = False
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    remote, _ = send(case)
    server.begin_next()
    assert case.generator.poll(remote).state == "running" and case.generator.poll(remote).step is None
    server.run_next()
    assert wait(case.generator, remote).state == "done"


def test_a_failed_node_is_named_without_the_servers_paths(tmp_path: Path, started: ExitStack) -> None:
    server = FakeComfyUI("failing")
    started.enter_context(server.serving())
    case = case_of(tmp_path, server)
    status = wait(case.generator, send(case)[0])
    assert status.state == "failed" and status.failure is not None
    assert "KSampler" in status.failure.message and "OutOfMemoryError" in status.failure.message
    assert "secret" not in str(status)


def own_workflow(folder: Path, **changes: object) -> Path:
    """A workflow of an artist's: the shipped one, with a reference and an own sampler."""
    graph = json.loads((TEMPLATES / "inpaint.json").read_text())
    graph["20"] = {"class_type": "LoadImage", "inputs": {"image": "PLATEWRIGHT_REFERENCE_1"}}
    graph["2"] = {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a photo of PLATEWRIGHT_PROMPT"}}
    graph |= changes
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ours.json"
    path.write_text(json.dumps(graph))
    (folder / "ours.toml").write_text('title = "Ours"\noperations = ["regenerate", "extend"]\n')
    return path


def test_a_users_workflow_is_a_backend_whose_titled_values_are_inputs(tmp_path: Path, started: ExitStack) -> None:
    own_workflow(tmp_path / "workflows")
    server = FakeComfyUI()
    started.enter_context(server.serving())
    case = case_of(tmp_path, server, name="comfyui:ours")
    limits = case.generator.capabilities()
    assert limits.title == "Ours" and limits.references == 1 and limits.operations == ("regenerate", "extend")
    assert {"checkpoint", "sampler_steps", "sampler_cfg", "not_wanted"} <= {one.name for one in limits.controls}
    with pytest.raises(RequestError) as caught:
        case.generator.prepare(case.request, case.inputs)
    assert caught.value.code == "reference_missing"
    picture = ModelPicture(np.zeros((32, 48, 3), np.float32))
    inputs = replace(
        case.inputs, pictures=(picture,), controls={"sampler_steps": "7", "checkpoint": "other.safetensors"}
    )
    case = replace(case, inputs=inputs)
    remote, _ = send(case)
    asked = next(one.json for one in server.log if one.path == "/prompt")["prompt"]
    assert asked["7"]["inputs"]["steps"] == 7 and asked["1"]["inputs"]["ckpt_name"] == "other.safetensors"
    assert asked["2"]["inputs"]["text"] == "a photo of a clear wall" and asked["7"]["inputs"]["seed"] == 11
    assert asked["20"]["inputs"]["image"] in server.uploads
    assert wait(case.generator, remote).state == "done"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "can't be read"),
        ('{"nodes": [], "links": []}', "API format"),
        ('{"1": {"class_type": "SaveImage", "inputs": {}}}', "PLATEWRIGHT_PLATE"),
        ('{"1": {"class_type": "LoadImage", "inputs": {"image": "PLATEWRIGHT_PLATE"}}}', "save pictures"),
        ('{"1": 3}', "class_type"),
    ],
)
def test_a_workflow_that_is_none_says_what_is_wrong_with_it(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "bad.json").write_text(content)
    with pytest.raises(RequestError) as caught:
        generators(Home((), tmp_path / "workflows"))
    assert caught.value.code == "workflow_invalid" and says in caught.value.message


def test_without_a_server_it_says_what_to_set() -> None:
    found = generators(Home())
    assert found and all("backends.comfyui" in one.missing() for one in found)
    with pytest.raises(BackendError) as caught:
        found[0].poll("http://127.0.0.1:1 00000000-0000-4000-8000-000000000000")
    assert caught.value.code == "backend_not_set_up"


REAL = os.environ.get("PLATEWRIGHT_COMFYUI_URL", "")
TO_CHECK = os.environ.get("PLATEWRIGHT_COMFYUI_BACKEND", "comfyui-inpaint")


@pytest.mark.skipif(not REAL, reason="PLATEWRIGHT_COMFYUI_URL names no server")
class TestRealComfyUI(BackendPromises):
    """Any real server with the models that $PLATEWRIGHT_COMFYUI_BACKEND (a template, or comfyui:NAME) asks for."""

    @pytest.fixture
    def case(self) -> Case:
        workflows = Path(os.environ.get("PLATEWRIGHT_WORKFLOWS", "workflows"))
        found: ComfyUI = next(one for one in generators(Home((REAL.rstrip("/"),), workflows)) if one.name == TO_CHECK)
        return Case(found, legal_inputs(found.capabilities()))
