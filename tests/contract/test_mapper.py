"""JSON both ways: every value comes back equal, and everything that is not exactly one is refused."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import pkgutil
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import platewright.contract
from platewright.contract.errors import ManifestError
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import MOST_BYTES, canonical, from_bytes, from_json, to_json
from platewright.contract.request import Extend, Matte, Plate, Regenerate, Request
from platewright.contract.takes import FileHash, TakeRecord
from platewright.contract.windows import Box
from tests.contract.values import of


def dataclasses_of_the_contract() -> list[type]:
    """Every dataclass that a module of the contract defines, found by looking."""
    found = []
    for module in pkgutil.iter_modules(platewright.contract.__path__, "platewright.contract."):
        loaded = importlib.import_module(module.name)
        found += [
            value for value in vars(loaded).values()
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.name
        ]  # fmt: skip
    return found


CLASSES = [cls for cls in dataclasses_of_the_contract() if cls not in (Box, FrameRange)]
PLAIN = Request(Regenerate(), "sky", Plate("plate.####.exr", FrameRange.parse("1-3")), region=Box(1, 2, 3, 4))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_value_of_the_contract_comes_back_equal_from_its_bytes(cls: type, data: st.DataObject) -> None:
    value = data.draw(of(cls))
    plain = to_json(value)
    assert from_json(cls, plain) == value
    assert from_bytes(cls, canonical(value)) == value
    assert json.loads(json.dumps(plain)) == plain, "only plain JSON values"


@given(of(TakeRecord))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_bytes_of_a_record_do_not_depend_on_the_order_in_which_it_was_written(record: TakeRecord) -> None:
    turned = json.loads(canonical(record), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert canonical(from_json(TakeRecord, turned)) == canonical(record)
    assert canonical(record).decode("utf-8") == canonical(record).decode("utf-8").strip()


def test_the_bytes_that_are_signed_are_sorted_without_spaces_and_utf8() -> None:
    assert canonical(FileHash("é.exr", 7, "ab")) == '{"name":"é.exr","sha256":"ab","size":7}'.encode()
    assert canonical(Finding("a", Severity.NOTE, "m", region=Box(1, 2, 3, 4))) == (
        b'{"code":"a","frame":null,"message":"m","region":[1,2,3,4],"remedy":"","severity":"note"}'
    )


def changed(value: object, path: str, new: Any) -> Any:
    """The JSON of a value with one place changed; a path that ends in `!` takes the place away."""
    plain = to_json(value)
    *way, last = path.rstrip("!").split(".")
    place: Any = plain
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if path.endswith("!"):
        del place[last]
    else:
        place[last] = new
    return plain


@pytest.mark.parametrize(
    ("path", "new", "named"),
    [
        ("hue", 1, "unknown field 'hue'"),
        ("plate.frame", 1, "unknown field 'frame'"),
        ("element!", None, "'element' is missing"),
        ("plate.pattern!", None, "'pattern' is missing"),
        ("seed", "1", "Request.seed: expected a whole number"),
        ("seed", 1.0, "Request.seed: expected a whole number"),
        ("seed", True, "Request.seed: expected a whole number"),
        ("seed", None, "Request.seed: expected a whole number"),
        ("seed", 2**63, "Request.seed: expected a whole number"),
        ("prompt", 5, "Request.prompt: expected text"),
        ("element", "sky_v001", "version token"),
        ("references", {}, "Request.references: expected a list"),
        ("references", [1], "Request.references[0]: expected an object"),
        ("plate", [], "Request.plate: expected an object"),
        ("plate.frames", [1, 2], "Request.plate.frames: expected a frame range"),
        ("plate.frames", "3-1", "Request.plate.frames"),
        ("region", [1, 2, 3], "box"),
        ("region", [1, 2, 3, 4.0], "box"),
        ("region", [1, 2, 3, True], "box"),
        ("region", [1, 2, 3, 2**40], "box"),
        ("operation.grain", 1, "grain: expected true or false"),
        ("operation.kind", "restore", "expected one of"),
        ("operation.kind", ["regenerate"], "expected one of"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_the_place_is_named(path: str, new: Any, named: str) -> None:
    with pytest.raises(ManifestError) as refused:
        from_json(Request, changed(PLAIN, path, new))
    assert named in str(refused.value)
    assert refused.value.code == "record_malformed"


def test_a_left_out_field_takes_its_default() -> None:
    assert from_json(Matte, {"pattern": "m.exr"}) == Matte("m.exr")


def test_the_operation_is_told_by_its_kind_and_not_by_what_else_fits() -> None:
    extend = dataclasses.replace(PLAIN, operation=Extend())
    assert type(from_json(Request, to_json(extend)).operation) is Extend
    assert type(from_json(Request, changed(extend, "operation.kind", "extend")).operation) is Extend
    with pytest.raises(ManifestError):
        from_json(Request, changed(extend, "operation.kind", "regenerate"))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_neither_written_nor_read(number: float) -> None:
    with pytest.raises(ManifestError) as refused:
        canonical(Matte("m.exr", grow=number))
    assert refused.value.code == "number_not_finite"
    with pytest.raises(ManifestError):
        from_json(Matte, {"pattern": "m.exr", "grow": number})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "9" * 5000])
def test_a_number_that_json_does_not_have_is_refused_in_the_text(text: str) -> None:
    with pytest.raises(ManifestError):
        from_bytes(Matte, f'{{"pattern":"m.exr","grow":{text}}}'.encode())


def test_whole_numbers_are_read_where_a_number_is_expected_and_come_back_as_one() -> None:
    matte = from_bytes(Matte, b'{"pattern":"m.exr","grow":3}')
    assert type(matte.grow) is float
    assert from_bytes(Matte, canonical(matte)) == matte


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"nonsense", b"\xff\xfe{}", b'{"pattern":"a","pattern":"b"}', b"[" * 100_000, b'{"a":' * 100_000,
     b'{"pattern":"m"} x', b'\xef\xbb\xbf{"pattern":"m"}'],
    ids=["empty", "cut", "words", "not UTF-8", "doubled", "deep list", "deep object", "more", "byte order mark"],
)  # fmt: skip
def test_bytes_that_are_no_record_are_refused_as_malformed(data: bytes) -> None:
    with pytest.raises(ManifestError) as refused:
        from_bytes(Matte, data)
    assert refused.value.code == "record_malformed"
    assert len(str(refused.value)) < 500


def test_a_record_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(ManifestError) as refused:
        from_bytes(Matte, bytes(MOST_BYTES + 1))
    assert refused.value.code == "record_too_large", "else it would be said that it is no JSON"


@given(JSON)
def test_any_json_at_all_is_a_record_or_a_manifest_error(data: Any) -> None:
    for cls in (Request, Matte, TakeRecord):
        try:
            value = from_json(cls, data)
        except ManifestError as refused:
            assert refused.code in ("record_malformed", "type_unsupported")
        else:
            assert type(value) is cls


@given(of(Request), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_request_with_any_place_replaced_is_still_strictly_read(value: Request, data: st.DataObject) -> None:
    plain = to_json(value)
    place: Any = plain
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    try:
        read = from_json(Request, plain)
    except ManifestError:
        return
    assert from_bytes(Request, canonical(read)) == read, "whatever is taken is also written the same way"


@pytest.mark.parametrize("value", [b"bytes", object(), {1: "a"}, {"a": {1, 2}}, 1j])
def test_what_json_can_not_hold_is_not_written(value: object) -> None:
    with pytest.raises(ManifestError) as refused:
        to_json(value)
    assert refused.value.code == "type_unsupported"
