"""Every verb end to end on a tiny shot with the real operations: made, verified, looked at, traced; and the demo."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from platewright.imaging.reading import probe, read_frame
from platewright.jobs import run as jobs_run
from platewright.jobs.places import takes_at
from platewright.jobs.takes import TakeStore, load
from tests.cli.conftest import Command, Said
from tests.jobs.small_shot import write_exr

OPERATIONS = dict(jobs_run.OPERATIONS)
WIDTH, HEIGHT, FRAMES = 96, 64, range(1001, 1007)


@pytest.fixture
def real(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line with the real operations."""
    monkeypatch.setattr(jobs_run, "OPERATIONS", OPERATIONS)
    return command


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A shot laid out as the sample is: a pan over a wall under a sky, with a ball to remove, and another sky."""
    folder = tmp_path / "sample"
    for name in ("plate", "matte"):
        (folder / name).mkdir(parents=True)
    rng = np.random.default_rng(11)
    wall = rng.random((HEIGHT // 2 // 4, 40, 3), dtype=np.float32).repeat(4, 0).repeat(4, 1) * 0.3 + 0.05
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for number in FRAMES:
        step = number - FRAMES[0]
        pixels = np.empty((HEIGHT, WIDTH, 3), np.float32)
        pixels[: HEIGHT // 2] = np.linspace(0.9, 0.6, HEIGHT // 2)[:, None, None] * (0.5, 0.7, 1.0)
        pixels[HEIGHT // 2 :] = wall[:, step * 2 : step * 2 + WIDTH]
        ball = (rows - 44) ** 2 + (columns - 30 - 5 * step) ** 2 < 36
        pixels[ball] = (0.8, 0.05, 0.02)
        pixels += rng.normal(0, 0.003, pixels.shape).astype(np.float32)
        write_exr(folder / "plate" / f"plate.{number}.exr", pixels, ("R", "G", "B"))
        near = (rows - 44) ** 2 + (columns - 30 - 5 * step) ** 2 < 64
        write_exr(folder / "matte" / f"matte.{number}.exr", near[..., None].astype(np.float32), ("A",), space="")
    sky = np.broadcast_to(np.linspace(0.2, 2.0, 64)[:, None, None] * (1.0, 0.6, 0.4), (64, 128, 3))
    write_exr(folder / "new_sky.exr", sky, ("R", "G", "B"))
    return folder


def plate(sample: Path) -> str:
    return str(sample / "plate" / "plate.####.exr")


def matte(sample: Path) -> str:
    return str(sample / "matte" / "matte.####.exr")


def verified(real: Command, said: Said) -> None:
    for take in said.json["takes"]:
        checked = real("verify", take["record"], "--json")
        assert checked.code == 0, checked.out


def test_regenerate_fills_the_matte_and_nothing_else(real: Command, sample: Path, tmp_path: Path) -> None:
    words = ("--plate", plate(sample), "--matte", matte(sample), "--element", "ball", "--takes", "2", "--json")
    said = real("regenerate", *words)
    assert said.code == 0, said.out
    verified(real, said)
    differing = real("compare", plate(sample), said.json["takes"][0]["record"], "--json").json["comparison"]
    inside = read_frame(sample / "matte" / "matte.1001.exr", 1001, what="matte").pixels.sum()
    assert 0 < differing["frames"][0]["differing"] <= inside
    assert real("inspect", said.json["takes"][0]["record"], "--sheet", tmp_path / "sheet.png").code == 0
    traced = real("trace", said.json["takes"][0]["pattern"].replace("####", "1003"), "--in", "elements", "--json")
    assert traced.json["trace"]["exact"][0]["entry"]["frame"] == 1003


def test_extend_grows_the_data_window_and_on_request_the_format(real: Command, sample: Path) -> None:
    words = ("extend", "--plate", plate(sample), "--frames", "1001-1003", "--json")
    over = real(*words, "--left", "10%", "--element", "overscan")
    assert over.code == 0, over.out
    verified(real, over)
    patch = probe(Path(over.json["takes"][0]["pattern"].replace("####", "1001")))
    assert (patch.display_window.width, patch.data_window.x0) == (WIDTH, -10 - 1)
    wide = real(*words, "--to", "128x80", "--placement", "bottom-left", "--grow-display", "--element", "wide")
    assert wide.code == 0, wide.out
    verified(real, wide)
    display = probe(Path(wide.json["takes"][0]["pattern"].replace("####", "1001"))).display_window
    assert (display.width, display.height) == (128, 80)
    assert (display.x0, display.y0) == (0, -16)


@pytest.mark.parametrize("given", ["file", "procedural"])
def test_sky_replaces_what_is_behind_the_wall(real: Command, sample: Path, given: str) -> None:
    sky = str(sample / "new_sky.exr") if given == "file" else "procedural:sun=180/30,turbidity=3"
    words = ("sky", "--plate", plate(sample), "--sky", sky, "--frames", "1001-1003", "--relight", "0")
    said = real(*words, "--element", "evening", "--json")
    assert said.code == 0, said.out
    verified(real, said)
    record = load(takes_at(Path(said.json["takes"][0]["record"]))[0])
    assert record.request.references_for("sky") or given == "procedural"
    assert record.frames[0].changed_pixels > WIDTH * HEIGHT // 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--sky", "nowhere.exr"), None),
        (("--sky", "procedural:sun=up"), None),
        (("--sky", "procedural:sun=180/30,turbidity=3", "--relight", "2"), "sky_invalid"),
        (("--sky", "procedural:sun=180/30,turbidity=3", "--field-of-view", "0"), "sky_invalid"),
    ],
)
def test_a_sky_that_cannot_be_is_refused(
    real: Command, sample: Path, tmp_path: Path, words: tuple[str, ...], code: str | None
) -> None:
    said = real("sky", "--plate", plate(sample), *words, "--json")
    assert said.code == 2, said.out
    assert code is None or said.json["error"]["code"] == code
    assert not (tmp_path / "elements").exists()


def test_the_demo_makes_verifies_and_draws_and_the_second_run_only_verifies(
    real: Command, sample: Path, tmp_path: Path
) -> None:
    first = real("demo", "--sample", sample, "--out", "made", "--json")
    assert first.code == 0, first.out
    assert first.json["passed"] is True
    assert len(first.json["takes"]) == 3
    sheet = Path(first.json["sheet"])
    assert probe(sheet).data_window.width > 1000
    second = real("demo", "--sample", sample, "--out", "made")
    assert second.code == 0
    assert second.out.count("already made") == 3
    last = second.out.strip().splitlines()[-1]
    assert str(tmp_path / "made") in last
    assert "try next" in last
    assert len(TakeStore(tmp_path / "made").takes()) == 3
    write_exr(sample / "plate" / "plate.1003.exr", np.full((HEIGHT, WIDTH, 3), 0.3, np.float32), ("R", "G", "B"))
    third = real("demo", "--sample", sample, "--out", "made", "--json")
    assert {take["version"] for take in third.json["takes"]} == {2}, "another plate, so other takes"


def test_without_the_sample_the_demo_says_how_to_get_it(
    real: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = real("demo", "--sample", tmp_path / "nothing", "--json")
    assert said.code == 2
    assert said.json["error"]["hint"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_on_the_sample_shot_makes_three_takes_that_hold(real: Command, root: Path, tmp_path: Path) -> None:
    """On the half of its frames from the middle on: all of them take a minute, with the machine to themselves."""
    sample, half = root / "sample", tmp_path / "half"
    if not (sample / "plate").is_dir():
        pytest.skip("the sample shot is not in this checkout")
    for name in ("plate", "matte"):
        (half / name).mkdir(parents=True)
        frames = sorted((sample / name).glob(f"{name}.*.exr"))
        for frame in frames[len(frames) // 2 :]:
            shutil.copy(frame, half / name)
    for name in ("new_sky.exr", "shot.json"):
        shutil.copy(sample / name, half)
    said = real("demo", "--sample", half, "--out", "made", "--json")
    assert said.code == 0, said.out
    assert [take["element"] for take in said.json["takes"]] == ["object_removal", "wider", "sky"]
    assert all(take["state"] == "passed" for take in said.json["verified"])
    assert Path(said.json["sheet"]).is_file()
