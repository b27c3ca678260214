"""ComfyUI by the Comfy API v2: the suite over a fake of it, and over the real proxy where there is one.

The real one is `comfy-api-proxy` 0.1.6 from PyPI; it runs in an environment of its own, in front of our fake ComfyUI,
where $PLATEWRIGHT_COMFY_PROXY names the command (`.ci/run` sees to it).
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from platewright.backends.comfyui import generators
from platewright.backends.home import Home
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.progress import Step
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.comfyui_v2 import FakeComfyV2
from tests.suites.backends import BackendPromises, Case, intent_for, legal_inputs, legal_size, send, wait

PROXY = os.environ.get("PLATEWRIGHT_COMFY_PROXY", "")
real = pytest.mark.skipif(not PROXY, reason="PLATEWRIGHT_COMFY_PROXY names no comfy-api-proxy (pip install it)")


@pytest.fixture
def started() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def case_at(base: str, server: FakeComfyUI, tmp_path: Path, name: str = "comfyui-inpaint") -> Case:
    home = Home((base,), tmp_path / "workflows", tmp_path / "commands.toml")
    found = next(one for one in generators(home) if one.name == name)
    server.size = legal_size(found.capabilities())
    return Case(found, legal_inputs(found.capabilities()))


def faked(started: ExitStack, tmp_path: Path, *faults: str, **options: object) -> tuple[Case, FakeComfyV2]:
    server = FakeComfyV2(*faults, **options)
    started.enter_context(server.serving())
    return case_at(f"v2+{server.base}", server, tmp_path), server


@pytest.fixture
def proxied(started: ExitStack, tmp_path: Path) -> tuple[str, FakeComfyUI]:
    """The real proxy's address, and the ComfyUI behind it."""
    server = FakeComfyUI()
    started.enter_context(server.serving())
    for attempt in range(5):  # between looking for a free port and taking it somebody else may take it
        base = serving_proxy(server.base, tmp_path / f"proxy{attempt}", started)
        if base:
            return f"v2+{base}", server
    raise AssertionError((tmp_path / "proxy4.log").read_text())


def serving_proxy(upstream: str, state: Path, started: ExitStack) -> str:
    """Start the proxy on a free port; its address once it answers, empty where it ended instead."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [PROXY, "run", "--comfyui", upstream, "--port", str(port), "--state-dir", str(state)]
    with open(state.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    started.callback(process.wait)
    started.callback(process.kill)
    base, until = f"http://127.0.0.1:{port}", time.monotonic() + 90
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{base}/api/v2/health", timeout=60).close()
            return base
        except OSError:
            time.sleep(0.1)
    return ""


class TestFakeV2(BackendPromises):
    @pytest.fixture
    def case(self, tmp_path: Path, started: ExitStack) -> Case:
        return faked(started, tmp_path)[0]


@real
class TestRealProxy(BackendPromises):
    @pytest.fixture(params=["inpaint", "vace"])
    def case(self, request: pytest.FixtureRequest, tmp_path: Path, proxied: tuple[str, FakeComfyUI]) -> Case:
        return case_at(*proxied, tmp_path, name=f"comfyui-{request.param}")


@real
def test_the_real_proxy_says_what_is_missing(proxied: tuple[str, FakeComfyUI], tmp_path: Path) -> None:
    case = case_at(*proxied, tmp_path)
    proxied[1].without = {"sd-v1-5-inpainting.ckpt"}
    with pytest.raises(SendRefused) as caught:
        send(case)
    assert "sd-v1-5-inpainting.ckpt" in caught.value.message and not proxied[1].jobs
    proxied[1].without = {"KSampler"}
    with pytest.raises(SendRefused) as caught:
        send(case, "key-2")
    assert "node" in caught.value.message and "/srv" not in caught.value.message


@real
def test_the_real_proxy_stops_one_job_and_forgets_what_its_server_lost(
    proxied: tuple[str, FakeComfyUI], tmp_path: Path
) -> None:
    case, server = case_at(*proxied, tmp_path), proxied[1]
    server.hold = True
    (first, _), (second, intent) = send(case, "first"), send(case, "second")
    server.begin_next()
    case.generator.cancel(second)
    assert case.generator.poll(first).state == "running" and case.generator.poll(second).state == "missing"
    assert case.generator.find(intent) == second
    case.generator.cancel(first)
    assert case.generator.poll(first).state == "cancelled"
    third, _ = send(case, "third")
    server.restart()
    assert case.generator.poll(third).state == "missing"


@pytest.mark.parametrize("fault", ["lost after", "broken after", "garbled after"])
def test_a_send_whose_answer_is_lost_is_found_by_its_label(tmp_path: Path, started: ExitStack, fault: str) -> None:
    case, server = faked(started, tmp_path, fault)
    body = case.generator.prepare(case.request, case.inputs)
    intent = intent_for(case, body)
    with pytest.raises(SendUnknown):
        case.generator.send(intent, body)
    remote = case.generator.find(intent)
    assert wait(case.generator, remote).state == "done" and len(server.runs) == 1


def test_a_list_that_is_full_of_others_jobs_tells_nothing(tmp_path: Path, started: ExitStack) -> None:
    case, server = faked(started, tmp_path, "lost before")
    body = case.generator.prepare(case.request, case.inputs)
    with pytest.raises(SendUnknown):
        case.generator.send(intent_for(case, body), body)
    assert case.generator.find(intent_for(case, body)) == ""
    server.labels |= {f"job-{number}": "somebody else's" for number in range(100)}
    with pytest.raises(SendUnknown):
        case.generator.find(intent_for(case, body))


def test_the_same_key_is_refused_and_not_run_twice(tmp_path: Path, started: ExitStack) -> None:
    case, server = faked(started, tmp_path)
    send(case)
    with pytest.raises(SendRefused) as caught:
        send(case)
    assert "idempotency_key_reuse" in caught.value.message and len(server.runs) == 1


def test_what_it_lacks_is_named_by_its_answer(tmp_path: Path, started: ExitStack) -> None:
    case, server = faked(started, tmp_path, without=("sd-v1-5-inpainting.ckpt",))
    with pytest.raises(SendRefused) as caught:
        send(case)
    assert "sd-v1-5-inpainting.ckpt" in caught.value.message and "secret" not in caught.value.message
    assert not server.jobs


def test_a_failed_node_is_named_without_the_servers_paths(tmp_path: Path, started: ExitStack) -> None:
    case, _ = faked(started, tmp_path, "failing")
    status = wait(case.generator, send(case)[0])
    assert status.state == "failed" and status.failure is not None
    assert "KSampler" in status.failure.message and "secret" not in str(status)


def test_it_tells_how_far_a_running_job_is(tmp_path: Path, started: ExitStack) -> None:
    case, server = faked(started, tmp_path, hold=True)
    remote, _ = send(case)
    assert case.generator.poll(remote).state == "queued"
    server.begin_next()
    assert case.generator.poll(remote).step == Step("making", 3, 7)
    server.restart()
    assert case.generator.poll(remote).state == "missing"


def test_a_result_that_breaks_off_is_fetched_anew(tmp_path: Path, started: ExitStack) -> None:
    case, _ = faked(started, tmp_path, "truncated")
    remote, _ = send(case)
    with pytest.raises(BackendError) as caught:
        case.generator.fetch(remote, tmp_path / "result")
    assert caught.value.retry
    case.generator.fetch(remote, tmp_path / "result")
    assert case.generator.pictures(tmp_path / "result", case.inputs).shape == case.inputs.frames.shape


def test_both_languages_share_the_work_and_the_idler_gets_it(tmp_path: Path, started: ExitStack) -> None:
    plain, other = FakeComfyUI(), FakeComfyV2()
    for server in (plain, other):
        started.enter_context(server.serving())
    home = Home((plain.base, f"v2+{other.base}"), tmp_path / "workflows")
    found = next(one for one in generators(home) if one.name == "comfyui-inpaint")
    plain.size = other.size = legal_size(found.capabilities())
    case = Case(found, legal_inputs(found.capabilities()))
    plain.pending = [("somebody-elses", {})]
    assert send(case, "one")[0].startswith("v2+") and len(other.runs) == 1
    assert [check.state for check in found.check()] == ["passed", "passed"]


def test_comfys_own_cloud_is_not_used_as_if_it_were_ones_own() -> None:
    found = generators(Home(("v2+https://cloud.comfy.org",)))[0]
    assert "money" in found.missing() and [one.state for one in found.check()] == ["failed"]
