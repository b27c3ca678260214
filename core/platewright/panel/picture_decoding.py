"""Pictures decoded beside the UI's thread: a frame for the viewer takes longer than a turn of the event loop may.

`QImageReader` lets other threads of Python go on while it reads (`QImage.fromData` holds them up), and a QImage may be
made anywhere. A timer on the UI's thread fetches what is done, so that no thread ever touches a widget.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from .qt import QtCore, QtGui

__all__ = ["Decoder"]

_SMALL = 32 * 1024
"""Bytes; a thumbnail is decoded at once, for less than a thread costs."""
_LOOK_EVERY_MS = 8

Then = Callable[[QtGui.QImage], object]


class Decoder(QtCore.QObject):
    """To be used on the UI's thread, where `then` is called with each picture; a null one for what is none."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._done: queue.SimpleQueue[tuple[QtGui.QImage, Then]] = queue.SimpleQueue()
        self._open = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._fetch)

    def decode(self, data: bytes, then: Then) -> None:
        """Decode a picture; `then` gets it, at once where it is small."""
        if len(data) <= _SMALL:
            then(_decoded(data))
            return
        done = self._done

        def work() -> None:
            done.put((_decoded(data), then))

        self._open += 1
        self._timer.start()
        threading.Thread(target=work, name="platewright-decode", daemon=True).start()

    def _fetch(self) -> None:
        """One picture a turn: what is done with it takes time too."""
        try:
            image, then = self._done.get_nowait()
        except queue.Empty:
            return
        self._open -= 1
        if not self._open:
            self._timer.stop()
        then(image)


def _decoded(data: bytes) -> QtGui.QImage:
    held = QtCore.QByteArray(data)
    buffer = QtCore.QBuffer(held)
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    return QtGui.QImageReader(buffer).read()
