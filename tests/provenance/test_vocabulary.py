"""The words of a manifest: what the signing library lets through is refused here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from platewright.contract.errors import SigningError
from platewright.provenance.definition import definition_of, ingredients_of
from platewright.provenance.vocabulary import (
    SOURCE_TYPES,
    check_definition,
    composite_of,
    source_type_uri,
    source_type_word,
)
from tests.provenance.takes import TRAINED, make_record

Definition = dict[str, Any]
RECORD = make_record(card=TRAINED)


def actions(definition: Definition) -> dict[str, Any]:
    data: dict[str, Any] = definition["assertions"][0]["data"]
    return data


def assertion(definition: Definition, label: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in definition["assertions"] if item["label"] == label)
    return found


def add(definition: Definition, **fields: Any) -> None:
    definition["assertions"].append(fields)


def append_action(definition: Definition, **fields: Any) -> None:
    actions(definition)["actions"].append(fields)


BREAKS: dict[str, tuple[Callable[[Definition], object], str]] = {
    "an invented source type": (
        lambda d: actions(d)["actions"][1].update(digitalSourceType=SOURCE_TYPES["composite"] + "Magic"),
        "source_type_unknown",
    ),
    "a retired source type": (
        lambda d: actions(d)["actions"][1].update(
            digitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/minorHumanEdits"
        ),
        "source_type_unknown",
    ),
    "an edit without a source type": (
        lambda d: actions(d)["actions"][1].pop("digitalSourceType"),
        "source_type_missing",
    ),
    "a source type on the opening": (
        lambda d: actions(d)["actions"][0].update(digitalSourceType=SOURCE_TYPES["digitalCapture"]),
        "source_type_misplaced",
    ),
    "an invented action": (lambda d: append_action(d, action="c2pa.beautified"), "action_unknown"),
    "a retired action": (lambda d: append_action(d, action="c2pa.color_adjustments"), "action_unknown"),
    "two openings": (
        lambda d: append_action(d, action="c2pa.opened", parameters={"ingredientIds": ["plate"]}),
        "action_inception_double",
    ),
    "no opening": (lambda d: actions(d)["actions"].pop(0), "action_inception_missing"),
    "no action at all": (lambda d: actions(d)["actions"].clear(), "action_inception_missing"),
    "an opening of nothing": (lambda d: actions(d)["actions"][0].pop("parameters"), "action_ingredient_missing"),
    "an ingredient that is not there": (
        lambda d: actions(d)["actions"][0].update(parameters={"ingredientIds": ["elsewhere"]}),
        "action_ingredient_unknown",
    ),
    "a parameter without a namespace": (
        lambda d: actions(d)["actions"][1].update(parameters={"node": "N1"}),
        "action_parameter_unknown",
    ),
    "a role inside an action": (
        lambda d: actions(d)["actions"][1]["changes"][0].update(role="c2pa.edited"),
        "action_role",
    ),
    "no word on completeness": (lambda d: actions(d).pop("allActionsIncluded"), "action_completeness_missing"),
    "an assertion nobody attributes": (lambda d: d["assertions"][0].pop("created"), "assertion_not_created"),
    "an old assertion": (lambda d: add(d, label="c2pa.actions", created=True, data={}), "assertion_unknown"),
    "another's namespace": (lambda d: add(d, label="com.example.x", created=True, data={}), "assertion_unknown"),
    "a bare namespace": (lambda d: add(d, label="org.platewright.", created=True, data={}), "assertion_unknown"),
    "a list of numbers": (
        lambda d: add(d, label="org.platewright.x", created=True, data={"deep": [{"list": [1001, 1002]}]}),
        "assertion_number_list",
    ),
    "an invented level of oversight": (
        lambda d: assertion(d, "c2pa.ai-disclosure")["data"]["contentProfile"].update(humanOversightLevel="some"),
        "assertion_oversight_unknown",
    ),
    "no rule version": (lambda d: d["claim_generator_info"][0].pop("specVersion"), "definition_version_missing"),
}


def test_a_takes_own_definition_is_accepted() -> None:
    check_definition(definition_of(RECORD), ingredients_of(RECORD))


@pytest.mark.parametrize("what", list(BREAKS))
def test_refused_before_signing(what: str) -> None:
    change, code = BREAKS[what]
    definition = copy.deepcopy(definition_of(RECORD))
    change(definition)
    with pytest.raises(SigningError) as refusal:
        check_definition(definition, ingredients_of(RECORD))
    assert refusal.value.code == code


def test_second_parent_is_refused() -> None:
    plate = ingredients_of(RECORD)[0]
    with pytest.raises(SigningError) as refusal:
        check_definition(definition_of(RECORD), [plate, {**plate, "label": "other"}])
    assert refusal.value.code == "definition_parents"


def test_ingredient_with_a_manifest_must_not_state_a_source_type_too() -> None:
    plate = {**ingredients_of(RECORD)[0], "manifest_data": {}, "validation_results": {}, "digitalSourceType": "x"}
    with pytest.raises(SigningError) as refusal:
        check_definition(definition_of(RECORD), [plate])
    assert refusal.value.code == "definition_ingredient_double"


@pytest.mark.parametrize("word", list(SOURCE_TYPES))
def test_every_source_type_goes_to_its_address_and_back(word: str) -> None:
    assert source_type_word(source_type_uri(word)) == word


def test_a_known_word_at_a_foreign_address_counts_for_nothing() -> None:
    assert source_type_word("http://example.org/digitalsourcetype/digitalCapture") == ""


@pytest.mark.parametrize(
    ("declared", "becomes"),
    [
        ("", "composite"),
        ("digitalCapture", "compositeCapture"),
        ("computationalCapture", "compositeCapture"),
        ("negativeFilm", "compositeCapture"),
        ("humanEdits", "humanEdits"),
        ("digitalCreation", "composite"),
        ("algorithmicMedia", "compositeSynthetic"),
        ("compositeSynthetic", "compositeSynthetic"),
        ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
        ("compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_a_declared_picture_makes_the_plate_this_composite(declared: str, becomes: str) -> None:
    assert composite_of(declared) == becomes


def test_an_invented_declaration_is_refused() -> None:
    with pytest.raises(SigningError):
        composite_of("photographicallyTrue")
