# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where what the engine says reaches Blender: a persistent timer that drains and never waits.

Threads of the session never touch `bpy`. Loading a file, undo and redo ask the engine anew what the file waits for.
"""

from __future__ import annotations

import atexit
from typing import Any

import bpy

from platewright.client.session import Session

from . import engine_setup
from .backend_inputs import declare
from .compat import compositor_tree
from .extending import origin_of
from .flow import Flow
from .link import JobView, Link
from .placing import Placed
from .preferences import engine_command
from .takes import Take
from .waiting import waiting

__all__ = ["flow", "is_busy", "renew", "start", "stop", "tick"]

_BUSY_S, _IDLE_S = 0.1, 0.5
_AREAS = {"NODE_EDITOR", "IMAGE_EDITOR", "CLIP_EDITOR", "VIEW_3D", "SEQUENCE_EDITOR", "PREFERENCES"}
_flow: Flow | None = None


def flow() -> Flow:
    """What is under way; the engine is neither looked for nor started by asking."""
    global _flow
    if _flow is None:
        session = Session(f"blender {bpy.app.version_string}", command=engine_command())
        made: list[Flow] = []

        def finished(view: JobView) -> None:
            made[0].finished(view)

        made.append(Flow(Link(session, finished), _after_placing))
        made[0].link.declared = declare
        _flow = made[0]
    return _flow


def renew() -> None:
    """Let go of the session and look for the engine anew, which starts it: after its program or place has changed."""
    global _flow
    if _flow is not None:
        _flow.close()
        _flow = None
    flow().link.session.health()
    flow().reattach()


def is_busy() -> bool:
    """Whether anything is under way."""
    if engine_setup.is_running():
        return True
    if _flow is None:
        return False
    return bool(
        _flow.drawings or _flow.cuttings or _flow.placing or any(job.state.is_open for job in _flow.link.jobs.values())
    )


def tick() -> float:
    """Drain, and redraw where something changed; the seconds until the next time. Never raises, never waits."""
    if engine_setup.has_ended_well():
        renew()
    if _flow is not None:
        try:
            if _flow.tick() or engine_setup.is_running():
                _redraw()
        except Exception as error:  # a timer that raises is never called again
            print(f"Platewright: {type(error).__name__}: {error}")
    return _BUSY_S if is_busy() else _IDLE_S


def start() -> None:
    """Begin: the timer, and the handlers that ask again after a file was loaded or undo went back."""
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=_IDLE_S, persistent=True)
    for handlers, look in _handlers():
        if look not in handlers:
            handlers.append(look)
    atexit.register(stop)


def stop() -> None:
    """End the timer, the session's threads and mattes that are being drawn; the engine and its jobs go on."""
    global _flow
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    for handlers, look in _handlers():
        if look in handlers:
            handlers.remove(look)
    atexit.unregister(stop)
    if _flow is not None:
        _flow.close()
        _flow = None


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _opened(*_: Any) -> None:
    """After loading: what the file says of jobs is old; the engine knows. What waits for a yes was for another file."""
    if _flow is not None:
        _flow.offers.clear()
    _look_again(True)


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _went_back(*_: Any) -> None:
    """After undo or redo, likewise."""
    _look_again(False)


def _look_again(opened: bool) -> None:
    if any(waiting(scene) for scene in bpy.data.scenes):
        flow().reattach(opened)


def _handlers() -> tuple[tuple[Any, Any], ...]:
    handlers = bpy.app.handlers
    return (handlers.load_post, _opened), (handlers.undo_post, _went_back), (handlers.redo_post, _went_back)


def _after_placing(placed: Placed | None, take: Take) -> None:
    """One step of undo for what the timer placed, and a look at the scene that was made for it."""
    if placed is not None:
        made = next((one for one in bpy.data.scenes if compositor_tree(one) == placed.group.id_data), None)
        for window in bpy.context.window_manager.windows:
            if made is not None and origin_of(made) == window.scene:
                window.scene = made
    bpy.ops.ed.undo_push(message=f"Platewright: {take.label}")


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _AREAS:
                area.tag_redraw()
    if bpy.context.workspace is not None:
        bpy.context.workspace.status_text_set(None)  # the status bar is no area; this draws it anew
