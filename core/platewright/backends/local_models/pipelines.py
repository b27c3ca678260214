"""Running one send through a diffusers pipeline: loaded once, stopped between steps, the same numbers for a seed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .models import found, kind_of, parameters
from .plan import KINDS, Machine, Plan, plan_for

__all__ = ["Pipelines", "Stopped", "machine"]


class Stopped(Exception):
    """Somebody asked to stop."""


def machine() -> Machine:
    """What this machine has free."""
    import torch

    memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        with open("/proc/meminfo") as file:
            lines = dict(line.split(":", 1) for line in file)
        memory = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    if not torch.cuda.is_available():
        return Machine(0, False, memory)
    free, _ = torch.cuda.mem_get_info()
    return Machine(int(free), bool(torch.cuda.is_bf16_supported()), memory)


class Pipelines:
    """Holds the one pipeline that was used last."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._pipe: Any = None
        self._plan = Plan("cpu", "float32", "none", False, False, 0)
        self.loads = 0

    def run(
        self, words: dict[str, Any], frames: Any, masks: Any, stepped: Callable[[int, int], bool]
    ) -> Any:  # fmt: skip
        """`(N, H, W, 3)` float32 from 0 to 1. frames, masks: as numpy arrays, likewise and `(N, H, W)`.

        stepped: told step and steps after each; True stops. Raises Stopped, models.Unfit, plan.TooLarge.
        """
        import torch

        folder = found(words["model"], words.get("revision", ""))
        name = kind_of(folder)
        plan, pipe = self._held(folder, name, int(frames.shape[0] * frames.shape[1] * frames.shape[2]))
        steps = int(words["steps"])

        def after(pipe: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            if stepped(step + 1, steps):
                pipe._interrupt = True
                raise Stopped
            return values

        generator = torch.Generator("cpu").manual_seed(int(words["seed"]))
        count, height, width = frames.shape[:3]
        asked = {
            "prompt": words["prompt"], "height": height, "width": width, "num_inference_steps": steps,
            "guidance_scale": float(words["guidance"]), "generator": generator, "callback_on_step_end": after,
        }  # fmt: skip
        with torch.inference_mode():
            if KINDS[name].clip:
                return self._clip(pipe, asked, frames, masks)
            picture = torch.from_numpy(frames.transpose(0, 3, 1, 2).copy())
            mask = torch.from_numpy(masks[:, None].copy())
            if name.startswith("Stable"):
                asked["strength"] = 1.0
            made = pipe(image=picture, mask_image=mask, output_type="np", **asked).images
        return made

    @staticmethod
    def _clip(pipe: Any, asked: dict[str, Any], frames: Any, masks: Any) -> Any:
        """What is to be made is shown as grey: the model is not to go on from what shall go."""
        import numpy as np
        import torch

        grey = np.where(masks[..., None] > 0.5, np.float32(0.5), frames)
        video = torch.from_numpy(grey.transpose(0, 3, 1, 2)[None].copy())
        mask = torch.from_numpy(np.repeat(masks[:, None], 3, axis=1)[None].copy())
        return pipe(video=video, mask=mask, num_frames=len(frames), output_type="np", **asked).frames[0]

    def _held(self, folder: Path, name: str, pixels: int) -> tuple[Plan, Any]:
        """The plan and the pipeline, loaded where another one was, or where it has to lie elsewhere now."""
        key = (str(folder), (folder / "model_index.json").stat().st_mtime_ns)
        if key == self._key:
            return self._plan, self._pipe
        self._drop()
        self._plan = plan_for(KINDS[name], parameters(folder), pixels, machine())
        self._pipe = self._loaded(folder, name, self._plan)
        self._key, self.loads = key, self.loads + 1
        return self._plan, self._pipe

    @staticmethod
    def _loaded(folder: Path, name: str, plan: Plan) -> Any:
        import diffusers
        import torch

        pipe = getattr(diffusers, name).from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, torch_dtype=getattr(torch, plan.dtype)
        )
        pipe.set_progress_bar_config(disable=True)
        if plan.offload == "parts":
            pipe.enable_model_cpu_offload()
        elif plan.offload == "layers":
            pipe.enable_sequential_cpu_offload()
        else:
            pipe.to(plan.device)
        if plan.slicing:
            pipe.enable_attention_slicing()
        if plan.tiling and hasattr(pipe.vae, "enable_tiling"):
            pipe.vae.enable_tiling()
        return pipe

    def _drop(self) -> None:
        """Give the last model's memory back before the next one is counted."""
        if self._pipe is None:
            return
        import gc

        import torch

        self._pipe, self._key = None, ()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
