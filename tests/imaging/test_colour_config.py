"""Colour configurations by content: pinned, checked, told apart, whatever this process has opened before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.colour_config import ColourConfig
from platewright.contract.errors import ColourError
from platewright.imaging.colour import Colour
from platewright.imaging.colour_config import BUILTIN_CONFIG, opened, pinned

from .colour_configs import show_config, write_curve


def white(config: ColourConfig) -> float:
    """What the camera space's 1 is in scene-linear light."""
    return float(Colour(config).converter("cam", "lin")(np.ones((1, 3), np.float32))[0, 0])


def test_a_built_in_configuration_is_its_full_name() -> None:
    assert pinned("", {}) == ColourConfig(BUILTIN_CONFIG)
    assert pinned("", {"OCIO": "ocio://default"}).source.startswith("ocio://cg-config-v")


def test_the_same_content_elsewhere_is_the_same_configuration(tmp_path: Path) -> None:
    here, there = (pinned(str(show_config(tmp_path / name, 0.5)), {}) for name in ("a", "b"))
    other = pinned(str(show_config(tmp_path / "c", 0.25)), {})
    assert here.sha256 == there.sha256 != other.sha256
    assert len(here.sha256) == 64


def test_a_table_that_was_changed_is_noticed_and_never_an_old_copy_used(tmp_path: Path) -> None:
    path = show_config(tmp_path, 0.5)
    first = pinned(str(path), {})
    assert white(first) == 0.5
    write_curve(tmp_path / "luts" / "curve.spi1d", 0.25)
    with pytest.raises(ColourError) as caught:
        opened(first)
    assert caught.value.code == "colour_config_changed"
    second = pinned(str(path), {})
    assert white(second) == 0.25
    write_curve(tmp_path / "luts" / "curve.spi1d", 0.5)
    assert white(first) == 0.5


def test_a_configuration_that_is_gone_is_told_apart(tmp_path: Path) -> None:
    path = show_config(tmp_path, 0.5)
    config = pinned(str(path), {})
    path.unlink()
    with pytest.raises(ColourError) as caught:
        Colour(config)
    assert caught.value.code == "colour_config_missing"


def test_variables_belong_to_the_request_and_not_to_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = show_config(tmp_path, 0.5)
    write_curve(tmp_path / "luts" / "sh020" / "curve.spi1d", 0.125)
    plain = pinned(str(path), {"OCIO": str(path), "HOME": "/home/somebody"})
    assert plain.variables == {}
    mine = pinned(str(path), {"SHOT": "sh020"})
    assert mine.variables == {"SHOT": "sh020"}
    monkeypatch.setenv("SHOT", "sh020")
    assert white(plain) == 0.5
    monkeypatch.setenv("SHOT", "nowhere")
    assert white(mine) == 0.125
    assert white(plain) == 0.5


def test_one_that_nobody_has_looked_at_is_taken_as_it_is(tmp_path: Path) -> None:
    path = show_config(tmp_path, 0.5)
    assert white(ColourConfig(str(path))) == 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"source": ""},
        {"source": "config.ocio"},
        {"source": "/c\0.ocio"},
        {"sha256": "12"},
        {"source": BUILTIN_CONFIG, "sha256": "0" * 64},
        {"variables": {"A B": ""}},
        {"variables": {"A": "\0"}},
        {"variables": {f"A{n}": "" for n in range(201)}},
    ],
)
def test_what_can_be_no_configuration_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ColourError) as caught:
        replace(ColourConfig("/c.ocio"), **changes)  # type: ignore[arg-type]
    assert caught.value.code == "colour_config_unusable"
