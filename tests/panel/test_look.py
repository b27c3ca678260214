"""What is seen: boxes that stand out when they are empty, and pictures that hold nobody up."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtGui  # noqa: E402

from platewright.panel import picture_decoding  # noqa: E402
from platewright.panel.look import desktop_palette  # noqa: E402
from platewright.panel.tick_box import TickBox  # noqa: E402


def luminance(colour: Any) -> float:
    """Relative luminance by WCAG 2."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
             for part in (colour.redF(), colour.greenF(), colour.blueF())]  # fmt: skip
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: float, two: float) -> float:
    low, high = sorted((one, two))
    return (high + 0.05) / (low + 0.05)


def shades(box: Any) -> list[float]:
    image = box.grab().toImage()
    return [luminance(image.pixelColor(x, y)) for x in range(image.width()) for y in range(image.height())]


@pytest.mark.parametrize("dark", [True, False])
def test_an_empty_box_stands_out_from_the_ground_and_a_ticked_one_from_an_empty(application: Any, dark: bool) -> None:
    box = TickBox("")
    palette = desktop_palette() if dark else QtGui.QPalette(QtGui.QColor("#f0f0f0"))
    box.setPalette(palette)
    box.setAutoFillBackground(True)
    box.resize(box.sizeHint())
    ground = luminance(palette.color(QtGui.QPalette.ColorRole.Window))
    empty = shades(box)
    assert max(contrast(shade, ground) for shade in empty) >= 3, "as WCAG 1.4.11 asks of a control"
    box.setChecked(True)
    assert sum(a != b for a, b in zip(empty, shades(box), strict=True)) > 40
    box.setEnabled(False)
    assert shades(box) != empty


def test_a_box_with_words_shows_them_and_is_ticked_by_a_key(application: Any) -> None:
    bare, worded = TickBox(""), TickBox("Automatic")
    for box in (bare, worded):
        box.setPalette(desktop_palette())
        box.setAutoFillBackground(True)
        box.resize(worded.sizeHint())
    right = worded.width() // 2
    lit = {box: sum(shade > 0.3 for shade in shades(box)[right * worded.height() :]) for box in (bare, worded)}
    assert lit[bare] == 0 and lit[worded] > 10


def picture(width: int, height: int) -> bytes:
    noise = random.Random(3).randbytes(width * height * 4)  # so that the file is not small
    image = QtGui.QImage(noise, width, height, QtGui.QImage.Format.Format_RGB32)
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def test_large_pictures_are_decoded_beside_the_ui_and_handed_over_on_its_thread(
    application: Any, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    plain = picture_decoding._decoded

    def noted(data: bytes) -> Any:
        worked.append(threading.current_thread().name)
        return plain(data)

    monkeypatch.setattr(picture_decoding, "_decoded", noted)
    owner = QtCore.QObject()
    decoder = picture_decoding.Decoder(owner)
    got: list[tuple[Any, str]] = []

    def keep(image: Any) -> None:
        got.append((image, threading.current_thread().name))

    small, large = picture(20, 10), picture(480, 270)
    assert len(small) < 32 * 1024 < len(large)
    decoder.decode(small, keep)
    assert got[0][0].size() == QtCore.QSize(20, 10) and worked == ["MainThread"]
    for data in (large, large, b"no picture" * 9000):
        decoder.decode(data, keep)
    assert len(got) == 1, "nothing waits for it"
    until(lambda: len(got) == 4)
    assert {name for _, name in got} == {"MainThread"}
    assert worked[1:] == ["platewright-decode"] * 3
    assert sorted(image.width() for image, _ in got) == [0, 20, 480, 480]
    assert not decoder._timer.isActive()
