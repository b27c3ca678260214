"""YAML is read as plain data, whatever it is meant to do to whoever reads it."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import ManifestError
from platewright.rights import plain_yaml
from platewright.rights.plain_yaml import MOST_BYTES, read_yaml, write_yaml

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcn0~<-", max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    assert read_yaml(write_yaml(value)) == value


@pytest.mark.parametrize(
    "text, value",
    [
        ("a: 2026-01-31", {"a": "2026-01-31"}),
        ("a: no", {"a": "no"}),
        ("a: NO", {"a": "NO"}),
        ("a: 010", {"a": "010"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12:30:00", {"a": "12:30:00"}),
        ("a: .inf", {"a": ".inf"}),
        ("a: 0x1F", {"a": "0x1F"}),
        ("a: 1.5", {"a": 1.5}),
        ("a: true", {"a": True}),
        ("a: 'true'", {"a": "true"}),
        ("a:", {"a": None}),
    ],
)
def test_a_word_is_what_it_looks_like_and_never_a_date_or_norway(text: str, value: Any) -> None:
    assert read_yaml(text.encode()) == value


HOSTILE = {
    "a tag that runs a program": b"a: !!python/object/apply:os.system ['true']",
    "a tag of its own": b"a: !secret x",
    "a binary": b"a: !!binary aGk=",
    "an anchor": b"a: &x 1",
    "an alias": b"a: &x [1]\nb: *x",
    "a billion laughs": b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    "a merge": b"a: {b: 1}\n<<: {c: 2}",
    "a name twice": b"a: 1\na: 2",
    "a list as a name": b"? [1, 2]\n: 3",
    "two documents": b"a: 1\n---\nb: 2",
    "nothing": b"",
    "only a comment": b"# nothing",
    "not UTF-8": b"a: \xff\xfe",
    "a NUL": b"a: \0",
    "a bell": b"a: \x07",
    "nested without end": b"[" * 5000,
    "nested tables": b"".join(b" " * i + b"a:\n" for i in range(200)),
    "too many values": b"[" + b"1," * 60_000 + b"1]",
    "a torn end": b"a: [1, 2",
    "a tab": b"a:\n\t- b",
    "too large": b"a: " + b"x" * MOST_BYTES,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read_yaml(HOSTILE[name])
    assert caught.value.code in ("record_malformed", "record_too_large")
    assert len(caught.value.message) < 500


@given(st.binary(max_size=300))
def test_any_bytes_are_plain_data_or_refused(data: bytes) -> None:
    try:
        value = read_yaml(data)
    except ManifestError:
        return
    assert _is_plain(value)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has one parser")
@given(st.text("ab1 :-[]{},'\"\n#|>?&*!%@`~.<=\u00e9\r\\", max_size=40))
def test_no_text_means_one_thing_to_one_parser_and_another_to_the_other(text: str) -> None:
    read = {}
    for parser in (yaml.SafeLoader, yaml.CSafeLoader):
        with pytest.MonkeyPatch.context() as patch, suppress(ManifestError):
            patch.setattr(plain_yaml, "_PARSER", parser)
            read[parser] = read_yaml(text.encode())
    if len(read) == 2:
        assert read[yaml.SafeLoader] == read[yaml.CSafeLoader]


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(name) is str and _is_plain(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or type(value) in (str, bool, int) or (type(value) is float and math.isfinite(value))
