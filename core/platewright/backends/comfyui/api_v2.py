"""One ComfyUI server by the Comfy API v2: as `comfy-api-proxy` serves it in front of a ComfyUI of one's own.

The server gives a job its id, so ours travels as the job's label, by which it is found again in the list; the same
idempotency key is refused there and never replayed (version 0.1.6). It can't be asked for its nodes and models: what is
missing is in its answer to a send, which then cost nothing. A job that it no longer finds in its ComfyUI is `expired`.

https://docs.comfy.org (openapi-v2.yaml, 2.0.0), and the proxy's own answers.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platewright.contract.errors import BackendError, SendUnknown
from platewright.contract.progress import Step

from ..api import Api
from .serving import FOLDER, MOST_FILES, MOST_PICTURE, Made, first_mistake, headers
from .workflow import Graph

__all__ = ["PREFIX", "ServerV2"]

PREFIX = "v2+"
"""Stands before the address of a server that is spoken to in this language."""
_LISTED = 100
_CLOUD = (".comfy.org", ".comfy.app")
_ID = re.compile(r"[\w-]{1,100}")
_ASSET = re.compile(r"[\w.:=-]{1,1000}")
_STATES = {"queued": "queued", "running": "running", "canceling": "running", "canceled": "cancelled"}


@dataclass(frozen=True)
class ServerV2:
    """A server at an address. base: with the prefix before it."""

    base: str
    _seen: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_paid(self) -> bool:
        """Comfy's own cloud answers to this language too."""
        return (urlsplit(self.base.removeprefix(PREFIX)).hostname or "").endswith(_CLOUD)

    @property
    def api(self) -> Api:
        """The server's HTTP."""
        if "api" not in self._seen:
            address = f"{self.base.removeprefix(PREFIX)}/api/v2"
            self._seen["api"] = Api("ComfyUI", address, headers, hosts=(".nowhere.invalid",), says=_words)
        api: Api = self._seen["api"]
        return api

    def lacks(self, graph: Graph) -> list[str]:
        """Nothing that could be asked for."""
        return []

    def waiting(self) -> int:
        """How many jobs it has. Raises BackendError."""
        return len(_jobs(self.api.get(f"/jobs?status=queued,running&limit={_LISTED}").json))

    def upload(self, data: bytes) -> dict[str, Any]:
        """Put a picture there; how a graph names it. The same bytes are kept once."""
        path = f"input/{FOLDER}/{hashlib.sha256(data).hexdigest()[:32]}.png"
        fields: dict[str, str | tuple[str, bytes, str]] = {
            "file": (path.rpartition("/")[2], data, "image/png"), "content_type": "image/png", "file_path": path,
        }  # fmt: skip
        asset = self.api.form("/assets", fields).text("id")
        if not _ASSET.fullmatch(asset):
            raise BackendError("ComfyUI did not say where it put a picture", code="backend_garbled", retry=True)
        return {"__type": "core/ASSET", "info": {"id": asset}}

    def submit(self, key: str, graph: Graph) -> str:
        """Hand a graph in, labelled with a key of ours. Raises as Api.pay does."""
        reply = self.api.pay("/jobs", {"workflow": graph, "metadata": _label(key)}, {"Idempotency-Key": key})
        remote = reply.text("id")
        if not _ID.fullmatch(remote):
            raise SendUnknown("ComfyUI did not say which job it made of what was sent")
        return remote

    def found(self, key: str, output: str) -> str:
        """The id of the job with this label. Raises BackendError where the list is too long to tell."""
        jobs = _jobs(self.api.get(f"/jobs?limit={_LISTED}").json)
        labelled = [one for one in jobs if one.get("metadata") == _label(key)]
        if labelled:
            remote = str(labelled[0].get("id", ""))
            return remote if _ID.fullmatch(remote) else ""
        if len(jobs) >= _LISTED:
            raise SendUnknown("ComfyUI has had more jobs since than it lists")
        return ""

    def stands(self, remote: str, output: str) -> Made:
        """How a job stands. Raises BackendError."""
        try:
            job = self.api.get(f"/jobs/{remote}").json
        except BackendError as error:
            if error.code == "backend_not_found":
                return Made("missing")
            raise
        job = job if isinstance(job, dict) else {}
        state = job.get("status")
        if state == "succeeded":
            files = _files(job.get("outputs"), output)
            return Made("done", files) if files else Made("failed", why="it saved no picture")
        if state == "failed":
            return Made("failed", why=_failure(job.get("error")))
        if state in _STATES:
            step = _step(job.get("progress")) if state != "queued" else None
            return Made(_STATES[state], step=step)  # type: ignore[arg-type]
        if state == "expired":
            return Made("missing")
        raise BackendError("ComfyUI says nothing of how a job stands", code="backend_garbled", retry=True)

    def step(self, remote: str, state: str) -> Step | None:
        """Asking tells it already."""
        return None

    def fetch(self, file: dict[str, str], target: Path) -> None:
        """Write one of its pictures. Raises BackendError."""
        self.api.download(f"/assets/{file['id']}/content", target, MOST_PICTURE)

    def cancel(self, remote: str) -> None:
        """Stop this job. An older ComfyUI behind the proxy doesn't know how: what comes of it is seen by asking."""
        try:
            self.api.ask("POST", f"/jobs/{remote}/cancel")
        except BackendError as error:
            if error.code != "backend_not_found":
                raise

    def forget(self) -> None:
        """Nothing is kept."""

    def told(self) -> str:
        """Whether it answers, and lets us in. Raises BackendError."""
        self.api.get("/jobs?limit=1")
        return f"the Comfy API v2 is {self.api.get('/health').text('status') or 'there'}; what it has shows with a send"


def _label(key: str) -> str:
    return f"platewright {key}"


def _jobs(said: Any) -> list[dict[str, Any]]:
    found = said.get("jobs") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise BackendError("ComfyUI does not list its jobs", code="backend_garbled", retry=True)
    return [one for one in found if isinstance(one, dict)]


def _files(outputs: Any, output: str) -> tuple[dict[str, str], ...]:
    """The pictures of the output node; by their ids, since an address may be one that only the proxy knows."""
    found = []
    for one in outputs[:MOST_FILES] if isinstance(outputs, list) else ():
        is_ours = isinstance(one, dict) and one.get("node_id") == output and one.get("type") == "image"
        if is_ours and isinstance(one.get("id"), str) and _ASSET.fullmatch(one["id"]):
            found.append({"id": one["id"]})
    return tuple(found)


def _failure(error: Any) -> str:
    """What a failed node says, without the server's paths: its node and class. Its words may hold them."""
    if not isinstance(error, dict):
        return "it failed"
    return f"node {str(error.get('node_id', '?'))[:20]} ({str(error.get('class_type', '?'))[:60]}) failed"


def _step(progress: Any) -> Step | None:
    if not isinstance(progress, dict):
        return None
    done, total = progress.get("nodes_done"), progress.get("nodes_total")
    if not isinstance(done, int) or not isinstance(total, int) or not 0 <= done <= total < 10**6 or not total:
        return None
    return Step("making", done, total)


def _words(data: bytes) -> str:
    """What an error says: its code, and of mistakes in a graph the first, by node, input and value."""
    try:
        error = json.loads(data[:1_000_000]).get("error")
    except (ValueError, RecursionError, AttributeError):
        return ""
    if not isinstance(error, dict):
        return ""
    details = error.get("details")
    first = first_mistake(details.get("node_errors")) if isinstance(details, dict) else ""
    return f"{str(error.get('code', ''))[:60]}: {first or str(error.get('message', ''))[:160]}"
