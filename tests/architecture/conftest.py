"""What the architecture tests look at: the files that git knows or would take, and the product's modules."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Module:
    """A Python file of the product: its dotted name, its file and its syntax tree."""

    name: str
    file: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it stands in: `platewright.imaging.tone` stands in `imaging`."""
        return (self.name.split(".") + [""])[1]

    @property
    def exported(self) -> list[str] | None:
        """The names in `__all__`, or None where there is none."""
        for node in self.tree.body:
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                value = getattr(node, "value", None)
                return [str(name) for name in ast.literal_eval(value)] if value is not None else []
        return None


@pytest.fixture(scope="session")
def tree_files(root: Path) -> list[Path]:
    """Every file that is committed or would be: ignored ones are nobody's concern."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    return [root / name for name in listed.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def modules(root: Path) -> list[Module]:
    """The product's modules, each read once."""
    core = root / "core"
    found = []
    for file in sorted(core.glob("platewright/**/*.py")):
        name = ".".join(file.relative_to(core).with_suffix("").parts).removesuffix(".__init__")
        found.append(Module(name, file, ast.parse(file.read_text(encoding="utf-8"))))
    return found
