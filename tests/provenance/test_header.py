"""The stamp in a patch's header: known beforehand, true beforehand, and only a hint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platewright.contract.errors import SigningError
from platewright.contract.request import Reference, ReplaceSky
from platewright.provenance import header
from platewright.provenance.header import Stamp, expected_source_type, read_stamp, stamp
from tests.provenance.takes import make_record

REQUEST = make_record().request


def test_stamp_names_the_take_and_its_manifest() -> None:
    attributes = stamp("sky", 3, "compositeSynthetic")
    assert attributes[header.SOURCE_TYPE] == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
    assert attributes[header.TAKE] == "sky_v003"
    assert attributes[header.MANIFEST] == "sky_v003.take.json.c2pa"
    assert all(attributes.values())


def test_stamp_comes_back_from_a_header_with_other_things_in_it() -> None:
    found = read_stamp({"owner": "x", "framesPerSecond": (24, 1), **stamp("sky", 3, "composite")})
    assert found is not None
    assert (found.take, found.manifest) == ("sky_v003", "sky_v003.take.json.c2pa")


@pytest.mark.parametrize(
    "change",
    [
        {header.MANIFEST: "../../elsewhere.c2pa"}, {header.MANIFEST: "/etc/passwd"}, {header.MANIFEST: 7},
        {header.TAKE: ""}, {header.TAKE: "x" * 5000}, {header.MANIFEST: "x" * 5000}, {header.MANIFEST: None},
    ],
)  # fmt: skip
def test_stamp_that_leads_elsewhere_counts_for_nothing(change: dict[str, object]) -> None:
    assert read_stamp({**stamp("sky", 3, "composite"), **change}) is None


def test_header_without_a_stamp_has_none() -> None:
    assert read_stamp({}) is None
    assert isinstance(read_stamp(stamp("sky", 3, "composite")), Stamp)


def test_invented_source_type_is_refused() -> None:
    with pytest.raises(SigningError):
        stamp("sky", 3, "photographicTruth")


def sky(source_type: str) -> Reference:
    return Reference("sky", "dusk.exr", source_type=source_type)


def test_before_the_pixels_are_known_the_stamp_claims_no_more_than_is_certain() -> None:
    assert expected_source_type(REQUEST, trained=False) == "composite"
    assert expected_source_type(REQUEST, trained=True) == "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize(
    ("references", "source_type"),
    [
        ((), "compositeSynthetic"),
        ((sky("digitalCapture"),), "compositeCapture"),
        ((sky("trainedAlgorithmicMedia"),), "compositeWithTrainedAlgorithmicMedia"),
        ((sky(""),), "composite"),
    ],
)
def test_stamp_of_a_new_sky_follows_its_declaration(references: tuple[Reference, ...], source_type: str) -> None:
    request = replace(REQUEST, operation=ReplaceSky(), references=references)
    assert expected_source_type(request, trained=False) == source_type


def test_generated_clean_plate_shows_in_the_stamp() -> None:
    references = (Reference("clean_plate", "clean.exr", source_type="trainedAlgorithmicMedia"),)
    assert expected_source_type(replace(REQUEST, references=references), trained=False) == (
        "compositeWithTrainedAlgorithmicMedia"
    )
