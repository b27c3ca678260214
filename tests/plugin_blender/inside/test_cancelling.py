"""A job stopped from Blender: it ends in the engine too, the panel says so, the file is as it was; and tried again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from test_with_engine import ENGINE, engine, run_here, shot_with_mask, until

Part = Callable[[str], Any]
pytestmark = [
    pytest.mark.timeout(280),
    pytest.mark.skipif(not ENGINE, reason="no engine was given (PLATEWRIGHT_ENGINE_PROGRAM)"),
]
__all__ = ["engine"]  # a fixture


class Layout:
    """What a panel draws, as words and buttons: without a window nothing is drawn."""

    def __init__(self, drawn: list[str] | None = None) -> None:
        self.drawn: list[str] = [] if drawn is None else drawn
        self.job = ""

    def panel(self, *_: Any, **__: Any) -> tuple[Layout, Layout]:
        return Layout(self.drawn), Layout(self.drawn)

    def box(self) -> Layout:
        return Layout(self.drawn)

    def row(self, **_: Any) -> Layout:
        return Layout(self.drawn)

    column = row

    def label(self, *, text: str = "", **_: Any) -> None:
        self.drawn.append(text)

    def progress(self, *, text: str = "", **_: Any) -> None:
        self.drawn.append(text)

    def operator(self, name: str, **_: Any) -> Layout:
        self.drawn.append(name)
        return Layout(self.drawn)


def panel_says(part: Part) -> list[str]:
    layout = Layout()
    part("panels")._draw_jobs(layout)
    return layout.drawn


def running_job(part: Part, folder: Path) -> Any:
    """A job that goes on until it is stopped, sent from the saved comp; it has begun."""
    _, node, settings = shot_with_mask(part, folder)
    settings.seed = 98
    run_here(part, node, "regenerate", at_once=True)
    pump = part("pump")
    until(pump, lambda: any(one.step is not None for one in pump.flow().link.jobs.values()))
    bpy.ops.wm.save_mainfile()
    (job,) = pump.flow().link.jobs.values()
    assert job.state.is_open
    return job


def state_in_engine(part: Part, job: str) -> str:
    """What the engine itself says of it now."""
    heard: list[Any] = []
    part("pump").flow().link.session.job(job).then(heard.append)
    until(part("pump"), lambda: heard)
    return str(heard[0].value.state.value)


def cancelled(part: Part, folder: Path, job: Any, press: str) -> None:
    """Cancel and look at everything that a stopped job must leave alone. press: what the button names."""
    pump, tree = part("pump"), part("compat").compositor_tree(bpy.context.scene)
    nodes, saved = sorted(one.name for one in tree.nodes), (folder / "shot.blend").read_bytes()
    drawn = panel_says(part)
    assert "platewright.cancel" in drawn and any(one.startswith("rig: Running") for one in drawn)
    assert bpy.ops.platewright.cancel(job=press) == {"FINISHED"}
    jobs = pump.flow().link.jobs
    until(pump, lambda: not jobs[job.id].state.is_open)
    assert jobs[job.id].state.value == state_in_engine(part, job.id) == "cancelled"
    drawn = panel_says(part)
    assert "rig: Cancelled" in drawn and "platewright.retry" in drawn and "platewright.cancel" not in drawn
    assert not pump.is_busy() and not pump.flow().troubles
    assert sorted(one.name for one in tree.nodes) == nodes and not list(part("placing").placements())
    assert (folder / "shot.blend").read_bytes() == saved, "the file is not touched"
    assert not list((folder / "elements" / "rig").glob("*.take.json")), "no take is made of a part"


def test_a_running_job_is_cancelled_and_placed_when_it_is_tried_again(part: Part, folder: Path, engine: Path) -> None:
    job = running_job(part, folder)
    cancelled(part, folder, job, job.id)
    (folder / "go_on").touch()
    assert bpy.ops.platewright.retry(job=job.id) == {"FINISHED"}
    until(part("pump"), lambda: list(part("placing").placements()))
    (found,) = part("placing").placements()
    assert (found.element, found.version) == ("rig", 1)


def test_the_status_bar_cancels_and_an_opened_file_says_so_until_it_is_forgotten(
    part: Part, folder: Path, engine: Path
) -> None:
    job = running_job(part, folder)
    cancelled(part, folder, job, "")
    part("pump").stop()
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    part("pump").start()
    part("pump").renew()
    until(part("pump"), lambda: "rig: Cancelled" in panel_says(part))
    assert bpy.ops.platewright.forget(job=job.id) == {"FINISHED"}
    assert not panel_says(part) and not part("waiting").waiting(bpy.context.scene)
