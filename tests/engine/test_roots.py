"""Only what lies below a named root is looked at: no link, no `..`, no other way out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import PlatewrightError, RequestError, StorageError
from platewright.engine.roots import absolute, below, real_root, under


@pytest.fixture
def show(tmp_path: Path) -> Path:
    (tmp_path / "show/shot").mkdir(parents=True)
    (tmp_path / "show/shot/a.exr").write_bytes(b"a")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/secret.exr").write_bytes(b"s")
    (tmp_path / "show/link.exr").symlink_to(tmp_path / "other/secret.exr")
    (tmp_path / "show/way").symlink_to(tmp_path / "other")
    os.mkfifo(tmp_path / "show/pipe")
    return tmp_path / "show"


def test_a_plain_file_below_the_root_is_found(show: Path) -> None:
    assert below(real_root(str(show)), "shot/a.exr") == show.resolve() / "shot/a.exr"


@pytest.mark.parametrize(
    "path",
    ["../other/secret.exr", "shot/../../other/secret.exr", "link.exr", "way/secret.exr", "/etc/passwd", "shot", "pipe",
     "", ".", "shot//a.exr", "./shot/a.exr", "shot/a.exr/", "a\0b", "..\\other", "shot/\ud800"],
)  # fmt: skip
def test_every_way_out_is_refused(show: Path, path: str) -> None:
    with pytest.raises(RequestError) as caught:
        below(real_root(str(show)), path)
    assert caught.value.code == "path_refused"


def test_what_is_not_there_is_not_found(show: Path) -> None:
    with pytest.raises(StorageError) as caught:
        below(real_root(str(show)), "shot/b.exr")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("root", ["/", "//", "relative", "", "/a/../b", "/\0", "~/x"])
def test_roots_that_are_none_are_refused(root: str) -> None:
    with pytest.raises(RequestError) as caught:
        real_root(root)
    assert caught.value.code == "path_refused"


def test_a_root_may_stand_behind_a_link_as_studios_mount_their_disks(show: Path, tmp_path: Path) -> None:
    (tmp_path / "mount").symlink_to(show)
    assert real_root(str(tmp_path / "mount")) == show.resolve()


def test_a_pattern_counts_by_where_its_folder_really_is(show: Path, tmp_path: Path) -> None:
    roots = [real_root(str(show))]
    assert under(roots, str(show / "shot/a.####.exr"), "plate").endswith("show/shot/a.####.exr")
    for pattern in (show / "way/secret.exr", tmp_path / "other/secret.exr", tmp_path / "showy.exr"):
        with pytest.raises(RequestError) as caught:
            under(roots, str(pattern), "plate")
        assert caught.value.code == "path_refused"


@given(st.text(max_size=30))
def test_no_text_makes_anything_but_a_path_or_a_refusal(text: str) -> None:
    root = real_root(str(Path(__file__).parent))
    for ask in (lambda: below(root, text), lambda: absolute(text)):
        try:
            found = ask()
        except PlatewrightError:
            continue
        assert found.is_absolute()
        assert ".." not in found.parts
