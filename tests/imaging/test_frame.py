"""Frames, the tone space and threads."""

from __future__ import annotations

import os
from dataclasses import replace

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from platewright.contract.errors import InternalError, PlateError
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.frame import to_float
from platewright.imaging.threads import available_threads, use_threads
from platewright.imaging.tone import from_tone, to_tone

from .pictures import make_frame


def test_every_half_becomes_the_same_float() -> None:
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).reshape(256, 256)
    floats = to_float(halves)
    with np.errstate(invalid="ignore"):
        expected = halves.astype(np.float32)
    quiet = np.isnan(expected).astype(np.uint32) << 22
    assert floats.dtype == np.float32
    assert np.array_equal(floats.view(np.uint32) | quiet, expected.view(np.uint32) | quiet)


@pytest.mark.parametrize("channels", [("R", "G", "B"), ("R", "G", "B", "A"), ("B", "Z", "G", "R", "x")])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_crop_is_the_same_whatever_stands_between_its_channels(channels: tuple[str, ...], kind: type) -> None:
    pixels = np.random.default_rng(1).random((9, 11, len(channels))).astype(kind)
    frame = make_frame(pixels, channels, (-4, 2))
    picture = np.stack([pixels[..., channels.index(name)] for name in "RGB"], axis=-1).astype(np.float32)
    crop = frame.rgb(Box(-2, 3, 5, 8))
    assert np.array_equal(crop, picture[1:6, 2:9]) and crop.flags.c_contiguous
    crop[:] = 0
    assert np.array_equal(frame.rgb(), picture)
    one = frame.rgb(Box(-4, 2, -3, 3))
    assert one.shape == (1, 1, 3) and np.array_equal(one, picture[:1, :1])


def test_outside_the_data_window_stands_the_value_asked_for() -> None:
    frame = make_frame(np.ones((2, 2, 3), np.float16), origin=(1, 1))
    assert frame.rgb(Box(0, 0, 3, 2), outside=0.5)[..., 0].tolist() == [[0.5] * 3, [0.5, 1, 1]]
    assert frame.rgb(Box(9, 9, 10, 10)).tolist() == [[[0, 0, 0]]]
    assert frame.rgb(EMPTY).shape == (0, 0, 3)


def test_a_reduced_picture_holds_the_means_over_the_display_window() -> None:
    pixels = np.random.default_rng(1).random((12, 20, 4)).astype(np.float16)
    frame = make_frame(pixels, ("R", "G", "B", "Z"), (-2, -2), Box.of_size(16, 8))
    means = frame.rgb(Box.of_size(16, 8)).reshape(2, 4, 4, 4, 3).mean(axis=(1, 3))
    assert np.allclose(frame.reduced(4), means, atol=1e-5)
    assert frame.reduced(999).shape == (8, 16, 3)
    wide = replace(frame, pixel_aspect=2.0)
    assert wide.reduced(16).shape == (4, 16, 3)


def test_a_frame_without_a_picture_or_channel_says_what_it_has() -> None:
    frame = make_frame(np.ones((2, 2, 2), np.float16), ("Z", "A"))
    assert not frame.has_rgb
    with pytest.raises(PlateError, match="Z, A") as caught:
        frame.rgb()
    assert (caught.value.code, caught.value.frame) == ("no_rgb", 1001)
    with pytest.raises(PlateError, match="Z, A"):
        frame.channel("R")


def test_pixels_that_do_not_fill_the_window_are_our_own_mistake() -> None:
    with pytest.raises(InternalError):
        make_frame(np.ones((2, 2, 2), np.float16), ("R", "G", "B"))


def test_the_tone_space_is_the_benchs_and_comes_back() -> None:
    light = np.array([0, 0.18, 1, 4, 100, 1e-5], np.float32)
    assert np.allclose(to_tone(light), np.log2(1 + 64 * light.astype(np.float64)) / np.log2(257), atol=1e-6)
    assert np.allclose(from_tone(to_tone(light)), light, rtol=2e-6)
    assert to_tone(np.array([-1.0], np.float16)).tolist() == [0] and to_tone(np.array([4.0])).tolist() == [1]
    assert np.isnan(to_tone(np.array([np.nan], np.float32))).all()


def test_one_call_sets_the_threads_of_every_library() -> None:
    before, environment = available_threads(), dict(os.environ)
    try:
        assert use_threads(1) == 1
        assert (oiio.get_int_attribute("threads"), oiio.get_int_attribute("exr_threads")) == (1, 1)
        assert cv2.getNumThreads() == 1
        assert use_threads(0) == 1
    finally:
        assert use_threads() == before
        assert dict(os.environ) == environment, "child processes get the environment as it was"
