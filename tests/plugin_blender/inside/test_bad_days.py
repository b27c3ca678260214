"""Garbage from the engine, a full disk, a plate that is away, wrong numbers, a wrong tag: said, and nothing harmed."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import FIRST, LAST, artists_comp, check_same, error, make_shot, rendered
from test_mattes import rectangle, waited

Part = Callable[[str], Any]


class Nonsense(BaseHTTPRequestHandler):
    """Says that it is well, and then anything but an answer."""

    health = b""
    how = "bytes"

    def do_GET(self) -> None:
        healthy = self.path.startswith("/v1/health") and self.how != "all"
        said = {"bytes": b"\x00\xff garbage", "json": b'{"id": 7}', "endless": b"[" * 100_000, "all": b"hello"}[
            self.how
        ]
        body = self.health if healthy else said
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing of it belongs on the screen."""


@pytest.fixture
def nonsense(part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """The pump with an engine that talks garbage in one way or another."""
    from platewright.contract.endpoint import ENDPOINT_NAME, PROTOCOL, Endpoint
    from platewright.contract.mapper import canonical
    from platewright.contract.wire import Health

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state = folder / "state"
    state.mkdir(mode=0o700)
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(state))
    monkeypatch.setenv("PLATEWRIGHT_ENGINE", str(folder / "nothing"))
    Nonsense.health = canonical(Health("0.1.0", PROTOCOL, os.getpid(), "2026-01-31T12:00:00.000Z", 1.0, 0, 0, 0))
    endpoint = Endpoint(server.server_port, "token", os.getpid(), PROTOCOL, "0.1.0", "2026-01-31T12:00:00.000Z")
    (state / ENDPOINT_NAME).write_bytes(canonical(endpoint))
    (state / ENDPOINT_NAME).chmod(0o600)
    pump = part("pump")

    def begin(how: str) -> Any:
        Nonsense.how = how
        pump.stop()
        pump.start()
        return pump

    yield begin
    pump.stop()
    server.shutdown()
    pump.start()


@pytest.mark.parametrize("how", ["bytes", "json", "endless", "all"])
def test_an_engine_that_talks_garbage_is_said_and_changes_nothing(
    part: Part, folder: Path, nonsense: Callable[[str], Any], how: str
) -> None:
    _, node = artists_comp(part, make_shot(folder))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    saved = (folder / "shot.blend").read_bytes()
    pump = nonsense(how)
    flow = pump.flow()
    given = {"operation.pads.left": 8, "host.root": "//elements"}
    prepared = part("preparing").prepare("extend", given, part("plates").plate_of_node(node), bpy.context.scene)
    flow.begin(bpy.context.scene, prepared, None)
    end = time.monotonic() + 60
    while not flow.troubles:
        pump.tick()
        assert time.monotonic() < end, flow.link.state
        time.sleep(0.02)
    (trouble, *_) = flow.troubles
    assert trouble.text and trouble.hint and trouble.code
    assert not list(part("placing").placements()) and not part("waiting").waiting(bpy.context.scene)
    assert (folder / "shot.blend").read_bytes() == saved


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process or of its children may grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


SMALL_DISK = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_disk_that_is_full_stops_the_matte_with_a_word(
    part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, node = artists_comp(part, make_shot(folder))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    saved = (folder / "shot.blend").read_bytes()
    mattes, plate = part("mattes"), part("plates").plate_of_node(node)
    source = mattes.Source(mask=rectangle(10, 10, 50, 40))
    with full_disk(0), pytest.raises(error("StorageError")) as refused:
        mattes.start_export(source, plate, plate.frames, folder / "matte")
    assert refused.value.code == "write_failed" and refused.value.hint
    small = folder / "small.py"
    small.write_text(SMALL_DISK)
    monkeypatch.setattr(mattes, "_blender", lambda: [sys.executable, str(small), sys.executable])
    with pytest.raises(error("MatteError")) as failed:
        waited(mattes.start_export(source, plate, plate.frames, folder / "later"))
    assert failed.value.code == "matte_export_failed" and "disk" in failed.value.hint
    assert (folder / "shot.blend").read_bytes() == saved


def test_a_plate_that_is_away_is_said_where_it_is_asked_for_and_where_a_take_is_placed(
    part: Part, folder: Path
) -> None:
    shot = make_shot(folder)
    tree, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    wanted = part("waiting").Waiting("", "rig", shot.root, str(folder / "plate.####.exr"), "regenerate")
    (folder / "away").mkdir()
    for file in folder.glob("plate.*.exr"):
        shutil.move(file, folder / "away")
    before = len(tree.nodes)
    for action in (
        lambda: part("plates").plate_of_node(node),
        lambda: part("landing").land(take, bpy.context.scene, wanted),
    ):
        with pytest.raises(error("PlateError")) as refused:
            action()
        assert refused.value.code == "plate_offline" and "mounted" in refused.value.hint
    assert len(tree.nodes) == before
    for file in (folder / "away").glob("*.exr"):
        shutil.move(file, folder)
    assert part("landing").land(take, bpy.context.scene, wanted) is not None, "mounted again, it is placed"


def test_frame_numbers_that_are_not_the_plates_are_refused_with_the_plates_own(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    plate = part("plates").plate_of_node(node)

    def frames(**values: Any) -> str:
        given = {"operation.pads.left": 8, "host.root": "/elements", **values}
        return str(part("preparing").prepare("extend", given, plate, bpy.context.scene).frames)

    with pytest.raises(error("PlateError")) as refused:
        frames(**{"host.frames": "1-8"})
    assert refused.value.code == "frames_missing" and f"{FIRST}-{LAST}" in refused.value.message
    assert "names of the plate's files" in refused.value.hint
    assert frames(**{"host.frames": "1003-1004", "host.handles": 1}) == "1002-1005"
    assert frames(**{"host.frames": "1007-1008", "host.handles": 3}) == "1004-1008", "handles end with the plate"
    node.frame_offset = 0
    with pytest.raises(error("PlateError")) as refused:
        part("plates").plate_of_node(node)
    assert refused.value.code == "plate_offline" and "frames" in refused.value.hint


def test_a_result_whose_colour_space_was_changed_is_said_and_put_right_by_a_press(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    placed = part("placing").place(take, node, part("numbering").Numbering(0), "Linear Rec.709")
    right = rendered(bpy.context.scene, folder, 1004)
    placed.image.image.colorspace_settings.name = "sRGB"
    (found,) = part("placing").placements()
    assert found.tagged_apart
    part("placing").tag_alike(found)
    assert not found.tagged_apart and placed.image.image.colorspace_settings.name == "Linear Rec.709"
    check_same(rendered(bpy.context.scene, folder, 1004), right)
