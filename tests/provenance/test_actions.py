"""What a manifest says was done is what the record says was done."""

from __future__ import annotations

from typing import Any

import pytest

from platewright.contract.request import Extend, Reference, ReplaceSky
from platewright.contract.takes import SourceShares, TakeRecord
from platewright.contract.windows import Box
from platewright.provenance.actions import actions_of
from platewright.provenance.definition import definition_of, ingredients_of
from platewright.provenance.vocabulary import source_type_word
from tests.provenance.takes import TRAINED, make_record, with_frame

FRAMES = SourceShares(frames=1.0)
SYNTHESIS = SourceShares(synthesis=1.0)
GIVEN = SourceShares(given=1.0)
RELIT = SourceShares(given=0.6, plate=0.4)
NOTHING = SourceShares()


def said(record: TakeRecord, plate_types: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Action and source type, in order."""
    return [
        (action["action"].removeprefix("c2pa."), source_type_word(action.get("digitalSourceType", "")))
        for action in actions_of(record, plate_types)
    ]


def test_pixels_of_other_frames_are_a_composite_of_captures_and_not_synthetic() -> None:
    assert said(make_record((FRAMES,) * 3)) == [("opened", ""), ("edited", "compositeCapture")]


def test_pixels_of_an_exemplar_method_are_synthetic_but_not_of_a_trained_model() -> None:
    assert said(make_record((SYNTHESIS,) * 3)) == [("opened", ""), ("edited", "compositeSynthetic")]


def test_both_kinds_are_two_actions() -> None:
    record = make_record((FRAMES, SourceShares(frames=0.5, synthesis=0.5)))
    assert said(record)[1:] == [("edited", "compositeCapture"), ("edited", "compositeSynthetic")]


def test_trained_model_is_named_with_its_type_and_disclosed() -> None:
    record = make_record((SYNTHESIS,), card=TRAINED)
    action = actions_of(record)[1]
    assert source_type_word(action["digitalSourceType"]) == "compositeWithTrainedAlgorithmicMedia"
    assert action["softwareAgent"] == {"name": "ExampleDiffusion", "version": "2.1"}
    assert "c2pa.ai-disclosure" in labels(record)


def labels(record: TakeRecord) -> list[str]:
    return [item["label"] for item in definition_of(record)["assertions"]]


@pytest.mark.parametrize("record", [make_record((FRAMES, SYNTHESIS)), make_record((FRAMES,), card=TRAINED)])
def test_no_disclosure_where_no_trained_model_made_a_pixel(record: TakeRecord) -> None:
    assert "c2pa.ai-disclosure" not in labels(record)


def test_untouched_take_is_only_opened() -> None:
    assert said(make_record((NOTHING,) * 3)) == [("opened", "")]


def sky(source_type: str = "", role: str = "sky") -> Reference:
    return Reference(role, f"/mnt/secret_show/{role}.hdr", source_type=source_type, licence="own")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "implied"),
    [
        ("digitalCapture", "compositeCapture"),
        ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
        ("algorithmicMedia", "compositeSynthetic"),
        ("", "composite"),
    ],
)
def test_sky_file_is_placed_with_the_type_its_declaration_implies(declared: str, implied: str) -> None:
    record = make_record((RELIT,) * 2, operation=ReplaceSky(), references=(sky(declared),))
    assert said(record)[1:] == [("placed", implied), ("adjustedColor", "algorithmicallyEnhanced")]
    assert actions_of(record)[1]["parameters"] == {"ingredientIds": ["reference_1"]}
    assert [item["relationship"] for item in ingredients_of(record)] == ["parentOf", "componentOf"]


def test_procedural_sky_is_synthetic_and_relit_foreground_is_enhanced() -> None:
    record = make_record((SourceShares(synthesis=0.7, plate=0.3),), operation=ReplaceSky(sky="procedural:turbidity=3"))
    assert said(record)[1:] == [("edited", "compositeSynthetic"), ("adjustedColor", "algorithmicallyEnhanced")]


def test_extension_says_what_other_frames_saw_and_what_was_made() -> None:
    record = make_record((SourceShares(frames=0.2, synthesis=0.8),), operation=Extend())
    assert said(record)[1:] == [("edited", "compositeCapture"), ("edited", "compositeSynthetic")]


def test_anchor_is_a_persons_edit() -> None:
    record = make_record((GIVEN,), references=(sky(role="anchor"),))
    assert said(record)[1:] == [("placed", "humanEdits")]


def test_clean_plate_without_a_declaration_claims_nothing_about_its_origin() -> None:
    assert said(make_record((GIVEN,), references=(sky(role="clean_plate"),)))[1:] == [("placed", "composite")]


def test_painted_clean_plate_is_a_persons_edit() -> None:
    assert said(make_record((GIVEN,), references=(sky("humanEdits", "clean_plate"),)))[1:] == [("placed", "humanEdits")]


def test_generated_clean_plate_can_not_hide_behind_the_builtin_generator() -> None:
    record = make_record((GIVEN,), references=(sky("trainedAlgorithmicMedia", "clean_plate"), sky(role="anchor")))
    assert said(record)[1:] == [("placed", "compositeWithTrainedAlgorithmicMedia"), ("placed", "humanEdits")]


def test_reference_that_lent_no_pixel_is_an_input_and_is_not_placed() -> None:
    record = make_record((SYNTHESIS,), references=(sky(role="anchor"),))
    assert said(record)[1:] == [("edited", "compositeSynthetic")]
    assert actions_of(record)[1]["parameters"] == {"ingredientIds": ["reference_1"]}
    assert ingredients_of(record)[1]["relationship"] == "inputTo"


def test_a_mark_is_an_input_even_where_a_clean_plate_is_placed() -> None:
    references = (sky(role="clean_plate"), sky(role="never_from"))
    record = make_record((SourceShares(given=0.5, frames=0.5),), references=references)
    assert [part["relationship"] for part in ingredients_of(record)[1:]] == ["componentOf", "inputTo"]
    named = {act["action"]: act["parameters"]["ingredientIds"] for act in actions_of(record) if "parameters" in act}
    assert named["c2pa.placed"] == ["reference_1"] and ["reference_2"] in named.values()


@pytest.mark.parametrize(
    ("plate_types", "source_type"),
    [
        (("digitalCapture",), "compositeCapture"),
        (("digitalCreation",), "composite"),
        (("digitalCapture", "compositeWithTrainedAlgorithmicMedia"), "compositeWithTrainedAlgorithmicMedia"),
        (("compositeCapture", "compositeSynthetic"), "compositeSynthetic"),
    ],
)
def test_pixels_of_other_frames_are_what_the_plates_own_manifest_says(
    plate_types: tuple[str, ...], source_type: str
) -> None:
    assert said(make_record((FRAMES,)), plate_types)[1] == ("edited", source_type)


def regions(record: TakeRecord, action: int = 1) -> list[tuple[tuple[int, int], tuple[float, ...]]]:
    found: list[dict[str, Any]] = actions_of(record)[action]["changes"]
    result: list[tuple[tuple[int, int], tuple[float, ...]]] = []
    for change in found:
        spatial, frame = change["region"]
        shape = spatial["shape"]
        box = (shape["origin"]["x"], shape["origin"]["y"], shape["width"], shape["height"])
        result.append(((frame["frame"]["start"], frame["frame"]["end"]), box))
    return result


def test_regions_count_frames_from_nought_and_hold_every_changed_pixel() -> None:
    record = make_record((FRAMES, FRAMES, SYNTHESIS, FRAMES))
    assert regions(record) == [((0, 1), (100.0, 40.0, 65.0, 32.0)), ((3, 3), (103.0, 40.0, 64.0, 32.0))]
    assert regions(record, 2) == [((2, 2), (102.0, 40.0, 64.0, 32.0))]


def test_regions_left_and_above_the_plate_are_kept() -> None:
    record = with_frame(make_record((FRAMES,), operation=Extend()), 0, changed=Box(-64, -8, 0, 100))
    assert regions(record) == [((0, 0), (-64.0, -8.0, 64.0, 108.0))]


def test_many_runs_of_frames_are_told_as_one() -> None:
    assert [frames for frames, _ in regions(make_record((FRAMES, SYNTHESIS) * 40))] == [((0, 78))]
