"""Generators in Blender: a menu, rows for their inputs, presets, reference sets, prices before anything is sent."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import artists_comp, error, make_shot
from test_with_engine import engine, run_here, shot_with_mask, until  # noqa: F401

Part = Callable[[str], Any]


def contract(module: str) -> Any:
    return importlib.import_module(f"platewright.contract.{module}")


def controls() -> tuple[Any, ...]:
    control = contract("capabilities").Control
    return (
        control("steps", "Steps", "whole", "30", least=1, most=200, hint="How many."),
        control("guidance", "Guidance", "number", "7.5", least=0, most=100),
        control("tiled", "Tiled", "yes_no", "yes"),
        control("sampler", "Sampler", "choice", "euler", ("euler", "ddim", "lms")),
        control("negative", "Negative", "text", "no people"),
        control("noise", "", "whole", "0", least=0, most=2**64 - 1),
    )


def backend(name: str, *inputs: Any, **more: Any) -> Any:
    made = contract("wire").Backend(name, name.title(), ("regenerate", "extend"), prompt=name != "builtin")
    return replace(made, controls=inputs, **more)


@pytest.fixture
def told(part: Part) -> Any:
    """The generators that the engine would tell of; what becomes of them is put back."""
    link = part("pump").flow().link
    link.backends = (backend("builtin"), backend("one", *controls(), pictures=1), backend("two", controls()[0]))
    part("backend_inputs").declare(link.backends)
    yield link
    part("pump").stop()
    part("backend_inputs").unregister()
    part("pump").start()


def prepared(part: Part, node: Any, operation: str = "regenerate") -> Any:
    scene = bpy.context.scene
    values = {**part("properties").values_of(scene.platewright_settings), "host.root": "/elements"}
    return part("preparing").prepare(
        operation, values, part("plates").plate_of_node(node), scene, inputs=part("backend_inputs").texts_in(scene),
        cards=part("reference_cards").cards_of(scene, operation),
    )  # fmt: skip


def test_inputs_are_typed_bounded_explained_and_kept_as_texts(part: Part, told: Any, folder: Path) -> None:
    inputs, scene = part("backend_inputs"), bpy.context.scene
    rows, key = scene.platewright_inputs, lambda name: inputs._keys["one", name]
    kinds = {name: rows.bl_rna.properties[key(name)] for name in ("steps", "guidance", "tiled", "sampler", "negative")}
    assert [one.type for one in kinds.values()] == ["INT", "FLOAT", "BOOLEAN", "ENUM", "STRING"]
    assert (kinds["steps"].hard_min, kinds["steps"].hard_max) == (1, 200) and "How many" in kinds["steps"].description
    assert rows.bl_rna.properties[key("noise")].type == "STRING", "a seed of 64 bits is no number of Blender's"
    assert [getattr(rows, key(name)) for name in ("steps", "tiled", "sampler")] == [30, True, "euler"]
    for name, value in (("steps", 900), ("guidance", 0.3), ("tiled", False), ("sampler", "lms"), ("negative", "cars")):
        setattr(rows, key(name), value)
    assert getattr(rows, key("sampler")) == "lms" and getattr(rows, key("steps")) == 200
    wanted = {"steps": "200", "guidance": "0.3", "tiled": "no", "sampler": "lms", "negative": "cars"}
    assert inputs.texts_in(scene) == {"one": wanted}
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    inputs.unregister()
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    inputs.declare(told.backends)
    assert inputs.texts_in(bpy.context.scene) == {"one": wanted}
    assert getattr(bpy.context.scene.platewright_inputs, inputs._keys["one", "sampler"]) == "lms"
    bpy.context.scene.platewright_settings.inputs = '{"one": {"steps": 3}, "x": 4'
    assert inputs.texts_in(bpy.context.scene) == {}


def test_what_is_typed_is_sent_for_each_generator_of_a_bake_off(part: Part, told: Any, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    scene = bpy.context.scene
    settings, inputs = scene.platewright_settings, part("backend_inputs")
    assert bpy.ops.platewright.choose_generator(backend="one") == {"FINISHED"}
    for name in ("two", "builtin", "builtin"):
        assert bpy.ops.platewright.toggle_rival(backend=name) == {"FINISHED"}
    assert settings.host__also == "two" and part("generators").chosen(settings) == ("one", "two")
    inputs.keep_texts(scene, "one", {"steps": "9", "gone": "1"})
    setattr(scene.platewright_inputs, inputs._keys["two", "steps"], 70)
    asked = prepared(part, node).asked
    assert [(one.backend, one.controls) for one in asked.each()] == [("one", {"steps": "9"}), ("two", {"steps": "70"})]
    assert "gone = 1" in inputs.odd_inputs(scene, "one") and inputs.odd_inputs(scene, "two") == ""
    assert bpy.ops.platewright.forget_inputs(backend="one") == {"FINISHED"}
    assert inputs.odd_inputs(scene, "one") == "" and inputs.texts_in(scene)["one"] == {"steps": "9"}
    assert part("generators").reads_a_prompt(settings)
    settings.base__how, settings.base__frames = "frames", "1003"
    assert prepared(part, node).asked.rivals == ()


def test_presets_are_those_of_every_host_and_say_what_they_cant_hold(
    part: Part, told: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(folder / "state"))
    scene, inputs = bpy.context.scene, part("backend_inputs")
    settings, presets = scene.platewright_settings, part("presets")
    settings.backend, settings.matte__grow, settings.host__root = "one", 2.5, "//elements"
    inputs.keep_texts(scene, "one", {"steps": "9"})
    assert presets.save_preset(scene, " my  look ") == "my look"
    settings.backend, settings.matte__grow, settings.host__root = "builtin", 0.0, "//others"
    inputs.keep_texts(scene, "one", {})
    assert bpy.ops.platewright.use_preset(preset="my look") == {"FINISHED"}
    assert (settings.backend, settings.matte__grow, settings.host__root) == ("one", 2.5, "//others")
    assert inputs.texts_in(scene)["one"] == {"steps": "9"}
    inputs.declare((backend("builtin"), backend("one")))
    assert "steps = 9" in presets.use_preset(scene, "my look")
    inputs.declare((backend("builtin"),))
    settings.matte__grow = 1.0
    with pytest.raises(error("RequestError")) as refused:
        presets.use_preset(scene, "my look")
    assert refused.value.code == "preset_backend_gone" and settings.matte__grow == 1.0
    assert bpy.ops.platewright.delete_preset("EXEC_DEFAULT", preset="my look") == {"FINISHED"}
    with pytest.raises(error("RequestError")) as unknown:
        presets.use_preset(scene, "my look")
    assert unknown.value.code == "preset_unknown"


def test_a_reference_set_is_one_line_of_cards_that_another_picture_is_none_of(
    part: Part, told: Any, folder: Path
) -> None:
    _, node = artists_comp(part, make_shot(folder))
    cards, scene, reference = part("reference_cards"), bpy.context.scene, contract("request").Reference

    def pictures(named: str, *names: str) -> Any:
        return [reference("identity", f"/looks/{name}.exr", licence="anna-scan", of_set=named) for name in names]

    cards.add_set(scene, "anna@1", pictures("anna@1", "front"))
    cards.add_set(scene, "attic@1", pictures("attic@1", "wide"))
    cards.add_set(scene, "anna@2", pictures("anna@2", "front", "side"))
    made = prepared(part, node).asked.references
    assert [(one.of_set, one.licence) for one in made] == [("attic@1", "anna-scan")] + [("anna@2", "anna-scan")] * 2
    scene.platewright_settings.operation__pads__left = 8
    assert len(prepared(part, node, "extend").asked.references) == 3
    scene.platewright_references[2].pattern = "/looks/other.exr"
    assert [one.of_set for one in prepared(part, node).asked.references] == ["attic@1", "anna@2", ""]
    assert len(prepared(part, node, "extend").asked.references) == 2
    card = scene.platewright_references[0]
    card.source_type = "humanEdits"
    card.source_type = "-"  # what Blender can't choose is no choice: "Not said" can be said again
    assert prepared(part, node).asked.references[0].source_type == ""
    assert bpy.ops.platewright.remove_set(named="anna@2") == {"FINISHED"}
    assert [one.of_set for one in prepared(part, node).asked.references] == ["attic@1", ""]


def a_script(part: Part, mask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script says what it accepts, and gives a generator's inputs; the engine runs already."""
    import platewright.blender as pw

    words = {"element": "script", "root": "//elements", "frames": "1003", "backend": "mock", "prompt": "a wall"}
    words["mask"] = mask
    with pytest.raises(error("JobError")) as asked:
        pw.regenerate(**words)
    assert "nobody has accepted" in asked.value.message
    take = pw.regenerate(**words, accept_cost="9 XTS", inputs={"work_s": "0.01"})
    assert take.record.request.controls == {"work_s": "0.01"} and take.record.request.backend == "mock"
    waited: list[Any] = []
    monkeypatch.setattr(part("api"), "_waited", lambda scene, prepared, source: waited.append(prepared))
    pw.again(take, frames="1003", seed=4)
    options = ["regenerate", "--mask", words["mask"].name, "--element", "by_words", "--root", "//elements"]
    options += ["--frames", "1003", "--backend", "mock", "--prompt", "a wall", "--accept-cost", "9XTS", "--control"]
    assert part("commands").run([*options, "work_s"]) == 2
    with pytest.raises(AttributeError):  # there is no take to tell of here
        part("commands").run([*options, "work_s=0.01"])
    asked = [one.asked for one in waited]
    assert [(one.backend, one.prompt, one.controls) for one in asked] == [("mock", "a wall", {"work_s": "0.01"})] * 2
    assert [one.accept_cost and one.accept_cost.amount for one in asked] == [None, "9"]


def test_what_wants_money_is_shown_with_its_price_before_it_is_sent(
    part: Part,
    folder: Path,
    engine: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, node, settings = shot_with_mask(part, folder)
    pump = part("pump")
    pump.flow().link.session.health()
    until(pump, lambda: pump.flow().link.backends and part("backend_inputs").controls_of())
    settings.prompt, settings.backend, settings.host__also = "a wall", "mock", "builtin"
    settings.host__frames = "1003"
    run_here(part, node, "regenerate")
    until(pump, lambda: pump.flow().offers)
    (offer,) = pump.flow().offers
    assert not pump.flow().sent and offer.price.words.endswith(" XTS")
    assert dict(offer.price.by).keys() == {"mock", "builtin"}
    assert bpy.ops.platewright.drop_offer(place=0) == {"FINISHED"} and not pump.flow().offers
    run_here(part, node, "regenerate")
    until(pump, lambda: pump.flow().offers)
    assert bpy.ops.platewright.send_offer(place=0) == {"FINISHED"}
    until(pump, lambda: len(pump.flow().sent) == 2)
    link = pump.flow().link
    until(pump, lambda: len(link.jobs) == 2 and all(not one.state.is_open for one in link.jobs.values()))
    assert {one.state.value for one in link.jobs.values()} == {"done"}
    link.look_at(next(iter(link.jobs.values())).root, "rig")
    until(pump, lambda: link.takes)
    ((_, takes),) = link.takes.items()
    scores = {one.backend: one.score for one in takes}
    assert scores.keys() == {"mock", "builtin"} and scores["mock"] is not None
    a_script(part, settings.mask, monkeypatch)


def test_what_cant_be_used_now_is_said_before_the_button_is_pressed(part: Part, told: Any) -> None:
    generators, settings = part("generators"), bpy.context.scene.platewright_settings
    assert generators.are_ready(settings)
    settings.backend = "gone"
    assert not generators.are_ready(settings)
    settings.backend, settings.operation = "one", "replace_sky"
    assert not generators.are_ready(settings)
    settings.operation, settings.host__also = "extend", "two"
    assert generators.are_ready(settings) and generators.titles()["two"] == "Two"
    told.backends = (*told.backends[:2], replace(told.backends[2], available=False, why_not="no token"))
    assert not generators.are_ready(settings)
    told.backends = ()
    assert generators.are_ready(settings), "the engine judges where nobody has told"


def test_what_waits_for_a_yes_is_not_taken_along_into_another_file(part: Part, told: Any, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    quote = contract("jobs").Quote(contract("takes").Cost("1", "XTS"))
    price = part("offer").Price((("one", quote), ("two", None)))
    bpy.context.scene.platewright_settings.backend, bpy.context.scene.platewright_settings.host__also = "one", "two"
    offer = part("offer").Offer("Scene", prepared(part, node), None, price)
    assert [one.asked.accept_cost for one in offer.accepted()] == [quote.cost, None], (
        "an unknown price is accepted by none"
    )
    part("pump").flow().offers.append(offer)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert part("pump").flow().offers == []
