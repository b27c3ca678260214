"""Luma: Ray 3.2, which changes a clip by words, holding to it more or less. It takes no mask, no seed, and no stop.

Its HDR and EXR are not asked for yet: how an EXR lies in an answer could not be confirmed.
"""

from __future__ import annotations

import re
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Control, Lengths, Masks, Sizes, Terms
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, RemoteStatus

from .api import Reply
from .clips import clip_of
from .coding import text64
from .home import Home
from .hosted import Hosted
from .prices import prices_of

__all__ = ["Luma", "generators"]

READ = "2026-11-21"
_STRENGTHS = tuple(f"{word}_{n}" for word in ("adhere", "flex", "reimagine") for n in (1, 2, 3))
_RESOLUTIONS = ("360p", "540p", "720p", "1080p")
_CONTROLS = (
    Control("strength", "Strength", "choice", "adhere_2", _STRENGTHS, hint="How far it may leave the plate."),
    Control("resolution", "Resolution", "choice", "720p", _RESOLUTIONS),
)


def generators(home: Home, base: str = "") -> tuple[Luma, ...]:
    """Ray 3.2, editing a clip."""
    limits = Capabilities(
        "luma-ray", "Luma Ray 3.2", ModelCard("ray-3.2", "3.2", "Luma", True, "unknown", "its maker's terms"),
        ("regenerate", "extend", "replace_sky"), prompt_needed=True,
        sizes=Sizes(fixed=((640, 360), (960, 540), (1280, 720), (1920, 1080)), best=720),
        lengths=Lengths(12, 432, most_s=18), masks=Masks(taken=False, needed=False, keeps_outside="no"),
        sent=Carried(8, lossy=True), returned=Carried(8, lossy=True), prices=prices_of(home, "luma-ray"),
        expires_s=3600, deadlines=Deadlines(sending_s=300, queued_s=7200, running_s=3600, collecting_s=1800),
        terms=Terms(read=READ, source="https://docs.lumalabs.ai"), controls=_CONTROLS,
        experimental="what it gives back, in which size and of how many frames, was not confirmed",
    )  # fmt: skip
    return (Luma(limits, base),)


class Luma(Hosted):
    """Its model for clips."""

    base = "https://agents.lumalabs.ai/v1"
    token = "luma_token"

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        clip = clip_of(files, (words["fps"][0], words["fps"][1]))
        return "/generations", {
            "model": "ray-3.2",
            "type": "video_edit",
            "prompt": words["prompt"],
            "source": {"data": text64(clip), "media_type": "video/mp4"},
            "video": {
                "resolution": words["controls"]["resolution"],
                "edit": {"strength": words["controls"]["strength"], "auto_controls": True},
            },
        }

    def _accepted(self, reply: Reply) -> str:
        remote = reply.text("id")
        return remote if re.fullmatch(r"[\w-]{1,100}", remote) else ""

    def _asked(self, remote_id: str) -> str:
        return f"/generations/{remote_id}"

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        state = reply.text("state")
        if state == "completed":
            outputs = reply.json.get("output") if isinstance(reply.json, dict) else None
            kinds = [one.get("type") for one in outputs or [] if isinstance(one, dict)]
            return RemoteStatus("done"), reply.text("output", kinds.index("video") if "video" in kinds else 0, "url")
        if state in ("queued", "processing"):
            return RemoteStatus("queued" if state == "queued" else "running", poll_after_s=5.0), ""
        code = reply.text("failure_code")[:80]
        moderated = code == "content_moderated"
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", f"Luma: {code or 'it failed'}", hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""
