"""The request refuses an element's name that would make a take's files ambiguous, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate, Reference, Regenerate, Request
from platewright.contract.takes import file_names
from tests.contract.values import elements

PLAIN = Request(Regenerate(), "rig_removal", Plate("plate.####.exr", FrameRange.parse("1001-1016")))


@given(elements(), st.integers(1, 99_999))
def test_a_take_s_file_names_hold_one_version_token_and_lead_back_to_element_and_version(
    element: str, version: int
) -> None:
    assert replace(PLAIN, element=element).element == element
    for name in file_names(element, version):
        found = re.findall(r"_v(\d+)\.", name)
        assert found == [f"{version:03d}"]
        assert name.startswith(f"{element}_v")


@pytest.mark.parametrize(
    "name", ["", "1sky", "_sky", "sky 2", "sky/..", "../sky", ".", "sky.left", "ä", "sky\n", "sky\0", "a" * 65, "C:sky"]
)
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        replace(PLAIN, element=name)
    assert refused.value.code == "element_name_invalid"
    assert refused.value.hint


@pytest.mark.parametrize("name", ["sky_v003", "sky_v1_left", "v2", "sky-v12", "v007-sky"])
def test_a_name_with_a_version_token_is_refused(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        replace(PLAIN, element=name)
    assert refused.value.code == "element_name_versioned"


@pytest.mark.parametrize("name", ["sky", "a", "Sky-2", "rig_removal_left", "vest", "sky_vfx", "x_v", "a" * 64])
def test_a_plain_word_is_taken(name: str) -> None:
    assert replace(PLAIN, element=name).element == name


def test_references_come_by_their_role_in_their_order() -> None:
    anchors = (Reference("anchor", "a.exr", frame=1001), Reference("anchor", "b.exr", frame=1010))
    request = replace(PLAIN, references=(anchors[0], Reference("clean_plate", "c.exr"), anchors[1]))
    assert request.references_for("anchor") == anchors
    assert request.references_for("sky") == ()
