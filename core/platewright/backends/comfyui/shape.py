"""What a workflow can do, as the file beside it says: `NAME.toml`, every key of which has a default.

title = "My inpainting"
operations = ["regenerate", "extend"]
sizes = { multiple = 8, least = 64, most = 2048, best = 1024 }
lengths = { least = 5, most = 81, every = 4, plus = 1 }
masks = { soft = true }
card = { name = "…", version = "…", provider = "…", trained = true, training_data = "…", licence = "…" }
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tomllib

from platewright.contract.capabilities import Capabilities, Carried, Determinism, Lengths, Masks, Sizes, Terms
from platewright.contract.errors import ManifestError, RequestError
from platewright.contract.mapper import from_json
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines

from .workflow import Workflow

__all__ = ["Shape", "capabilities_of", "load_shape"]

_TERMS = Terms(("your own servers",), "in the server's own folders, until you remove it", "no", "no", "no", "no")


@dataclass(frozen=True, slots=True)
class Shape:
    """See the module. returned: how its pictures come back; a plain Save Image node gives 8 bits."""

    title: str = ""
    operations: tuple[str, ...] = ("regenerate",)
    sizes: Sizes = field(default_factory=lambda: Sizes(multiple=8, least=64, most=2048, best=512))
    lengths: Lengths = field(default_factory=Lengths)
    masks: Masks = field(default_factory=lambda: Masks(soft=True))
    card: ModelCard = ModelCard(
        "a workflow's own", "unknown", "unknown", trained=True, training_data="unknown", licence="unknown"
    )
    returned: Carried = field(default_factory=Carried)
    determinism: Determinism = "similar"
    prompt_needed: bool = False
    experimental: str = ""


def load_shape(path: Path) -> Shape:
    """What the file says; the defaults where there is none. Raises RequestError `workflow_invalid`."""
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return from_json(Shape, plain)
    except (OSError, ValueError, ManifestError) as error:
        raise RequestError(
            f"{path.name} can't be used: {str(error)[:200]}",
            code="workflow_invalid",
            hint="Correct it; the keys are in the documentation of workflows.",
        ) from error


def capabilities_of(name: str, workflow: Workflow, shape: Shape) -> Capabilities:
    """The workflow as a backend."""
    return Capabilities(
        name,
        shape.title or f"ComfyUI: {workflow.name}",
        shape.card,
        operations=shape.operations,
        local=True,
        prompt=workflow.prompt,
        prompt_needed=workflow.prompt and shape.prompt_needed,
        sizes=shape.sizes,
        lengths=shape.lengths,
        masks=Masks(workflow.matte, shape.masks.soft, workflow.matte, "no"),
        sent=Carried(16),
        returned=shape.returned,
        references=workflow.references,
        determinism=shape.determinism if workflow.seed else "none",
        seed_most=2**63 - 1 if workflow.seed else 0,
        reconcile="lookup",
        cancel="yes",
        deadlines=Deadlines(sending_s=180.0, queued_s=6 * 3600.0, running_s=3600.0),
        terms=_TERMS,
        controls=workflow.controls,
        experimental=shape.experimental,
    )
