"""Logs: lines that can be followed, about one job, without a secret, in files that don't grow for ever."""

from __future__ import annotations

import json
import logging
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.logs.files import log_to
from platewright.logs.lines import JsonLines, about_job
from platewright.logs.redaction import MASK, mask, redacted


def line(message: str = "says", **said: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "platewright.test", "levelname": "INFO", "msg": message, **said})
    found: dict[str, object] = json.loads(JsonLines("engine").format(record))
    return found


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.captureWarnings(False)


def test_a_line_says_when_who_what_and_about_which_job() -> None:
    with about_job("job-7"):
        found = line("made %s frames", args=(3,), worker="worker-1", seconds=0.5, odd=float("nan"))
    assert found["says"] == "made 3 frames"
    assert found["job"] == "job-7"
    assert (found["process"], found["level"], found["from"]) == ("engine", "info", "platewright.test")
    assert (found["worker"], found["seconds"], found["odd"]) == ("worker-1", 0.5, "nan")
    assert str(found["at"]).endswith("Z")
    assert "job" not in line()
    assert line(job="job-8")["job"] == "job-8"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer S3cretS3cret",
        "https://a.example/x?api_key=S3cretS3cret&y=2",
        "https://ada:S3cretS3cret@host/db",
        "postgresql://ada:S3cretS3cret@host/db",
        '{"token": "S3cretS3cret"}',
        "PLATEWRIGHT_PIN=S3cretS3cret",
        "password: S3cretS3cret",
        "X-Amz-Signature=S3cretS3cret",
        "-----BEGIN PRIVATE KEY-----\nS3cretS3cret\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nS3cretS3cret",
    ],
)
def test_what_has_the_shape_of_a_secret_is_masked(text: str) -> None:
    assert "S3cretS3cret" not in redacted(text)
    assert "S3cretS3cret" not in json.dumps(line(text))
    assert "S3cretS3cret" not in json.dumps(line("%s", args=(text,), other=text))


@pytest.mark.parametrize("sign", ["x", "token", "a:", "://a", "-----BEGIN ", "bearer ", "pin=", "é "])
def test_no_text_keeps_the_log_busy(sign: str) -> None:
    begun = time.process_time()
    line(sign * (200_000 // len(sign)))
    assert time.process_time() - begun < 1


def test_a_known_secret_is_masked_wherever_it_turns_up_the_trace_included() -> None:
    mask("hunter2hunter2")
    try:
        raise ValueError("it was hunter2hunter2")
    except ValueError as error:
        found = line("failed", exc_info=(type(error), error, error.__traceback__), path="/a/hunter2hunter2/b")
    assert "hunter2" not in json.dumps(found)
    assert MASK in str(found["trace"])
    assert line(token="abcdefgh")["token"] == MASK


@given(st.text(max_size=60))
def test_any_text_becomes_one_line_of_json(text: str) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "levelname": "INFO"})
    said = JsonLines("engine").format(record)
    assert "\n" not in said
    assert said.isascii()
    json.loads(said)


def test_files_are_set_aside_when_full_kept_few_and_the_owner_s_alone(tmp_path: Path) -> None:
    path = log_to(tmp_path, "engine", "info", megabytes=1, files=2)
    log = logging.getLogger("platewright.test")
    for _ in range(1200):
        log.info("frame by frame " * 250)
    log.debug("not worth a line")
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["engine.jsonl", "engine.jsonl.1", "engine.jsonl.2"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(file.stat().st_size <= 1 << 20 for file in files)
    for text in files[1].read_text().splitlines():
        json.loads(text)
    assert "not worth" not in path.read_text()


def test_a_log_that_cannot_be_written_costs_lines_and_never_the_work(tmp_path: Path) -> None:
    path = log_to(tmp_path, "engine")
    path.mkdir()
    logging.getLogger("platewright.test").warning("lost")
    assert path.is_dir()


def test_logging_anew_takes_the_place_of_the_file_before(tmp_path: Path) -> None:
    first = log_to(tmp_path / "a", "engine")
    second = log_to(tmp_path / "b", "engine")
    logging.getLogger("platewright.test").warning("once")
    assert not first.exists()
    assert second.read_text().count("once") == 1
