"""The program itself: help, version, options, errors, and one JSON document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from platewright import __version__
from platewright.cli.program import VERBS
from tests.cli.conftest import Command


def test_every_verb_has_help_that_ends_with_an_example(command: Command) -> None:
    for verb in VERBS:
        said = command(verb, "--help")
        assert said.code == 0
        assert f"platewright {verb} " in said.out.split("example:")[1]
        assert "--json" in said.out


def test_the_program_lists_every_verb_and_its_version(command: Command) -> None:
    said = command("--help")
    assert said.code == 0
    assert all(verb in said.out for verb in VERBS)
    assert command("--version").out == f"platewright {__version__}\n"


@pytest.mark.parametrize(
    "words", [(), ("paint",), ("verify",), ("verify", "x", "--nonsense"), ("verify", "x", "--threads", "-1")]
)
def test_a_mistyped_command_says_so_in_one_sentence_with_a_hint(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "hint: " in said.err
    assert "Traceback" not in said.err


def test_an_error_with_json_is_one_document(command: Command, tmp_path: Path) -> None:
    said = command("verify", tmp_path / "nothing", "--json")
    assert said.code == 3
    assert said.json["error"]["code"] == "take_not_found"
    assert said.json["error"]["hint"]
    assert said.err == ""
    assert command("verify", "--json").json["error"]["code"] == "usage"


def test_a_mistake_of_ours_shows_no_traceback_unless_asked(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platewright.jobs import signed_things

    def broken(path: Path) -> tuple[object, ...]:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(signed_things, "signed_at", broken)
    said = command("verify", tmp_path)
    assert said.code == 70
    assert "ZeroDivisionError: of ours" in said.err
    assert "report" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in command("verify", tmp_path, "--debug").err


def test_a_record_cannot_steer_the_terminal(command: Command, made: Path) -> None:
    made.write_bytes(made.read_bytes().replace(b'"message":"everything', b'"message":"\\u001b[2Jeverything'))
    said = command("inspect", made)
    assert "everything is grey" in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize("name", ["caf\udce9.####.exr", "a\0b.exr"])
def test_a_path_that_is_no_text_is_refused(command: Command, name: str) -> None:
    said = command("compare", name, name, "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "path_not_text")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from platewright.cli.program import build_parser; build_parser();"
        "print(sorted({'numpy', 'cv2', 'numba', 'OpenImageIO', 'c2pa'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert said.stdout == "[]\n"


def test_a_reader_that_goes_away_causes_no_traceback(made: Path) -> None:
    command = [sys.executable, "-m", "platewright.cli", "inspect", str(made)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1)


def test_errors_of_a_real_process_have_their_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "platewright.cli", "verify", str(tmp_path), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    assert said.returncode == 3
    assert json.loads(said.stdout)["error"]["code"] == "take_not_found"


def _environment() -> dict[str, str]:
    import os

    import platewright

    return {**os.environ, "PYTHONPATH": str(Path(platewright.__file__).parents[1])}
