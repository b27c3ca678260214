"""Every command that the README and the pages under docs/ show: the parser takes it, and links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from platewright.cli.program import VERBS, build_parser
from platewright.contract.errors import RequestError

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`platewright ([a-z]+)[^`]*`")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def commands(page: Path) -> list[list[str]]:
    """The words of each command in the page's blocks, without what a shell does with them."""
    found = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("platewright "):
                words = shlex.split(line, comments=True)[1:]
                found.append(words[: next((at for at, word in enumerate(words) if word in ("|", ">")), None)])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_parser_takes_each_command_that_a_page_shows(page: Path) -> None:
    parser = build_parser()
    for words in commands(page):
        try:
            parser.parse_args(words)
        except RequestError as problem:
            pytest.fail(f"{page.name}: platewright {shlex.join(words)}: {problem}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_verb_that_a_page_names_is_there_and_each_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not set(_INLINE.findall(text)) - set(VERBS)
    assert [link for link in _LINK.findall(text) if not (page.parent / link).exists()] == []


def test_the_readme_shows_most_verbs() -> None:
    assert len({words[0] for words in commands(ROOT / "README.md")}) >= 20
