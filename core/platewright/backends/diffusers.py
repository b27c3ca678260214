"""diffusers: models of one's own on this machine, run by a worker in an environment of its own.

Models stand in a TOML file, a table each; a name `sdxl` there is the backend `diffusers-sdxl`:

    [sdxl]
    model = "/models/sdxl-inpaint"        # a folder, or the id of a model that was fetched before
    steps = 30
    licence = "openrail++"
    training_data = "LAION, as its maker says"

Nothing is fetched from anywhere. A job is a folder in the worker's spool, so it outlives this process, a second send of
the same key is the same job, and a worker that died is started again.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomllib

from platewright.contract.capabilities import Capabilities, Carried, Control, Lengths, Masks, Sizes, Terms
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import BackendError, RequestError
from platewright.contract.jobs import Failure
from platewright.contract.progress import Step
from platewright.contract.request import Request
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus
from platewright.contract.wire import WireCheck

from .body import pack, unpack
from .declared import Declared, words_of
from .environments import about, python_of
from .home import Home
from .local_models.models import Unfit, found, kind_of, parameters
from .local_models.plan import GIB, KINDS
from .local_models.spool import ENDED, Spool
from .protocol import ModelInputs, Pixels

__all__ = ["PROGRAM", "Diffusers", "Model", "generators", "models_in"]

PROGRAM = Path(__file__).resolve().parent / "local_models"
IDLE_S = 300.0
KEPT_S = 3 * 86400.0
_STARTED: list[subprocess.Popen[bytes]] = []
"""Workers that this process has started: they outlive who asked for them, and are not to be left unreaped."""
_GUIDANCE = {"FluxFillPipeline": "30", "WanVACEPipeline": "5"}
_WORDS = ("model", "revision", "title", "steps", "guidance", "provider", "licence", "training_data", "best", "pipeline")


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the file names it. unfit: why it can't be run, empty where it can."""

    name: str
    model: str
    pipeline: str
    unfit: str
    words: dict[str, Any]


def generators(home: Home) -> tuple[Diffusers, ...]:
    """One for each table of the file of models. Raises RequestError `models_invalid`."""
    environment = home.environments / "diffusers"
    return tuple(Diffusers(model, environment) for model in models_in(home.models))


class Diffusers(Declared):
    """See the module."""

    def __init__(self, model: Model, environment: Path, spool: Path | None = None, idle_s: float = IDLE_S) -> None:
        super().__init__(_limits(model))
        self._model = model
        self._environment = environment
        self._folder = spool
        self._idle_s = idle_s
        self._worker: subprocess.Popen[bytes] | None = None

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The body of one send. Raises RequestError, BackendError `inputs_illegal`."""
        words = words_of(self._limits, request, inputs)
        said = {"model": self._model.model, "revision": str(self._model.words.get("revision", ""))}
        files = {"frames.npy": _npy(inputs.frames), "masks.npy": _npy((inputs.masks >= 0.5).astype(np.float32))}
        return pack({**words, **said}, files)

    def send(self, intent: Intent, body: bytes) -> str:
        """Put it into the worker's spool, once for each key. Raises BackendError `environment_missing`."""
        missing = self.missing()
        if missing:
            raise BackendError(missing, code="environment_missing", hint="See `platewright backends test`.")
        words, files = unpack(body)
        words |= {name: words["controls"][name] for name in ("steps", "guidance")}
        remote, spool = _id(intent.key), self._spool()
        _prune(spool)
        spool.put(remote, words, files)
        self._wake(spool)
        return remote

    def find(self, intent: Intent) -> str:
        """The job of a key, where it is in the spool."""
        remote = _id(intent.key)
        return remote if self._spool().job(remote).is_dir() else ""

    def poll(self, remote_id: str) -> RemoteStatus:
        """How it stands; a worker that is not there is started."""
        spool = self._spool()
        state = spool.state(_plain(remote_id))
        what = state["state"]
        if what == "failed":
            failure = Failure(
                str(state.get("code", "backend_failed")), f"the model failed: {str(state.get('message', ''))[:300]}",
                "Run `platewright backends test` on it.",
            )  # fmt: skip
            return RemoteStatus("failed", failure=failure)
        if what in ("done", "cancelled", "missing"):
            return RemoteStatus(what, poll_after_s=0.5)
        self._wake(spool)
        if what == "queued":
            return RemoteStatus("queued", poll_after_s=0.5)
        step = Step("drawing", int(state.get("step", 0)), int(state.get("steps", 0)))
        return RemoteStatus("running", step if step.total else None, poll_after_s=0.5)

    def fetch(self, remote_id: str, target: Path) -> None:
        """Copy the result. Raises BackendError `result_expired`."""
        try:
            shutil.copyfile(self._spool().job(_plain(remote_id)) / "result.npy", target)
        except OSError as error:
            raise BackendError("the worker's result is no longer there", code="result_expired") from error

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The numbers in a result. Raises BackendError `result_unreadable`, `result_wrong_size`."""
        expected = inputs.frames.size * 2
        try:
            if not expected < result.stat().st_size <= expected + 4096:
                raise ValueError("size")
            codes = np.load(result, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BackendError("the worker's result can't be read", code="result_unreadable") from error
        if codes.dtype != np.uint16 or codes.shape != inputs.frames.shape:
            raise BackendError("the worker's result has another size", code="result_wrong_size")
        return np.asarray(codes.astype(np.float32) / np.float32(65535), np.float32)

    def cancel(self, remote_id: str) -> None:
        """Ask it to stop between two steps."""
        self._spool().ask_to_stop(_plain(remote_id))

    def missing(self) -> str:
        """What there is not, for people."""
        if not python_of(self._environment).exists():
            return "diffusers is not installed; `platewright backends install diffusers` does it"
        return f"{self._model.model} can't be run: {self._model.unfit}" if self._model.unfit else ""

    def check(self) -> tuple[WireCheck, ...]:
        """Whether the environment starts, what the machine has, and how large the model is."""
        missing = self.missing()
        if missing:
            return (WireCheck("set up", "failed", missing),)
        try:
            said = about(self._environment, PROGRAM)
            counts = parameters(found(self._model.model, str(self._model.words.get("revision", ""))))
        except (BackendError, Unfit) as error:
            return (WireCheck("environment", "failed", str(error)),)
        free = float(str(said["memory"])) / GIB
        card = f", {float(str(said['gpu'])) / GIB:.1f} GiB free" if said["gpu"] else ""
        return (
            WireCheck("environment", "passed", f"torch {said['torch']}, diffusers {said['diffusers']}"),
            WireCheck("machine", "passed", f"{said['device']}{card}; {free:.1f} GiB of memory free"),
            WireCheck("model", "passed", f"{sum(counts.values()) / 1e6:.1f} million numbers in {len(counts)} parts"),
        )

    def _spool(self) -> Spool:
        return Spool(self._folder or state_folder() / "diffusers")

    def _wake(self, spool: Spool) -> None:
        """Start a worker where none lives; a second one ends at once."""
        if self._worker is not None and self._worker.poll() is None or spool.is_worked():
            return
        kept = ("PATH", "LANG", "HOME", "TMPDIR", "HF_HOME", "HF_HUB_CACHE", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        command = [str(python_of(self._environment)), "-s", "-E", str(PROGRAM), str(spool.folder), str(self._idle_s)]
        spool.folder.mkdir(parents=True, exist_ok=True)
        with open(spool.folder / "worker.log", "ab") as log:
            self._worker = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        _STARTED[:] = [*(one for one in _STARTED if one.poll() is None), self._worker]


def _limits(model: Model) -> Capabilities:
    kind, words = KINDS[model.pipeline], model.words
    best = int(words.get("best", 0)) or kind.best
    clip_pixels = max(best * best, 832 * 480) if kind.clip else 0
    return Capabilities(
        f"diffusers-{model.name}", str(words.get("title", "")) or f"{Path(model.model).name} (diffusers)",
        ModelCard(
            Path(model.model).name, str(words.get("revision", "")) or "unknown", str(words.get("provider", "unknown")),
            True, str(words.get("training_data", "unknown")), str(words.get("licence", "unknown")),
        ),
        operations=("regenerate", "extend") if kind.clip else ("regenerate", "extend", "replace_sky"),
        local=True,
        sizes=Sizes(multiple=kind.multiple, least=64, most=2048, best=best, most_pixels=clip_pixels),
        lengths=Lengths(5, 81, 4, 1) if kind.clip else Lengths(),
        masks=Masks(keeps_outside="no"),
        sent=Carried(16), returned=Carried(16),
        determinism="bitwise", seed_most=2**32 - 1,
        reconcile="lookup", cancel="yes", at_once=1,
        deadlines=Deadlines(queued_s=0, running_s=0),
        terms=Terms(("this machine",), f"here, for {KEPT_S / 86400:.0f} days", "no", "unknown", "no", "no"),
        controls=(
            Control("steps", "Steps", "whole", str(words.get("steps", 30)), least=1, most=200),
            Control("guidance", "Guidance", "number", str(words.get("guidance", _GUIDANCE.get(model.pipeline, "7.5"))),
                    least=0, most=100),
        ),
    )  # fmt: skip


def models_in(path: Path) -> list[Model]:
    """The models that a file names; none where there is no file. Raises RequestError `models_invalid`."""
    if not path.is_file():
        return []
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise _invalid(path, str(error)) from error
    return [_model(path, name, words) for name, words in tables.items()]


def _model(path: Path, name: str, words: Any) -> Model:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", name) or not isinstance(words, dict):
        raise _invalid(path, f"'{name[:40]}' can't be a model's name")
    strange = sorted(set(words) - set(_WORDS))
    if strange or not isinstance(words.get("model"), str) or not words["model"]:
        raise _invalid(path, f"[{name}] needs a `model` and knows no '{strange[0][:40]}'" if strange else f"[{name}]")
    said, unfit = str(words.get("pipeline", "StableDiffusionInpaintPipeline")), ""
    try:
        said = kind_of(found(words["model"], str(words.get("revision", ""))))
    except Unfit as error:
        unfit = str(error)
    if said not in KINDS:
        raise _invalid(path, f"[{name}] names a pipeline that is not run: {said[:80]}")
    return Model(name, words["model"], said, unfit, words)


def _invalid(path: Path, why: str) -> RequestError:
    return RequestError(
        f"the models in {path.name} can't be read: {why[:200]}",
        code="models_invalid",
        hint='Write a table for each: [name], and below it model = "/folder/of/the/model".',
    )


def _prune(spool: Spool) -> None:
    """Remove jobs that ended long ago."""
    with suppress(OSError):
        for folder in (spool.folder / "jobs").iterdir():
            old = time.time() - folder.stat().st_mtime > KEPT_S
            if old and spool.state(folder.name)["state"] in ENDED:
                shutil.rmtree(folder, ignore_errors=True)


def _npy(values: Pixels) -> bytes:
    codes = np.rint(np.clip(values, 0, 1).astype(np.float64) * 65535).astype("<u2")
    out = io.BytesIO()
    np.save(out, codes, allow_pickle=False)
    return out.getvalue()


def _id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _plain(remote: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", remote):
        raise BackendError("that is no job of the worker's", code="backend_garbled")
    return remote
