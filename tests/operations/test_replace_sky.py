"""`replace_sky` end to end over real files: exact where nothing is asked, free of the old sky, steady, and clear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numba
import numpy as np
import pytest

from platewright.contract.errors import MatteError, PlateError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Reference, ReplaceSky, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.operations import replace_sky
from platewright.operations.outcome import Outcome
from platewright.operations.replace_sky import run
from platewright.synthesis.sky_camera import Lens
from platewright.synthesis.sky_matte import SkyMatte, estimate
from tests import moving_shot
from tests.operations.folder import Folder
from tests.synthesis.skies import GROUND, HEIGHT, WIDTH, Picture, clear_sky, composite, hills, textured, wires

WINDOW = Box(0, 0, WIDTH, HEIGHT)
CLEAR = "procedural:sun=40/30,turbidity=3"


def write_exr(path: Path, pixels: np.ndarray) -> None:
    """Write a plate or sky (h, w, 3), or a matte (h, w)."""
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    channels = ("R", "G", "B") if planes.shape[2] == 3 else ("A",)
    moving_shot.write_exr(path, planes, channels, space="lin_rec709_scene")


def picture(seed: int = 1, thickness: float = 2.0) -> Picture:
    return composite(clear_sky(), textured(), np.maximum(hills(), wires(thickness=thickness)), 0.006, seed)


def request_for(folder: Path, frames: str = "1001-1002", sky: str = CLEAR, **changes: object) -> Request:
    settings = {name: changes.pop(name) for name in ("relight", "haze", "grain", "horizon", "form") if name in changes}
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(frames))
    request = Request(ReplaceSky(sky=sky, **{"relight": 0.0, **settings}), "sky", plate, seed=3)  # type: ignore[arg-type]
    return replace(request, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shot")
    for i in range(2):
        frame = picture(seed=i)
        write_exr(folder / f"plate.{1001 + i}.exr", frame.plate.astype(np.float16))
        write_exr(folder / f"matte.{1001 + i}.exr", frame.alpha.astype(np.float16))
    return folder


def opened(folder: Path, outcome: Outcome, index: int = 0) -> dict[str, np.ndarray]:
    """A patch's channels over the plate's window, 0 outside the patch."""
    record = outcome.frames[index]
    patch = read_frame(folder / record.file.name, record.number)
    window = patch.data_window
    out = {}
    for name in patch.channels:
        whole = np.zeros((HEIGHT + 2, WIDTH + 2), np.float32)
        whole[window.y0 + 1 : window.y1 + 1, window.x0 + 1 : window.x1 + 1] = patch.channel(name)
        out[name] = whole[1:-1, 1:-1]
    return out


def plate_of(folder: Path, number: int = 1001) -> np.ndarray:
    return read_frame(folder / f"plate.{number}.exr", number).rgb()


def test_without_relight_the_solid_foreground_is_not_in_the_patch_at_all(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot), Folder(tmp_path), Silent())
    patch = opened(tmp_path, outcome)
    assert set(np.unique(patch["A"])) == {0.0, 1.0}
    assert (patch["A"][patch["sky.A"] == 0] == 0).all()
    assert (patch["A"][int(0.85 * HEIGHT) :] == 0).all()
    assert patch["A"][:20].min() == 1
    assert outcome.frames[0].untouched_pixels == int((patch["A"] == 0).sum())


def test_the_patch_is_finite_and_its_border_is_open(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot, relight=1.0), Folder(tmp_path), Silent())
    patch = read_frame(tmp_path / outcome.frames[0].file.name, 1001)
    assert np.isfinite(patch.rgb()).all()
    alpha = patch.channel("A")
    assert patch.data_window.x0 == -1 and patch.data_window.y1 == HEIGHT + 1
    assert alpha[0].max() == alpha[-1].max() == alpha[:, 0].max() == alpha[:, -1].max() == 0


def test_the_comp_of_a_wire_holds_nothing_of_the_old_blue(shot: Path, tmp_path: Path) -> None:
    """Before an overcast grey sky the wires must be grey to brown, no bluer than the ground or the new sky."""
    outcome = run(
        request_for(shot, sky="procedural:sun=0/40,overcast=1", grain=False, haze=0.0), Folder(tmp_path), Silent()
    )
    patch = opened(tmp_path, outcome)
    rim = (patch["sky.A"] > 0.2) & (patch["sky.A"] < 0.8)
    assert int(rim.sum()) > 300
    blue_over_red = np.median(patch["B"][rim] / np.maximum(patch["R"][rim], 1e-3))
    new = np.median(patch["newsky.blue"][rim] / patch["newsky.red"][rim])
    assert blue_over_red < 1.08 * max(new, float(GROUND[2] / GROUND[0]))
    old = plate_of(shot)
    assert np.median(old[rim, 2] / old[rim, 0]) > 1.3 * blue_over_red


def test_a_given_matte_is_obeyed_to_the_pixel(shot: Path, tmp_path: Path) -> None:
    request = request_for(shot, matte=Matte(str(shot / "matte.####.exr")))
    outcome = run(request, Folder(tmp_path), Silent())
    patch, matte = opened(tmp_path, outcome), read_frame(shot / "matte.1001.exr", 1001).rgb()[..., 0]
    assert ((patch["A"] > 0) == (matte > 0)).all()
    assert np.abs(patch["sky.A"] - matte).max() < 1e-3
    assert outcome.frames[0].matte is not None and outcome.frames[0].confidence == 1.0


def test_the_layers_can_be_balanced_again_from_the_data_channels(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot, grain=False), Folder(tmp_path), Silent())
    patch = opened(tmp_path, outcome)
    clear = patch["sky.A"] == 1
    for colour, name in (("R", "red"), ("G", "green"), ("B", "blue")):
        assert np.abs(patch[colour] - patch[f"newsky.{name}"])[clear].max() < 2e-3


def test_relight_changes_the_foreground_by_a_stop_at_most_and_keeps_black(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot, relight=1.0, sky="procedural:sun=0/5,turbidity=6"), Folder(tmp_path), Silent())
    patch, old = opened(tmp_path, outcome), plate_of(shot)
    ground = patch["sky.A"] == 0
    assert patch["A"].min() == 1
    gain = patch["G"][ground] / np.maximum(old[..., 1][ground], 1e-3)
    assert gain.min() > 2**-1.75 and gain.max() < 2**1.75
    assert abs(float(np.median(gain)) - 1) > 0.02
    assert outcome.frames[0].shares.plate > 0.2


def test_a_lat_long_and_a_plain_picture_are_taken_as_given(shot: Path, tmp_path: Path) -> None:
    sphere = np.full((64, 128, 3), (0.2, 0.3, 0.9), np.float32)
    plain = np.full((90, 160, 3), (0.9, 0.4, 0.1), np.float32)
    for name, colour, source in (("sphere", (0.2, 0.3, 0.9), sphere), ("plain", (0.9, 0.4, 0.1), plain)):
        write_exr(tmp_path / f"{name}.exr", source)
        request = request_for(shot, "1001", sky="", haze=0.0, grain=False)
        request = replace(request, references=(Reference("sky", str(tmp_path / f"{name}.exr")),))
        outcome = run(request, Folder(tmp_path / name), Silent())
        patch = opened(tmp_path / name, outcome)
        inner = patch["sky.A"] == 1
        assert np.abs(patch["R"][inner] - colour[0]).max() < 2e-3 and np.abs(patch["B"][inner] - colour[2]).max() < 2e-3
        assert outcome.frames[0].shares.given > 0.9 and outcome.references[0][0].name == f"{name}.exr"


def test_a_picture_of_a_panoramas_shape_is_flat_where_that_is_said_and_else_told_to_be_guessed(
    shot: Path, tmp_path: Path
) -> None:
    """Blue above and red in the lowest twelfth: a sphere's horizon is in the blue, a flat picture's in the red."""
    picture = np.full((96, 192, 3), (0.1, 0.2, 0.9), np.float32)
    picture[88:] = (0.9, 0.1, 0.1)
    write_exr(tmp_path / "wide.exr", picture)
    red: dict[str, float] = {}
    for form, told in (("auto", True), ("panorama", False), ("flat", False)):
        request = request_for(shot, "1001", sky="", haze=0.0, grain=False, form=form)
        request = replace(request, references=(Reference("sky", str(tmp_path / "wide.exr")),))
        outcome = run(request, Folder(tmp_path / form), Silent())
        assert ("sky_taken_for_a_sphere" in {one.code for one in outcome.findings}) == told
        patch = opened(tmp_path / form, outcome)
        red[form] = float(patch["R"][patch["sky.A"] == 1].max())
    assert red["auto"] == red["panorama"] < 0.15 and red["flat"] > 0.8


def test_a_sequence_plays_behind_the_foreground_frame_by_frame(shot: Path, tmp_path: Path) -> None:
    for number, level in ((1001, 0.2), (1002, 0.7)):
        write_exr(tmp_path / f"clouds.{number}.exr", np.full((90, 160, 3), level, np.float32))
    request = request_for(shot, sky="", haze=0.0, grain=False)
    request = replace(request, references=(Reference("sky", str(tmp_path / "clouds.####.exr")),))
    outcome = run(request, Folder(tmp_path / "out"), Silent())
    for index, level in enumerate((0.2, 0.7)):
        patch = opened(tmp_path / "out", outcome, index)
        assert np.abs(patch["G"][patch["sky.A"] == 1] - level).max() < 2e-3
    assert [file.name for file in outcome.references[0]] == ["clouds.1001.exr", "clouds.1002.exr"]


def test_a_sequence_that_is_too_short_is_a_clear_error_with_the_frame(shot: Path, tmp_path: Path) -> None:
    for number in (1000, 1001):
        write_exr(tmp_path / f"clouds.{number}.exr", np.full((90, 160, 3), 0.2, np.float32))
    request = request_for(shot, sky="")
    request = replace(request, references=(Reference("sky", str(tmp_path / "clouds.####.exr")),))
    with pytest.raises(PlateError) as caught:
        run(request, Folder(tmp_path / "out"), Silent())
    assert caught.value.frame == 1002 or "1002" in caught.value.message


def test_the_sun_of_an_hdri_stays_finite_and_lights_the_shot_by_a_stop_at_most(shot: Path, tmp_path: Path) -> None:
    sphere = np.full((256, 512, 3), (0.3, 0.4, 0.6), np.float32)
    sphere[80:84, 254:258] = 200_000.0  # a measured sun, brighter than a half float can hold
    sphere[0, 0] = np.nan
    write_exr(tmp_path / "day.exr", sphere)
    request = request_for(shot, "1001", sky="", relight=1.0)
    request = replace(request, references=(Reference("sky", str(tmp_path / "day.exr")),))
    outcome = run(request, Folder(tmp_path / "out"), Silent())
    patch, old = opened(tmp_path / "out", outcome), plate_of(shot)
    assert all(np.isfinite(channel).all() for channel in patch.values())
    ground = patch["sky.A"] == 0
    gain = patch["G"][ground] / np.maximum(old[..., 1][ground], 1e-3)
    assert gain.min() > 2**-1.75 and gain.max() < 2**1.75


def test_the_new_sky_has_the_plate_s_grain(shot: Path, tmp_path: Path) -> None:
    """Between the clouds of a flat new sky there is as much grain as in the old one, at its brightness."""
    write_exr(tmp_path / "flat.exr", np.full((90, 160, 3), 0.5, np.float32))
    request = request_for(shot, "1001", sky="", haze=0.0)
    request = replace(request, references=(Reference("sky", str(tmp_path / "flat.exr")),))
    outcome = run(request, Folder(tmp_path / "out"), Silent())
    patch = opened(tmp_path / "out", outcome)
    inner = cv2.erode((patch["sky.A"] == 1).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    expected = 0.006 * np.sqrt(0.5)  # what `picture` lays on its plate
    assert 0.7 * expected < patch["G"][inner].std() < 1.4 * expected


def test_under_a_given_matte_the_grain_is_the_old_sky_s_and_no_rough_ground_s(tmp_path: Path) -> None:
    """Nor is the new sky blamed for having less of it than the ground has texture."""
    fine = cv2.resize(np.random.default_rng(3).standard_normal((HEIGHT // 3, WIDTH // 3)), (WIDTH, HEIGHT))
    front = np.broadcast_to(0.8 * np.exp(0.15 * fine)[..., None], (HEIGHT, WIDTH, 3)).astype(np.float32)
    house = hills()
    house[120:, 250:400] = 1
    frame = composite(clear_sky(), front, house, 0.006)
    write_exr(tmp_path / "plate.1001.exr", frame.plate.astype(np.float16))
    write_exr(tmp_path / "matte.1001.exr", frame.alpha.astype(np.float16))
    matte = Matte(str(tmp_path / "matte.####.exr"))
    request = request_for(tmp_path, "1001", sky="procedural:sun=0/40,overcast=1", haze=0.0, matte=matte)
    outcome = run(request, Folder(tmp_path / "o"), Silent())
    patch = opened(tmp_path / "o", outcome)
    inner = cv2.erode((patch["sky.A"] == 1).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    laid = (patch["G"] - patch["newsky.green"])[inner]
    expected = 0.006 * np.sqrt(np.median(patch["newsky.green"][inner]))
    assert 0.7 * expected < laid.std() < 1.4 * expected
    assert outcome.frames[0].measures["grain_match"] < 0.5  # type: ignore[operator]
    assert "grain_missing" not in {finding.code for finding in outcome.findings}


def test_a_frame_is_no_surer_than_the_one_it_follows_and_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first matte is a guess, the second by itself is not: its label is the first one's, and so is the doubt."""
    wide = picture(seed=5).plate
    draw = np.random.default_rng(3)
    wide[: HEIGHT // 2] *= (
        1 + 0.25 * cv2.resize(draw.standard_normal((12, 24)).astype(np.float32), (WIDTH, HEIGHT // 2))
    )[..., None]
    for i in range(2):
        write_exr(tmp_path / f"plate.{1001 + i}.exr", wide)

    def doubting(rgb: np.ndarray, prior: np.ndarray | None = None, horizon: float | None = None) -> SkyMatte:
        return replace(estimate(rgb, prior=prior, horizon=horizon), confidence=0.6 if prior is None else 0.95)

    monkeypatch.setattr(replace_sky, "estimate", doubting)
    outcome = run(request_for(tmp_path), Folder(tmp_path / "out"), Silent())
    assert [f.frame for f in outcome.findings if f.code == "sky_matte_uncertain"] == [1001]
    assert [record.measures["sky_matte_confidence"] for record in outcome.frames] == [0.6, 0.6]


def test_the_sky_moves_as_the_plate_does(tmp_path: Path) -> None:
    """A pan over a still world: the new sky's marks must follow the ridge's."""
    lens = Lens.of(WINDOW, 48.0)
    draw = np.random.default_rng(3)
    marks = cv2.GaussianBlur((draw.random((256, 512)) > 0.995).astype(np.float32) * 40, (0, 0), 1.2)
    write_exr(tmp_path / "marks.exr", np.repeat((0.3 + marks)[..., None], 3, 2))
    wide = picture(seed=5).plate
    wide[: HEIGHT // 2] *= (
        1 + 0.25 * cv2.resize(draw.standard_normal((12, 24)).astype(np.float32), (WIDTH, HEIGHT // 2))
    )[..., None]
    angle = np.radians(1.5)
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    moved = lens.moved(turn)
    write_exr(tmp_path / "plate.1001.exr", wide)
    write_exr(
        tmp_path / "plate.1002.exr", cv2.warpPerspective(wide, moved, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    )
    request = request_for(tmp_path, sky="", haze=0.0, grain=False)
    operation = replace(request.operation, field_of_view=48.0)  # type: ignore[call-arg]
    request = replace(request, operation=operation, references=(Reference("sky", str(tmp_path / "marks.exr")),))
    outcome = run(request, Folder(tmp_path / "out"), Silent())
    first, second = (opened(tmp_path / "out", outcome, i)["newsky.green"] for i in range(2))
    expected = cv2.warpPerspective(first, moved, (WIDTH, HEIGHT))
    inner = (slice(10, 100), slice(60, WIDTH - 60))
    away = [float(np.abs(np.roll(expected, by, axis=1)[inner] - second[inner]).mean()) for by in (-1, 0, 1)]
    assert away[1] < 0.4 * min(away[0], away[2])  # less than half a pixel off


def test_the_sky_is_the_same_on_one_thread_and_on_two(shot: Path, tmp_path: Path) -> None:
    threads, kernels = cv2.getNumThreads(), numba.get_num_threads()
    hashes = []
    try:
        for count in (1, 2):
            cv2.setNumThreads(count)
            numba.set_num_threads(min(count, kernels))
            outcome = run(request_for(shot, relight=0.5), Folder(tmp_path / str(count)), Silent())
            hashes.append([record.file.sha256 for record in outcome.frames])
    finally:
        cv2.setNumThreads(threads)
        numba.set_num_threads(kernels)
    assert hashes[0] == hashes[1]


def test_an_empty_matte_is_a_clear_error_with_the_frame(shot: Path, tmp_path: Path) -> None:
    for number in (1001, 1002):
        write_exr(tmp_path / f"empty.{number}.exr", np.zeros((HEIGHT, WIDTH), np.float16))
    with pytest.raises(MatteError) as caught:
        run(request_for(shot, matte=Matte(str(tmp_path / "empty.####.exr"))), Folder(tmp_path / "out"), Silent())
    assert caught.value.code == "matte_empty" and caught.value.frame == 1001


def test_a_plate_without_sky_is_a_clear_error_with_the_frame(tmp_path: Path) -> None:
    write_exr(tmp_path / "plate.1001.exr", np.full((HEIGHT, WIDTH, 3), 0.2, np.float16))
    with pytest.raises(MatteError) as caught:
        run(request_for(tmp_path, "1001"), Folder(tmp_path / "out"), Silent())
    assert caught.value.code == "sky_not_found" and caught.value.frame == 1001 and caught.value.hint


def test_broken_pixels_in_the_sky_are_refused_and_elsewhere_left_alone(tmp_path: Path) -> None:
    frame = picture().plate.astype(np.float16)
    frame[HEIGHT - 10, 30] = np.nan
    write_exr(tmp_path / "plate.1001.exr", frame)
    outcome = run(request_for(tmp_path, "1001", relight=1.0), Folder(tmp_path / "fine"), Silent())
    assert opened(tmp_path / "fine", outcome)["A"][HEIGHT - 10, 30] == 0
    matte = picture().alpha.astype(np.float16)
    frame[10, 10] = np.inf
    write_exr(tmp_path / "plate.1001.exr", frame)
    write_exr(tmp_path / "matte.1001.exr", matte)
    request = request_for(tmp_path, "1001", matte=Matte(str(tmp_path / "matte.####.exr")))
    with pytest.raises(PlateError) as caught:
        run(request, Folder(tmp_path / "bad"), Silent())
    assert caught.value.code == "plate_not_finite" and caught.value.frame == 1001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sky": ""}, "sky_missing"),
        ({"sky": "procedural:sun=1"}, "sky_invalid"),
        ({"relight": 2.0}, "setting_out_of_range"),
        ({"haze": -1.0}, "setting_out_of_range"),
        ({"references": (Reference("sky", "nowhere.exr"),)}, "sky_ambiguous"),
        ({"references": (Reference("clean_plate", "nowhere.exr"),)}, "reference_role_unknown"),
    ],
)
def test_a_request_that_means_nothing_is_refused_with_its_code(
    shot: Path, tmp_path: Path, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(PlatewrightError) as caught:
        run(request_for(shot, **changes), Folder(tmp_path), Silent())  # type: ignore[arg-type]
    assert isinstance(caught.value, RequestError) and caught.value.code == code


def test_a_shot_whose_sky_leaves_the_picture_goes_on_with_a_note(tmp_path: Path) -> None:
    write_exr(tmp_path / "plate.1001.exr", picture().plate)
    write_exr(tmp_path / "plate.1002.exr", np.full((HEIGHT, WIDTH, 3), 0.2, np.float32))
    outcome = run(request_for(tmp_path), Folder(tmp_path / "out"), Silent())
    assert "sky_absent" in [finding.code for finding in outcome.findings]
    assert outcome.frames[1].changed_pixels == 0
