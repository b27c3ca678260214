"""The chosen take's picture plays: one frame after the other is asked for, and no other take's."""

from __future__ import annotations

from typing import Any

import pytest

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")

from platewright.contract.decisions import TakeSummary  # noqa: E402
from platewright.panel.pictures import PictureStore, Wanted  # noqa: E402
from platewright.panel.take_history import TakeHistory  # noqa: E402
from platewright.panel.take_rows import TakePainter, TakeRows  # noqa: E402


class Asked(PictureStore):
    """Has no picture, and remembers which it was asked for."""

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.wanted: list[Wanted] = []

    def get(self, wanted: Wanted) -> Any:
        self.wanted.append(wanted)
        return None


def test_the_chosen_take_plays_and_the_others_stand_still(application: Any) -> None:
    history, pictures = TakeHistory(), Asked()
    history.show(
        TakeSummary(
            "rig", version, f"/e/rig/rig_v00{version}.take.json", "/e/rig/x", f"2026-01-0{version}", "1001-1003"
        )
        for version in (1, 2)
    )
    view = QtWidgets.QListView()
    rows = TakeRows(history)
    view.setModel(rows)
    painter = TakePainter(view, history, pictures)
    view.setItemDelegate(painter)
    rows.refresh()
    view.resize(400, 400)
    assert painter.advance() is False
    painter.playing = "/e/rig/rig_v002.take.json"
    seen: dict[int, set[int]] = {1: set(), 2: set()}
    for _ in range(3):
        assert painter.advance() is True
        view.grab()
    for wanted in pictures.wanted:
        seen[wanted.version].add(wanted.frame)
    assert seen == {1: {1002}, 2: {1001, 1002, 1003}}
