"""The error tree: as it is drawn, with codes and exit codes that scripts can rely on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from platewright.contract import errors
from platewright.contract.errors import PlatewrightError


def tree(cls: type[PlatewrightError] = PlatewrightError) -> Iterator[type[PlatewrightError]]:
    """The class and all below it."""
    yield cls
    for below in cls.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below)


CLASSES = list(tree())


def test_every_class_of_the_tree_is_public_and_drawn_in_the_docstring() -> None:
    drawn = re.findall(r"^\s*(?:[│ ]*[├└]── )?([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    names = [cls.__name__ for cls in CLASSES]
    assert sorted(names) == sorted(errors.__all__)
    assert [name for name in drawn if name in names] == names, "drawn in the order of the tree"


def test_the_drawn_exit_codes_are_the_real_ones() -> None:
    drawn = dict(re.findall(r"([A-Z]\w+) .*exit (\d+)$", errors.__doc__ or "", re.MULTILINE))
    assert len(drawn) >= 8
    for name, code in drawn.items():
        assert getattr(errors, name).exit_code == int(code)


def test_every_branch_has_an_exit_code_of_its_own_and_its_leaves_share_it() -> None:
    branches = PlatewrightError.__subclasses__()
    codes = [branch.exit_code for branch in branches] + [PlatewrightError.exit_code]
    assert len(set(codes)) == len(codes)
    assert all(0 < code < 256 for code in codes), "0 is success"
    for branch in branches:
        assert {cls.exit_code for cls in tree(branch)} == {branch.exit_code}


def test_every_class_has_a_default_code_of_its_own() -> None:
    codes = [cls.default_code for cls in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in codes)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_carries_its_code_hint_frame_and_retry_to_json(cls: type[PlatewrightError]) -> None:
    plain = cls("the sentence")
    assert str(plain) == "the sentence"
    assert plain.as_dict() == {
        "code": cls.default_code, "message": "the sentence", "hint": "", "frame": None, "retry": False,
    }  # fmt: skip
    full = cls("frame 7 is cut off", code="frame_truncated", hint="Copy it again.", frame=7, retry=True)
    assert json.loads(json.dumps(full.as_dict())) == {
        "code": "frame_truncated", "message": "frame 7 is cut off", "hint": "Copy it again.", "frame": 7, "retry": True,
    }  # fmt: skip
