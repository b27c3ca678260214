"""Every code that an error or a finding can have is documented, and means one kind of ending."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def listing(root: Path) -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("docs_error_codes", root / "docs" / "error_codes.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


def test_every_code_is_documented_and_no_other(listing: ModuleType) -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", listing.PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    used = set(listing.all_said()[1])
    assert len(used) > 60, "the codes are found at all"
    assert documented == used, "write the page anew: python3 docs/error_codes.py"


def test_a_code_always_ends_with_the_same_exit_code(listing: ModuleType) -> None:
    classes, codes = listing.all_said()
    defaults = {default: number for number, default in classes.values()}
    unclear = {}
    for code, said in codes.items():
        ends = {classes[one.kind][0] for one in said if one.kind in classes}
        if len(ends | ({defaults[code]} if code in defaults else set())) > 1:
            unclear[code] = sorted(ends)
    assert not unclear, "one code, one kind of ending"
