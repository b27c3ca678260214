"""The exemplar fill: known pixels stay, what is made up comes from the picture, whatever the hole looks like."""

from __future__ import annotations

import cv2
import numba
import numpy as np
import pytest

from platewright.contract.errors import SynthesisError
from platewright.synthesis import exemplar, exemplar_search, guidance, membrane
from platewright.synthesis.exemplar import Synthesis, synthesise, warm
from platewright.synthesis.patch_field import PatchField
from platewright.synthesis.pyramid import Level
from tests.synthesis import slanted
from tests.synthesis.slanted import Camera, decibels, without

_Array = np.ndarray


def _texture(height: int, width: int, seed: int = 3) -> _Array:
    """Stripes, blotches and grain: something that patches can be told apart by."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    tone = 0.45 + 0.15 * np.sin(x / 3) + 0.1 * np.sin(y / 5 + x / 11)
    return (np.dstack([tone, tone * 0.8, 0.9 - tone]) + 0.01 * rng.normal(size=(height, width, 3))).astype(np.float32)


def _hole(shape: tuple[int, int], rows: slice, columns: slice) -> _Array:
    known = np.ones(shape, np.bool_)
    known[rows, columns] = False
    return known


def _bricks(height: int, width: int) -> _Array:
    """A wall in running bond with bright joints and grain."""
    y, x = np.mgrid[0:height, 0:width]
    joint = (y % 16 < 2) | ((x + (y // 16 % 2) * 18) % 36 < 2)
    wall = np.where(joint, 0.7, 0.42)[..., None] * np.array([1.0, 0.8, 0.6])
    return np.asarray(wall + 0.01 * np.random.default_rng(1).normal(size=(height, width, 3)), np.float32)


def _fill(picture: _Array, known: _Array, **options: object) -> Synthesis:
    """Fill with rubbish in the hole, and check what must hold for every fill."""
    dirty = picture.copy()
    dirty[~known] = np.nan
    made = synthesise(dirty, known, seed=5, **options)  # type: ignore[arg-type]
    assert made.picture[known].tobytes() == picture[known].tobytes()
    assert np.isfinite(made.picture[~known]).all()
    assert not made.offsets[known].any()
    assert (made.confidence[known] == 1).all()
    assert ((made.confidence >= 0) & (made.confidence <= 1)).all()
    return made


def _taken_from(made: Synthesis, known: _Array) -> tuple[_Array, _Array]:
    rows, columns = np.nonzero(~known)
    return rows + made.offsets[rows, columns, 1], columns + made.offsets[rows, columns, 0]


HOLES = {
    "middle": (slice(30, 60), slice(40, 80)),
    "one pixel": (slice(44, 45), slice(60, 61)),
    "smaller than a patch": (slice(44, 48), slice(60, 63)),
    "wire across": (slice(44, 46), slice(0, 120)),
    "wire down": (slice(0, 90), slice(60, 61)),
    "left border": (slice(0, 90), slice(0, 36)),
    "right border": (slice(0, 90), slice(90, 120)),
    "top border": (slice(0, 27), slice(0, 120)),
    "bottom border": (slice(70, 90), slice(0, 120)),
    "corner": (slice(60, 90), slice(80, 120)),
}


@pytest.mark.parametrize("where", HOLES)
def test_every_kind_of_hole_is_filled_from_known_pixels(where: str) -> None:
    picture = _texture(90, 120)
    known = _hole((90, 120), *HOLES[where])
    made = _fill(picture, known)
    rows, columns = _taken_from(made, known)
    assert known[rows, columns].all()
    # A fill by the mean would miss a texture of this contrast by 0.12; along a border its phase may slip.
    assert np.sqrt(np.mean((made.picture - picture)[~known] ** 2)) < (0.14 if "border" in where else 0.08)
    assert made.picture[~known].std() > 0.7 * picture[~known].std() or (~known).sum() < 50


def test_a_border_on_all_sides_is_extended() -> None:
    picture = _texture(90, 120)
    known = ~_hole((90, 120), slice(15, 75), slice(20, 100))
    made = _fill(picture, known)
    inside, outside = picture[known].std(0), made.picture[~known].std(0)
    assert (outside > 0.6 * inside).all() and (outside < 1.4 * inside).all()


def test_several_holes_of_different_size_are_filled_at_once() -> None:
    picture = _texture(100, 140)
    known = _hole((100, 140), slice(20, 60), slice(20, 60)) & _hole((100, 140), slice(80, 82), slice(0, 140))
    known[5, 130] = False
    made = _fill(picture, known)
    assert np.sqrt(np.mean((made.picture - picture)[~known] ** 2)) < 0.08


def test_nothing_known_is_refused() -> None:
    with pytest.raises(SynthesisError) as refused:
        synthesise(np.zeros((20, 20, 3), np.float32), np.zeros((20, 20), np.bool_), seed=1)
    assert refused.value.code == "nothing_to_copy" and refused.value.hint


def test_no_sources_are_refused_even_where_pixels_are_known() -> None:
    known = _hole((40, 40), slice(10, 20), slice(10, 20))
    with pytest.raises(SynthesisError) as refused:
        synthesise(_texture(40, 40), known, seed=1, sources=np.zeros((40, 40), np.bool_))
    assert refused.value.code == "nothing_to_copy"


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(SynthesisError) as refused:
        synthesise(_texture(40, 40), np.ones((40, 41), np.bool_), seed=1)
    assert refused.value.code == "sizes_differ"


def test_nothing_to_fill_gives_the_picture_back() -> None:
    picture = _texture(30, 30)
    made = _fill(picture, np.ones((30, 30), np.bool_))
    assert made.picture.tobytes() == picture.tobytes()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_tiny_pictures_are_filled(size: int) -> None:
    picture = _texture(size + 1, size)
    known = np.ones((size + 1, size), np.bool_)
    known[size // 2, size // 2] = False
    _fill(picture, known)


@pytest.mark.parametrize("level", [0.0, 0.455, 1.0, 40.0, -3.0])
def test_a_constant_stays_the_constant(level: float) -> None:
    picture = np.full((60, 80, 3), level, np.float32)
    made = _fill(picture, _hole((60, 80), slice(10, 50), slice(0, 40)))
    np.testing.assert_allclose(made.picture, picture, rtol=1e-6, atol=1e-6)


def test_a_linear_ramp_is_continued_within_a_few_steps() -> None:
    row = np.linspace(0.2, 0.8, 120, dtype=np.float32)
    picture = np.broadcast_to(row[None, :, None], (90, 120, 3)).copy()
    known = _hole((90, 120), slice(30, 60), slice(40, 80))
    made = _fill(picture, known)
    assert np.abs(made.picture - picture)[~known].max() < 0.06


def test_an_edge_across_the_hole_stays_straight_and_sharp() -> None:
    picture = np.full((80, 100, 3), 0.3, np.float32)
    picture[40:] = 0.7
    known = _hole((80, 100), slice(28, 52), slice(35, 65))
    made = _fill(picture, known)
    assert np.abs(made.picture - picture)[~known].mean() < 0.01


def test_bricks_go_on_in_step_through_a_hole_of_several() -> None:
    picture = _bricks(200, 260)
    known = _hole((200, 260), slice(70, 130), slice(80, 160))
    made = _fill(picture, known)
    missed = np.sqrt(np.mean((made.picture - picture)[~known] ** 2))
    assert missed < 0.02  # the grain of two pictures; a row out of step would miss by 0.06


def test_an_edge_far_wider_than_a_patch_keeps_in_line() -> None:
    """A dark and a bright half, parted by a slanted edge that the hole hides for twelve patches."""
    y, x = np.mgrid[0:200, 0:260].astype(np.float32)
    side = np.clip((y - 60 - 0.3 * x) / 1.5 + 0.5, 0, 1)
    picture = (_texture(200, 260) * 0.3 + 0.2 + 0.4 * side[..., None]).astype(np.float32)
    known = _hole((200, 260), slice(55, 140), slice(80, 165))
    made = _fill(picture, known)
    for column in range(85, 160, 5):
        column_made = made.picture[55:140, column].mean(-1)
        step = 55 + int(np.argmax(np.abs(column_made[6:] - column_made[:-6]))) + 3
        assert abs(step - (60 + 0.3 * column)) < 4


def test_a_wire_through_a_wide_hole_stays_whole_and_straight_on_a_plain_ground() -> None:
    picture = (0.35 + 0.004 * np.random.default_rng(2).normal(size=(200, 260, 3))).astype(np.float32)
    cv2.line(picture, (0, 16 * 40), (16 * 260, 16 * 150), (0.75,) * 3, 3, cv2.LINE_AA, 4)
    known = _hole((200, 260), slice(60, 130), slice(80, 170))
    made = _fill(picture, known)
    wire = ~known & (picture.mean(-1) > 0.6)
    assert (made.picture.mean(-1)[wire] > 0.5).mean() > 0.9
    beside = ~known & (cv2.dilate((picture.mean(-1) > 0.37).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)
    assert np.abs(made.picture.mean(-1)[beside] - 0.35).max() < 0.08


@pytest.mark.parametrize("times", [1, 2])
def test_a_floor_goes_on_in_perspective_at_any_size(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Camera(yaw=0.25, pitch=-0.45, height=180 * times, width=320 * times, focal=260.0 * times)
    picture = slanted.floor(camera)
    dirty, known = without(picture, slice(None), slice(260 * times, None))
    monkeypatch.setattr(guidance, "_GUIDED_AT", 320)
    made = _fill(np.where(known[..., None], dirty, 0).astype(np.float32), known)
    monkeypatch.setattr(guidance, "vanishing_points", lambda *_: [])
    flat = _fill(np.where(known[..., None], dirty, 0).astype(np.float32), known)
    soft, soft_flat, truth = (cv2.GaussianBlur(one, (0, 0), 1.5) for one in (made.picture, flat.picture, picture))
    assert decibels(soft[~known], truth[~known]) > decibels(soft_flat[~known], truth[~known]) + 5
    rows, columns = _taken_from(made, known)
    assert known[rows, columns].all()


def test_where_it_is_said_what_to_copy_nothing_else_is_carried_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an artist barred must not come back as an edge or a repetition."""

    def refuse(*_: object) -> None:
        raise AssertionError("looked at what may not be copied")

    for carry in ("carry_lines", "carry_repetition", "carry_perspective", "carry_receding", "straight_edges"):
        monkeypatch.setattr(guidance, carry, refuse)
    known = _hole((90, 120), *HOLES["middle"])
    lent = known.copy()
    lent[:, 100:] = False
    _fill(_texture(90, 120), known, sources=lent)


@pytest.mark.parametrize("picture", [_texture(150, 160), slanted.floor(Camera(pitch=-0.45, height=150, width=160))])
def test_the_result_does_not_depend_on_the_number_of_threads(picture: _Array) -> None:
    known = _hole((150, 160), slice(40, 110), slice(40, 110))
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = synthesise(picture, known, seed=9)
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        two = synthesise(picture, known, seed=9)
    finally:
        numba.set_num_threads(before)
    assert one.picture.tobytes() == two.picture.tobytes()
    assert one.offsets.tobytes() == two.offsets.tobytes()
    assert one.confidence.tobytes() == two.confidence.tobytes()


def test_another_seed_makes_another_fill() -> None:
    picture, known = _texture(90, 120), _hole((90, 120), slice(20, 70), slice(30, 90))
    assert (synthesise(picture, known, seed=1).picture != synthesise(picture, known, seed=2).picture).any()


@pytest.mark.parametrize(("most", "tries"), [(100_000, 5), (5_000, 3), (10, 1)])
def test_of_several_beginnings_the_one_that_fits_best_goes_on(
    most: int, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: list[PatchField] = []
    went_on: list[PatchField | None] = []

    class Watched(PatchField):
        def start_from(self, coarse: PatchField | None, seed: int, shifts: _Array | None = None) -> None:
            fields.append(self)
            if len(self.rows) == 40 * 40:
                went_on.append(coarse)
            super().start_from(coarse, seed, shifts)

    picture, known = _clouds()[:90, :120], _hole((90, 120), slice(20, 60), slice(30, 70))
    monkeypatch.setattr(exemplar, "PatchField", Watched)
    monkeypatch.setattr(exemplar, "_MOST_TRIED", most)
    synthesise(np.where(known[..., None], picture, 0), known, seed=1)
    halves = [field for field in fields if len(field.rows) == 20 * 20]
    assert len(halves) == tries
    assert went_on == [min(halves, key=lambda field: np.sqrt(field.error()).mean())]


def test_only_allowed_sources_are_copied() -> None:
    picture = _texture(90, 160)
    known = _hole((90, 160), slice(30, 50), slice(60, 90))
    sources = known.copy()
    sources[:, 80:] = False
    made = _fill(picture, known, sources=sources)
    rows, columns = _taken_from(made, known)
    assert sources[rows, columns].all()


def test_known_pixels_that_are_not_finite_are_kept_and_never_copied() -> None:
    picture = _texture(90, 120)
    picture[20, 20] = np.nan
    picture[70, 90, 1] = np.inf
    known = _hole((90, 120), slice(18, 60), slice(22, 80))
    made = _fill(picture, known)
    assert np.isnan(made.picture[20, 20]).all()


def test_a_guide_decides_where_the_rim_cannot() -> None:
    picture = np.full((90, 120, 3), 0.3, np.float32)
    picture[:, 60:] = 0.7
    known = _hole((90, 120), slice(0, 90), slice(0, 50))
    guide = np.full_like(picture, np.nan)
    guide[~known] = 0.7
    plain, guided = _fill(picture, known), _fill(picture, known, guide=guide)
    deep = np.s_[:, :20]
    assert guided.picture[deep].mean() > plain.picture[deep].mean() + 0.1


def test_progress_rises_to_one_and_may_stop_the_work() -> None:
    picture, known = _texture(90, 120), _hole((90, 120), slice(20, 70), slice(30, 90))
    shares: list[float] = []
    synthesise(picture, known, seed=1, report=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesise(picture, known, seed=1, report=stop)


def test_a_poor_match_has_less_confidence_than_a_good_one() -> None:
    picture = _texture(90, 120)
    known = _hole((90, 120), slice(30, 60), slice(40, 80))
    good = synthesise(picture, known, seed=1).confidence[~known].mean()
    odd = picture + np.random.default_rng(1).normal(0, 0.3, picture.shape).astype(np.float32)
    assert synthesise(odd, known, seed=1).confidence[~known].mean() < good


def test_seeds_of_any_size_are_taken() -> None:
    picture, known = _texture(40, 40), _hole((40, 40), slice(15, 25), slice(15, 25))
    for seed in (-1, 0, 2**63, 2**70):
        assert np.isfinite(synthesise(picture, known, seed=seed).picture).all()


def test_after_warming_nothing_is_left_to_compile() -> None:
    warm()
    kernels = [
        kernel
        for module in (exemplar_search, membrane)
        for kernel in vars(module).values()
        if isinstance(kernel, numba.core.dispatcher.Dispatcher)
    ]
    before = [len(kernel.signatures) for kernel in kernels]
    picture = _texture(200, 260)
    for where in HOLES.values():
        for view in (picture, np.asfortranarray(picture), picture[::-1]):
            synthesise(view, _hole((200, 260), *where), seed=2)
    picture.flags.writeable = False
    synthesise(picture, _hole((200, 260), *HOLES["middle"]), seed=2, guide=picture)
    assert len(kernels) > 6 and [len(kernel.signatures) for kernel in kernels] == before


def test_a_smooth_area_is_extended_without_stripes() -> None:
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:160, 0:240].astype(np.float32)
    picture = (0.4 + 0.0008 * y + 0.0005 * x)[..., None] + rng.normal(0, 0.01, (160, 240, 3))
    picture = picture.astype(np.float32)
    known = _hole((160, 240), slice(0, 160), slice(190, 240))
    made = _fill(picture, known).picture[:, 190:]
    # Rows of independent grain differ in their means by a seventh of what neighbours in them differ; stripes by half.
    grain, stripes = np.diff(picture[:, :190], axis=0).std(), np.diff(made.mean(1), axis=0).std()
    assert stripes < 0.25 * grain
    assert np.abs(cv2.blur(made, (9, 9)) - (0.4 + 0.0008 * y + 0.0005 * x)[:, 190:, None]).max() < 0.06


def _leaves_before_sky(seed: int) -> _Array:
    """A smooth sky with leaves and a post, over roofs."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:96, 0:160]
    picture = np.repeat((0.7 + 0.05 * np.sin(x / 23) + 0.001 * y)[..., None], 3, 2)
    roofs = 0.35 + 0.15 * ((y // 4 + x // 6) % 2)
    picture[60:] = roofs[60:, :, None] * np.array([1.2, 0.8, 0.6])
    picture[10:, 112:118] = 0.2 + 0.1 * rng.random((86, 6, 1))
    for _ in range(40):
        row, column = rng.integers(8, 58), rng.integers(70, 126)
        picture[row : row + 2, column : column + 3] = (0.3, 0.4, 0.1)
    return np.asarray(picture + rng.normal(0, 0.01, picture.shape), np.float32)


def _clouds() -> _Array:
    """Blotches of many sizes, without a direction."""
    rng = np.random.default_rng(8)
    sizes = [rng.normal(0, 1, (96 // step, 144 // step)).astype(np.float32) for step in (2, 4, 8, 16)]
    large = [cv2.resize(one, (144, 96), interpolation=cv2.INTER_CUBIC) for one in sizes]
    return np.dstack([0.5 + 0.04 * sum(large)] * 3).astype(np.float32)


FAR_OUT = {
    "clouds": _clouds(),
    "leaves before a sky": _leaves_before_sky(1)[:, :144],
    "a floor": slanted.floor(Camera(yaw=0.2, pitch=-0.5, height=96, width=144, focal=120)),
    "bricks": _bricks(96, 144),
}


@pytest.mark.parametrize("what", FAR_OUT)
@pytest.mark.parametrize("turns", [0, 1])
def test_far_outside_a_picture_there_are_no_stripes(what: str, turns: int) -> None:
    """A border pixel that is drawn out changes along the border as before, and not at all away from it."""
    picture = np.ascontiguousarray(np.rot90(FAR_OUT[what], turns))
    wide = picture.shape[1]
    known = _hole((picture.shape[0], wide * 3 // 2), slice(None), slice(wide, None))
    made = _fill(np.pad(picture, ((0, 0), (0, wide // 2), (0, 0))), known).picture

    def striped(pixels: _Array) -> float:
        """What neighbouring rows' means differ by, of what their pixels do: 1 for nothing but stripes."""
        return float(np.abs(np.diff(pixels.mean(1), axis=0)).mean() / np.abs(np.diff(pixels, axis=0)).mean())

    bands = [picture[:, start : start + 24] for start in range(0, wide - 24, 24)]
    assert striped(made[:, -24:]) < max(striped(band) for band in bands) + 0.15


def test_the_smooth_estimate_has_a_say_only_where_a_rim_is_all_around() -> None:
    picture = _texture(60, 90)
    known = _hole((60, 90), slice(20, 40), slice(15, 35)) & _hole((60, 90), slice(20, 40), slice(60, 90))
    picture[~known] = 0
    level = Level(picture, known, known)
    field = PatchField(level, 7, None, None)
    field.start_from(None, 1)
    field.search(60, 1)
    field.weigh_votes(1.0)
    field.vote()
    by_patches = field.tones.copy()
    field.vote(pull=1.0)
    closed = ~known & (np.arange(90) < 50)
    assert np.abs(field.tones[closed][:, :3] - membrane.membrane(by_patches, known)[closed][:, :3]).max() < 1e-5
    assert np.abs(field.tones - by_patches)[closed].max() > 0.02
    assert (np.abs(field.tones - by_patches)[~known & ~closed] < 1e-5).all()


def test_a_hole_with_time_for_one_round_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemplar, "_MOST_WORK", 1)
    _fill(_texture(90, 120), _hole((90, 120), slice(30, 60), slice(40, 80)))


def test_what_a_vote_averaged_does_not_count_as_copied_grain() -> None:
    noise = np.random.default_rng(3).standard_normal((96, 96, 3)).astype(np.float32)
    picture = np.float32(0.5) + np.float32(0.15) * noise
    known = np.ones((96, 96), bool)
    known[34:62, 34:62] = False
    made = synthesise(picture, known, seed=4)
    held = float((made.copied[~known] ** 2).mean())
    assert held < 0.95  # noise never fits: some of it is a mean
    assert made.picture[~known].var() == pytest.approx(held * picture[known].var(), rel=0.25)


def test_what_stands_before_the_sky_does_not_grow_on_past_an_open_side() -> None:
    seen, made = [], []
    for seed in range(4):
        picture, known = _leaves_before_sky(seed), _hole((96, 160), slice(None), slice(128, None))
        filled = synthesise(np.where(known[..., None], picture, 0), known, seed=1).picture
        busy = np.abs(filled[:55] - 0.72).max(-1) > 0.15
        seen.append(busy[:, 70:128].mean())
        made.append(busy[:, 128:].mean())
    assert np.mean(made) < 1.1 * np.mean(seen)
