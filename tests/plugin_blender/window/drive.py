"""A Blender with a window, worked by mouse and keyboard through all three operations with the real engine.

    python tests/plugin_blender/window/drive.py --chroot /srv/blender-trixie --out shots
    python tests/plugin_blender/window/drive.py --blender blender --out shots

Leaves a picture of each stage in the folder, to be looked at; ends with an error where a stage did not come about.
Needs Xvfb, openbox, xdotool and ImageMagick. As root where a chroot is named (docs/blender.md says how to make one).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "core"), str(Path(__file__).resolve().parent)]

from screen import Screen, Window  # noqa: E402

from platewright.cli.blender_package import build, default_plugin  # noqa: E402

FRAMES = range(1001, 1005)
PLACED = "[(one.element, one.version) for one in part('placing').placements()]"


class Visit:
    """An artist's visit. Each stage is a method; what it must have brought about is asked of Blender afterwards."""

    def __init__(self, window: Window, out: Path) -> None:
        self.window, self.out = window, out

    def keep(self, name: str) -> None:
        self.window.step("bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=2)")
        self.window.screen.keep(self.out / f"{name}.png")
        print(f"kept {name}", flush=True)

    def run_and_place(self, element: str, name: str) -> None:
        """Press the large button, look at the bar, wait, press Place."""
        window = self.window
        window.press("bpy.ops.platewright.run(")
        window.until(f"any({element!r} in one for one in troubles())")
        self.keep(f"{name}_running")
        done = f"any(one.element == {element!r} and one.take for one in part('pump').flow().link.jobs.values())"
        window.until(done)
        window.press("bpy.ops.platewright.place(")
        window.until(f"{element!r} in [one[0] for one in {PLACED}]")

    def regenerate(self) -> None:
        window = self.window
        window.step("show('IMAGE_EDITOR', image=bpy.data.images['plate.1001.exr'], ui_mode='MASK')")
        window.step("large()[1].spaces.active.mask = bpy.data.masks.new('drone'); frames()")
        # The picture must have been drawn once for its size to be known.
        window.until("bpy.data.images['plate.1001.exr'].size[0] == 960")
        window.until("fit('image.view_all', fit_view=True) or large()[1].spaces.active.zoom[0] < 1.6")
        x, y, _, height = window.region("WINDOW")
        for u, v in ((0.04, 0.2), (0.46, 0.2), (0.46, 0.6), (0.04, 0.6)):
            px, py = window.ask(f"point({u}, {v})")
            window.screen.do("keydown", "ctrl")
            window.click(x + px, y + height - py)
            window.screen.do("keyup", "ctrl")
        window.screen.do("key", "alt+c")
        assert window.ask("len(bpy.data.masks['drone'].layers[0].splines[0].points)") == 4
        window.open_tab()
        window.step("bpy.context.scene.platewright_settings.element = 'drone'")
        self.keep("regenerate_mask")
        self.run_and_place("drone", "regenerate")
        window.step("show('CompositorNodeTree', show_backdrop=True); fit('node.view_all')")
        window.open_tab()
        self.keep("regenerate_comp")

    def takes(self) -> None:
        """A second take of the same element, the pictures of both, back to the first, and approval by a press."""
        window = self.window
        window.step("show('IMAGE_EDITOR', ui_mode='MASK'); bpy.context.scene.platewright_settings.seed = 7")
        window.open_tab()
        window.press("bpy.ops.platewright.run(")
        window.until("any(one.take and one.id for one in part('pump').flow().link.jobs.values())")
        window.press("bpy.ops.platewright.place(")
        window.until(f"('drone', 2) in [tuple(one) for one in {PLACED}]")
        window.step("show('CompositorNodeTree', show_backdrop=True); fit('node.view_all')")
        window.step("part('pump').flow().link.look_at(*looked('drone'))")
        window.open_tab()
        window.until("len(part('pump').flow().link.takes.get(looked('drone'), ())) == 2")
        window.until("len(part('thumbnails')._pictures or ()) == 2")
        window.step("part('preferences').own().who = 'Ada'")
        window.press("bpy.ops.platewright.compare(")
        window.until(f"('drone', 1) in [tuple(one) for one in {PLACED}]")
        window.press("bpy.ops.platewright.decide(kind='approve'")
        window.until("any(one.approved_by for one in part('pump').flow().link.takes[looked('drone')])")
        self.keep("takes_grid")

    def extend(self) -> None:
        window = self.window
        window.step("show('CompositorNodeTree'); chosen('Plate'); fit('node.view_all')")
        window.open_tab()
        self.choose("extend")
        window.press("bpy.ops.platewright.pads_for_size(")
        window.screen.do("key", "Return")
        window.until("bpy.context.scene.platewright_settings.operation__pads__left > 0")
        self.keep("extend_panel")
        self.run_and_place("extension", "extend")
        window.until("'extension' in window_scene()")
        window.step("show('VIEW_3D'); large()[1].spaces.active.region_3d.view_perspective = 'CAMERA'")
        self.keep("extend_camera")
        window.open_tab()
        window.press("bpy.ops.platewright.back(")
        window.until("window_scene() == 'Scene'")

    def replace_sky(self) -> None:
        window = self.window
        window.step("show('CompositorNodeTree'); chosen('Plate'); fit('node.view_all')")
        window.open_tab()
        self.choose("replace_sky")
        at = window.find("platewright_settings.sky__from")
        window.screen.do("mousemove", *at, "keydown", "ctrl", "click", 5, "keyup", "ctrl")
        window.until("bpy.context.scene.platewright_settings.sky__from == 'formula'")
        window.step("bpy.context.scene.platewright_settings.matte_from = 'none'")
        self.keep("sky_panel")
        self.run_and_place("sky", "sky")
        window.step("chosen('Platewright sky'); fit('node.view_all')")
        self.keep("sky_comp")
        window.press("bpy.ops.platewright.match_world(")
        window.until("any('Sun' in one.name for one in bpy.data.lights)")

    def edit(self) -> None:
        """A strip as the plate, in the sequencer."""
        window = self.window
        window.step("strip(); show('SEQUENCE_EDITOR', view_type='SEQUENCER_PREVIEW'); fit('sequencer.view_all')")
        window.open_tab()
        self.choose("regenerate")
        window.step("s = bpy.context.scene.platewright_settings; s.matte_from, s.element = 'mask', 'edit'")
        window.step("bpy.context.scene.platewright_settings.mask = rectangle()")
        window.press("bpy.ops.platewright.run(")
        window.until("any(one.element == 'edit' and one.take for one in part('pump').flow().link.jobs.values())")
        window.press("bpy.ops.platewright.place(")
        window.until("[one.version for one in part('sequencer').laid(bpy.context.scene)] == [1]")
        self.keep("edit")

    def choose(self, operation: str) -> None:
        """Roll over the operation's button with Ctrl held until it is this one."""
        window = self.window
        at = window.find("platewright_settings.operation")
        for _ in range(4):
            if window.ask("bpy.context.scene.platewright_settings.operation") == operation:
                return
            window.screen.do("mousemove", *at, "keydown", "ctrl", "click", 5, "keyup", "ctrl", "sleep", "0.3")
        for _ in range(4):
            if window.ask("bpy.context.scene.platewright_settings.operation") == operation:
                return
            window.screen.do("mousemove", *at, "keydown", "ctrl", "click", 4, "keyup", "ctrl", "sleep", "0.3")
        raise AssertionError(f"{operation} could not be chosen")


STAGES = ("regenerate", "takes", "extend", "replace_sky", "edit")


def main() -> int:
    """Go through the stages. Returns 0 when each came about."""
    parser = argparse.ArgumentParser(description="Blender with a window, by mouse and keyboard.")
    parser.add_argument("--chroot", default="", metavar="FOLDER", help="a system with a Blender in it")
    parser.add_argument("--blender", default="blender", metavar="PROGRAM")
    parser.add_argument("--out", default="shots", metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="STAGES", help=f"of {','.join(STAGES)}")
    options = parser.parse_args()
    out = Path(options.out).absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="platewright-window-") as folder:
        place = Path(folder)
        build(default_plugin(), place / "platewright.zip")
        (place / "plate").mkdir()
        for number in FRAMES:
            shutil.copy(ROOT / "sample" / "plate" / f"plate.{number}.exr", place / "plate")
        shutil.copy(ROOT / "sample" / "new_sky.exr", place)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "core"), "PLATEWRIGHT_STATE": str(place / "state")}
        engine = [sys.executable, "-m", "platewright.cli", "engine"]
        subprocess.run([*engine, "start"], env=environment, check=True)
        try:
            with Screen() as screen:
                window = Window(screen, place, options.blender, options.chroot)
                visit = Visit(window, out)
                try:
                    for stage in options.only.split(",") if options.only else STAGES:
                        getattr(visit, stage)()
                except BaseException:
                    visit.keep("failed")
                    raise
                finally:
                    window.close()
        finally:
            shutil.copy(place / "blender.log", out)
            subprocess.run([*engine, "stop", "--now"], env=environment, check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
