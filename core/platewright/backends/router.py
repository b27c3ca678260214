"""Comfy Router: models of several vendors behind one account, by its queue. The same key again is the same request.

Its queue is a preview that is switched on for each workspace. A result is the model's own answer, unchanged, with the
picture at an address of Comfy's or of the vendor's. A request that came to nothing is `COMPLETED` with an error type.

https://docs.comfy.org/development/comfy-router; the routes of the queue as comfy-sdk 0.5.0 has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Control, Masks, Sizes, Terms, YesNo
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus
from platewright.contract.wire import WireCheck

from .api import Reply
from .coding import text64
from .home import Home
from .hosted import Hosted
from .outward import outward_files
from .prices import prices_of
from .protocol import ModelInputs
from .troubles import retry_after

__all__ = ["ComfyRouter", "generators"]

READ = "2026-11-21"
_LICENSED = "licensed pictures alone, as its maker says"
_FLUX = (
    Control("steps", "Steps", "whole", "50", least=15, most=50),
    Control("guidance", "Guidance", "number", "60", least=1.5, most=100, hint="How closely the prompt is followed."),
    Control("safety_tolerance", "Safety tolerance", "whole", "2", least=0, most=6, hint="0 is the strictest."),
)


@dataclass(frozen=True, slots=True)
class _Model:
    """One of its models. id: as in its routes. at: where the picture's address stands in the answer."""

    id: str
    title: str
    provider: str
    data: str
    operations: tuple[str, ...]
    at: tuple[str, ...]
    prompt: bool = True
    prompt_needed: bool = False
    controls: tuple[Control, ...] = ()
    marks: YesNo = "unknown"


_MODELS = {
    "router-bfl-fill": _Model(
        "bfl/flux-pro-1.0-fill", "FLUX Fill", "Black Forest Labs", "unknown", ("regenerate", "extend", "replace_sky"),
        ("result", "sample"), controls=_FLUX,
    ),
    "router-bfl-expand": _Model(
        "bfl/flux-pro-1.0-expand", "FLUX Expand", "Black Forest Labs", "unknown", ("extend",), ("result", "sample"),
        controls=_FLUX,
    ),
    "router-bria-fill": _Model(
        "bria/image-edit-gen-fill", "Bria Fill", "Bria", _LICENSED, ("regenerate", "extend", "replace_sky"),
        ("result", "image_url"), prompt_needed=True, marks="yes",
    ),
    "router-bria-erase": _Model(
        "bria/image-edit-erase", "Bria Erase", "Bria", _LICENSED, ("regenerate",), ("result", "image_url"),
        prompt=False, marks="yes",
    ),
}  # fmt: skip
_MOST_GROWN = 2048
_STATES = {"IN_QUEUE": "queued", "IN_PROGRESS": "running"}


def generators(home: Home, base: str = "") -> tuple[ComfyRouter, ...]:
    """The models of its that edit a picture by a mask, or grow one."""
    return tuple(_generator(home, name, model, base) for name, model in _MODELS.items())


def _generator(home: Home, name: str, model: _Model, base: str) -> ComfyRouter:
    limits = Capabilities(
        name, f"Comfy Router: {model.title}",
        ModelCard(model.id, "as routed", model.provider, True, model.data, "its maker's terms, and Comfy's"),
        model.operations, prompt=model.prompt, prompt_needed=model.prompt_needed,
        sizes=Sizes(multiple=16, least=256, most=2048, most_pixels=4_194_304, best=1024),
        masks=Masks(soft=False, keeps_outside="claimed" if model.provider == "Bria" else "no"),
        sent=Carried(8), returned=Carried(8), determinism="similar" if model.prompt else "none",
        seed_most=2**31 - 1 if model.prompt else 0, prices=prices_of(home, name), reconcile="replay",
        cancel="queued", expires_s=3600, deadlines=Deadlines(sending_s=120, queued_s=7200, collecting_s=1800),
        controls=model.controls,
        terms=Terms(marks_output=model.marks, read=READ, source="https://docs.comfy.org/development/comfy-router"),
        experimental="its queue is a preview, and nothing of it was tried against its real servers",
    )  # fmt: skip
    return ComfyRouter(limits, model, base)


class ComfyRouter(Hosted):
    """One of its models. A remote id is the request's."""

    base = "https://api.comfy.org"
    token = "comfy_router_key"

    def __init__(self, limits: Capabilities, model: _Model, base: str = "") -> None:
        super().__init__(limits, base)
        self._model = model

    @property
    def _route(self) -> str:
        return f"/v2/models/{self._model.id}"

    def _headers(self, token: str) -> dict[str, str]:
        return {"X-API-Key": token}

    def _files(self, words: dict[str, Any], inputs: ModelInputs) -> dict[str, bytes]:
        if words["backend"] != "router-bfl-expand":
            return super()._files(words, inputs)
        return outward_files(words, inputs, self._limits.title, _MOST_GROWN)

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        said: dict[str, Any] = {"image": text64(files["frame_0000.png"])}
        if "mask_0000.png" in files:
            said["mask"] = text64(files["mask_0000.png"])
        if self._model.prompt:
            said |= {"prompt": words["prompt"], "seed": words["seed"]}
        if self._model.provider == "Bria":
            said |= {"sync": False, "preserve_alpha": False}
            said |= {"refine_prompt": False} if self._model.prompt else {}
        else:
            controls = words["controls"]
            said |= {
                "steps": int(controls["steps"]), "guidance": float(controls["guidance"]),
                "safety_tolerance": int(controls["safety_tolerance"]), "output_format": "png",
            }  # fmt: skip
        return f"{self._route}/requests", said | words.get("grow", {})

    def _pay(self, intent: Intent, path: str, said: dict[str, Any]) -> Reply:
        return self._api.pay(path, said, {"Idempotency-Key": intent.key})

    def _meant(self, status: int, headers: Mapping[str, str], said: str, paid: bool) -> BackendError | None:
        """Its own word for what went wrong, where that says more than the status."""
        bucket = headers.get("x-comfy-error-type", "")
        if status == 409 and bucket == "concurrency_limit_exceeded":
            return BackendError(
                "Comfy Router still works on the first call with this key", code="backend_busy", retry=True,
                after_s=retry_after(headers), hint="It is asked again by itself.",
            )  # fmt: skip
        if status == 409 and paid:
            return SendUnknown(f"Comfy Router can't say again what it made of this key: {said}")
        if bucket == "content_policy_violation":
            kind = SendRefused if paid else BackendError
            return kind(f"Comfy Router: {said or bucket}", code="moderated", hint="Change the prompt or the pictures.")
        return None

    def _accepted(self, reply: Reply) -> str:
        remote = reply.text("request_id")
        return remote if re.fullmatch(r"[\w-]{1,100}", remote) else ""

    def _asked(self, remote_id: str) -> str:
        return f"{self._route}/requests/{remote_id}/status"

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        status, error = reply.text("status"), reply.text("error_type")[:80]
        if status in _STATES:
            return RemoteStatus("queued" if _STATES[status] == "queued" else "running"), ""
        if status == "COMPLETED" and not error:
            return RemoteStatus("done"), ""
        if status != "COMPLETED":
            raise BackendError("Comfy Router says nothing of how it stands", code="backend_garbled", retry=True)
        if error == "cancelled":
            return RemoteStatus("cancelled"), ""
        moderated = error == "content_policy_violation"
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", f"Comfy Router: {error}", hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""

    def fetch(self, remote_id: str, target: Path) -> None:
        """Fetch the model's own answer, and the picture that it names. Raises BackendError."""
        reply = self._api.get(f"{self._route}/requests/{remote_id}")
        address = reply.text(*self._model.at)
        if not address:
            raise BackendError(f"{self._limits.title} no longer has the result", code="result_expired", retry=True)
        self._api.download(address, target)

    def cancel(self, remote_id: str) -> None:
        """Ask it to stop; what runs at the vendor already goes on."""
        try:
            self._api.ask("PUT", f"{self._route}/requests/{remote_id}/cancel")
        except BackendError as error:
            if error.code not in ("backend_not_found", "send_refused"):
                raise

    def check(self) -> tuple[WireCheck, ...]:
        """Besides, whether the account may use the model: its entry in the catalogue costs nothing."""
        checks = super().check()
        if self.missing():
            return checks
        try:
            entry = self._api.get(self._route)
        except BackendError as error:
            return (*checks, WireCheck("model", "could not run" if error.retry else "failed", error.message))
        refusals = entry.text("billing", "charges_on_policy_rejection") or "unknown"
        told = f"{self._model.id} is there; whether a refusal by its policy is charged: {refusals[:20]}"
        return (*checks, WireCheck("model", "passed", told))
