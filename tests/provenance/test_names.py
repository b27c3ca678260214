"""What may come in as a name, and what may go out as a text."""

from __future__ import annotations

import pytest

from platewright.provenance.names import base_name, is_plain_name, shown, told


@pytest.mark.parametrize("name", ["a.exr", "sky_v003.1001.exr", "prise été.exr", ".hidden", "..a"])
def test_plain_file_names_are_taken(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "/etc/passwd", "a/b", "a\\b", "C:a", "a\0b", "a\nb", "é" * 128, "x" * 256]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert not is_plain_name(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/a/b/plate.####.exr", "plate.####.exr"), ("C:\\shots\\p.exr", "p.exr"), ("/a/b/", "b"), ("p.exr", "p.exr")],
)
def test_of_a_path_only_the_last_part_is_told(path: str, name: str) -> None:
    assert base_name(path) == name


@pytest.mark.parametrize(
    ("text", "as_told"),
    [
        ("/home/a/licence.pdf", "licence.pdf"),
        ("~/licence.pdf", "licence.pdf"),
        ("file:///x/licence.pdf", "licence.pdf"),
        ("\\\\server\\share\\licence.pdf", "licence.pdf"),
        ("CC-BY/4.0", "CC-BY/4.0"),
        ("https://example.org/licence", "https://example.org/licence"),
    ],
)
def test_only_absolute_paths_are_cut(text: str, as_told: str) -> None:
    assert told(text) == as_told


def test_shown_text_can_not_steer_a_terminal() -> None:
    assert shown("a\x1b[31mb\r\n\u202ec") == "a [31mb   c"
    assert len(shown("x" * 1000)) == 200
