"""Finding and starting: what is believed of an endpoint file, which command is run, and with whose environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.client import starting
from platewright.client.finding import find_endpoint
from platewright.client.starting import engine_command, scrubbed, start_engine
from platewright.contract.endpoint import COMMAND_NAME, Endpoint, endpoint_file
from platewright.contract.errors import EngineError
from platewright.contract.mapper import canonical

GOOD = Endpoint(1234, "token", 5, 1, "0.1", "now")


def written(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = endpoint_file(folder)
    file.write_bytes(data)
    file.chmod(mode)
    return folder


def test_an_endpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert find_endpoint(written(tmp_path, canonical(GOOD))) == GOOD
    assert find_endpoint(tmp_path / "nowhere") is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_believed(tmp_path: Path, mode: int) -> None:
    assert find_endpoint(written(tmp_path, canonical(GOOD), mode)) is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "other", canonical(GOOD))
    (tmp_path / "s").mkdir()
    endpoint_file(tmp_path / "s").symlink_to(endpoint_file(tmp_path / "other"))
    assert find_endpoint(tmp_path / "s") is None


@given(st.one_of(st.binary(max_size=200), st.builds(lambda n: canonical(GOOD)[:n], st.integers(0, 100))))
def test_no_bytes_in_the_file_raise(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = find_endpoint(written(Path(folder), data))
    assert found is None or found == GOOD


@pytest.mark.parametrize("port, token", [(0, "t"), (70000, "t"), (1, "a\r\nEvil: 1"), (1, "ü")])
def test_values_that_would_harm_a_call_are_refused(tmp_path: Path, port: int, token: str) -> None:
    assert find_endpoint(written(tmp_path, canonical(Endpoint(port, token, 5, 1, "0.1", "now")))) is None


def test_the_host_s_own_variables_do_not_reach_the_engine_and_the_show_s_do(tmp_path: Path) -> None:
    host = {
        "PYTHONPATH": "/nuke/python", "PYTHONHOME": "/nuke", "PYTHONSTARTUP": "x", "LD_LIBRARY_PATH": "/nuke",
        "LD_PRELOAD": "/nuke/x.so", "DYLD_LIBRARY_PATH": "x", "QT_PLUGIN_PATH": "/nuke/qt", "QML2_IMPORT_PATH": "x",
        "NUKE_PATH": "/studio", "BLENDER_SYSTEM_SCRIPTS": "x", "VIRTUAL_ENV": "/x",
        "OCIO": "/show/config.ocio", "PLATEWRIGHT_HOME": "/home/a/pw", "PATH": os.environ["PATH"], "HOME": "/home/a",
        "LANG": "C.UTF-8", "SSL_CERT_FILE": "/etc/ca.pem",
    }  # fmt: skip
    program = tmp_path / "platewright"
    program.write_text(
        f"#!{sys.executable} -I\nimport json, os, sys\n"
        f"json.dump([dict(os.environ), sys.argv[1:], os.getcwd()], open({str(tmp_path / 'said')!r}, 'w'))"
    )
    program.chmod(0o755)
    start_engine(tmp_path / "state", (str(program),), host)
    environment, words, folder = json.loads((tmp_path / "said").read_text())
    assert words == ["engine", "run", "--detach", "--json"]
    assert folder == str(tmp_path / "state")
    assert not [name for name in environment if name.startswith(("LD_", "DYLD_", "QT_", "QML", "NUKE", "BLENDER"))]
    assert not {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"} & set(environment)
    assert {"OCIO", "PLATEWRIGHT_HOME", "HOME", "LANG", "SSL_CERT_FILE"} <= set(environment)


def test_the_command_is_the_variable_s_then_the_remembered_one_then_the_path_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "__file__", str(tmp_path / "a/b/c/d/e.py"))
    assert engine_command(tmp_path, {"PLATEWRIGHT_ENGINE": "/x/platewright"}) == ("/x/platewright",)
    with pytest.raises(EngineError) as caught:
        engine_command(tmp_path, {"PATH": ""})
    assert caught.value.code == "engine_not_installed"
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "platewright").write_text("#!/bin/sh\n")
    (bin_folder / "platewright").chmod(0o755)
    assert engine_command(tmp_path, {"PATH": str(bin_folder)}) == (str(bin_folder / "platewright"),)
    (tmp_path / COMMAND_NAME).write_text(json.dumps([sys.executable, "-m", "x"]))
    assert engine_command(tmp_path, {"PATH": str(bin_folder)}) == (sys.executable, "-m", "x")
    for bad in ("[", "{}", "[1]", "[]", '["/gone/platewright"]'):
        (tmp_path / COMMAND_NAME).write_text(bad)
        assert engine_command(tmp_path, {"PATH": str(bin_folder)}) == (str(bin_folder / "platewright"),)


def test_a_program_that_fails_at_once_is_told_with_where_to_look(tmp_path: Path) -> None:
    program = tmp_path / "platewright"
    program.write_text("#!/bin/sh\necho no library >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(EngineError) as caught:
        start_engine(tmp_path / "state", (str(program),), {})
    assert caught.value.code == "engine_start_failed"
    assert "no library" in caught.value.message


def test_scrubbing_keeps_every_variable_it_does_not_name() -> None:
    assert scrubbed({"A": "1", "PYTHONPATH": "x"}) == {"A": "1", "PYTHONNOUSERSITE": "1"}


LIFE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
begun = time.perf_counter()
import platewright.client.session
took = time.perf_counter() - begun
from pathlib import Path
from platewright.client.messages import Happened
from platewright.client.session import Session
from platewright.contract.jobs import Submission
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate, Regenerate, Request
state, command, plate, root = Path(sys.argv[2]), tuple(json.loads(sys.argv[3])), sys.argv[4], sys.argv[5]
session = Session("old host", state=state, command=command).open()
request = Request(Regenerate(), "rig", Plate(plate, FrameRange.parse("1001-1003")), prompt="0.1")
reply = session.submit(Submission(request, root, anew=True))
ended, until = "", time.monotonic() + 40
while not ended and time.monotonic() < until:
    for message in session.drain():
        if isinstance(message, Happened) and not message.event.state.is_open:
            ended = message.event.state.value
    time.sleep(0.01)
session.close()
print(json.dumps({"version": sys.version_info[:2], "ended": ended, "took": took, "numpy": "numpy" in sys.modules,
                  "failure": str(reply.failure)}))
"""


@pytest.mark.timeout(90)
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_whole_way_works_from_a_bare_python_of_a_host(
    root: Path, state: Path, shot: object, tmp_path: Path, python_of: Callable[[str], str], version: str
) -> None:
    command = json.dumps([sys.executable, str(root / "tests/fakes/quick_engine.py")])
    plate, out = getattr(shot, "plate"), str(tmp_path / "elements")  # noqa: B009
    done = subprocess.run(
        [python_of(version), "-I", "-S", "-B", "-c", LIFE, str(root / "core"), str(state), command, plate, out],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=80,
        env={**os.environ, "PLATEWRIGHT_HOME": str(state.parent), "PYTHONHOME": "/host", "LD_LIBRARY_PATH": "/host"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ended"] == "done", said
    assert not said["numpy"]


def test_the_client_imports_quickly_and_nothing_but_the_standard_library(
    root: Path, python_of: Callable[[str], str]
) -> None:
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); a = time.process_time()\n"
        "import platewright.client.session\n"
        "assert 'platewright.contract.jobs' not in sys.modules, 'nothing was asked for yet'\n"
        "print(time.process_time() - a, *sorted({n.partition('.')[0] for n in sys.modules}))"
    )
    took = []
    for _ in range(3):
        said = subprocess.check_output(
            [python_of("3.11"), "-I", "-S", "-c", code, str(root / "core")], text=True, env=dict(os.environ)
        )
        seconds, *loaded = said.split()
        took.append(float(seconds))
        assert set(loaded) - set(sys.stdlib_module_names) == {"platewright", "__main__"}
    assert min(took) < 0.15, "50 ms on an idle machine; see bench/engine.py"
