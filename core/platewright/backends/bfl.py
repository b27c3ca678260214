"""Black Forest Labs: FLUX.1 Fill and Expand, from its own API; one backend for each region, so that a show can hold
pixels there.

The address to ask at comes with the answer and is never built. A result's address holds for ten minutes.
"""

from __future__ import annotations

from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Control, Masks, Sizes, Terms
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, RemoteStatus

from .addresses import place_of
from .api import Reply
from .coding import text64
from .home import Home
from .hosted import Hosted
from .outward import outward_files
from .prices import prices_of
from .protocol import ModelInputs

__all__ = ["BlackForestLabs", "generators"]

READ = "2026-11-21"
_REGIONS = ("", "eu", "us")
_LICENCE = "its maker's terms of service"
_CONTROLS = (
    Control("steps", "Steps", "whole", "50", least=15, most=50),
    Control("guidance", "Guidance", "number", "60", least=1.5, most=100, hint="How closely the prompt is followed."),
    Control("safety_tolerance", "Safety tolerance", "whole", "2", least=0, most=6, hint="0 is the strictest."),
)
_STATES = {"Pending": "queued", "Reasoning": "running", "Generating": "running"}
_MODERATED = ("Request Moderated", "Content Moderated")
_MOST_GROWN = 2048


def generators(home: Home, base: str = "") -> tuple[BlackForestLabs, ...]:
    """Both models, anywhere and by region."""
    return tuple(_generator(home, model, region, base) for model in ("fill", "expand") for region in _REGIONS)


def _generator(home: Home, model: str, region: str, base: str) -> BlackForestLabs:
    name, title = f"bfl-{model}{f'-{region}' if region else ''}", f"FLUX {model.capitalize()}"
    grows = model == "expand"
    limits = Capabilities(
        name, f"{title} ({region.upper()})" if region else title,
        ModelCard(f"flux-pro-1.0-{model}", "1.0", "Black Forest Labs", True, "unknown", _LICENCE),
        ("extend",) if grows else ("regenerate", "extend", "replace_sky"),
        sizes=Sizes(multiple=16, least=256, most=2048, most_pixels=4_194_304, best=1024),
        masks=Masks(soft=False, keeps_outside="no"), sent=Carried(8), returned=Carried(8),
        determinism="similar", seed_most=2**31 - 1, prices=prices_of(home, name),
        expires_s=600, deadlines=Deadlines(collecting_s=540), controls=_CONTROLS,
        terms=Terms((region,) if region else (), read=READ, source="https://docs.bfl.ai"),
        experimental="whether what it gives back has the very size was not confirmed" if grows else "",
    )  # fmt: skip
    return BlackForestLabs(limits, base or f"https://api.{f'{region}.' if region else ''}bfl.ai")


class BlackForestLabs(Hosted):
    """FLUX. A remote id is the address to ask at."""

    token = "bfl_token"
    hosts = (".bfl.ai", ".bfl.ml", ".blob.core.windows.net", ".amazonaws.com")

    def _headers(self, token: str) -> dict[str, str]:
        return {"x-key": token}

    def _files(self, words: dict[str, Any], inputs: ModelInputs) -> dict[str, bytes]:
        if "expand" not in words["backend"]:
            return super()._files(words, inputs)
        return outward_files(words, inputs, self._limits.title, _MOST_GROWN)

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        controls = words["controls"]
        said: dict[str, Any] = {
            "image": text64(files["frame_0000.png"]),
            "prompt": words["prompt"],
            "steps": int(controls["steps"]),
            "guidance": float(controls["guidance"]),
            "safety_tolerance": int(controls["safety_tolerance"]),
            "seed": words["seed"],
            "output_format": "png",  # what it gives when nobody says is JPEG
        }
        if "grow" in words:
            return "/v1/flux-pro-1.0-expand", said | words["grow"]
        return "/v1/flux-pro-1.0-fill", said | {"mask": text64(files["mask_0000.png"])}

    def _accepted(self, reply: Reply) -> str:
        address = reply.text("polling_url")
        return address if len(address) <= 1000 else ""

    def _asked(self, remote_id: str) -> str:
        place_of(remote_id, self._api.base, self.hosts)
        return remote_id

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        status = reply.text("status")
        if status == "Ready":
            return RemoteStatus("done"), reply.text("result", "sample")
        if status in _STATES:
            return RemoteStatus("queued" if _STATES[status] == "queued" else "running"), ""
        if status == "Task not found":
            return RemoteStatus("missing"), ""
        moderated = status in _MODERATED
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", f"Black Forest Labs: {status[:80]}", hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""
