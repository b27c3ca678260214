"""The tests are tests: each one claims something, and none of them fakes a host or a vendor with a mock."""

from __future__ import annotations

import ast
from pathlib import Path

CLAIMS = ("raises", "warns", "fail")


def claims_something(function: ast.FunctionDef, claiming: set[str]) -> bool:
    """Whether a function holds an assert, a `pytest.raises`, or a call of one that is known or named to claim."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CLAIMS or name in claiming or name.startswith(("assert_", "check_", "expect_")):
                return True
    return False


def test_every_test_claims_something(root: Path) -> None:
    idle, seen = [], 0
    for file in sorted((root / "tests").glob("**/test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        claiming = {node.name for node in functions if claims_something(node, set())}
        for test in (node for node in functions if node.name.startswith("test_")):
            seen += 1
            if not claims_something(test, claiming):
                idle.append(f"{file.relative_to(root)}::{test.name}")
    assert not idle, "\n".join(idle)
    assert seen > 50


def test_nothing_is_faked_by_a_mock_that_accepts_any_call(root: Path) -> None:
    magic = "Magic" + "Mock"
    files = [*(root / "tests").glob("**/*.py"), *(root / "core").glob("**/*.py")]
    assert not [str(file) for file in files if magic in file.read_text(encoding="utf-8")]
