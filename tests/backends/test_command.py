"""A program of a studio's own: the suite over a small one, no shell between, found again when its worker died."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.command import Command, Program, generators
from platewright.backends.home import Home
from platewright.contract.capabilities import Lengths, Sizes
from platewright.contract.errors import RequestError
from tests.suites.backends import BackendPromises, Case, intent_for, legal_inputs, send, wait

COPY = """
import pathlib, shutil, sys
frames, out, prompt = sys.argv[1:4]
pathlib.Path("prompt.txt").write_text(prompt)
for file in sorted(pathlib.Path(frames).iterdir()):
    shutil.copy(file, pathlib.Path(out) / file.name)
"""
SLEEP = "import time; time.sleep(600)"


def case_of(tmp_path: Path, source: str = COPY, **changes: object) -> Case:
    argv = (sys.executable, "-c", source, "{frames}", "{out}", "{prompt}", "{seed}", "{masks}")
    program = Program(argv, sizes=Sizes(8, 64, 256, best=64), lengths=Lengths(1, 8), **changes)  # type: ignore[arg-type]
    made = Command("copy", program, tmp_path / "work")
    return Case(made, legal_inputs(made.capabilities()))


class TestCommand(BackendPromises):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        return case_of(tmp_path)


def test_a_prompt_is_one_word_whatever_it_holds(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    prompt = "$(touch pwned); `id` {seed} '\" && rm -rf *"
    case = replace(case, inputs=replace(case.inputs, prompt=prompt))
    remote, _ = send(case)
    assert wait(case.generator, remote).state == "done"
    assert (tmp_path / "work" / remote / "prompt.txt").read_text() == prompt
    assert not list(tmp_path.rglob("pwned"))


def test_sixteen_bits_go_in_and_come_out(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    remote, _ = send(case)
    wait(case.generator, remote)
    case.generator.fetch(remote, tmp_path / "result")
    pixels = case.generator.pictures(tmp_path / "result", case.inputs)
    assert np.abs(pixels - case.inputs.frames).max() <= 0.5 / 65535 + 1e-7


def test_it_is_found_again_by_another_worker(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    remote, intent = send(case)
    other = case_of(tmp_path).generator
    assert other.find(intent) == remote and wait(other, remote).state == "done"


def test_a_program_that_runs_can_be_stopped(tmp_path: Path) -> None:
    case = case_of(tmp_path, SLEEP)
    remote, _ = send(case)
    assert case.generator.poll(remote).state == "running"
    case.generator.cancel(remote)
    assert wait(case.generator, remote).state == "cancelled"


@pytest.mark.parametrize(
    ("source", "within_s", "says"), [("raise SystemExit(3)", 60.0, "ended with 3"), (SLEEP, 0.2, "took too long")]
)
def test_a_program_that_fails_says_how(tmp_path: Path, source: str, within_s: float, says: str) -> None:
    case = case_of(tmp_path, source, within_s=within_s)
    status = wait(case.generator, send(case)[0])
    assert status.state == "failed" and status.failure is not None and says in status.failure.message


def test_a_runner_that_was_killed_is_no_endless_wait(tmp_path: Path) -> None:
    import os
    import signal

    case = case_of(tmp_path, SLEEP)
    remote, _ = send(case)
    os.killpg(int((tmp_path / "work" / remote / "started").read_text()), signal.SIGKILL)
    status = wait(case.generator, remote)
    assert status.state == "failed" and status.failure is not None and "died" in status.failure.message


def test_a_program_without_its_file_fails_and_says_so(tmp_path: Path) -> None:
    made = Command("gone", Program((str(tmp_path / "no-such-program"),)), tmp_path / "work")
    assert "no-such-program" in made.missing()
    case = Case(made, legal_inputs(made.capabilities()))
    body = made.prepare(case.request, case.inputs)
    assert wait(made, made.send(intent_for(case, body), body)).state == "failed"


def test_the_file_names_the_programs(tmp_path: Path) -> None:
    file = tmp_path / "commands.toml"
    file.write_text('[studio-fill]\nargv = ["/bin/true", "{out}"]\ntitle = "Fill"\nlengths = { most = 9 }\n')
    found = generators(Home(commands=file))
    assert [one.name for one in found] == ["command:studio-fill"]
    assert found[0].capabilities().title == "Fill" and found[0].capabilities().lengths.most == 9
    assert generators(Home(commands=tmp_path / "none.toml")) == ()


@pytest.mark.parametrize("text", ["[a", '[a]\nargv = "rm -rf /"', "[a]\nargv = []", '[a]\nargv = ["x"]\nshell = true'])
def test_a_file_that_is_wrong_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "commands.toml"
    file.write_text(text)
    with pytest.raises(RequestError) as caught:
        generators(Home(commands=file))
    assert caught.value.code == "commands_invalid"


SIGNALLED_AGAIN = """
import os, signal, sys
from platewright.backends import command_process

sent = []

def again(frame, event, _):
    while frame is not None and frame.f_code.co_name != "<lambda>":
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename == command_process.__file__ and len(sent) < 9:
        sent.append(event)
        os.kill(os.getpid(), signal.SIGTERM)

sys.setprofile(again)
command_process.main(sys.argv[1:])
"""


def test_a_second_signal_in_the_middle_of_the_first_does_not_hold_the_runner_up(tmp_path: Path) -> None:
    order = {"argv": [sys.executable, "-c", SLEEP], "within_s": 600.0}
    (tmp_path / "order.json").write_text(json.dumps(order))
    subprocess.run([sys.executable, "-c", SIGNALLED_AGAIN, str(tmp_path)], check=True, timeout=60)
    until = time.monotonic() + 90
    while not (tmp_path / "started").exists() and time.monotonic() < until:
        time.sleep(0.02)
    runner = int((tmp_path / "started").read_text())
    try:
        os.kill(runner, signal.SIGTERM)
        while not (tmp_path / "ended.json").exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert json.loads((tmp_path / "ended.json").read_text()) == {"code": -signal.SIGTERM}
    finally:
        with suppress(ProcessLookupError):
            os.killpg(runner, signal.SIGKILL)
