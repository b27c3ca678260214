"""Bria: erase and fill, by models that were trained on licensed pictures alone. API of version 2, asynchronous.

Its status is always an answer of 200; whether the job went well stands inside.
"""

from __future__ import annotations

import re
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Masks, Sizes, Terms
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import RemoteStatus

from .api import Reply
from .coding import text64
from .home import Home
from .hosted import Hosted
from .prices import prices_of

__all__ = ["Bria", "generators"]

READ = "2026-11-21"
_TERMS = Terms(
    retention="unknown", trains_on_inputs="unknown", indemnity="yes", marks_output="yes", read=READ,
    source="https://docs.bria.ai",
)  # fmt: skip
_DATA = "licensed pictures alone, as its maker says"
_FAILED = {"moderation", "moderated", "inappropriate"}


def generators(home: Home, base: str = "") -> tuple[Bria, ...]:
    """Fill by a prompt, and erase without one."""
    common: dict[str, Any] = {
        "sizes": Sizes(multiple=8, least=256, most=4096, most_pixels=16_777_216, best=1024),
        "masks": Masks(soft=False, keeps_outside="claimed"),
        "sent": Carried(8),
        "returned": Carried(8),
        "reconcile": "none",
        "terms": _TERMS,
    }
    fill = Capabilities(
        "bria-fill", "Bria Fill", ModelCard("gen_fill", "v2", "Bria", True, _DATA, "Bria's terms"),
        ("regenerate", "extend", "replace_sky"), prompt_needed=True, determinism="similar", seed_most=2**31 - 1,
        prices=prices_of(home, "bria-fill"), **common,
    )  # fmt: skip
    erase = Capabilities(
        "bria-erase", "Bria Erase", ModelCard("erase", "v2", "Bria", True, _DATA, "Bria's terms"),
        ("regenerate",), prompt=False, prices=prices_of(home, "bria-erase"), **common,
    )  # fmt: skip
    return Bria(fill, base), Bria(erase, base)


class Bria(Hosted):
    """One of its editing models."""

    base = "https://engine.prod.bria-api.com"
    token = "bria_token"

    def _headers(self, token: str) -> dict[str, str]:
        return {"api_token": token}

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        said: dict[str, Any] = {
            "image": text64(files["frame_0000.png"]),
            "mask": text64(files["mask_0000.png"]),
            "sync": False,
            "preserve_alpha": False,
        }
        if words["backend"] == "bria-erase":
            return "/v2/image/edit/erase", said
        # Its own rewriting of a prompt would make the same request another one each time.
        said |= {"prompt": words["prompt"], "seed": words["seed"], "refine_prompt": False}
        return "/v2/image/edit/gen_fill", said

    def _accepted(self, reply: Reply) -> str:
        remote = reply.text("request_id")
        return remote if re.fullmatch(r"[\w-]{1,100}", remote) else ""

    def _asked(self, remote_id: str) -> str:
        return f"/v2/status/{remote_id}"

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        status = reply.text("status")
        if status == "COMPLETED":
            return RemoteStatus("done"), reply.text("result", "image_url")
        if status == "IN_PROGRESS":
            return RemoteStatus("running"), ""
        if status == "UNKNOWN":
            return RemoteStatus("missing"), ""
        said = reply.text("error", "message")[:200]
        moderated = any(word in said.lower() for word in _FAILED)
        hint = "Change the prompt or the pictures." if moderated else "Look at what it says; retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", f"Bria: {said or 'it failed'}", hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""
