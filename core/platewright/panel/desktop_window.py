"""The desktop: the same panel with a viewer between its parts, for people without a host."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platewright.client.messages import State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.decisions import TakeSummary
from platewright.contract.wire import Exported, ExportOrder, SequenceLook, Views

from .desktop_host import DesktopHost
from .desktop_shot import DesktopShot
from .desktop_viewer import DesktopViewer
from .kept_values import KeptValues
from .look import em, sheet
from .make_page import pick_path
from .panel_model import PanelModel
from .panel_widget import PanelWidget
from .pictures import PictureStore
from .qt import QShortcut, QtCore, QtGui, QtWidgets
from .take_words import label_of
from .words import tr

__all__ = ["DesktopWindow"]

_PICTURES = "*.exr *.sxr *.dpx *.tif *.tiff *.png *.jpg"


class DesktopWindow(QtWidgets.QMainWindow):
    """Open it with a session; `open_file` with any frame of a sequence. ask_file, ask_folder: for tests."""

    def __init__(self, session: Session, shot: DesktopShot | None = None, kept: KeptValues | None = None) -> None:
        super().__init__()
        self.shot = shot if shot is not None else DesktopShot()
        self.host = DesktopHost(self.shot, session)
        self.host.ask_export, self.host.exported = self._ask_export, self._exported
        self.ask_file: Callable[[], str] = self._dialog
        self.ask_folder: Callable[[TakeSummary], tuple[str, bool] | None] = self._folder_dialog
        self._session = session
        self._asked_views = False
        self.pictures = PictureStore(session, most=160)
        self.viewer = DesktopViewer(self.shot, self.pictures)
        self.model = PanelModel(session, self.host, kept)
        self.viewer.history = self.model.takes.history
        self.host.folder = lambda: str(self.model.form.values["host.root"])
        self.host.show_place = self._show_place
        self.panel = PanelWidget(self.model, pick_path, self.viewer, self.pictures)
        self.setCentralWidget(self.panel)
        self.setStyleSheet(sheet(self))
        self.setAcceptDrops(True)
        self.viewer.wants_open.connect(self.open_dialog)
        self.viewer.wants_matte.connect(self.matte_dialog)
        self.viewer.drawn.connect(self.shot.keep)
        self.panel.work.takes.chosen.connect(self._chosen)
        self.model.board.listeners.append(self._changed)
        QShortcut(QtGui.QKeySequence("Ctrl+O"), self).activated.connect(self.open_dialog)
        self._title()
        screen = self.screen().availableGeometry() if self.screen() is not None else QtCore.QRect(0, 0, 1400, 900)
        self.resize(min(em(self, 112), screen.width()), min(em(self, 62), screen.height()))

    def open_file(self, path: str) -> None:
        """Open the sequence that a file is a frame of; the engine looks at it."""
        folder, name = self._placed(path)
        self.model.board.say(tr("Opening {name}…", name=name))
        self._session.sequence(folder, name).then(self._opened)

    def open_dialog(self) -> None:
        """Ask for a file."""
        found = self.ask_file()
        if found:
            self.open_file(found)

    def matte_dialog(self) -> None:
        """Ask for a file of the matte; where one is in use, go back to the drawing."""
        found = "" if self.shot.matte else self.ask_file()
        if found:
            folder, name = self._placed(found)
            self._session.sequence(folder, name).then(self._matte_opened)
        elif self.shot.matte:
            self.shot.use_matte("")
            self.model.board.say(tr("The matte is what you draw."))
        self.viewer.refresh()

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        for url in event.mimeData().urls()[:1]:
            if url.isLocalFile():
                self.open_file(url.toLocalFile())
                event.acceptProposedAction()

    def closeEvent(self, event: Any) -> None:
        self.shot.keep()
        self.panel.close_session()
        super().closeEvent(event)

    # Inside.

    def _placed(self, path: str) -> tuple[str, str]:
        """The folder and the name of a file that somebody named, by a pattern or a folder too."""
        folder, _, name = os.path.abspath(os.path.expanduser(path)).replace("\\", "/").rpartition("/")
        if Path(path).is_dir():
            inside = sorted(one.name for one in Path(path).iterdir() if one.suffix.lower() in _PICTURES)
            folder, name = f"{folder}/{name}", inside[0] if inside else name
        if "#" in name or "%" in name:
            name = self._first_of(folder, name)
        return folder, name

    def _matte_opened(self, reply: Reply[SequenceLook]) -> None:
        if reply.value is not None:
            self.shot.use_matte(reply.value.pattern)
            name = reply.value.pattern.rpartition("/")[2]
            self.model.board.say(tr("The matte is {name}, frames {range}.", name=name, range=reply.value.frames))
        elif reply.failure is not None:
            self.model.board.trouble("button", reply.failure)
        self.viewer.refresh()

    def _opened(self, reply: Reply[SequenceLook]) -> None:
        if reply.value is None:
            if reply.failure is not None:
                self.model.board.trouble("button", reply.failure)
            return
        before = self.host.root()
        self.shot.open(reply.value)
        if self.model.form.values["host.root"] in ("", before):
            self.model.put("host.root", self.host.root())
        self.pictures.forget()
        self.viewer.show_take(None)
        self.viewer.refresh()
        self.model.board.dismiss("button")
        space = reply.value.colour_space or tr("no colour space declared")
        box = reply.value.display
        self.model.board.say(tr("{w} × {h}, {space}", w=box.width, h=box.height, space=space))
        self._title()

    def _title(self) -> None:
        name = self.host.script
        self.setWindowTitle(f"{name} – Platewright" if self.shot.plate is not None else "Platewright")

    def _changed(self, topics: frozenset[str]) -> None:
        if "standing" in topics and self.model.standing.state is State.CONNECTED and not self._asked_views:
            self._asked_views = True
            self._session.views().then(self._views)

    def _views(self, reply: Reply[Views]) -> None:
        if reply.value is not None:
            self.viewer.views(reply.value.views)

    def _show_place(self, frame: int | None, record: str) -> None:
        """Choose the take of a record, and show a frame."""
        take = next((one for one in self.model.takes.history.takes if one.record == record), None)
        if take is not None:
            self.panel.work.takes.choose(label_of(take))
        if frame is not None:
            self.viewer.go_to(frame)

    def _chosen(self, take: TakeSummary | None) -> None:
        self.host.chosen = take
        self.viewer.show_take(take)

    def _ask_export(self, take: TakeSummary) -> ExportOrder | None:
        found = self.ask_folder(take)
        if found is None:
            return None
        folder, whole = found
        request = self.model.takes.history.request_of(take)
        plate = request.plate.pattern if request is not None else ""
        roots = (plate.rpartition("/")[0],) if plate else ()
        return ExportOrder(folder, "comp" if whole else "patch", roots)

    def _exported(self, take: TakeSummary, reply: Reply[Exported]) -> None:
        if reply.value is not None:
            words = tr(
                "{take}: {n} files in {folder}", take=label_of(take), n=reply.value.files, folder=reply.value.folder
            )
            self.model.board.say(words)
        elif reply.failure is not None:
            self.model.board.trouble("history", reply.failure)

    def _dialog(self) -> str:
        names = f"{tr('Pictures')} ({_PICTURES})"
        return str(QtWidgets.QFileDialog.getOpenFileName(self, tr("Open a sequence"), "", names)[0])

    def _folder_dialog(self, take: TakeSummary) -> tuple[str, bool] | None:
        kinds = [tr("The comp: the plate with the take in it"), tr("The take's own files: patch, record, manifest")]
        title = tr("Export {take}", take=label_of(take))
        what, accepted = QtWidgets.QInputDialog.getItem(self, title, tr("What is copied"), kinds, 0, False)
        if not accepted:
            return None
        folder = str(QtWidgets.QFileDialog.getExistingDirectory(self, tr("Export to an empty folder")))
        return (folder, what == kinds[0]) if folder else None

    def _first_of(self, folder: str, name: str) -> str:
        """The first file of a pattern as people type it; the name itself where there is none."""
        head = name.partition("#")[0].partition("%")[0]
        tail = os.path.splitext(name)[1]
        try:
            found = sorted(one for one in os.listdir(folder) if one.startswith(head) and one.endswith(tail))
        except OSError:
            return name
        return found[0] if found else name
