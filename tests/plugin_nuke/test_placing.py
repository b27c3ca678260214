"""Takes in the comp: exact outside the matte, one undo step, native nodes, portable, the same without the plug-in."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.request import ReplaceSky
from tests.fakes.nuke.application import FakeNuke
from tests.moving_shot import write_exr
from tests.plugin_nuke.comps import (
    DATA,
    DISPLAY,
    FRAMES,
    OUTSIDE,
    WATCHED,
    Shot,
    bits,
    check_same_outside,
    make_take,
    plate_read,
)
from tests.plugin_nuke.placement_checks import ALL_FRAMES

Adapter = Callable[[str], Any]


@pytest.fixture
def plate(app: FakeNuke, shot: Shot) -> Any:
    app.root_node["first_frame"].setValue(1001)
    app.root_node["last_frame"].setValue(1004)
    return plate_read(app.module, shot)


@pytest.mark.parametrize("app", [15, 16, 17], indirect=True)
def test_a_regeneration_changes_nothing_outside_the_matte(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    take = adapter("takes").load(shot.record("rig"))
    placed = placed_once(lambda: adapter("placing").place(take, plate))
    assert check_same_outside(app, plate, placed.output, placed.read, FRAMES) > 500
    assert check_same_outside(app, plate, placed.output, placed.read, OUTSIDE) == 0
    for frame in ALL_FRAMES:
        before, after = app.image(plate, frame), app.image(placed.output, frame)
        assert (after.bbox, after.format, after.black_outside) == (before.bbox, before.format, before.black_outside)


def test_a_float_plate_keeps_every_bit_too(
    app: FakeNuke, nuke: Any, adapter: Adapter, shot: Shot, placed_once: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    for number in ALL_FRAMES:
        pixels = np.exp(rng.normal(size=(DATA.height, DATA.width, 5)) * 9).astype(np.float32)
        pixels[5, 5], pixels[6, 6], pixels[7, 7], pixels[8, 8] = np.nan, -np.inf, -0.0, 1e-42
        file = tmp_path / f"plate.{number}.exr"
        write_exr(file, pixels, ("R", "G", "B", "A", "depth.Z"), data_window=DATA, display_window=DISPLAY)
    plate = nuke.nodes.Read(file=str(tmp_path / "plate.%04d.exr"), first=1001, last=1004, raw=True)
    placed = placed_once(lambda: adapter("placing").place(adapter("takes").load(shot.record("rig")), plate), plate)
    assert check_same_outside(app, plate, placed.output, placed.read, FRAMES) > 500
    assert check_same_outside(app, plate, placed.output, placed.read, OUTSIDE) == 0


def test_what_was_made_is_what_shows_inside(app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot) -> None:
    from platewright.imaging.blend import composite
    from platewright.imaging.reading import read_frame

    take = adapter("takes").load(shot.record("rig"))
    placed = adapter("placing").place(take, plate)
    entry = take.record.frames[0]
    patch = read_frame(take.folder / entry.file.name, entry.number)
    source = read_frame(shot.folder / entry.plate.name, entry.number)
    engine = composite(source, patch.rgb(), patch.channel("A").astype(np.float32), patch.data_window)
    shown = app.image(placed.output, entry.number)
    red = shown.plane("rgba.red", shown.bbox.grown(-1))
    expected = engine.pixels[..., engine.channels.index("R")].astype(np.float32)
    whole = np.isfinite(expected)
    assert np.abs(red[whole] - expected[whole]).max() < 2e-3, "half steps of soft edges"
    alpha = app.image(placed.read, entry.number).plane("rgba.alpha", shown.bbox.grown(-1))
    assert np.array_equal(red[alpha == 1], expected[alpha == 1])


@pytest.mark.parametrize(("element", "reformat", "shift"), [("wide", False, (0, 0)), ("wide", True, (12, 11)),
                                                           ("grown", False, (12, 11))])  # fmt: skip
def test_an_extension_keeps_the_plate_and_gives_more(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any, element: str, reformat: bool,
    shift: tuple[int, int],
) -> None:  # fmt: skip
    placing = adapter("placing")
    take = adapter("takes").load(shot.record(element))
    read_shift = shift if element == "grown" else (0, 0)
    placed = placed_once(
        lambda: placing.place(take, plate, placing.Options(reformat=reformat)), plate, shift, read_shift
    )
    for frame in FRAMES:
        before, after = app.image(plate, frame), app.image(placed.output, frame)
        grown = shift != (0, 0)
        expected = (104 + 26, 64 + 21) if grown else (104, 64)
        assert (after.format.width(), after.format.height()) == expected
        own = before.bbox.grown(-1)
        for name in ("rgba.red", "rgba.alpha", "depth.Z"):
            was, now = before.plane(name, own), after.plane(name, own.moved(*shift))
            assert np.array_equal(bits(was), bits(now)), "the plate's own pixels, overscan included"
        target = type(own)(-12, -11, 118, 74).moved(*shift)
        made = after.plane("rgba.green", target)
        broken = int((~np.isfinite(before.plane("rgba.green", own))).sum())
        assert int((~np.isfinite(made)).sum()) == broken, "what is new is finite"
        assert (made[0] != 0).any() and (made[:, -1] != 0).any()
        assert made[:, :2].std() > 0, "the border is picture, not a smear"
    for frame in OUTSIDE:
        before, after = app.image(plate, frame), app.image(placed.output, frame)
        own = before.bbox.grown(-1)
        assert np.array_equal(bits(before.plane("rgba.red", own)), bits(after.plane("rgba.red", own.moved(*shift))))


def test_a_grown_extension_and_a_reformatted_one_look_the_same(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot
) -> None:
    placing, load = adapter("placing"), adapter("takes").load
    wide = placing.place(load(shot.record("wide")), plate, placing.Options(reformat=True))
    grown = placing.place(load(shot.record("grown")), plate)
    a, b = app.image(wide.output, 1002), app.image(grown.output, 1002)
    assert a.format == b.format
    full = type(a.bbox)(0, 0, a.format.width(), a.format.height())
    assert np.array_equal(bits(a.plane("rgba.red", full)), bits(b.plane("rgba.red", full)))


def test_a_sky_comes_as_layers_to_balance(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    placing = adapter("placing")
    take = adapter("takes").load(shot.record("sky"))
    baked = placed_once(lambda: placing.place(take, plate, placing.Options(layers=False)))
    placed = placed_once(lambda: placing.place(take, plate))
    grade = next(node for node in placed.nodes if node.Class() == "Grade")
    box = app.image(placed.read, 1002).bbox.grown(-2)
    usual, image, sky = (app.image(node, 1002) for node in (baked.output, placed.output, placed.read))
    for name in WATCHED:
        assert np.array_equal(bits(usual.plane(name, box)), bits(image.plane(name, box))), "untouched, it is the take"
    assert not (sky.plane("sky.alpha", box)[sky.plane("rgba.alpha", box) == 0]).any(), "nothing beyond what was proven"
    share, new = sky.plane("sky.alpha", box), sky.plane("newsky.blue", box)
    assert (share >= 1).any()
    steps = len(app.undo.steps)
    grade["multiply"].setValue(2)
    brighter = app.image(placed.output, 1002)
    free = sky.plane("rgba.alpha", box) <= 0
    assert np.array_equal(bits(brighter.plane("rgba.blue", box))[free], bits(usual.plane("rgba.blue", box))[free])
    within = sky.plane("rgba.alpha", box) >= 1
    added = (brighter.plane("rgba.blue", box) - image.plane("rgba.blue", box))[within]
    assert np.abs(added - (share * new)[within]).max() < 1e-3, "the sky's own light once more, by its matte"
    while len(app.undo.steps) > steps:
        app.undo.undo()


def test_a_relit_foreground_stays_when_its_sky_is_balanced(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path, placed_once: Any
) -> None:
    mine = Shot(shot.folder, tmp_path / "elements")
    make_take(mine, "lit", ReplaceSky("procedural:sun=0/5,turbidity=6", relight=1.0))
    placed = placed_once(lambda: adapter("placing").place(adapter("takes").load(mine.record("lit")), plate))
    grade = next(node for node in placed.nodes if node.Class() == "Grade")
    take = app.image(placed.read, 1002)
    box = take.bbox.grown(-2)
    front = (take.plane("sky.alpha", box) == 0) & (take.plane("rgba.alpha", box) == 1)
    was = app.image(plate, 1002).plane("rgba.red", box)[front]
    now = app.image(placed.output, 1002).plane("rgba.red", box)[front]
    assert np.array_equal(now, take.plane("rgba.red", box)[front]) and np.abs(now - was).mean() > 1e-3
    grade["multiply"].setValue(0.5)
    assert np.array_equal(app.image(placed.output, 1002).plane("rgba.red", box)[front], now)
    app.undo.undo()


def test_in_a_script_with_views_only_the_one_that_was_made_is_changed(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    nuke.root()["views"].setValue("left right")
    placing, take = adapter("placing"), adapter("takes").load(shot.record("rig"))
    with pytest.raises(RequestError) as caught:
        placing.place(take, plate, placing.Options(view="middle"))
    assert caught.value.code == "view_unknown"
    placed = placed_once(lambda: placing.place(take, plate, placing.Options(view="right")), views=("right",))
    for frame in ALL_FRAMES:
        before, left, right = (
            app.image(node, frame, view)
            for node, view in ((plate, "left"), (placed.output, "left"), (placed.output, "right"))
        )
        for name in WATCHED:
            assert np.array_equal(bits(before.channels[name]), bits(left.channels[name])), "the other view is the plate"
        same = np.array_equal(bits(before.channels["rgba.red"]), bits(right.channels["rgba.red"]))
        assert same == (frame in OUTSIDE)
    both = placed_once(
        lambda: placing.place(take, placed.output, placing.Options(view="left")), placed.output, views=("left",)
    )
    assert both.output.input(0) is not None


def test_a_baked_sky_on_request(app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any) -> None:
    placing = adapter("placing")
    take = adapter("takes").load(shot.record("sky"))
    placed = placed_once(lambda: placing.place(take, plate, placing.Options(layers=False)))
    assert check_same_outside(app, plate, placed.output, placed.read, FRAMES) > 500


def test_dependents_are_rewired_only_when_asked(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    grade = nuke.nodes.Grade(inputs=[plate])
    merge = nuke.nodes.Merge2(inputs=[plate, grade, plate])
    viewer = nuke.nodes.Viewer(inputs=[plate])
    placing, load = adapter("placing"), adapter("takes").load
    placed_once(lambda: placing.place(load(shot.record("rig")), plate))
    assert grade.input(0) is plate
    second = placed_once(lambda: placing.place(load(shot.record("rig")), plate, placing.Options(rewire=True)))
    assert grade.input(0) is second.output and viewer.input(0) is plate
    assert [merge.input(number) for number in range(3)] == [second.output, grade, second.output]
    assert "Grade1" in second.notes[0]


def test_it_is_placed_inside_the_source_s_own_group(
    app: FakeNuke, nuke: Any, adapter: Adapter, shot: Shot, placed_once: Any
) -> None:
    group = nuke.nodes.Group(name="comp")
    with group:
        inner = plate_read(nuke, shot, "inner")
        nuke.nodes.Output(inputs=[inner])
    placing = adapter("placing")
    take = adapter("takes").load(shot.record("rig"))
    placed = placed_once(lambda: placing.place(take, inner, placing.Options(rewire=True)), inner)
    assert {node.parent() for node in placed.nodes} == {group}
    assert app.contexts == [app.root_node]
    assert check_same_outside(app, inner, group, placed.read, FRAMES) > 500


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("element", ["rig", "wide", "grown", "sky"])
def test_no_default_of_a_studio_reaches_the_pixels(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, element: str, seed: int
) -> None:
    placing = adapter("placing")
    placed = placing.place(adapter("takes").load(shot.record(element)), plate)
    before = {frame: app.image(placed.output, frame) for frame in (1001, 1003)}
    changed = app.randomise(list(placed.nodes), random.Random(seed))
    assert len(changed) > 20
    for frame, image in before.items():
        again = app.image(placed.output, frame)
        assert (again.bbox, again.format) == (image.bbox, image.format)
        for name, plane in image.channels.items():
            assert np.array_equal(bits(plane), bits(again.channels[name])), (name, changed)


@pytest.mark.parametrize("seed", range(4))
def test_nodes_made_under_a_studio_s_defaults_are_the_same(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, seed: int
) -> None:
    from platewright_nuke.graph import ALLOWED

    placing, load = adapter("placing"), adapter("takes").load
    for element in ("rig", "grown", "sky"):
        app.defaults.clear()
        usual = app.image(placing.place(load(shot.record(element)), plate).output, 1002)
        assert app.studio_defaults(sorted(ALLOWED), random.Random(seed)) > 100
        odd = app.image(placing.place(load(shot.record(element)), plate).output, 1002)
        assert (usual.bbox, usual.format) == (odd.bbox, odd.format)
        for name, plane in usual.channels.items():
            assert np.array_equal(bits(plane), bits(odd.channels[name]))
    bare, text = FakeNuke(app.major), app.script_text()
    bare.paste(text)
    assert bare.script_text() == text


def test_a_knob_that_matters_is_found_by_the_same_chaos(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot
) -> None:
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    keymix = next(node for node in placed.nodes if node.Class() == "Keymix")
    before = app.image(placed.output, 1002).channels["rgba.red"]
    hits = 0
    for seed in range(8):
        keymix["invertMask"]._touched = False
        app.randomise([keymix], random.Random(seed))
        hits += not np.array_equal(bits(before), bits(app.image(placed.output, 1002).channels["rgba.red"]))
    assert hits > 0


def test_paths_are_relative_where_the_project_s_folder_holds_them(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    nuke.root()["project_directory"].setValue(str(shot.folder))
    placed = placed_once(lambda: adapter("placing").place(adapter("takes").load(shot.record("rig")), plate))
    assert placed.read["file"].value() == "elements/rig/rig_v001.%d.exr"
    assert check_same_outside(app, plate, placed.output, placed.read, FRAMES) > 0


def test_paths_use_a_studio_s_variable_where_it_leads_there(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, monkeypatch: pytest.MonkeyPatch, placed_once: Any
) -> None:
    monkeypatch.setenv("SHOT_ROOT", str(shot.root))
    monkeypatch.setenv("PLATEWRIGHT_PATH_VARIABLES", "NOT_SET,SHOT_ROOT")
    placed = placed_once(lambda: adapter("placing").place(adapter("takes").load(shot.record("rig")), plate))
    assert placed.read["file"].value() == "[getenv SHOT_ROOT]/rig/rig_v001.%d.exr"
    assert app.image(placed.output, 1002).channels["rgba.red"].any()
    assert adapter("stepping").folder_of(placed.read) == shot.root / "rig"


@pytest.mark.parametrize("folder", ["a#b", "50%", "a{b", 'say "x"', "$HOME"])
def test_a_folder_that_the_host_would_misread_is_refused(adapter: Adapter, folder: str) -> None:
    with pytest.raises(RequestError) as caught:
        adapter("paths").file_text(Path("/shows") / folder, "x.%d.exr")
    assert caught.value.code == "path_unusable" and caught.value.hint


def test_a_bracket_in_a_path_is_no_command(app: FakeNuke, nuke: Any, adapter: Adapter) -> None:
    text = adapter("paths").file_text(Path("/shows/[exec rm]"), "x.%d.exr")
    read = nuke.nodes.Read(file=text)
    assert read["file"].evaluate(3) == "/shows/[exec rm]/x.3.exr"


def test_the_state_can_be_read_without_the_plug_in(app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot) -> None:
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig", 2)), plate)
    values = json.loads(placed.read["platewright"].value())
    assert (values["element"], values["version"], values["operation"]) == ("rig", 2, "regenerate")
    assert not placed.read["platewright"].visible()
    assert "[" not in placed.read["platewright"].value()
    label = next(node for node in placed.nodes if node.Class() == "BackdropNode")["label"].value()
    assert label.startswith("Regenerated\nrig_v002\n1002-1003,")
    found = app.image(placed.output, 1002).metadata
    assert found["platewright/take"] == "rig_v002"
    assert found["platewright/digital_source_type"].endswith("composite")
    assert found["exr/colorInteropID"] == "lin_rec709_scene"


def test_a_take_of_another_format_is_refused_and_leaves_nothing(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot
) -> None:
    crop = nuke.nodes.Crop(inputs=[plate], reformat=True, intersect=True)
    crop["box"].setValue([0, 0, 50, 50])
    before = app.script_text()
    with pytest.raises(RequestError) as caught:
        adapter("placing").place(adapter("takes").load(shot.record("rig")), crop)
    assert caught.value.code == "format_differs" and app.script_text() == before


def test_a_placement_that_fails_halfway_leaves_nothing(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    placing = adapter("placing")
    before = app.script_text()

    def fail(*_: object) -> None:
        raise RuntimeError("no backdrop today")

    monkeypatch.setattr(placing, "_backdrop", fail)
    with pytest.raises(RuntimeError, match="no backdrop"):
        placing.place(adapter("takes").load(shot.record("rig")), plate)
    assert app.script_text() == before and app.contexts == [app.root_node] and not app.undo.is_open


def test_two_placements_do_not_lie_on_each_other(app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot) -> None:
    take = adapter("takes").load(shot.record("rig"))
    places = [adapter("placing").place(take, plate) for _ in range(3)]
    drops = [next(node for node in placed.nodes if node.Class() == "BackdropNode") for placed in places]
    spans = sorted((node.xpos(), node.xpos() + node["bdwidth"].value()) for node in drops)
    assert all(left[1] <= right[0] for left, right in zip(spans, spans[1:], strict=False))
    for placed, drop in zip(places, drops, strict=True):
        for node in placed.nodes:
            assert drop.xpos() <= node.xpos() <= drop.xpos() + drop["bdwidth"].value() - 80 or node is drop
            assert drop.ypos() <= node.ypos() <= drop.ypos() + drop["bdheight"].value() - 20 or node is drop
    assert len({placed.read.name() for placed in places}) == 3


@pytest.mark.parametrize("name", ["rig_v001.json", "x.take.json", "rig_v002.take.json"])
def test_what_is_no_record_is_refused(adapter: Adapter, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(PlatewrightError):
        adapter("takes").load(tmp_path / name)
    with pytest.raises(PlatewrightError) as caught:
        adapter("takes").load(tmp_path / "rig_v009.take.json")
    assert caught.value.code == "take_missing"
