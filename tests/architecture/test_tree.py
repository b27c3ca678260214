"""What is committed says nothing of the machine it was made on, and holds no heavy or stray files."""

from __future__ import annotations

import re
from pathlib import Path

LARGEST_FILE = 2_000_000
# Written so that this file does not find itself.
MACHINE = re.compile("|".join([
    r"(?<![\w.])/" + r"work/(?:main|shared)", r"(?<![\w.])/" + r"root/", r"/tmp/" + r"pw\b",
    r"/opt/" + r"(?:pypi|wheels)",
    "pypi" + r"\.org", "python" + r"hosted\.org", "npmjs" + r"\.org", "deb\\." + r"debian\.org",
]))  # fmt: skip


def test_no_path_of_a_machine_and_no_registry_stands_in_the_tree(tree_files: list[Path], root: Path) -> None:
    found = []
    for path in tree_files:
        content = path.read_bytes()
        if b"\0" in content[:4096]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if MACHINE.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_no_file_is_too_large_to_clone_lightly(tree_files: list[Path], root: Path) -> None:
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in tree_files}
    assert not {name: size for name, size in sizes.items() if size > LARGEST_FILE}
    assert sum(sizes.values()) < 32_000_000


def test_what_a_reader_looks_for_first_is_there(root: Path) -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", ".ci/run", "docs/decisions"):
        assert (root / name).exists(), name
    assert "Apache License" in (root / "LICENSE").read_text(encoding="utf-8")


def test_every_link_between_the_documents_leads_somewhere(tree_files: list[Path], root: Path) -> None:
    broken = []
    for path in (path for path in tree_files if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(root)} -> {target}")
    assert not broken
