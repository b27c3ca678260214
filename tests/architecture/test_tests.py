"""The tests are tests: each one claims something, and none of them fakes a host or a vendor with a mock."""

from __future__ import annotations

import ast
from pathlib import Path

CLAIMS = ("raises", "warns", "fail")


def claims_something(test: ast.FunctionDef) -> bool:
    """Whether a test holds an assert, a `pytest.raises`, or a call of a function that asserts by its name."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CLAIMS or name.startswith(("assert_", "expect_", "refuses")):
                return True
    return False


def test_every_test_claims_something(root: Path) -> None:
    idle, seen = [], 0
    for file in sorted((root / "tests").glob("**/test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                seen += 1
                if not claims_something(node):
                    idle.append(f"{file.relative_to(root)}::{node.name}")
    assert not idle, "\n".join(idle)
    assert seen > 50


def test_nothing_is_faked_by_a_mock_that_accepts_any_call(root: Path) -> None:
    magic = "Magic" + "Mock"
    files = [*(root / "tests").glob("**/*.py"), *(root / "core").glob("**/*.py")]
    assert not [str(file) for file in files if magic in file.read_text(encoding="utf-8")]
