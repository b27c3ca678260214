"""The product can be read: every module says why it exists, every public name is documented, no file is a heap."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_LINES = 400
MOST_LINES_OF_TESTS = 600
CATCH_ALL = {
    "util", "utils", "utilities", "lib", "libs", "helper", "helpers", "common", "manager", "managers", "misc", "base",
    "base_utils", "stuff", "shared", "core_utils", "tools",
}  # fmt: skip


def test_every_module_says_why_it_exists(modules: list[Any]) -> None:
    silent = [module.name for module in modules if module.tree.body and not ast.get_docstring(module.tree)]
    assert not silent


def test_all_names_exactly_what_is_public(modules: list[Any]) -> None:
    wrong = []
    for module in modules:
        if module.file.name in ("__init__.py", "__main__.py") and module.exported is None:
            continue
        if module.exported is None:
            wrong.append(f"{module.name} has no __all__")
            continue
        public = {
            node.name for node in module.tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        }  # fmt: skip
        wrong += [f"{module.name}.{name} is public but not in __all__" for name in public - set(module.exported)]
        wrong += [f"{module.name}.__all__ names {name}, which is not there" for name in _absent(module)]
        wrong += [f"{module.name}.__all__ names one twice"] * (len(set(module.exported)) < len(module.exported))
    assert not wrong, "\n".join(wrong)


def test_every_public_name_is_documented(modules: list[Any]) -> None:
    silent = [f"{module.name}.{name}" for module in modules for name in _undocumented(module)]
    assert not silent, "\n".join(silent)


def test_no_module_has_a_catch_all_name(tree_files: list[Path], root: Path) -> None:
    parts = [(path, set(path.relative_to(root).with_suffix("").parts)) for path in tree_files if path.suffix == ".py"]
    assert not [str(path) for path, names in parts if names & CATCH_ALL]


def test_no_file_is_too_long_to_be_one_concept(tree_files: list[Path], root: Path) -> None:
    lengths = {
        path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines())
        for path in tree_files
        if path.suffix == ".py"
    }
    assert not {
        str(name): lines
        for name, lines in lengths.items()
        if lines > (MOST_LINES_OF_TESTS if name.parts[0] == "tests" else MOST_LINES)
    }


def test_the_library_imports_without_loading_what_it_may_not_need(modules: list[Any], root: Path) -> None:
    loaded = [
        module.name for module in modules
        if module.file.name == "__init__.py" and module.room in ("", "contract", "client", "panel", "publish")
        and any(isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_future(node) for node in module.tree.body)
    ]  # fmt: skip
    assert not loaded, "an __init__ that imports makes every room behind it heavy"


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _absent(module: Any) -> list[str]:
    """Names in `__all__` that nothing in the module makes."""
    made: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return [name for name in module.exported or [] if name not in made]


def _undocumented(module: Any) -> Iterator[str]:
    """Public functions, classes and methods without a docstring."""
    for node in module.tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if not isinstance(part, ast.FunctionDef) or part.name.startswith("_"):
                    continue
                # A capital inside is Qt's own name (paintEvent): what it is for stands in Qt's documentation.
                if not ast.get_docstring(part) and part.name == part.name.lower():
                    yield f"{node.name}.{part.name}"
