"""Jobs from the command line: handed in, made, watched, steered, decided about, counted, pruned."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Said
from tests.jobs.small_shot import SmallShot


@pytest.fixture
def hand_in(command: Command, shot: SmallShot) -> Command:
    """`hand_in("--intent", "final")` puts a take of the shot into the queue."""

    def ask(*words: object) -> Said:
        base = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--show", "apollo", "--shot", "sh010")
        return command("regenerate", *base, "--queue", *words, "--json")

    return ask


def test_a_take_is_handed_in_made_by_a_worker_and_told(command: Command, hand_in: Command, tmp_path: Path) -> None:
    said = hand_in("--who", "ada")
    assert said.code == 0, said.out
    job = said.json["jobs"][0]
    assert (job["state"], job["position"], job["submission"]["who"]) == ("queued", 1, "ada")
    assert not list(tmp_path.glob("elements/rig/*.exr")), "nothing is made yet"
    assert "1 in the queue" in command("jobs").out
    assert command("worker", "--until-idle", "--json").json == {"ended": 1}
    watched = command("jobs", "watch", job["id"], "--json")
    assert watched.code == 0
    assert watched.json["job"]["state"] == "done"
    assert [event["state"] for event in watched.json["events"]][-1] == "done"
    shown = command("jobs", "show", job["id"])
    assert "rig  done" in shown.out
    assert "rig_v001.take.json" in shown.out
    assert command("verify", watched.json["job"]["take"]).code == 0
    assert [one["id"] for one in command("jobs", "list", "--json").json["jobs"]] == [job["id"]]
    assert command("jobs", "list", "--open").out == "there are no jobs\n"


def test_a_quote_says_what_would_be_made_and_what_answers_it(
    command: Command, hand_in: Command, shot: SmallShot
) -> None:
    words = ("quote", "regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--show",
             "apollo", "--shot", "sh010")  # fmt: skip
    assert command(*words, "--json").json["quote"]["frames_to_run"] == 3
    assert "3 frames to make" in command(*words).out
    hand_in()
    command("worker", "--until-idle")
    assert "rig_v001 answers it, for nothing" in command(*words).out
    assert hand_in().json["jobs"][0]["state"] == "done"


def test_a_queue_is_steered(command: Command, hand_in: Command) -> None:
    first = hand_in("--key", "one").json["jobs"][0]["id"]
    assert hand_in("--key", "one").json["jobs"][0]["id"] == first
    assert command("jobs", "pause", first, "--json").json["job"]["paused"] is True
    assert command("worker", "--until-idle", "--json").json == {"ended": 0}
    assert "paused" in command("jobs", "list").out
    assert command("jobs", "resume", first).code == 0
    assert command("jobs", "reorder", first, "7", "--json").json["job"]["state"] == "queued"
    assert command("jobs", "cancel", first, "--json").json["job"]["state"] == "cancelled"
    assert command("jobs", "watch", first).code == 130
    assert command("jobs", "retry", first, "--json").json["job"]["attempt"] == 2


def test_a_job_that_is_not_there_or_cannot_has_an_exit_code_of_its_own(command: Command, hand_in: Command) -> None:
    assert command("jobs", "show", "nothing").code == 8
    job = hand_in().json["jobs"][0]["id"]
    said = command("jobs", "retry", job, "--json")
    assert (said.code, said.json["error"]["code"]) == (8, "job_conflict")
    assert command("jobs", "approve", job, "--who", "ada").code == 8
    assert command("regenerate", "--plate", "x", "--matte", "y", "--accept-cost", "5 florins", "--queue").code == 2


def test_a_final_needs_an_approved_draft_and_the_ledger_tells_the_story(command: Command, hand_in: Command) -> None:
    hand_in()
    command("worker", "--until-idle")
    waits = hand_in("--intent", "final", "--anew").json["jobs"][0]
    assert waits["state"] == "waiting_for_approval"
    refused = command("jobs", "approve", waits["id"], "--who", "grace", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (9, "override_without_reason")
    assert command("takes", "approve", "rig_v001").code == 9, "a name has to stand under it"
    approved = command("takes", "approve", "rig_v001", "--who", "grace", "--note", "good edge", "--json")
    assert approved.json["take"]["approved_by"] == "grace"
    assert command("takes", "star", "rig_v001").code == 0
    assert "draft, by builtin, chosen, starred, approved by grace" in command("takes").out
    assert hand_in("--intent", "final", "--anew").json["jobs"][0]["state"] == "queued"
    told = command("ledger", "show", "--element", "rig").out
    assert "approve by grace: good edge" in told
    assert command("ledger", "show", "--job", waits["id"], "--json").json["entries"][0]["what"] == "asked"
    assert command("ledger", "verify", "--json").json["passed"] is True
    ledger = Path("elements/ledger.jsonl")
    ledger.write_text(ledger.read_text().replace("good edge", "fine edge"))
    said = command("ledger", "verify", "--json")
    assert said.code == 6
    assert {finding["code"] for finding in said.json["findings"]} == {"ledger_damaged", "approval_forged"}


def test_costs_are_told_as_text_json_and_csv_with_the_budgets(
    command: Command, hand_in: Command, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    budget = {"scope": "show", "name": "apollo", "limit": {"amount": "500", "currency": "USD"}}
    (home / "budgets.json").write_text(json.dumps([budget]))
    hand_in("--who", "=cmd()")
    assert "apollo/sh010: 0 USD spent" in command("costs", "--by", "shot").out
    assert "budget of show apollo: 500 left of 500 USD" in command("costs").out
    rows = list(csv.reader(io.StringIO(command("costs", "--by", "user", "--csv").out)))
    assert rows == [["user", "jobs", "currency", "spent", "reserved", "uncertain"], ["'=cmd()", "1", "USD", *"000"]]
    assert command("costs", "--json").json["budgets"][0]["left"] == {"amount": "500", "currency": "USD"}
    (home / "budgets.json").write_text("[{}]")
    assert command("costs", "--json").json["error"]["code"] == "budgets_unreadable"


def test_prune_shows_first_and_removes_exactly_that(command: Command, hand_in: Command, tmp_path: Path) -> None:
    for _ in range(4):
        hand_in("--anew")
    command("worker", "--until-idle")
    command("takes", "star", "rig_v001")
    (tmp_path / "elements" / ".jobs" / "gone" / "frames").mkdir(parents=True)
    (tmp_path / "elements" / ".jobs" / "gone" / "frames" / "x.exr").write_bytes(b"1234")
    shown = command("prune", "--keep", "1", "--json").json
    assert [item["name"] for item in shown["items"]] == ["rig_v002", "rig_v003", "gone"]
    assert len(list((tmp_path / "elements" / "rig").glob("*.take.json"))) == 4, "nothing is removed yet"
    command("takes", "star", "rig_v002")
    said = command("prune", "--keep", "1", "--confirm", shown["code"], "--json")
    assert (said.code, said.json["error"]["code"]) == (8, "prune_changed")
    code = command("prune", "--keep", "1", "--json").json["code"]
    assert command("prune", "--keep", "1", "--confirm", code, "--json").json["removed"] == ["rig_v003", "gone"]
    left = sorted(path.name for path in (tmp_path / "elements" / "rig").glob("*.take.json"))
    assert left == ["rig_v001.take.json", "rig_v002.take.json", "rig_v004.take.json"]
    assert not list((tmp_path / "elements" / "rig").glob("rig_v003*"))
    assert "pruned" in command("ledger", "show").out
    hand_in("--anew")
    command("worker", "--until-idle")
    assert command("takes", "list", "--json").json["takes"][-1]["version"] == 5, "a version is never used again"
    assert command("prune", "--keep", "9").out == "there is nothing to remove\n"
    assert command("verify", "elements").code == 0


def test_a_worker_that_is_told_to_end_gives_back_what_it_holds_and_goes(root: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": f"{root}/core:{os.environ.get('PYTHONPATH', '')}"}
    environment["PLATEWRIGHT_HOME"] = str(tmp_path / "home")
    worker = subprocess.Popen(
        [sys.executable, "-m", "platewright.cli", "worker", "--json"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stderr is not None
    assert worker.stderr.readline().startswith("working on ")
    time.sleep(0.5)
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate(timeout=90)
    assert worker.returncode == 0
    assert json.loads(out) == {"ended": 0}


def test_exports_that_no_take_and_no_job_needs_are_pruned_and_all_others_stay(
    command: Command, hand_in: Command, shot: SmallShot, tmp_path: Path
) -> None:
    sources = tmp_path / "elements" / ".sources" / "rig"
    for name in ("made", "waiting", "left", "young"):
        shutil.copytree(shot.folder, sources / name)
    hand_in("--plate", sources / "made" / "plate.####.exr", "--matte", sources / "made" / "matte.####.exr")
    command("worker", "--until-idle")
    hand_in("--plate", sources / "waiting" / "plate.####.exr", "--anew")
    long_ago = time.time() - 90 * 24 * 3600
    for folder in (sources / "made", sources / "waiting", sources / "left"):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (long_ago, long_ago))
    shown = command("prune", "--json").json
    assert [(item["kind"], item["name"]) for item in shown["items"]] == [("export", "rig/left")]
    assert command("prune", "--confirm", shown["code"], "--json").json["removed"] == ["rig/left"]
    assert sorted(one.name for one in sources.iterdir()) == ["made", "waiting", "young"]
    assert command("verify", tmp_path / "elements" / "rig" / "rig_v001.take.json").code == 0
