"""What Blender's own thread spends on Platewright: 200 jobs, takes to place and step, and an engine that hangs.

    python bench/blender.py [--blenders FOLDER] [--most-ms 16]

Each Blender that install/blender_modules.py made is asked, with the real engine and workers that make nothing. Passes
when the 99th percentile of every operation stays within a frame of the UI.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "core"), str(CHECKOUT)]

from platewright.cli.blender_package import build, default_plugin  # noqa: E402

INSIDE = r"""
import importlib, json, os, signal, statistics, sys, time
from pathlib import Path
import bpy
inside, work, most = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
sys.path.insert(0, inside)
from comps import artists_comp, make_shot
bpy.ops.extensions.package_install_files(
    filepath=os.environ["PLATEWRIGHT_ZIP"], repo="user_default", enable_on_install=True, overwrite=True)
part = lambda name: importlib.import_module("bl_ext.user_default.platewright." + name)
bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
work.mkdir()
shot = make_shot(work, special=False)
make_shot(work, special=False, version=2)
tree, node = artists_comp(part, shot)
bpy.ops.wm.save_as_mainfile(filepath=str(work / "shot.blend"))
scene, pump = bpy.context.scene, part("pump")
pump.stop(); pump.start()
flow = pump.flow()
times = {}

def timed(name, action):
    began = time.perf_counter()
    result = action()
    times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    return result

def turn(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        timed("pump", pump.tick)
        time.sleep(0.01)

values = {**part("properties").values_of(scene.platewright_settings), "operation.pads.left": 8}

def submit():
    plate = part("plates").plate_of_node(node)
    flow.begin(scene, part("preparing").prepare("extend", values, plate, scene), None)

for _ in range(100):
    timed("run", submit)
    timed("pump", pump.tick)
turn(8)
from platewright.client.finding import find_endpoint
engine = find_endpoint(Path(os.environ["PLATEWRIGHT_STATE"]))
os.kill(engine.pid, signal.SIGSTOP)
for _ in range(100):
    timed("run", submit)
    timed("pump", pump.tick)
load = part("takes").load
take, second = (load(f"{shot.root}/rig/rig_v00{number}.take.json") for number in (1, 2))
pattern = str(work / "plate.####.exr")
wanted = part("waiting").Waiting("", "rig", shot.root, pattern, "regenerate")
for _ in range(100):
    timed("place", lambda: part("landing").land(take, scene, wanted))
    timed("show another version", lambda: part("landing").land(second, scene, wanted))
    found = timed("look for takes", lambda: list(part("placing").placements()))[0]
    found.group.mute = not found.group.mute
    timed("take out", lambda: part("placing").remove(found))
turn(2)
os.kill(engine.pid, signal.SIGCONT)
said = {}
for name, each in times.items():
    each.sort()
    said[name] = (len(each), statistics.median(each), each[int(len(each) * 0.99) - 1], each[-1])
bad = [name for name, one in said.items() if one[2] > most]
for name, (count, middle, late, last) in said.items():
    figures = f"{count:5} times  median {middle:7.2f}  99th {late:7.2f}  most {last:7.2f} ms"
    print(f"RESULT {bpy.app.version_string:12} {name:22} {figures}")
sys.stdout.flush()
pump.stop()
from platewright.client.stopping import stop_engine
stop_engine(Path(os.environ["PLATEWRIGHT_STATE"]), now=True)
os._exit(1 if bad else 0)
"""


def main() -> int:
    """Ask every Blender. Returns 0 when all stayed within a frame of the UI."""
    parser = argparse.ArgumentParser(description="Blender's own thread with 200 jobs and an engine that hangs.")
    parser.add_argument("--blenders", default=str(CHECKOUT / ".venv.blender"), metavar="FOLDER")
    parser.add_argument("--most-ms", type=float, default=16.0)
    options = parser.parse_args()
    pythons = sorted(Path(options.blenders).glob("*/bin/python"))
    if not pythons:
        print("No Blender is here; `python3 install/blender_modules.py all` gets them.", file=sys.stderr)
        return 1
    failed = 0
    for python in pythons:
        with tempfile.TemporaryDirectory() as folder:
            failed += _ask(python, Path(folder), options.most_ms)
    return 1 if failed else 0


def _ask(python: Path, folder: Path, most_ms: float) -> int:
    program = folder / "platewright"
    engine = CHECKOUT / "tests" / "fakes" / "quick_engine.py"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {engine} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / "user").mkdir()
    script = folder / "inside.py"
    script.write_text(INSIDE, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {
        "BLENDER_USER_RESOURCES": str(folder / "user"),
        "PLATEWRIGHT_ZIP": str(build(default_plugin(), folder / "platewright.zip")),
        "PLATEWRIGHT_ENGINE": str(program),
        "PLATEWRIGHT_HOME": str(folder / "home"),
        "PLATEWRIGHT_STATE": str(folder / "home" / "state"),
    }
    inside = CHECKOUT / "tests" / "plugin_blender" / "inside"
    done = subprocess.run(
        [str(python), str(script), str(inside), str(folder / "work"), str(most_ms)],
        env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=500,
    )  # fmt: skip
    lines = [line[7:] for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    print("\n".join(lines) or done.stderr[-2000:], flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
