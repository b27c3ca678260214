"""The words a manifest may use, and the check that it uses no others and uses them rightly.

The signing library accepts an invented digital source type or action and still calls the result trusted, so
every definition passes here before it is signed. The rules are those of C2PA 2.4 and of its conformance rubric.
This module knows definitions as plain JSON values; it knows no keys, files or takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from platewright.contract.errors import SigningError

__all__ = [
    "ACTIONS",
    "AI_COMPOSITE",
    "COMPOSITE",
    "SOURCE_TYPES",
    "SYNTHETIC_COMPOSITE",
    "check_definition",
    "composite_of",
    "is_captured",
    "is_generated",
    "source_type_uri",
    "source_type_word",
    "strongest",
]

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA = "http://c2pa.org/digitalsourcetype/"

SOURCE_TYPES: Mapping[str, str] = {
    **{
        word: _IPTC + word
        for word in (
            "algorithmicMedia",
            "algorithmicallyEnhanced",
            "composite",
            "compositeCapture",
            "compositeSynthetic",
            "compositeWithTrainedAlgorithmicMedia",
            "computationalCapture",
            "dataDrivenMedia",
            "digitalCapture",
            "digitalCreation",
            "humanEdits",
            "negativeFilm",
            "positiveFilm",
            "print",
            "screenCapture",
            "trainedAlgorithmicMedia",
            "virtualRecording",
        )
    },
    **{word: _C2PA + word for word in ("empty", "trainedAlgorithmicData")},
}

AI_COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SYNTHETIC_COMPOSITE = "compositeSynthetic"
COMPOSITE = "composite"

_CAPTURED = frozenset(
    {"digitalCapture", "computationalCapture", "compositeCapture", "negativeFilm", "positiveFilm", "print"}
)
_TRAINED = frozenset({"trainedAlgorithmicMedia", AI_COMPOSITE, "trainedAlgorithmicData"})
_MADE_BY_ALGORITHM = frozenset({"algorithmicMedia", "dataDrivenMedia", SYNTHETIC_COMPOSITE})


def _words(text: str, prefix: str = "") -> frozenset[str]:
    return frozenset(prefix + word for word in text.split())


ACTIONS = _words(
    """
    addedText adjustedColor changedSpeed converted created cropped deleted drawing dubbed edited edited.metadata
    enhanced filtered mastered mixed opened orientation placed published redacted remixed removed repackaged resized
    resized.proportional transcoded translated trimmed unknown watermarked.bound watermarked.unbound
    """,
    prefix="c2pa.",
)
_INCEPTIONS = _words("created opened", prefix="c2pa.")
_NEED_INGREDIENT = _words("opened placed removed transcoded repackaged", prefix="c2pa.")
_NEED_NO_SOURCE_TYPE = _words(
    """
    opened placed converted published repackaged transcoded resized.proportional enhanced edited.metadata
    watermarked.bound watermarked.unbound redacted
    """,
    prefix="c2pa.",
)
_PARAMETERS = _words(
    """
    redacted ingredients ingredient ingredientIds description relatedAssertions sourceLanguage targetLanguage
    multipleInstances ranges weight width italic slant optical-size
    """
)
_ASSERTIONS = frozenset(
    {"c2pa.actions.v2", "c2pa.ai-disclosure", "c2pa.hash.data", "cawg.training-mining", "cawg.metadata"}
)
_OWN = "org.platewright."
_SPEC_VERSION = "2.4.0"
_OVERSIGHT = frozenset({"fully_autonomous", "prompt_guided", "human_validated"})
_RELATIONSHIPS = frozenset({"parentOf", "componentOf", "inputTo"})


def source_type_uri(word: str) -> str:
    """The full address of a digital source type given by its last word. Raises SigningError for an invented one."""
    if word not in SOURCE_TYPES:
        raise _refused(
            f"'{word[:80]}' is not a digital source type",
            "source_type_unknown",
            "Use one of the IPTC terms, such as digitalCapture, humanEdits or trainedAlgorithmicMedia.",
        )
    return SOURCE_TYPES[word]


def source_type_word(address: str) -> str:
    """The last word of a digital source type's address, or an empty text for one that does not exist."""
    word = address.rsplit("/", 1)[-1]
    return word if SOURCE_TYPES.get(word) == address else ""


def is_captured(word: str) -> bool:
    """True for source types that are recordings of the real world, however they were put together."""
    return word in _CAPTURED


def is_generated(word: str) -> bool:
    """True for source types that say, or leave open, that something in the picture was generated."""
    return word in _TRAINED | _MADE_BY_ALGORITHM | {COMPOSITE}


def composite_of(declared: str) -> str:
    """What a plate becomes when a picture of the declared source type is put into it: again a last word.

    Nothing declared gives `composite`, which leaves open how the elements came about: better to say little than
    something nobody vouched for. Raises SigningError for a type that does not exist.
    """
    if not declared:
        return COMPOSITE
    source_type_uri(declared)
    if declared in _TRAINED:
        return AI_COMPOSITE
    if declared in _MADE_BY_ALGORITHM:
        return SYNTHETIC_COMPOSITE
    if declared in _CAPTURED:
        return "compositeCapture"
    return declared if declared == "humanEdits" else COMPOSITE


def strongest(types: Iterable[str]) -> str:
    """The one type that is true of all: what was generated outweighs, and what differs is `composite`."""
    found = set(types)
    for word in (AI_COMPOSITE, SYNTHETIC_COMPOSITE):
        if word in found:
            return word
    return found.pop() if len(found) == 1 else COMPOSITE


def check_definition(definition: Mapping[str, Any], ingredients: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a manifest definition that breaks the rules, before anything is signed.

    definition: as the signing library takes it; ingredients: those added to it one by one, with their labels.
    Raises SigningError with a code that begins with `source_type_`, `action_`, `assertion_` or `definition_`.
    """
    _check_generator(definition)
    _check_ingredients(ingredients)
    assertions = definition.get("assertions", [])
    for assertion in assertions:
        _check_assertion(assertion)
    actions = [item["data"] for item in assertions if item["label"] == "c2pa.actions.v2"]
    if len(actions) != 1:
        raise _refused("a manifest needs exactly one list of actions", "action_list_missing")
    _check_actions(actions[0], {item["label"]: item for item in ingredients})


def _refused(message: str, code: str, hint: str = "") -> SigningError:
    return SigningError(message, code=code, hint=hint or "This is a mistake in Platewright or a plug-in; report it.")


def _check_generator(definition: Mapping[str, Any]) -> None:
    generators = definition.get("claim_generator_info", [])
    if not generators or generators[0].get("specVersion") != _SPEC_VERSION:
        raise _refused("the manifest does not name the version of its rules", "definition_version_missing")


def _check_ingredients(ingredients: Sequence[Mapping[str, Any]]) -> None:
    labels = [item.get("label") for item in ingredients]
    if len(set(labels)) != len(labels) or not all(labels):
        raise _refused("every ingredient needs a name of its own", "definition_ingredient_unnamed")
    for item in ingredients:
        if item.get("relationship") not in _RELATIONSHIPS:
            raise _refused(f"'{item.get('relationship')}' is no relationship", "definition_relationship_unknown")
        if "manifest_data" in item and ("digitalSourceType" in item or "validation_results" not in item):
            raise _refused("an ingredient with a manifest is described by it alone", "definition_ingredient_double")
    if sum(item["relationship"] == "parentOf" for item in ingredients) > 1:
        raise _refused("a take has one parent, its plate", "definition_parents")


def _check_assertion(assertion: Mapping[str, Any]) -> None:
    label = str(assertion.get("label", ""))
    if label not in _ASSERTIONS and not (label.startswith(_OWN) and len(label) > len(_OWN)):
        raise _refused(f"'{label[:80]}' is not an assertion Platewright makes", "assertion_unknown")
    if assertion.get("created") is not True:
        raise _refused(f"'{label}' is not stated as the signer's own", "assertion_not_created")
    if label == "c2pa.ai-disclosure":
        level = assertion["data"].get("contentProfile", {}).get("humanOversightLevel")
        if level not in _OVERSIGHT:
            raise _refused(f"'{level}' is not a level of human oversight", "assertion_oversight_unknown")
    if label != "c2pa.hash.data" and any(_number_lists(assertion.get("data"))):
        raise _refused(f"'{label}' holds a plain list of numbers, which readers corrupt", "assertion_number_list")


def _number_lists(value: Any) -> Iterator[bool]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _number_lists(item)
    elif isinstance(value, (list, tuple)):
        yield bool(value) and all(isinstance(item, (int, float)) for item in value)
        for item in value:
            yield from _number_lists(item)


def _check_actions(data: Mapping[str, Any], ingredients: Mapping[str, Mapping[str, Any]]) -> None:
    if not isinstance(data.get("allActionsIncluded"), bool):
        raise _refused("the list of actions must say whether it is complete", "action_completeness_missing")
    actions = data.get("actions", [])
    names = [str(action.get("action", "")) for action in actions]
    if not names or names[0] not in _INCEPTIONS:
        raise _refused("the first action must be c2pa.created or c2pa.opened", "action_inception_missing")
    if sum(name in _INCEPTIONS for name in names) > 1:
        raise _refused("a take begins once: there are two opening actions", "action_inception_double")
    for action in actions:
        _check_action(action, ingredients)


def _check_action(action: Mapping[str, Any], ingredients: Mapping[str, Mapping[str, Any]]) -> None:
    name = str(action["action"])
    if name not in ACTIONS and not name.startswith(_OWN):
        raise _refused(f"'{name[:80]}' is not an action", "action_unknown")
    address = action.get("digitalSourceType")
    if address is not None and not source_type_word(str(address)):
        raise _refused(f"'{str(address)[:80]}' is not a digital source type", "source_type_unknown")
    if address is None and name not in _NEED_NO_SOURCE_TYPE:
        raise _refused(f"{name} must say where its pixels come from", "source_type_missing")
    if address is not None and name == "c2pa.opened":
        raise _refused("c2pa.opened says nothing about where pixels come from", "source_type_misplaced")
    _check_parameters(name, action.get("parameters", {}), ingredients)
    for change in action.get("changes", []):
        if "role" in change:
            raise _refused("a change inside an action has no role", "action_role")


def _check_parameters(name: str, parameters: Mapping[str, Any], ingredients: Mapping[str, Mapping[str, Any]]) -> None:
    for parameter in parameters:
        if parameter not in _PARAMETERS and not parameter.startswith(_OWN):
            raise _refused(f"'{parameter[:80]}' is not a parameter of an action", "action_parameter_unknown")
    labels = list(parameters.get("ingredientIds", []))
    if unknown := [label for label in labels if label not in ingredients]:
        raise _refused(f"an action names '{unknown[0]}', which is not an ingredient", "action_ingredient_unknown")
    if name in _NEED_INGREDIENT and not labels:
        raise _refused(f"{name} must name what it is about", "action_ingredient_missing")
    if name == "c2pa.opened" and [ingredients[label]["relationship"] for label in labels] != ["parentOf"]:
        raise _refused("c2pa.opened names exactly one ingredient, the parent", "action_parent")
