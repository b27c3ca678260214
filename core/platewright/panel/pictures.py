"""Pictures from the engine, asked for as they are needed and kept while there is room: thumbnails and viewer frames."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.decisions import TakeSummary
from platewright.contract.request import Request

from .picture_decoding import Decoder
from .qt import QtCore, QtGui, Signal
from .take_work import root_of
from .words import tr

__all__ = ["PictureStore", "Wanted", "of_take"]

_AT_ONCE = 3
_MOST_WAITING = 24
_AGAIN_AFTER_S = 5.0


@dataclass(frozen=True)
class Wanted:
    """A picture: a take's frame (`what`: composite, plate, patch, matte, sources) or a file below a root.

    width: most pixels across. roots: further folders that a take's plate may lie in. how: display, view, exposure, …
    """

    root: str
    element: str = ""
    version: int = 0
    frame: int = 0
    what: str = "composite"
    path: str = ""
    width: int = 256
    roots: tuple[str, ...] = ()
    how: tuple[tuple[str, str], ...] = ()


def of_take(take: TakeSummary, request: Request | None, frame: int, width: int, what: str = "composite") -> Wanted:
    """A take's frame. Without its request nobody knows where the plate lies, so the patch alone is shown."""
    roots: tuple[str, ...] = ()
    if request is None and what in ("composite", "plate"):
        what = "patch"
    elif request is not None:
        folder = request.plate.pattern.replace("\\", "/").rpartition("/")[0]
        roots = (folder,) if folder else ()
    return Wanted(root_of(take), take.element, take.version, frame, what, width=width, roots=roots)


class PictureStore(QtCore.QObject):
    """arrived: a picture that was asked for is there, or can't be had. most: how many are kept."""

    arrived = Signal(object)

    def __init__(self, session: Session, most: int = 400) -> None:
        super().__init__()
        self._session = session
        self._most = most
        self._kept: OrderedDict[Wanted, QtGui.QImage] = OrderedDict()
        self._waiting: OrderedDict[Wanted, None] = OrderedDict()
        self._asked: set[Wanted] = set()
        self._failed: dict[Wanted, tuple[float, str]] = {}
        self._decoder = Decoder(self)

    def get(self, wanted: Wanted) -> QtGui.QImage | None:
        """The picture if it is here; else it is asked for, the latest wish first, and told by `arrived`."""
        found = self._kept.get(wanted)
        if found is not None:
            self._kept.move_to_end(wanted)
            return found
        if wanted in self._asked or self._rests(wanted):
            return None
        self._waiting[wanted] = None
        self._waiting.move_to_end(wanted)
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        self._ask_more()
        return None

    def failure(self, wanted: Wanted) -> str:
        """Why a picture can't be had, as a sentence; empty while it may still come."""
        return self._failed[wanted][1] if wanted in self._failed else ""

    def forget(self) -> None:
        """Drop all that is kept: files have changed."""
        self._kept.clear()
        self._failed.clear()

    def _rests(self, wanted: Wanted) -> bool:
        failed = self._failed.get(wanted)
        if failed is None:
            return False
        if time.monotonic() - failed[0] < _AGAIN_AFTER_S:
            return True
        self._failed.pop(wanted, None)
        return False

    def _ask_more(self) -> None:
        while self._waiting and len(self._asked) < _AT_ONCE:
            wanted, _ = self._waiting.popitem()
            self._asked.add(wanted)
            self._ask(wanted).then(lambda reply, wanted=wanted: self._take(wanted, reply))  # type: ignore[misc]

    def _ask(self, wanted: Wanted) -> Reply[bytes]:
        if wanted.path:
            return self._session.picture(wanted.root, wanted.path, wanted.width, **dict(wanted.how))
        how = {"what": wanted.what, **dict(wanted.how)}
        return self._session.take_picture(
            wanted.root, wanted.element, wanted.version, wanted.frame, wanted.width, wanted.roots, **how
        )

    def _take(self, wanted: Wanted, reply: Reply[bytes]) -> None:
        if reply.value is not None:
            self._decoder.decode(reply.value, lambda image: self._keep(wanted, image))
        else:
            self._keep(wanted, QtGui.QImage(), reply.failure.message if reply.failure is not None else "")

    def _keep(self, wanted: Wanted, image: QtGui.QImage, why: str = "") -> None:
        self._asked.discard(wanted)
        if image.isNull():
            self._failed[wanted] = (time.monotonic(), why or tr("the picture can't be read"))
        else:
            self._kept[wanted] = image
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._ask_more()
        self.arrived.emit(wanted)
