"""Runway: Aleph, which changes a clip by words and by frames that it is to look like; Ruby, which finds the light that
a clip for ordinary screens has lost. Neither takes a mask.

Its tasks say what they cost, when they have ended. The clip goes as a `data:` address where it is small, else by an
upload that it keeps for a day.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Lengths, Masks, Sizes, Terms
from platewright.contract.errors import BackendError
from platewright.contract.jobs import Failure
from platewright.contract.money import cost
from platewright.contract.progress import Step
from platewright.contract.takes import Cost, ModelCard
from platewright.contract.vendors import Deadlines, RemoteStatus

from .api import Reply
from .clips import clip_of
from .coding import data_uri
from .home import Home
from .hosted import Hosted
from .prices import prices_of
from .primaries import to_rec709
from .protocol import ModelInputs, Pixels

__all__ = ["Ruby", "Runway", "generators"]

READ = "2026-11-21"
_CREDIT = Decimal("0.01")
_MOST_INLINE = 3_500_000
_DEADLINES = Deadlines(sending_s=300, queued_s=7200, running_s=3600, collecting_s=1800)
_TERMS = Terms(
    retention="uploads for a day, results one to two days", read=READ, source="https://docs.dev.runwayml.com"
)
_STATES = {"PENDING": "queued", "THROTTLED": "queued", "RUNNING": "running"}


def generators(home: Home, base: str = "") -> tuple[Runway, ...]:
    """Aleph 2, and Ruby."""
    limits = Capabilities(
        "runway-aleph", "Runway Aleph 2", ModelCard("aleph2", "2", "Runway", True, "unknown", "its maker's terms"),
        ("regenerate", "extend"), prompt_needed=True, prompt_most=1000,
        sizes=Sizes(multiple=8, least=256, most=1920, most_pixels=1920 * 1088, best=1280),
        lengths=Lengths(12, 240, most_s=30), masks=Masks(taken=False, needed=False, keeps_outside="no"),
        sent=Carried(8, lossy=True), returned=Carried(8), keyframes=5, determinism="similar", seed_most=2**32 - 1,
        prices=prices_of(home, "runway-aleph"), cancel="yes", expires_s=24 * 3600,
        deadlines=_DEADLINES, terms=_TERMS,
        experimental="its upload, and the size of what it gives back, were not confirmed",
    )  # fmt: skip
    return (Runway(limits, base), Ruby(_ruby(home), base))


def _ruby(home: Home) -> Capabilities:
    return Capabilities(
        "runway-ruby", "Runway Ruby (HDR)", ModelCard("ruby", "1", "Runway", True, "unknown", "its maker's terms"),
        ("regenerate",), prompt=False,
        sizes=Sizes(multiple=8, least=256, most=3840, most_pixels=3840 * 2160, best=1920),
        lengths=Lengths(12, 240, most_s=30), masks=Masks(taken=False, needed=False, keeps_outside="claimed"),
        sent=Carried(8, lossy=True), returned=Carried(16, "linear"),
        prices=prices_of(home, "runway-ruby"), cancel="yes", expires_s=24 * 3600, deadlines=_DEADLINES, terms=_TERMS,
        experimental="its white against the plate's was not confirmed: it is fitted to what surrounds the matte",
    )  # fmt: skip


class Runway(Hosted):
    """One of its models for clips."""

    base = "https://api.dev.runwayml.com"
    token = "runway_token"

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "X-Runway-Version": "2024-11-06"}

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        rate = words["fps"][0] / words["fps"][1]
        keys = [
            {"seconds": round(one["at"] / rate, 6), "uri": data_uri(files[f"picture_{number:02d}.png"])}
            for number, one in enumerate(words["pictures"])
        ]
        said: dict[str, Any] = {
            "model": "aleph2",
            "videoUri": self._video(words, files),
            "promptText": words["prompt"],
            "seed": words["seed"],
            "outputFormat": "png_sequence",
        }
        return "/v1/video_to_video", said | ({"keyframes": keys} if keys else {})

    def _video(self, words: dict[str, Any], files: dict[str, bytes]) -> str:
        clip = clip_of(files, (words["fps"][0], words["fps"][1]))
        return data_uri(clip, "video/mp4") if len(clip) <= _MOST_INLINE else self._uploaded(clip)

    def _uploaded(self, clip: bytes) -> str:
        """Put the clip where it can be taken from for a day; its address there."""
        reply = self._api.ask("POST", "/v1/uploads", {"filename": "clip.mp4", "type": "ephemeral"})
        there, fields = reply.text("runwayUri"), reply.json.get("fields") if isinstance(reply.json, dict) else None
        if not there.startswith("runway://") or not isinstance(fields, dict) or not reply.text("uploadUrl"):
            raise BackendError("Runway did not say where to put the clip", code="backend_garbled", retry=True)
        form = {str(name): str(value) for name, value in fields.items()}
        self._api.form(reply.text("uploadUrl"), {**form, "file": ("clip.mp4", clip, "video/mp4")})
        return there

    def _accepted(self, reply: Reply) -> str:
        remote = reply.text("id")
        return remote if re.fullmatch(r"[\w-]{1,100}", remote) else ""

    def _asked(self, remote_id: str) -> str:
        return f"/v1/tasks/{remote_id}"

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        status, charged = reply.text("status"), _charged(reply.json)
        if status in _STATES:
            done = reply.json.get("progress") if isinstance(reply.json.get("progress"), (int, float)) else 0
            step = Step("making", round(100 * done), 100) if status == "RUNNING" else None
            return RemoteStatus("queued" if _STATES[status] == "queued" else "running", step, poll_after_s=5.0), ""
        if status == "SUCCEEDED":
            return RemoteStatus("done", charged=charged), reply.text("output", 0)
        if status == "CANCELLED":
            return RemoteStatus("cancelled", charged=charged), ""
        code = reply.text("failureCode")[:80]
        moderated = code.startswith("SAFETY.")
        said = f"Runway: {reply.text('failure')[:200] or 'it failed'} ({code})"
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", said, hint)
        return RemoteStatus("failed", charged=charged, failure=failure, moderated=moderated), ""

    def cancel(self, remote_id: str) -> None:
        """Delete the task."""
        try:
            self._api.ask("DELETE", f"/v1/tasks/{remote_id}")
        except BackendError as error:
            if error.code != "backend_not_found":
                raise


class Ruby(Runway):
    """Its model for light: a clip for ordinary screens goes in, frames of linear light come back."""

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        # Linear light of Rec.2020; the ACES forms would bring the plate through a look that it never had.
        said = {"model": "ruby", "videoUri": self._video(words, files), "outputFormat": "hdr_exr_sequence"}
        return "/v1/video_to_hdr", said

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The frames of the zip, on Rec.709 primaries. Raises BackendError; see protocol."""
        return to_rec709(super().pictures(result, inputs), "lin_rec2020_scene")


def _charged(said: Any) -> Cost | None:
    """What an ended task says it cost: credits, of a cent each."""
    credits = (said.get("cost") or {}).get("credits") if isinstance(said, dict) else None
    if isinstance(credits, bool) or not isinstance(credits, (int, float)) or not 0 <= credits < 10**9:
        return None
    return cost(Decimal(json.dumps(credits)) * _CREDIT, "USD")
