"""A model's folder, looked at before anything of it is loaded: which pipeline, how large, and safetensors alone.

A checkpoint in any other format can hold a program that runs when it is opened, so none is.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

from .plan import KINDS

__all__ = ["Unfit", "found", "kind_of", "parameters"]

UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5")
_MOST_HEADER = 100_000_000


class Unfit(Exception):
    """A model that is not run: another pipeline, an unsafe file, not there."""


def found(model: str, revision: str = "") -> Path:
    """The folder of a model: a folder as named, or a hub id that was fetched before. Raises Unfit."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    home = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface"), "hub"
    )
    cached = Path(home) / f"models--{model.replace('/', '--')}"
    try:
        name = (cached / "refs" / (revision or "main")).read_text().strip()
    except OSError:
        name = revision
    snapshot = cached / "snapshots" / name
    if not name or "/" in name or not snapshot.is_dir():
        raise Unfit(f"{model} is neither a folder nor a model that was fetched before")
    return snapshot


def kind_of(folder: Path) -> str:
    """The pipeline's class by its name, one of plan.KINDS. Raises Unfit."""
    try:
        index = json.loads((folder / "model_index.json").read_bytes()[:1_000_000])
    except (OSError, ValueError) as error:
        raise Unfit("it has no model_index.json that can be read") from error
    name = index.get("_class_name") if isinstance(index, dict) else None
    if name not in KINDS:
        raise Unfit(f"its pipeline is {str(name)[:80]}, and only {', '.join(KINDS)} are run")
    for part, said in index.items():
        if isinstance(said, list) and said and said[0] not in ("diffusers", "transformers", None):
            raise Unfit(f"its {part[:40]} comes with code of its own, which is not run")
    return str(name)


def parameters(folder: Path) -> dict[str, int]:
    """How many numbers each part of a model has, from its files' headers. Raises Unfit for any unsafe file."""
    counts: dict[str, int] = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in UNSAFE and not _has_safe_twin(file):
            raise Unfit(f"{file.relative_to(folder)} is no safetensors file, and others are not opened")
        if file.suffix == ".safetensors" and ".fp16." not in file.name and file.parent != folder:
            part = file.relative_to(folder).parts[0]
            counts[part] = counts.get(part, 0) + _count(file)
    if not counts:
        raise Unfit("it has no weights as safetensors files")
    return counts


def _has_safe_twin(file: Path) -> bool:
    """Whether what an unsafe file holds is there as safetensors too; then it is left alone."""
    return any(other.suffix == ".safetensors" for other in file.parent.iterdir())


def _count(file: Path) -> int:
    """Numbers in a safetensors file, by its header: a length of eight bytes, then JSON."""
    with open(file, "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8).ljust(8, b"\0"))
        if not 2 <= length <= _MOST_HEADER:
            raise Unfit(f"{file.name} is no safetensors file")
        try:
            header: dict[str, Any] = json.loads(opened.read(length))
        except ValueError as error:
            raise Unfit(f"{file.name} is no safetensors file") from error
    total = 0
    for name, tensor in header.items():
        if name == "__metadata__" or not isinstance(tensor, dict):
            continue
        size = 1
        for side in tensor.get("shape", ()):
            size *= int(side)
        total += size
    return total
