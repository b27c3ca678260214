"""Which files a call may look at: those below a root that it names, by real folders, without a way out.

A root may itself stand behind a link (studios mount their disks so); below it no link is followed and no `..` taken.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from platewright.contract.errors import RequestError, StorageError
from platewright.contract.jobs import Submission
from platewright.jobs.storage import storage_errors

__all__ = ["absolute", "below", "check_submission", "plain_parts", "real_root", "refused", "under"]

_LONGEST = 4096


def refused(message: str, hint: str = "Give a full path without links and without `..`.") -> RequestError:
    """The error for a path that may not be looked at."""
    return RequestError(message, code="path_refused", hint=hint)


def absolute(text: str, what: str = "path") -> Path:
    """A full path that says plainly where it leads. Raises RequestError `path_refused`."""
    if not text or len(text) > _LONGEST or "\0" in text or not os.path.isabs(text) or ".." in Path(text).parts:
        raise refused(f"the {what} '{text[:120]}' is not a full, plain path")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise refused(f"the {what} is not valid text") from None
    return Path(text)


def real_root(text: str) -> Path:
    """A root folder as it really is. Raises RequestError `path_refused`, StorageError where it is not there."""
    path = absolute(text, "root")
    with storage_errors(path, "open the root"):
        real = path.resolve(strict=True)
    if real == Path(real.anchor):
        raise refused("the root of the whole file system can't be a root", "Name the folder of the show or the shot.")
    if not real.is_dir():
        raise StorageError(f"the root {path} is no folder", code="not_a_folder", hint="Name a folder.")
    return real


def plain_parts(relative: str) -> list[str]:
    """The names in a path below a root, if it says plainly where it leads. Raises RequestError `path_refused`."""
    if not relative or len(relative) > _LONGEST or "\0" in relative or "\\" in relative or os.path.isabs(relative):
        raise refused(f"'{relative[:120]}' is no plain path below the root")
    parts = relative.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise refused(f"'{relative[:120]}' is no plain path below the root")
    try:
        os.fsencode(relative)
    except UnicodeEncodeError:
        raise refused("the path is not valid text") from None
    return parts


def below(root: Path, relative: str) -> Path:
    """The file of a path relative to a real root. Raises RequestError `path_refused`, StorageError `not_found`."""
    parts = plain_parts(relative)
    path = root
    for part in parts:
        path /= part
        with storage_errors(path, "open"):
            found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise refused(f"'{part}' in '{relative[:120]}' is a link")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise refused(f"'{relative[:120]}' is no plain file")
    return path


def under(roots: Iterable[Path], text: str, what: str) -> str:
    """A pattern or file by its full path, if its folder really lies in or below one of the real roots.

    Raises RequestError `path_refused`, StorageError where the folder is not there.
    """
    path = absolute(text, what)
    with storage_errors(path.parent, "open"):
        folder = path.parent.resolve(strict=True)
    if not any(folder == root or root in folder.parents for root in roots):
        raise refused(
            f"the {what} {text[:200]} lies under none of the roots that were named",
            "Name the folder it lies in as a further root.",
        )
    return str(folder / path.name)


def check_submission(submission: Submission) -> None:
    """Every path in a submission is full and plain. Raises RequestError `path_refused`."""
    request = submission.request
    absolute(submission.root, "root")
    absolute(request.plate.pattern, "plate")
    if request.matte is not None:
        absolute(request.matte.pattern, "matte")
    if request.colour is not None and not request.colour.is_builtin:
        absolute(request.colour.source, "colour configuration")
    for reference in request.references:
        absolute(reference.pattern, f"reference ({reference.role})")
