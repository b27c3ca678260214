"""Starting an engine from inside a host: the right command, detached, and nothing of the host's environment in it.

A host sets its own PYTHONPATH, PYTHONHOME, library paths and Qt plug-in paths for its own Python; any of them in the
engine's environment gives it foreign libraries, and a crash that nobody understands.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

from platewright.contract.endpoint import COMMAND_NAME
from platewright.contract.errors import EngineError

__all__ = ["COMMAND_VARIABLE", "engine_command", "scrubbed", "start_engine"]

COMMAND_VARIABLE = "PLATEWRIGHT_ENGINE"
_STARTS_WITHIN_S = 30.0
# What waiting does not cure: no such program, no permission, a file where a folder should be.
_LASTING = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EROFS, errno.ENOEXEC)

_NAMES = frozenset({
    "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "GCONV_PATH", "OPENSSL_CONF", "OPENSSL_MODULES",
    "TCL_LIBRARY", "TK_LIBRARY", "OIIO_LIBRARY_PATH", "OPENIMAGEIO_PLUGIN_PATH", "OPENIMAGEIO_OPTIONS",
    "OFX_PLUGIN_PATH", "XLOCALEDIR", "LC_NUMERIC",
})  # fmt: skip
_BEGINNINGS = (
    "PYTHON", "LD_", "DYLD_", "QT_", "QML", "QSG_", "PYSIDE", "PYQT", "SHIBOKEN",
    "NUKE_", "FOUNDRY_", "FN_", "BLENDER_", "TBB_", "OMP_", "KMP_", "MKL_", "NUMBA_",
)  # fmt: skip


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what a host sets for itself; the show's own ($OCIO, PLATEWRIGHT_…) stays."""
    kept = {
        name: value for name, value in environment.items() if name not in _NAMES and not name.startswith(_BEGINNINGS)
    }
    kept["PYTHONNOUSERSITE"] = "1"
    return kept


def engine_command(folder: Path, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The command that runs `platewright`, without its words: as the variable says, as this checkout has it set up, as
    the last engine was started, or as it stands on the path.

    Raises EngineError `engine_not_installed`.
    """
    import shutil

    values = os.environ if environment is None else environment
    said = values.get(COMMAND_VARIABLE, "")
    if said:
        return (said,)
    beside = Path(__file__).resolve().parents[3] / ".venv" / "bin" / "platewright"
    if _runs(str(beside)):
        return (str(beside),)
    remembered = _remembered(folder)
    if remembered and _runs(remembered[0]):
        return remembered
    found = shutil.which("platewright", path=values.get("PATH"))
    if found:
        return (found,)
    raise EngineError(
        "the engine is not installed for this host to find",
        code="engine_not_installed",
        hint=f"Run `python3 install/run.py setup`, or set {COMMAND_VARIABLE} to the platewright program.",
    )


def _runs(program: str) -> bool:
    return os.path.isfile(program) and os.access(program, os.X_OK)


def _remembered(folder: Path) -> tuple[str, ...]:
    """How the last engine was started, from its own note; empty where there is none."""
    try:
        words = json.loads((folder / COMMAND_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(words) if isinstance(words, list) and words and all(isinstance(word, str) for word in words) else ()


def start_engine(folder: Path, command: tuple[str, ...] = (), environment: Mapping[str, str] | None = None) -> None:
    """Start an engine and come back when it has gone its own way; whether it serves is seen by calling it.

    Blocks for a moment: never to be called on a host's own thread. Two that start at once are no harm, one wins.
    Raises EngineError `engine_not_installed`, `engine_start_failed`.
    """
    import subprocess

    values = os.environ if environment is None else environment
    words = [*(command or engine_command(folder, values)), "engine", "run", "--detach", "--json"]
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=scrubbed(values),
            cwd=str(folder),
            start_new_session=True,
            timeout=_STARTS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(
            f"the engine could not be started: {getattr(error, 'strerror', None) or type(error).__name__}",
            code="engine_start_failed",
            hint=f"Try `{words[0]} engine start` in a terminal; it says more. Check the disk too.",
            retry=getattr(error, "errno", None) not in _LASTING,
        ) from error
    if done.returncode != 0:
        raise _why(done.returncode, done.stdout, done.stderr, words[0])


def _why(code: int, out: bytes, err: bytes, program: str) -> EngineError:
    """What the engine itself said about not starting, or the last line of what its Python said."""
    try:
        said = json.loads(out)["error"]
        return EngineError(said["message"], code=said["code"], hint=said["hint"], retry=said["retry"] is True)
    except (ValueError, KeyError, TypeError):
        last = err.decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
    return EngineError(
        f"the engine ended at once (code {code}){': ' + last if last else ''}",
        code="engine_start_failed",
        hint=f"Try `{program} engine start` in a terminal; it says more.",
        retry=True,
    )
