"""The worker's life: take jobs from the spool in order, keep the last model, end when nothing comes for a while."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .models import Unfit
from .pipelines import Pipelines, Stopped, machine
from .plan import TooLarge
from .spool import Spool

__all__ = ["main"]

IDLE_S = 300.0
MOST_TRIES = 2
"""Times that a job is begun: one that takes the worker down with it is not begun for ever."""


def main(arguments: list[str]) -> int:
    """`SPOOL [IDLE SECONDS]`, or `--about`: one JSON line of what this environment and machine have."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", DIFFUSERS_VERBOSITY="error")
    if arguments[:1] == ["--about"]:
        sys.stdout.write(json.dumps(_about()) + "\n")
        return 0
    spool = Spool(Path(arguments[0]))
    idle_s = float(arguments[1]) if len(arguments) > 1 else IDLE_S
    with spool.held() as mine:
        if not mine:
            return 0
        pipelines, last = Pipelines(), time.monotonic()
        while time.monotonic() - last < idle_s:
            waiting = spool.waiting()
            if not waiting:
                time.sleep(0.1)
                continue
            _work(spool, waiting[0], pipelines)
            last = time.monotonic()
    return 0


def _work(spool: Spool, name: str, pipelines: Pipelines) -> None:
    """One job, to whatever end."""
    tries = int(spool.state(name).get("tries", 0)) + 1
    if tries > MOST_TRIES:
        spool.tell(name, state="failed", code="worker_died", message="the worker died over it, more than once")
        return
    if spool.is_to_stop(name):
        spool.tell(name, state="cancelled")
        return
    spool.tell(name, state="running", tries=tries, step=0, steps=0)

    def stepped(step: int, steps: int) -> bool:
        spool.tell(name, state="running", tries=tries, step=step, steps=steps)
        return spool.is_to_stop(name)

    try:
        _make(spool, name, pipelines, stepped)
        spool.tell(name, state="done", loads=pipelines.loads)
    except Stopped:
        spool.tell(name, state="cancelled")
    except TooLarge as error:
        spool.tell(name, state="failed", code="model_too_large", message=str(error))
    except Unfit as error:
        spool.tell(name, state="failed", code="model_unfit", message=str(error))
    except Exception as error:  # whatever a library raises is this job's end and not the worker's
        out_of_memory = "outofmemory" in type(error).__name__.lower() or isinstance(error, MemoryError)
        code = "model_too_large" if out_of_memory else "backend_failed"
        spool.tell(name, state="failed", code=code, message=f"{type(error).__name__}: {_plain(str(error))}")


def _make(spool: Spool, name: str, pipelines: Pipelines, stepped: Callable[[int, int], bool]) -> None:
    import numpy as np

    folder = spool.job(name)
    words = json.loads((folder / "send.json").read_bytes())
    frames, masks = (np.load(folder / f"{what}.npy", allow_pickle=False) for what in ("frames", "masks"))
    made = pipelines.run(
        words, frames.astype(np.float32) / 65535, masks.astype(np.float32) / 65535, stepped
    )  # fmt: skip
    if made.shape != frames.shape:
        raise ValueError(f"the pipeline made {made.shape} of {frames.shape}")
    codes = np.rint(np.clip(np.nan_to_num(made), 0, 1).astype(np.float64) * 65535).astype(np.uint16)
    with open(folder / ".result.npy", "wb") as file:
        np.save(file, codes, allow_pickle=False)
    os.replace(folder / ".result.npy", folder / "result.npy")


def _about() -> dict[str, object]:
    import diffusers
    import torch
    import transformers

    here = machine()
    return {
        "python": sys.version.split()[0], "torch": torch.__version__, "diffusers": diffusers.__version__,
        "transformers": transformers.__version__, "gpu": here.gpu, "memory": here.memory,
        "device": torch.cuda.get_device_name(0) if here.gpu else "CPU",
    }  # fmt: skip


def _plain(text: str) -> str:
    """A library's sentence without the machine's paths and on one line."""
    return re.sub(r"(?:/[^\s'\"]+){2,}", "(a path)", " ".join(text.split()))[:300]
