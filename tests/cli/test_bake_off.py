"""One request by several backends, or several times: a take of each, and a score to begin looking with."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot


def words_for(shot: SmallShot, *more: str) -> tuple[str, ...]:
    return ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", *more)


def test_each_backend_gets_a_job_of_its_own(command: Command, shot: SmallShot) -> None:
    said = command(
        *words_for(shot, "--backend", "mock,mock-clip", "--prompt", "a wall", "--accept-cost", "9XTS"), "--queue",
        "--key", "bake", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    jobs = said.json["jobs"]
    assert [job["submission"]["request"]["backend"] for job in jobs] == ["mock", "mock-clip"]
    assert len({job["id"] for job in jobs}) == 2


def test_several_takes_are_laid_side_by_side(command: Command, shot: SmallShot) -> None:
    said = command(*words_for(shot, "--takes", "2"))
    assert said.code == 0, said.err
    assert "rig_v001  builtin" in said.out and "rig_v002  builtin" in said.out and "takes approve" in said.out
    listed = command("takes", "list")
    assert listed.out.count("by builtin") == 2
    assert "takes approve" not in command(*words_for(shot, "--anew")).out


@pytest.mark.parametrize("names", ["mock,", "mock,mock", ","])
def test_a_list_that_names_none_or_one_twice_is_refused(command: Command, shot: SmallShot, names: str) -> None:
    said = command(*words_for(shot, "--backend", names, "--json"))
    assert said.code == 2 and said.json["error"]["code"] == "backend_unknown"
