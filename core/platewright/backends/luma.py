"""Luma: Ray 3.2, which changes a clip by words, holding to it more or less. It takes no mask, no seed, and no stop.

With HDR it gives frames of half float beside the clip: ACES2065-1, scene-linear, as Luma's page on colour says. How
they lie in its answer could not be confirmed: taken is what calls itself EXR, or whose address ends as an EXR's or a
zip's does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from .primaries import to_rec709
from .protocol import ModelInputs, Pixels

__all__ = ["Luma", "LumaHdr", "generators"]

READ = "2026-11-21"
_STRENGTHS = tuple(f"{word}_{n}" for word in ("adhere", "flex", "reimagine") for n in (1, 2, 3))
_RESOLUTIONS = ("360p", "540p", "720p", "1080p")
_CONTROLS = (
    Control("strength", "Strength", "choice", "adhere_2", _STRENGTHS, hint="How far it may leave the plate."),
    Control("resolution", "Resolution", "choice", "720p", _RESOLUTIONS),
)


def generators(home: Home, base: str = "") -> tuple[Luma, ...]:
    """Ray 3.2, editing a clip; as it is, and with HDR."""
    limits = Capabilities(
        "luma-ray", "Luma Ray 3.2", ModelCard("ray-3.2", "3.2", "Luma", True, "unknown", "its maker's terms"),
        ("regenerate", "extend"), prompt_needed=True,
        sizes=Sizes(fixed=((640, 360), (960, 540), (1280, 720), (1920, 1080)), best=720),
        lengths=Lengths(12, 432, most_s=18), masks=Masks(taken=False, needed=False, keeps_outside="no"),
        sent=Carried(8, lossy=True), returned=Carried(8, lossy=True), prices=prices_of(home, "luma-ray"),
        expires_s=3600, deadlines=Deadlines(sending_s=300, queued_s=7200, running_s=3600, collecting_s=1800),
        terms=Terms(read=READ, source="https://docs.lumalabs.ai"), controls=_CONTROLS,
        experimental="what it gives back, in which size and of how many frames, was not confirmed",
    )  # fmt: skip
    return (Luma(limits, base), LumaHdr(_hdr(home, limits), base))


def _hdr(home: Home, limits: Capabilities) -> Capabilities:
    """With HDR: the larger sizes alone, and light without bounds."""
    sizes, prices = Sizes(fixed=((1280, 720), (1920, 1080)), best=720), prices_of(home, "luma-ray-hdr")
    controls = (_CONTROLS[0], replace(_CONTROLS[1], choices=("720p", "1080p")))
    return replace(
        limits, name="luma-ray-hdr", title="Luma Ray 3.2 (HDR)", sizes=sizes, returned=Carried(16, "linear"),
        prices=prices, controls=controls,
        experimental="how its EXR comes, whether it holds the very size, and its white against the plate's were not "
        "confirmed; HDR has to be switched on for the account",
    )  # fmt: skip


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
            found = [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
            return RemoteStatus("done"), self._chosen([(str(one.get("type")), str(one.get("url"))) for one in found])
        if state in ("queued", "processing"):
            return RemoteStatus("queued" if state == "queued" else "running", poll_after_s=5.0), ""
        code = reply.text("failure_code")[:80]
        moderated = code == "content_moderated"
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", f"Luma: {code or 'it failed'}", hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""

    def _chosen(self, outputs: list[tuple[str, str]]) -> str:
        """The address of the result among what it gives: kinds and addresses."""
        return next((url for kind, url in outputs if kind == "video"), outputs[0][1] if outputs else "")


class LumaHdr(Luma):
    """The same model, asked for light."""

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        path, said = super()._request(words, files)
        return path, {**said, "video": {**said["video"], "hdr": True, "exr_export": True}}

    def _chosen(self, outputs: list[tuple[str, str]]) -> str:
        return next((url for kind, url in outputs if "exr" in kind.lower() or _is_frames(url)), "")

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The frames, on Rec.709 primaries. Raises BackendError; see protocol."""
        return to_rec709(super().pictures(result, inputs), "lin_ap0_scene")


def _is_frames(url: str) -> bool:
    try:
        return urlsplit(url).path.lower().endswith((".exr", ".zip"))
    except ValueError:
        return False
