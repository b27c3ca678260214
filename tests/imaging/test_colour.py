"""Colour: declared, never guessed; pinned; converted without clamping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import ColourError
from platewright.imaging.colour import BUILTIN_CONFIG, Colour, display_proxy
from platewright.imaging.reading import read_frame

from .pictures import library_picture

STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> Colour:
    monkeypatch.delenv("OCIO", raising=False)
    return Colour()


def test_the_built_in_configuration_is_pinned_by_its_name(colour: Colour) -> None:
    assert colour.source == BUILTIN_CONFIG and "latest" not in colour.source
    assert colour.config_id().startswith("cg-config-v4.0.0_aces-v2.0_ocio-v2.5 ")
    assert colour.config_id() == Colour().config_id()


def test_a_studios_configuration_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", STUDIO)
    studio = Colour()
    assert studio.config_id().startswith("studio-config-v4.0.0") and studio.space("ARRI LogC4") == "ARRI LogC4"


@pytest.mark.parametrize("content", [None, "ocio_profile_version: 99\n", "not: [a config"])
def test_a_broken_configuration_is_an_error_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "config.ocio"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(ColourError, match=r"config\.ocio") as caught:
        Colour()
    assert caught.value.code == "colour_config_unusable" and "$OCIO" in caught.value.hint


@pytest.mark.parametrize("name", ["ACEScg", "lin_ap1_scene", "lin_ap1", "ACES - ACEScg", "scene_linear"])
def test_names_aliases_ids_and_roles_are_all_understood(colour: Colour, name: str) -> None:
    assert colour.space(name) == "ACEScg" and colour.interop_id(name) == "lin_ap1_scene"


def test_what_the_host_says_wins_over_the_header(colour: Colour) -> None:
    assert colour.resolve("ACEScct", {"colorInteropID": "lin_ap1_scene"}, "p.exr") == "ACEScct"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"colorInteropID": "lin_ap1_scene"}, "ACEScg"),
        ({"colorInteropID": "lin_ap0_scene", "oiio:ColorSpace": "lin_ap1_scene"}, "ACES2065-1"),
        ({"oiio:ColorSpace": "srgb_rec709_scene"}, "sRGB Encoded Rec.709 (sRGB)"),
        ({"acesImageContainerFlag": 1}, "ACES2065-1"),
        ({"chromaticities": REC709}, "Linear Rec.709 (sRGB)"),
        ({"colorInteropID": "unknown", "chromaticities": REC709}, "Linear Rec.709 (sRGB)"),
    ],
)
def test_an_exr_may_say_it_itself(colour: Colour, header: dict[str, object], expected: str) -> None:
    assert colour.resolve("", header, "p.exr") == expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({}, "p.exr"),
        ({"chromaticities": (*REC709[:-1], 0.33)}, "p.exr"),
        ({"chromaticities": "broken"}, "p.exr"),
        ({"colorInteropID": "lin_ap1_scene"}, "p.png"),
        ({"oiio:ColorSpace": "srgb_rec709_scene"}, "p.tif"),
        ({"oiio:ColorSpace": "srgb_rec709_scene"}, "p.dpx"),
        ({"colorInteropID": "unknown"}, "p.exr"),
        ({"colorInteropID": "acme:own_space"}, "p.exr"),
    ],
)
def test_nothing_else_is_believed(colour: Colour, header: dict[str, object], name: str) -> None:
    with pytest.raises(ColourError) as caught:
        colour.resolve("", header, name)
    assert caught.value.code == "colour_unknown" and caught.value.hint


def test_a_tag_written_by_the_library_is_read_back(colour: Colour, tmp_path: Path) -> None:
    grey = np.full((2, 2, 3), 0.5, np.float16)
    for tag in ("ACEScg", "ACES2065-1", "ACEScct"):
        path = library_picture(tmp_path / "p.exr", grey, attributes={"oiio:ColorSpace": tag})
        assert colour.resolve("", read_frame(path, 1).header, path) == tag
    path = library_picture(tmp_path / "p.exr", grey)
    with pytest.raises(ColourError):
        colour.resolve("", read_frame(path, 1).header, path)


@pytest.mark.parametrize("name", ["Raw", "data"])
def test_data_is_not_colour(colour: Colour, name: str) -> None:
    for attempt in (lambda: colour.resolve(name, {}, "p.exr"), lambda: colour.linear_of(name)):
        with pytest.raises(ColourError) as caught:
            attempt()
        assert caught.value.code == "colour_is_data"


def test_a_space_that_is_not_there_names_those_that_are(colour: Colour) -> None:
    with pytest.raises(ColourError, match="ACEScct"):
        colour.space("ARRI LogC4")


@pytest.mark.parametrize(
    ("space", "linear"),
    [
        ("ACEScg", "ACEScg"),
        ("Linear Rec.2020", "Linear Rec.2020"),
        ("ACEScct", "ACEScg"),
        ("ACEScc", "ACEScg"),
        ("sRGB - Texture", "Linear Rec.709 (sRGB)"),
        ("g22_rec709_scene", "Linear Rec.709 (sRGB)"),
        ("srgb_rec709_display", "Linear Rec.709 (sRGB)"),
        ("srgb_p3d65_scene", "Linear P3-D65"),
    ],
)
def test_the_patch_is_written_in_the_linear_space_of_the_plates_primaries(
    colour: Colour, space: str, linear: str
) -> None:
    assert colour.linear_of(space) == linear


def test_camera_logs_go_to_the_scene_linear_role() -> None:
    studio = Colour(STUDIO)
    assert {studio.linear_of(name) for name in ("ARRI LogC4", "S-Log3 S-Gamut3.Cine", "V-Log V-Gamut")} == {"ACEScg"}


@pytest.mark.parametrize("space", ["ACEScct", "ACES2065-1", "Linear Rec.709 (sRGB)"])
def test_there_and_back_gives_the_same_light_unclamped(colour: Colour, space: str) -> None:
    rgb = np.random.default_rng(1).uniform(-0.1, 60, (40, 3)).astype(np.float32)
    kept = rgb.copy()
    there = colour.converter("ACEScg", space)(rgb)
    assert np.array_equal(rgb, kept) and there is not rgb
    assert np.allclose(colour.converter(space, "ACEScg")(there), rgb, rtol=1e-4, atol=1e-4)


def test_equal_spaces_convert_by_doing_nothing(colour: Colour) -> None:
    rgb = np.full((2, 2, 3), np.nan, np.float32)
    assert colour.converter("ACEScg", "lin_ap1_scene")(rgb) is rgb


def test_known_values_come_out(colour: Colour) -> None:
    grey = np.full((1, 1, 3), 0.18, np.float32)
    assert np.allclose(colour.converter("ACEScg", "ACEScct")(grey), 0.4135884, atol=1e-5)
    assert np.allclose(colour.converter("Linear Rec.709 (sRGB)", "srgb_rec709_scene")(grey), 0.4613561, atol=1e-5)


def test_crops_empty_pictures_and_views_convert(colour: Colour) -> None:
    convert = colour.converter("ACEScg", "ACEScct")
    whole = np.random.default_rng(1).random((6, 8, 3)).astype(np.float32)
    assert np.array_equal(convert(whole[1:4, 2:7]), convert(whole)[1:4, 2:7])
    assert convert(np.zeros((0, 4, 3), np.float32)).shape == (0, 4, 3)


def test_the_display_proxy_is_a_fixed_curve_and_takes_any_value() -> None:
    light = np.array([0.0, 1.0, 0.5, -3.0, 9.0, np.nan, np.inf, -np.inf], np.float32)
    proxy = display_proxy(np.repeat(light[:, None, None], 3, axis=2))
    assert proxy[:, 0, 0].tolist() == [0, 255, 186, 0, 255, 0, 255, 0] and proxy.dtype == np.uint8
