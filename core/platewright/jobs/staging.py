"""Staging: where a take grows unseen, how it moves into place, and how to tell afterwards what is whose.

Frames are written to `<element>/.staging-v003-<random>/` under their final names. Publishing gives each file a
second name (a hard link) in the element's folder, the record last, and then drops the staging folder. A link
fails where the name is taken, so nothing is ever overwritten; and as long as the staging folder stands, a file
in the element's folder is ours exactly when it is the same file as the one in staging. That is what makes
clean-up after a crash safe: a stranger's file of the same name is never touched.

Disks without hard links get a rename instead, after a look whether the name is free.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .claims import ClaimState
from .storage import exists

__all__ = [
    "bring_to_disk",
    "has_landed",
    "links_work",
    "make_staging",
    "move_in",
    "remove_leftovers",
    "remove_staging",
    "same_file",
    "stagings",
]

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL}
_SYNC_THREADS = 4


def make_staging(folder: Path, version: int) -> Path:
    """A fresh staging folder on the same disk as the take. Raises OSError."""
    staging = folder / f".staging-v{version:03d}-{secrets.token_hex(6)}"
    staging.mkdir()
    return staging


def stagings(folder: Path, version: int | None = None) -> tuple[Path, ...]:
    """The staging folders of a version, or of all."""
    begin = ".staging-v" if version is None else f".staging-v{version:03d}-"
    return tuple(sorted(entry for entry in folder.iterdir() if entry.name.startswith(begin)))


def links_work(staging: Path, name: str) -> bool:
    """Whether this disk has hard links, tried on a file of our own."""
    trial = staging / ".trial"
    try:
        os.link(staging / name, trial)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    os.unlink(trial)
    return True


def same_file(file: Path, target: Path) -> None:
    """Give a file a second name, or where that can't be, a copy of it there. Raises OSError."""
    try:
        os.link(file, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(file, target)


def move_in(staging: Path, folder: Path, name: str, *, moved: bool) -> None:
    """Give a staged file its final name. Raises FileExistsError where the name is taken, OSError."""
    if not moved:
        os.link(staging / name, folder / name, follow_symlinks=False)
        return
    if exists(folder / name):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder / name))
    os.rename(staging / name, folder / name)


def bring_to_disk(files: Iterable[Path]) -> None:
    """Flush files that somebody else has written, so that a record never outlives its frames. Raises OSError."""

    def flush(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        list(pool.map(flush, files))


def has_landed(folder: Path, staging: Path | None, record: str, state: ClaimState) -> bool:
    """Whether the record in the element's folder is the one that this claim published."""
    return state.published or _is_ours(folder, staging, record, state)


def remove_leftovers(folder: Path, staging: Path | None, record: str, state: ClaimState) -> None:
    """Take back what a publish that did not finish has put into the element's folder: the record first.

    Only names the claim lists, and only files that are provably ours. Raises OSError.
    """
    for name in sorted(state.names, key=lambda name: name != record):
        plain = name == os.path.basename(name) and not name.startswith(".")
        if plain and _is_ours(folder, staging, name, state):
            os.unlink(folder / name)


def remove_staging(staging: Path) -> None:
    """Remove a staging folder and all in it; a link of that name is removed, not followed. Raises OSError.

    Its owner, who has just published, may be removing it at the same time: then it is gone, which is what was wanted.
    """
    while exists(staging):
        try:
            if staging.is_symlink() or not staging.is_dir():
                os.unlink(staging)
            else:
                shutil.rmtree(staging)
        except FileNotFoundError:
            continue


def _is_ours(folder: Path, staging: Path | None, name: str, state: ClaimState) -> bool:
    if name not in state.names:
        return False
    try:
        final = (folder / name).lstat()
    except FileNotFoundError:
        return False
    try:
        if staging is not None:
            return os.path.samestat(final, (staging / name).lstat())
    except FileNotFoundError:
        pass
    return state.moved
