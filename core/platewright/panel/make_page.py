"""Where a take is asked for: the operation, what is selected, the controls, and the one main button."""

from __future__ import annotations

from collections.abc import Callable

from platewright.contract.errors import PlatewrightError

from .backend_words import caution_of, title_of
from .explained import explained
from .field import Choice, Field
from .field_form import FieldForm
from .fields import OPERATIONS
from .inputs_editor import InputsEditor
from .look import em
from .panel_model import PanelModel
from .presets_bar import PresetsBar
from .qt import Qt, QtCore, QtWidgets
from .references_editor import ReferencesEditor
from .several_box import SeveralBox
from .small_parts import BackendCard, StandingChip, TroubleBox, budget_line, flat_button, rule
from .standing import verdict_of
from .trouble import failure_from
from .words import tr

__all__ = ["MakePage", "pick_path"]


def pick_path(field: Field) -> str:
    """Ask for a file or a folder with the host's own dialog."""
    parent = QtWidgets.QApplication.activeWindow()
    if field.kind == "folder":
        return str(QtWidgets.QFileDialog.getExistingDirectory(parent, tr(field.label)))
    return str(QtWidgets.QFileDialog.getOpenFileName(parent, tr(field.label))[0])


class MakePage(QtWidgets.QWidget):
    """pick: what asks for files, for tests. The controls, which take longest to build, come when they are asked for."""

    def __init__(self, model: PanelModel, pick: Callable[[Field], str] = pick_path) -> None:
        super().__init__()
        self._model, self._pick = model, pick
        self._made: FieldForm | None = None
        self._fields: FieldForm | None = None
        layout = QtWidgets.QVBoxLayout(self)
        pad = em(self, 0.7)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setSpacing(em(self, 0.6))
        layout.addLayout(self._header())
        layout.addLayout(self._segments())
        layout.addWidget(self._selected())
        self.presets = PresetsBar(model.form)
        layout.addWidget(self.presets)
        self.backend = BackendCard()
        self.inputs = InputsEditor(model.form)
        self.references = ReferencesEditor(model.form, pick, model.looks)
        self._area = self._scrolled()
        layout.addWidget(self._area, 1)
        layout.addWidget(rule())
        layout.addLayout(self._foot())
        self.inputs.edited.connect(model.put_input)
        self.inputs.forgot.connect(model.touch)
        self.references.edited.connect(model.touch)
        self.presets.applied.connect(self._applied)
        self.presets.told.connect(model.board.say)
        self.presets.failed.connect(self._preset_failed)
        self.trouble.dismissed.connect(model.board.dismiss)

    @property
    def fields(self) -> FieldForm:
        """The controls."""
        while self._fields is None:
            self.build_on()
        return self._fields

    @property
    def is_whole(self) -> bool:
        """Whether the controls are there already."""
        return self._fields is not None

    def build_on(self) -> None:
        """The next piece of work on the controls: they are made in one turn of the loop, and put in in another."""
        if self._made is None:
            self._made = FieldForm(self._model.form, self._pick, {"generator": self._generator()})
            self._made.edited.connect(self._model.put)
        elif self._fields is None:
            self._fields = self._made
            self._area.setWidget(self._fields)
            self._show_fields(self._fields)

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        model = self._model
        if topics & {"form", "backends"}:
            for kind, button in self.segments.items():
                button.setChecked(kind == model.form.operation)
            self.presets.refresh()
            if self._fields is not None:
                self._show_fields(self._fields)
        if "standing" in topics:
            self.chip.show_standing(model.standing)
        if topics & {"form", "backends", "standing", "money"}:
            connected = model.standing.state.value == "connected"
            self.backend.show_backend(
                model.backend(), model.form.operation, connected, verdict_of(model.making.price.first)
            )
        if topics & {"button", "form", "standing", "money"}:
            self._show_button()
        if topics & {"money", "form"}:
            values = model.form.values
            show, shot, who = (str(values[name]) for name in ("rights.show", "rights.shot", "submission.who"))
            self.budget.setText(budget_line(model.budgets, show, shot, who))
        if "troubles" in topics:
            self.trouble.show_troubles(model.board.troubles.at("button"))
        if "said" in topics:
            self.said.setText(model.board.said)

    # Building.

    def _header(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.chip = StandingChip()
        self.chip.clicked.connect(lambda: self._model.session.health())
        self.script = QtWidgets.QLabel(self._model.host.script)
        self.script.setProperty("muted", True)
        self.budget = QtWidgets.QLabel()
        self.budget.setProperty("muted", True)
        explained(
            self.budget, tr("Budget"), tr("Spent and left in the tightest budget that applies: shot, show or you.")
        )
        row.addWidget(self.chip)
        row.addStretch(1)
        row.addWidget(self.budget)
        return row

    def _segments(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(0)
        self.segments: dict[str, QtWidgets.QToolButton] = {}
        group = QtWidgets.QButtonGroup(self)
        group.setExclusive(True)
        for number, choice in enumerate(OPERATIONS, 1):
            button = QtWidgets.QToolButton()
            button.setObjectName("pwSegment")
            button.setText(tr(choice.label))
            button.setCheckable(True)
            button.setShortcut(f"Alt+{number}")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
            explained(button, tr(choice.label), f"{tr(choice.help)} (Alt+{number})")
            button.clicked.connect(lambda checked=False, kind=choice.value: self._model.choose(kind))
            group.addButton(button)
            row.addWidget(button, 1)
            self.segments[choice.value] = button
        return row

    def _selected(self) -> QtWidgets.QWidget:
        card = QtWidgets.QFrame()
        card.setObjectName("pwCard")
        layout = QtWidgets.QVBoxLayout(card)
        pad = em(self, 0.55)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setSpacing(em(self, 0.1))
        self.what, self.which = QtWidgets.QLabel(), QtWidgets.QLabel()
        self.what.setProperty("strong", True)
        self.which.setProperty("muted", True)
        for label in (self.what, self.which):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(label)
        explained(card, tr("Selected"), tr("What the main button works on. It follows your selection."))
        return card

    def _generator(self) -> QtWidgets.QWidget:
        both = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(both)
        layout.setContentsMargins(0, em(self, 0.2), 0, 0)
        layout.setSpacing(em(self, 0.5))
        layout.addWidget(self.backend)
        layout.addWidget(self.inputs)
        layout.addWidget(self.references)
        return both

    def _scrolled(self) -> QtWidgets.QScrollArea:
        area = QtWidgets.QScrollArea()
        area.setObjectName("pwScroll")
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _foot(self) -> QtWidgets.QLayout:
        layout = QtWidgets.QVBoxLayout()
        layout.setSpacing(em(self, 0.35))
        self.trouble = TroubleBox("button")
        layout.addWidget(self.trouble)
        self.why = QtWidgets.QLabel()
        self.why.setWordWrap(True)
        self.why.setProperty("muted", True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.why)
        self.bar = QtWidgets.QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(em(self, 0.4))
        self.bar.hide()
        layout.addWidget(self.bar)
        row = QtWidgets.QHBoxLayout()
        self.main = QtWidgets.QPushButton()
        self.main.setObjectName("pwMain")
        self.main.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.main.clicked.connect(self._model.make)
        self.price = QtWidgets.QLabel()
        explained(self.price, tr("Cost"), tr("The most it can cost, asked of the engine before anything is sent."))
        self.drop = flat_button(tr("Don't send"), tr("Send nothing. What was exported can be used again."))
        self.drop.clicked.connect(self._model.making.drop_held)
        self.drop.hide()
        row.addWidget(self.main, 1)
        row.addWidget(self.drop)
        row.addWidget(self.price)
        layout.addLayout(row)
        self.said = QtWidgets.QLabel()
        self.said.setProperty("muted", True)
        self.said.setWordWrap(True)
        layout.addWidget(self.said)
        return layout

    # Showing.

    def _show_button(self) -> None:
        model, button = self._model, self._model.button()
        self.main.setText(button.label)
        self.main.setEnabled(button.enabled)
        explained(self.main, button.label, f"{button.sentence} {button.hint} (Ctrl+Return)".strip())
        self.drop.setVisible(button.verb == "send")
        self.price.setText(button.price)
        self.price.setVisible(bool(button.price))
        found = model.selection
        if found.plate:
            apart = found.matte and model.form.operation != "extend" and found.matte != found.plate
            self.what.setText(f"{found.plate}  ·  {found.matte}" if apart else found.plate)
            frames = tr("frames {range}", range=found.frames)
            take = f"{found.element}_v{found.version:03d}" if found.element else ""
            script = model.host.script if model.host.script != found.plate else ""
            self.which.setText("  ·  ".join(word for word in (take, frames, script) if word))
        else:
            self.what.setText(tr("Nothing selected"))
            self.which.setText(found.hint or found.trouble)
        quiet = button.enabled and button.verb == "make"
        self.why.setText(button.hint if quiet else f"{button.sentence} {button.hint}".strip())
        self.why.setVisible(bool(self.why.text()))
        done = model.making.progress
        self.bar.setVisible(done is not None)
        if done is not None:
            self.bar.setRange(0, max(1, done[2]))
            self.bar.setValue(done[1])

    def _show_fields(self, fields: FieldForm) -> None:
        self._show_backends(fields)
        fields.refresh()
        self.inputs.refresh()
        self.references.refresh()

    def _show_backends(self, fields: FieldForm) -> None:
        row = fields.rows["backend"]
        box = row.control.focus
        titles = {one.name: one.title for one in self._model.backends}
        self.inputs.titles = titles
        others = fields.rows["host.also"].control.focus
        if isinstance(others, SeveralBox):
            chosen, kind = self._model.form.values["backend"], self._model.form.operation
            fit = [one for one in self._model.backends if one.name != chosen and kind in one.operations]
            others.offer(Choice(one.name, title_of(one), caution_of(one)) for one in fit)
        if isinstance(box, QtWidgets.QComboBox) and self._model.backends:
            offered = [title_of(one) for one in self._model.backends]
            if [box.itemText(i) for i in range(box.count())] != offered:
                blocker = QtCore.QSignalBlocker(box)
                box.clear()
                for one in self._model.backends:
                    box.addItem(title_of(one), one.name)
                    box.setItemData(box.count() - 1, caution_of(one), Qt.ItemDataRole.ToolTipRole)
                box.setCurrentIndex(max(0, box.findData(self._model.form.values["backend"])))
                blocker.unblock()

    def _applied(self) -> None:
        self._model.touch()
        self.fields.force()
        self.inputs.refresh()

    def _preset_failed(self, error: PlatewrightError) -> None:
        self._model.board.trouble("button", failure_from(error))
