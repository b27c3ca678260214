"""How the panel looks: colours taken from the host's palette, lengths from its font, one small style sheet.

Nothing is a fixed number of pixels: `em` is the height of a line of the host's font on the screen it is on.
"""

from __future__ import annotations

from .qt import Qt, QtGui, QtWidgets

__all__ = ["Tones", "desktop_palette", "em", "mixed", "muted", "sheet"]


def em(widget: QtWidgets.QWidget, times: float = 1.0) -> int:
    """So many lines of text, in pixels of the widget's screen; at least 1."""
    return max(1, int(round(widget.fontMetrics().height() * times)))


def mixed(one: QtGui.QColor, other: QtGui.QColor, share: float) -> QtGui.QColor:
    """A colour between two; share 0 is the first."""
    parts = [
        round(a + (b - a) * share)
        for a, b in ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    ]
    return QtGui.QColor(*parts)


def muted(palette: QtGui.QPalette) -> QtGui.QColor:
    """The colour of text that matters less, still legible on the window."""
    return mixed(
        palette.color(QtGui.QPalette.ColorRole.WindowText), palette.color(QtGui.QPalette.ColorRole.Window), 0.35
    )


class Tones:
    """The colours of states, light enough on a dark host and dark enough on a light one."""

    def __init__(self, palette: QtGui.QPalette) -> None:
        dark = palette.color(QtGui.QPalette.ColorRole.Window).lightness() < 128
        words = {
            "good": ("#5fbf87", "#1f7a45"),
            "busy": ("#62a6f5", "#1c5fb0"),
            "warn": ("#e5b04f", "#8a5a00"),
            "bad": ("#f0766f", "#b3261e"),
        }
        self._found = {name: QtGui.QColor(pair[0 if dark else 1]) for name, pair in words.items()}
        self._found["quiet"] = muted(palette)

    def __getitem__(self, tone: str) -> QtGui.QColor:
        return self._found[tone]


def desktop_palette() -> QtGui.QPalette:
    """A dark, neutral palette for where no host brings one: colours are judged beside it."""
    role = QtGui.QPalette.ColorRole
    palette = QtGui.QPalette()
    plain = {
        role.Window: "#2b2b2d", role.Base: "#202022", role.AlternateBase: "#27272a", role.Button: "#3a3a3d",
        role.WindowText: "#e4e4e6", role.Text: "#e4e4e6", role.ButtonText: "#e4e4e6", role.BrightText: "#ffffff",
        role.ToolTipBase: "#1b1b1d", role.ToolTipText: "#e4e4e6", role.Highlight: "#3d7fd9",
        role.HighlightedText: "#ffffff", role.Link: "#6fa8f0", role.Light: "#4a4a4e", role.Midlight: "#424246",
        role.Dark: "#1a1a1c", role.Mid: "#242427", role.Shadow: "#101012", role.PlaceholderText: "#8c8c92",
    }  # fmt: skip
    for name, colour in plain.items():
        palette.setColor(name, QtGui.QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QtGui.QPalette.ColorGroup.Disabled, name, QtGui.QColor("#7d7d83"))
    palette.setColor(QtGui.QPalette.ColorGroup.Disabled, role.Highlight, QtGui.QColor("#4a4a4e"))
    return palette


def sheet(widget: QtWidgets.QWidget) -> str:
    """The style sheet for a panel, made from its palette and font."""
    palette = widget.palette()
    role = QtGui.QPalette.ColorRole
    window, text = palette.color(role.Window), palette.color(role.WindowText)
    accent = palette.color(role.Highlight)
    if accent.saturation() < 40:  # a grey highlight, as some hosts have, is no colour for the one main button
        accent = QtGui.QColor("#3d7fd9")
    line, card, hover = mixed(window, text, 0.16), mixed(window, text, 0.045), mixed(window, text, 0.10)
    small, gap, round_ = em(widget, 0.25), em(widget, 0.45), em(widget, 0.3)
    quiet = muted(palette)
    bright = mixed(accent, QtGui.QColor(Qt.GlobalColor.white), 0.12)
    off = mixed(window, text, 0.12)
    return f"""
    #pwCard {{ background: {card.name()}; border: 1px solid {line.name()}; border-radius: {round_}px; }}
    #pwMuted, QLabel[muted="true"] {{ color: {quiet.name()}; }}
    QLabel[strong="true"] {{ font-weight: 600; }}
    #pwMain {{ background: {accent.name()}; color: white; border: none; border-radius: {round_}px;
        padding: {gap}px {2 * gap}px; font-weight: 600; }}
    #pwMain:hover {{ background: {bright.name()}; }}
    #pwMain:pressed {{ background: {mixed(accent, window, 0.25).name()}; }}
    #pwMain:disabled {{ background: {off.name()}; color: {quiet.name()}; }}
    #pwMain:focus {{ border: 1px solid {text.name()}; }}
    #pwSegment {{ background: {card.name()}; border: 1px solid {line.name()}; padding: {gap}px {small}px;
        color: {quiet.name()}; }}
    #pwSegment:hover {{ background: {hover.name()}; }}
    #pwSegment:checked {{ background: {mixed(window, accent, 0.45).name()}; color: {text.name()};
        border-color: {accent.name()}; font-weight: 600; }}
    #pwSegment:focus {{ border-color: {bright.name()}; }}
    #pwFold {{ background: transparent; border: none; text-align: left; font-weight: 600;
        padding: {small}px 0px; }}
    #pwFold:hover {{ color: {bright.name()}; }}
    #pwFold:focus {{ text-decoration: underline; }}
    #pwFlat {{ background: transparent; border: 1px solid transparent; border-radius: {round_}px;
        padding: {small}px {gap}px; }}
    #pwFlat[framed="true"] {{ background: {card.name()}; border-color: {line.name()}; }}
    #pwFlat:hover, #pwFlat:focus, #pwFlat[framed="true"]:hover,
    #pwFlat[framed="true"]:focus {{ background: {hover.name()}; border-color: {line.name()}; }}
    #pwFlat:checked {{ background: {hover.name()}; border-color: {accent.name()}; }}
    #pwFlat:disabled {{ color: {mixed(quiet, window, 0.4).name()}; }}
    #pwRule {{ background: {line.name()}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: {em(widget, 0.55)}px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {mixed(window, text, 0.25).name()}; border-radius: {small}px;
        min-height: {em(widget, 2)}px; }}
    QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
    QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical {{ background: transparent; }}
    QScrollArea#pwScroll, QScrollArea#pwScroll > QWidget > QWidget {{ background: transparent; border: none; }}
    """
