# SPDX-License-Identifier: GPL-3.0-or-later
"""What a narrow sidebar needs to say things: sentences over several lines, and bars. Knows nothing of jobs or takes."""

from __future__ import annotations

from typing import Any

__all__ = ["draw_progress", "draw_text"]

_LINE, _ICON = 36, 5
"""Characters that fit into a line of the sidebar as wide as it opens, and those that an icon takes the place of."""


def draw_progress(layout: Any, text: str, share: float) -> None:
    """A bar with words in it."""
    if hasattr(layout, "progress"):
        layout.progress(text=text, factor=share)
    else:
        layout.label(text=f"{text} {share:.0%}")


def draw_text(layout: Any, text: str, icon: str = "NONE") -> None:
    """A sentence over as many lines as the narrow sidebar needs."""
    words, line = text.split(), ""
    lines: list[str] = []
    if not words:
        return
    for word in words:
        room = _LINE if lines or icon == "NONE" else _LINE - _ICON
        if len(line) + len(word) > room and line:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    column = layout.column(align=True)
    for number, one in enumerate([*lines, line]):
        column.label(text=one, icon=icon if not number else "NONE")
