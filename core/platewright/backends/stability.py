"""Stability AI: inpaint, outpaint and erase. It has no jobs: the answer to the paid call is the picture.

So the answer is kept on the disk before it counts (see `keeping`), and a call whose answer broke off is for a person to
look into. What is written here follows documents of others; the vendor's own reference could not be read.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Control, Masks, Sizes, Terms
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus

from .api import Fields
from .body import unpack
from .home import Home
from .hosted import Account, check_body
from .keeping import fetch_kept, find_kept, keep, make_room
from .outward import outward_files
from .prices import prices_of
from .protocol import ModelInputs

__all__ = ["Stability", "generators"]

READ = "2026-11-21"
_MOST_ANSWER = 96 * 1024 * 1024
_MOST_GROWN = 2000
_FILTERED = "filtered"
_SIDES = {"left": "left", "top": "up", "right": "right", "bottom": "down"}
_EXPERIMENTAL = "its limits, and what a refusal costs, are from others' documents and were not confirmed"
_TERMS = Terms(read=READ, source="https://platform.stability.ai/docs/api-reference")
_KINDS: dict[str, tuple[str, tuple[str, ...], tuple[Control, ...]]] = {
    "inpaint": ("Inpaint", ("regenerate", "extend", "replace_sky"), (
        Control("grow_mask", "Grow the mask", "whole", "5", least=0, most=100, hint="Pixels, with a soft edge."),
        Control("negative_prompt", "Not wanted"),
    )),
    "outpaint": ("Outpaint", ("extend",), (
        Control("creativity", "Creativity", "number", "0.5", least=0, most=1),
    )),
    "erase": ("Erase", ("regenerate",), (
        Control("grow_mask", "Grow the mask", "whole", "5", least=0, most=20, hint="Pixels, with a soft edge."),
    )),
}  # fmt: skip


def generators(home: Home, base: str = "") -> tuple[Stability, ...]:
    """Its three ways of editing a picture."""
    return tuple(_generator(home, kind, base) for kind in _KINDS)


def _generator(home: Home, kind: str, base: str) -> Stability:
    name, (title, operations, controls) = f"stability-{kind}", _KINDS[kind]
    limits = Capabilities(
        name, f"Stability {title}",
        ModelCard(f"stable-image edit {kind}", "v2beta", "Stability AI", True, "unknown", "its maker's terms"),
        operations, prompt=kind != "erase", prompt_needed=kind == "inpaint", prompt_most=10_000,
        sizes=Sizes(multiple=8, least=256 if kind == "outpaint" else 64, most=4096, most_pixels=9_437_184, best=1024,
                    least_aspect=0.4, most_aspect=2.5),
        masks=Masks(soft=kind != "outpaint", keeps_outside="no"), sent=Carried(8), returned=Carried(8),
        determinism="similar", seed_most=2**32 - 2, prices=prices_of(home, name), reconcile="kept",
        deadlines=Deadlines(sending_s=240), terms=_TERMS, controls=controls, experimental=_EXPERIMENTAL,
    )  # fmt: skip
    return Stability(limits, base)


class Stability(Account):
    """One of its ways of editing. A remote id names the answer that was kept, or says that it was held back."""

    base = "https://api.stability.ai"
    token = "stability_token"
    reply_s = 200.0

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "stability-client-id": "platewright"}

    def _files(self, words: dict[str, Any], inputs: ModelInputs) -> dict[str, bytes]:
        if words["backend"] != "stability-outpaint":
            return super()._files(words, inputs)
        return outward_files(words, inputs, self._limits.title, _MOST_GROWN)

    def _form(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, Fields]:
        """Path and form of the paid call."""
        kind, controls = words["backend"].removeprefix("stability-"), words["controls"]
        fields: dict[str, Any] = {
            "image": ("image.png", files["frame_0000.png"], "image/png"),
            "seed": str(words["seed"]),
            "output_format": "png",
        }
        if "mask_0000.png" in files:
            fields["mask"] = ("mask.png", files["mask_0000.png"], "image/png")
        if words["prompt"]:
            fields["prompt"] = words["prompt"]
        fields |= {_SIDES[side]: str(by) for side, by in words.get("grow", {}).items()}
        fields |= {name: text for name, text in controls.items() if text}
        return f"/v2beta/stable-image/edit/{kind}", fields

    def send(self, intent: Intent, body: bytes) -> str:
        """Make the paid call and keep its answer. Raises SendRefused, SendUnknown, BackendError."""
        check_body(intent, body)
        path, fields = self._form(*unpack(body))
        make_room(intent, 2 * _MOST_ANSWER)
        reply = self._api.form(path, fields, paid=True, most=_MOST_ANSWER)
        if reply.text("finish_reason") == "CONTENT_FILTERED":
            return _FILTERED
        try:
            picture = base64.b64decode(reply.text("image"), validate=True)
        except (binascii.Error, ValueError):
            picture = b""
        if not picture:
            raise SendUnknown(f"nobody can tell what {self._limits.title} made of what was sent: it gave no picture")
        return keep(intent, picture)

    def find(self, intent: Intent) -> str:
        """The answer, where it was kept; it can't be asked for again."""
        return find_kept(intent)

    def poll(self, remote_id: str) -> RemoteStatus:
        """It is done, or was held back; nobody says whether that is charged."""
        if remote_id != _FILTERED:
            return RemoteStatus("done" if remote_id.startswith("answer-") else "missing")
        failure = Failure("moderated", "Stability holds back what it made", "Change the prompt or the pictures.")
        return RemoteStatus("failed", failure=failure, moderated=True)

    def fetch(self, remote_id: str, target: Path) -> None:
        """Take the answer that was kept. Raises BackendError."""
        fetch_kept(remote_id, target)

    def cancel(self, remote_id: str) -> None:
        """Once there is a remote id there is nothing left to stop."""

    def _meant(self, status: int, headers: Mapping[str, str], said: str, paid: bool) -> BackendError | None:
        if status == 403 and "moderation" in said.lower():
            return SendRefused(f"Stability does not like it: {said}", code="moderated", hint="Change the prompt.")
        return None
