"""A show's reference sets on the command line: entered, listed, and in a request with what allows their use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot
from tests.moving_shot import write_exr


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three looks, of any size; and a show's folder with rights beside them."""
    (tmp_path / "platewright.toml").write_text("")
    (tmp_path / "rights").mkdir()
    (tmp_path / "looks").mkdir()
    files = [tmp_path / "looks" / f"{name}.exr" for name in ("front", "side", "back")]
    for n, file in enumerate(files):
        write_exr(file, np.full((20, 30, 3), 0.1 * (n + 1), np.float32), ("R", "G", "B"), space="lin_rec709_scene")
    return files


def entered(command: Command, *words: object) -> None:
    said = command("references", "add", "anna", "--role", "identity", "--right", "own", "--who", "p-0900", *words)
    assert said.code == 0, said.err


def asked(command: Command, shot: SmallShot, *words: str, backend: str = "mock") -> dict[str, object]:
    said = command(
        "regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--backend", backend,
        "--prompt", "a wall", "--accept-cost", "9XTS", *words, "--queue", "--key", f"k{'-'.join(words)}", "--json",
    )  # fmt: skip
    return {"code": said.code, "err": said.err, **said.json}


def test_a_set_has_versions_and_each_holds_its_pictures_by_their_content(
    command: Command, pictures: list[Path]
) -> None:
    assert "no reference sets" in command("references").out
    entered(command, pictures[0])
    entered(command, *pictures[1:])
    told = command("references", "--json").json["sets"]
    assert [(one["name"], one["version"], len(one["pictures"])) for one in told] == [("anna", 1, 1), ("anna", 2, 2)]
    assert told[0]["pictures"][0]["path"] == "looks/front.exr", "so that a show can be moved"
    assert str(pictures[2]) in command("references", "show", "anna").out
    assert str(pictures[0]) in command("references", "show", "anna@1").out
    pictures[0].write_bytes(pictures[1].read_bytes())
    swapped = command("references", "show", "anna@1", "--json")
    assert swapped.code == 2 and swapped.json["error"]["code"] == "set_picture_changed"
    for name in ("anna@9", "anna@", "bob", "../anna@1"):
        unknown = command("references", "show", name, "--json")
        assert unknown.code == 2 and unknown.json["error"]["code"] == "set_unknown"


def test_a_request_carries_a_sets_pictures_with_their_right(
    command: Command, pictures: list[Path], shot: SmallShot
) -> None:
    entered(command, *pictures[:2])
    said = asked(command, shot, "--reference-set", "anna")
    assert said["code"] == 0, said["err"]
    (job,) = said["jobs"]  # type: ignore[misc]
    found = job["submission"]["request"]["references"]
    assert [(one["role"], one["pattern"], one["licence"], one["of_set"]) for one in found] == [
        ("identity", str(file), "own", "anna@1") for file in pictures[:2]
    ]


def test_what_a_backend_does_not_see_is_said_before_anything_is_handed_in(
    command: Command, pictures: list[Path], shot: SmallShot
) -> None:
    entered(command, *pictures)
    said = command(
        "quote", "regenerate", "--plate", shot.plate, "--matte", shot.matte, "--backend", "mock", "--reference-set",
        "anna",
    )  # fmt: skip
    assert "takes 2 of the 3 pictures" in said.out + said.err and "back.exr (anna@1)" in said.out + said.err
    for backend in ("builtin",):
        refused = asked(command, shot, "--reference", f"style={pictures[0]}", backend=backend)
        assert refused["code"] == 2 and refused["error"]["code"] == "reference_not_taken"  # type: ignore[index]
    odd = asked(command, shot, "--reference", f"mood={pictures[0]}")
    assert odd["error"]["code"] == "reference_role_unknown"  # type: ignore[index]


def test_a_set_that_was_revoked_is_not_taken(command: Command, pictures: list[Path], shot: SmallShot) -> None:
    entered(command, pictures[0])
    assert command("rights", "revoke", "anna-v001", "--reason", "withdrawn", "--who", "p-0900").code == 0
    said = asked(command, shot, "--reference-set", "anna")
    assert said["error"]["code"] == "set_not_active"  # type: ignore[index]
