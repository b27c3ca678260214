"""Small parts of the panel: the connection's chip, the box for errors, the generator's card."""

from __future__ import annotations

from platewright.contract.money import BudgetState
from platewright.contract.wire import Backend

from .explained import explained
from .look import Tones, em
from .qt import Qt, QtCore, QtGui, QtWidgets, Signal, drop_widgets
from .standing import Standing, Verdict, rules_of
from .trouble import Trouble
from .words import money, stated_price, tr

__all__ = ["BackendCard", "StandingChip", "TroubleBox", "budget_line", "flat_button", "framed", "rule"]


def flat_button(label: str, help: str, shortcut: str = "") -> QtWidgets.QToolButton:
    """A quiet button with its help."""
    button = QtWidgets.QToolButton()
    button.setObjectName("pwFlat")
    button.setText(label)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    explained(button, label, f"{help} ({shortcut})" if shortcut else help)
    return button


def framed(button: QtWidgets.QToolButton) -> QtWidgets.QToolButton:
    """The same button with an outline, for what a page is there to do."""
    button.setProperty("framed", True)
    return button


def rule() -> QtWidgets.QFrame:
    """A thin line between parts."""
    line = QtWidgets.QFrame()
    line.setObjectName("pwRule")
    line.setFixedHeight(1)
    return line


class StandingChip(QtWidgets.QToolButton):
    """A dot and a name for how the host stands with the engine; its help says the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pwFlat")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def show_standing(self, standing: Standing) -> None:
        """Show a state."""
        self.setText(standing.name)
        explained(self, standing.name, f"{standing.sentence} {standing.hint}".strip())
        side = em(self, 0.75) * 4
        picture = QtGui.QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(picture)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Tones(self.palette())[standing.tone])
        painter.drawEllipse(QtCore.QRectF(side * 0.15, side * 0.15, side * 0.7, side * 0.7))
        painter.end()
        self.setIcon(QtGui.QIcon(picture))
        self.setIconSize(QtCore.QSize(em(self, 0.75), em(self, 0.75)))


class TroubleBox(QtWidgets.QFrame):
    """Errors in their place: what happened, what to do, a button that copies all of it, one that takes it away."""

    dismissed = Signal(str, str)

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place
        self._shown: tuple[Trouble, ...] = ()
        self._cards = layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(self, 0.4))
        self.hide()

    def show_troubles(self, troubles: tuple[Trouble, ...]) -> None:
        """Show these, the latest at the top."""
        if troubles == self._shown:
            return
        self._shown = troubles
        layout = self._cards
        drop_widgets(layout)
        for trouble in reversed(troubles[-3:]):
            layout.addWidget(self._card(trouble))
        self.setVisible(bool(troubles))

    def _card(self, trouble: Trouble) -> QtWidgets.QWidget:
        colour = Tones(self.palette())["bad"].name()
        card = QtWidgets.QFrame()
        card.setObjectName("pwTrouble")
        pad = em(self, 0.5)
        card.setStyleSheet(
            f"#pwTrouble {{ border: 1px solid {colour}; border-radius: {em(self, 0.3)}px; background: transparent; }}"
        )
        layout = QtWidgets.QVBoxLayout(card)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setSpacing(em(self, 0.2))
        text = tr(trouble.failure.message)
        said = QtWidgets.QLabel(text[:1].upper() + text[1:])
        said.setProperty("strong", True)
        hint = QtWidgets.QLabel(tr(trouble.failure.hint))
        for label in (said, hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setVisible(bool(label.text()))
            layout.addWidget(label)
        row = QtWidgets.QHBoxLayout()
        code = QtWidgets.QLabel(trouble.failure.code)
        code.setProperty("muted", True)
        row.addWidget(code, 1)
        copy = flat_button(tr("Copy"), tr("Copy the error and its code, for a colleague or a report."))
        copy.clicked.connect(lambda: QtWidgets.QApplication.clipboard().setText(trouble.text))
        away = flat_button(tr("Dismiss"), tr("Take the message away."))
        away.clicked.connect(lambda: self.dismissed.emit(trouble.place, trouble.key))
        row.addWidget(copy)
        row.addWidget(away)
        layout.addLayout(row)
        return card


class BackendCard(QtWidgets.QFrame):
    """What the chosen generator can do, what it costs, where the pixels go, and whether rules allow it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pwCard")
        layout = QtWidgets.QGridLayout(self)
        pad = em(self, 0.6)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setHorizontalSpacing(em(self, 0.8))
        layout.setVerticalSpacing(em(self, 0.15))
        layout.setColumnStretch(1, 1)
        self._words: dict[str, QtWidgets.QLabel] = {}
        self._heads: dict[str, QtWidgets.QLabel] = {}
        for row, (name, label) in enumerate((
            ("can", tr("Can")), ("cost", tr("Cost")), ("where", tr("Pixels")), ("rules", tr("Rules")),
            ("caution", tr("Experimental")),
        )):  # fmt: skip
            head, words = QtWidgets.QLabel(label), QtWidgets.QLabel()
            head.setProperty("muted", True)
            words.setWordWrap(True)
            words.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(head, row, 0, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(words, row, 1)
            self._words[name] = words
            self._heads[name] = head
        explained(self, tr("The generator"), tr("What the chosen generator can do, costs, and does with your pixels."))

    def show_backend(
        self, backend: Backend | None, operation: str, connected: bool, verdict: Verdict | None = None
    ) -> None:
        """Show it; without an engine nobody knows, and that is said. verdict: what the engine's rules said of it."""
        words = self._words
        caution = "" if backend is None else backend.experimental
        for part in (self._heads["caution"], words["caution"]):
            part.setVisible(bool(caution))
        if backend is None:
            unknown = tr("Not known until the engine answers.") if not connected else tr("The engine doesn't know it.")
            for label in words.values():
                label.setText("–")
            words["can"].setText(unknown)
            return
        can = [tr("follows a prompt")] if backend.prompt else [tr("no prompt, works from the plate itself")]
        can.append({
            "bitwise": tr("same request, same bits"), "similar": tr("same request, similar picture"),
            "none": tr("never twice the same"),
        }[backend.determinism])  # fmt: skip
        if backend.largest:
            can.append(tr("up to {n} px a side", n=backend.largest))
        if operation not in backend.operations:
            can = [tr("not this operation")]
        words["can"].setText(", ".join(can))
        words["cost"].setText(stated_price(backend.price))
        local = tr("stay on this machine") if backend.local else tr("leave this machine, to {name}", name=backend.title)
        made = tr("a trained model") if backend.trained else tr("no trained model")
        words["where"].setText("; ".join(word for word in (local, made, backend.terms) if word))
        words["rules"].setText(rules_of(backend, verdict))
        words["caution"].setText(caution[:1].upper() + caution[1:])


def budget_line(budgets: tuple[BudgetState, ...], show: str, shot: str, who: str) -> str:
    """Spent and left of the tightest budget that applies: the shot's, else the show's, else the person's."""
    names = {"shot": f"{show}/{shot}" if show and shot else "", "show": show, "user": who}
    for scope in ("shot", "show", "user"):
        for one in budgets:
            if one.budget.scope == scope and names[scope] and one.budget.name == names[scope]:
                spent, left = money(one.spent), money(one.left)
                spent = tr("nothing") if spent == tr("free") else spent
                left = tr("nothing") if left == tr("free") else left
                return tr("{name}: {spent} spent, {left} left", name=one.budget.name, spent=spent, left=left)
    return tr("no budget set")
