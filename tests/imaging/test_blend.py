"""The blend: not a bit outside the matte changes, whatever the plate holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.contract.errors import InternalError
from platewright.contract.windows import Box
from platewright.imaging.blend import NOTHING, composite, count_differences, keymix, outside_fill, untouched
from platewright.imaging.frame import Frame

from .pictures import make_frame

SPECIAL_HALF = [0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFFFF, 0x8000, 0x0001, 0x8001, 0x7BFF, 0xBC00]
SPECIAL_FLOAT = [0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFFFFFFF, 0x80000000, 1, 0x80000001, 0x7F7FFFFF]


@st.composite
def plates(draw: st.DrawFn) -> Frame:
    """Plates of any bits: half and float, with overscan, extra channels and channels of another type."""
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    half = draw(st.booleans())
    channels = draw(st.sampled_from([("R", "G", "B"), ("R", "G", "B", "A", "Z"), ("Z", "B", "R", "G")]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind, special = (np.uint16, SPECIAL_HALF) if half else (np.uint32, SPECIAL_FLOAT)
    raw = random.integers(0, np.iinfo(kind).max, (height, width, len(channels)), dtype=kind)
    odd = random.random(raw.shape) < draw(st.floats(0, 1))
    raw[odd] = random.choice(np.array(special, dtype=kind), int(odd.sum()))
    origin = (draw(st.integers(-9, 9)), draw(st.integers(-9, 9)))
    frame = make_frame(raw.view(np.float16 if half else np.float32), channels, origin, Box(0, 0, 8, 8))
    return replace(frame, others={"id": random.integers(0, 2**32, (height, width), dtype=np.uint32)})


@st.composite
def mattes(draw: st.DrawFn, box: Box) -> npt.NDArray[np.float32]:
    """Empty, full, single pixels, touching every border, soft."""
    shape = (box.height, box.width)
    kind = draw(st.sampled_from(["empty", "full", "pixel", "border", "soft"]))
    alpha = np.zeros(shape, np.float32)
    if kind == "full":
        alpha[:] = 1
    elif kind == "pixel":
        alpha[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] = 1
    elif kind == "border":
        alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1] = 1, 0.5, 0.25, 1
    elif kind == "soft":
        random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        alpha[:] = np.maximum(0, random.random(shape) * 2 - 1)
    return alpha


def raw(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    values = np.ascontiguousarray(values)
    return values.view({2: np.uint16, 4: np.uint32}[values.dtype.itemsize])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_not_a_bit_outside_the_matte_changes(data: st.DataObject) -> None:
    plate = data.draw(plates())
    box = Box.of_size(
        data.draw(st.integers(1, 14)),
        data.draw(st.integers(1, 14)),
        data.draw(st.integers(-12, 12)),
        data.draw(st.integers(-12, 12)),
    )
    alpha = data.draw(mattes(box))
    patch = np.random.default_rng(1).normal(0, 100, (box.height, box.width, 3)).astype(np.float32)
    before = raw(plate.pixels).copy()
    comp = composite(plate, patch, alpha, box)
    assert np.array_equal(raw(plate.pixels), before), "the plate itself was written to"
    compared, differing = untouched(plate, comp, alpha, box)
    assert differing == 0
    # The same, with plain loops and no code of ours.
    matte = {(box.x0 + x, box.y0 + y) for y, x in np.argwhere(alpha > 0)}
    window = plate.data_window
    cells = [(x, y) for y in range(window.y0, window.y1) for x in range(window.x0, window.x1) if (x, y) not in matte]
    assert compared == len(cells)
    ours, theirs, wide = raw(plate.pixels), raw(comp.pixels), comp.data_window
    for x, y in cells:
        assert (ours[y - window.y0, x - window.x0] == theirs[y - wide.y0, x - wide.x0]).all()
    for name in plate.channels:
        if name not in "RGB":
            place = window.slices_in(wide)
            assert np.array_equal(raw(plate.channel(name)), raw(comp.channel(name)[place]))
    assert np.array_equal(comp.others["id"][window.slices_in(wide)], plate.others["id"])


@settings(max_examples=100, deadline=None)
@given(plate=plates(), data=st.data())
def test_inside_a_full_matte_the_patch_stands_in_the_plates_type(plate: Frame, data: st.DataObject) -> None:
    box = plate.data_window.grown(data.draw(st.integers(0, 2)))
    patch = np.random.default_rng(2).normal(0, 50, (box.height, box.width, 3)).astype(np.float32)
    comp = composite(plate, patch, np.ones((box.height, box.width), np.float32), box)
    assert comp.data_window == box and comp.pixels.dtype == plate.pixels.dtype
    expected = patch.astype(plate.pixels.dtype)
    for place, name in enumerate("RGB"):
        assert np.array_equal(raw(comp.channel(name)), raw(expected[..., place]))


def test_between_plate_and_patch_lies_their_mix_and_infinite_plates_give_way() -> None:
    plate = make_frame(np.full((1, 3, 3), 2, np.float16))
    plate.pixels[0, 2] = np.inf
    comp = composite(
        plate, np.full((1, 3, 3), 4, np.float32), np.array([[0.25, 0, 0.5]], np.float32), plate.data_window
    )
    assert comp.pixels[0, :, 0].tolist() == [2.5, 2, 4]


def test_a_patch_brighter_than_half_can_hold_is_held_at_the_largest() -> None:
    plate = make_frame(np.zeros((1, 1, 3), np.float16))
    comp = composite(plate, np.array([[[1e6, -1e6, 1]]], np.float32), np.ones((1, 1), np.float32), plate.data_window)
    assert comp.pixels.ravel().tolist() == [65504, -65504, 1]


def test_the_data_window_grows_only_where_the_matte_reaches() -> None:
    plate = make_frame(np.ones((4, 4, 3), np.float16))
    box = Box(-3, -3, 8, 8)
    alpha = np.zeros((11, 11), np.float32)
    alpha[2, 5] = 1
    comp = composite(plate, np.full((11, 11, 3), 7, np.float32), alpha, box)
    assert comp.data_window == Box(0, -1, 4, 4)
    assert comp.pixels[0, :, 0].tolist() == [0, 0, 7, 0]


def test_a_grey_plate_stays_grey() -> None:
    grey = replace(make_frame(np.zeros((2, 2, 1), np.float32), ("Y",)), rgb_names=("Y", "Y", "Y"))
    comp = composite(grey, np.ones((2, 2, 3), np.float32), np.ones((2, 2), np.float32), grey.data_window)
    assert comp.rgb().tolist() == np.ones((2, 2, 3)).tolist()


@pytest.mark.parametrize("channel", ["R", "Z", "id"])
def test_the_proof_finds_a_single_changed_bit_in_any_channel(channel: str) -> None:
    plate = replace(
        make_frame(np.zeros((6, 6, 4), np.float16), ("R", "G", "B", "Z")), others={"id": np.zeros((6, 6), np.uint32)}
    )
    alpha = np.zeros((6, 6), np.float32)
    alpha[2, 2] = 1
    comp = composite(plate, np.ones((6, 6, 3), np.float32), alpha, plate.data_window)
    assert untouched(plate, comp, alpha, plate.data_window) == (35, 0)
    comp = replace(comp, others={"id": comp.others["id"].copy()})
    comp.channel(channel)[4, 4:6] = 1 if channel == "id" else -0.0
    assert untouched(plate, comp, alpha, plate.data_window) == (35, 2)


def test_a_lost_channel_or_cropped_window_fails_the_proof() -> None:
    plate = make_frame(np.zeros((4, 4, 4), np.float16), ("R", "G", "B", "Z"))
    none = np.zeros((4, 4), np.float32)
    lost = make_frame(np.zeros((4, 4, 3), np.float16))
    cropped = make_frame(np.zeros((3, 4, 4), np.float16), ("R", "G", "B", "Z"))
    wider = make_frame(np.zeros((4, 4, 4), np.float32), ("R", "G", "B", "Z"))
    for comp in (lost, cropped, wider):
        assert untouched(plate, comp, none, plate.data_window) == (16, 16)


@settings(max_examples=60, deadline=None)
@given(plate=plates())
def test_a_hosts_keymix_over_a_full_frame_patch_keeps_the_plates_values_bit_for_bit(plate: Frame) -> None:
    seen = plate.rgb()
    with np.errstate(invalid="ignore"):
        quiet = np.where(np.isnan(seen), seen + np.float32(0), seen)
    fill = outside_fill(seen)
    mixed = keymix(seen, fill, np.zeros(seen.shape[:2], np.float32))
    assert np.isfinite(fill).all()
    assert count_differences(mixed, quiet) == 0


def test_one_constant_keeps_every_value_in_both_usual_formulas() -> None:
    seen = np.array(
        [[[-0.0, 0.0, 1e-40], [-3.0, 65504.0, 3e38], [5e-8, -5e-8, np.inf], [np.nan, -np.inf, 1]]], np.float32
    )
    fill = np.full_like(seen, NOTHING)
    assert count_differences(keymix(seen, fill, np.zeros((1, 4), np.float32)), seen) == 0
    finite = seen[:, :2]
    assert count_differences(finite + (fill[:, :2] - finite) * np.float32(0), finite) == 0


def test_the_other_usual_formula_keeps_finite_values_bit_for_bit_too() -> None:
    seen = np.array([[[-0.0, 0.0, 1e-40], [-3.0, 65504.0, 3e38]]], np.float32)
    mixed = seen + (outside_fill(seen) - seen) * np.float32(0)
    assert count_differences(mixed, seen) == 0


def test_comparing_counts_bits_not_values() -> None:
    a = np.array([0.0, np.nan, 1.0], np.float32)
    assert count_differences(a, a.copy()) == 0
    assert count_differences(a, np.array([-0.0, np.nan, 1.0], np.float32)) == 1
    with pytest.raises(InternalError):
        count_differences(a, a.astype(np.float16))


def test_arrays_that_do_not_fill_the_box_are_refused() -> None:
    plate = make_frame(np.zeros((2, 2, 3), np.float16))
    with pytest.raises(InternalError):
        composite(plate, np.zeros((2, 2, 3), np.float32), np.zeros((3, 2), np.float32), plate.data_window)
