"""The table's part about references: what a picture is for, what kind it is, and one control for each word of it.

Standard library only.
"""

from __future__ import annotations

from .field import Choice, Field, OperationKind

__all__ = ["REFERENCE_FIELDS", "REFERENCE_ROLES", "REGION", "SOURCE_TYPES", "WITH_MATTE"]

REGION: tuple[OperationKind, ...] = ("regenerate",)
WITH_MATTE: tuple[OperationKind, ...] = ("regenerate", "replace_sky")

REFERENCE_ROLES: dict[str, Choice] = {
    "clean_plate": Choice("clean_plate", "Clean plate", "Your own; obeyed where it covers."),
    "anchor": Choice("anchor", "Painted frame", "A frame that you painted; the others follow it."),
    "sky": Choice("sky", "Sky", "The new sky of a sky replacement."),
    "identity": Choice("identity", "How it looks", "Somebody, or a thing, that a model is to make alike."),
    "environment": Choice("environment", "The place", "A place that a model is to make alike."),
    "style": Choice("style", "The style", "A look that a model is to keep to."),
    "take_from": Choice("take_from", "Take from here", "A matte: pixels are copied from inside it alone."),
    "never_from": Choice("never_from", "Never from here", "A matte: pixels are never copied from inside it."),
}

SOURCE_TYPES: tuple[Choice, ...] = (
    Choice("", "Not said"),
    Choice("digitalCapture", "Photographed or filmed"),
    Choice("humanEdits", "Painted or retouched by hand"),
    Choice("digitalCreation", "Made by hand in software"),
    Choice("virtualRecording", "Rendered (CG)"),
    Choice("composite", "A composite"),
    Choice("algorithmicMedia", "Made by an algorithm, not trained"),
    Choice("trainedAlgorithmicMedia", "Made by a trained model (AI)"),
    Choice("compositeWithTrainedAlgorithmicMedia", "A composite with AI parts"),
)

_ROLES = tuple(choice for name, choice in REFERENCE_ROLES.items() if name != "sky")
REFERENCE_FIELDS: tuple[Field, ...] = (
    Field(
        "references.role", "references", "choice", "Plays", "What the picture is for.", "clean_plate", choices=_ROLES,
        operations=REGION,
    ),
    Field(
        "references.pattern", "references", "file", "Picture",
        "A still, or a sequence as in clean.####.exr, of the plate's size.", operations=REGION, remembered=False,
    ),
    Field(
        "references.frame", "references", "whole", "Frame", "The plate's frame that it was painted for.", None,
        optional=True, least=-999_999, most=9_999_999, operations=REGION, when=("references.role", "anchor"),
        remembered=False,
    ),
    Field(
        "references.colour_space", "references", "text", "Colour space",
        "Its colour space. Empty: what its file says.", remembered=False,
        operations=WITH_MATTE,
    ),
    Field(
        "references.licence", "references", "text", "Licence or consent",
        "What allows its use: the id of a licence or consent record, or a plain word such as own. It stands in the "
        "signed manifest.", operations=WITH_MATTE, remembered=False,
    ),
    Field(
        "references.source_type", "references", "choice", "How it came about",
        "What kind of picture it is. It decides what the manifest says of the result.", "", choices=SOURCE_TYPES,
        operations=WITH_MATTE, remembered=False,
    ),
)  # fmt: skip
