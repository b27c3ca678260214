"""`platewright desktop`: the panel with a viewer, for people without a host."""

from __future__ import annotations

import argparse
import signal

from platewright.contract.errors import RequestError

from .console import Console
from .own_name import own_command, own_name

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright desktop plate.1001.exr
  platewright desktop 'shots/sh010/plate.####.exr'
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plate", nargs="?", default="", metavar="FILE", help="a frame of the sequence to open")


def run(options: argparse.Namespace, console: Console) -> int:
    """Show the window until it is closed. Raises RequestError `desktop_not_installed`."""
    try:
        from platewright.panel.qt import QtCore, QtWidgets
    except RequestError as error:
        raise RequestError(
            "the desktop's window is not installed",
            code="desktop_not_installed",
            hint="Run `python3 install/run.py setup --desktop` once; it adds PySide6 (0.3 GB).",
        ) from error
    from platewright.client.session import Session
    from platewright.panel.desktop_window import DesktopWindow
    from platewright.panel.look import desktop_palette
    from platewright.publish.judging import judge

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([own_name()])
    assert isinstance(application, QtWidgets.QApplication)
    application.setApplicationName("Platewright")
    application.setStyle("Fusion")
    application.setPalette(desktop_palette())
    session = Session("desktop", command=own_command())
    window = DesktopWindow(session)
    window.host.judge_by = judge
    window.show()
    # Ctrl-C in the terminal closes the window; by a timer, because nothing hears that before the loop runs.
    stops: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: stops.append(number))
    waker = QtCore.QTimer()
    waker.timeout.connect(lambda: window.close() if stops else None)
    waker.start(250)
    if options.plate:
        window.open_file(options.plate)
    else:
        session.health()  # starts the engine, so that takes are listed without a first request
    try:
        code = application.exec() if hasattr(application, "exec") else application.exec_()
    finally:
        signal.signal(signal.SIGINT, before)
    return int(code)
