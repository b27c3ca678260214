"""One ComfyUI server by its HTTP: pictures up, a graph in, its queue and history, pictures down.

What it was seen to do (version 0.3.64) decides how it is asked: an id that was used before runs again, so it is looked
for first; history lives in its memory, so after a restart only the file on its disk says that a job was done.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from platewright.contract.errors import BackendError, SendRefused
from platewright.settings.secrets import secret

from ..api import Api
from .progress import Listener
from .workflow import Graph

__all__ = ["Made", "Server", "predicted"]

FOLDER = "platewright"
MOST_PICTURE = 2 * 1024**3
_MOST_FILES = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """How a job stands on a server. files: what its output node saved. why: what the server says went wrong."""

    state: Literal["queued", "running", "done", "failed", "cancelled", "missing"]
    files: tuple[dict[str, str], ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Server:
    """A server at an address."""

    base: str
    _seen: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def api(self) -> Api:
        """The server's HTTP."""
        if "api" not in self._seen:
            self._seen["api"] = Api("ComfyUI", self.base, _auth, hosts=(".nowhere.invalid",), says=_words)
        api: Api = self._seen["api"]
        return api

    def waiting(self) -> int:
        """How many jobs it has. Raises BackendError."""
        running, pending = self._queue()
        return len(running) + len(pending)

    def upload(self, data: bytes) -> str:
        """Put a picture there; the name that a Load Image node knows it by. The same bytes are kept once."""
        name = f"{hashlib.sha256(data).hexdigest()[:32]}.png"
        fields: dict[str, str | tuple[str, bytes, str]] = {
            "image": (name, data, "image/png"), "subfolder": FOLDER, "type": "input", "overwrite": "true",
        }  # fmt: skip
        reply = self.api.form("/upload/image", fields)
        if not reply.text("name"):
            raise BackendError("ComfyUI did not say where it put a picture", code="backend_garbled", retry=True)
        folder = reply.text("subfolder")
        return f"{folder}/{reply.text('name')}" if folder else reply.text("name")

    def submit(self, prompt_id: str, graph: Graph) -> None:
        """Hand a graph in under an id of ours. Raises as Api.pay does."""
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": _client(prompt_id)}
        reply = self.api.pay("/prompt", body)
        errors = reply.json.get("node_errors") if isinstance(reply.json, dict) else None
        if errors:
            self.cancel(prompt_id)
            raise SendRefused(f"ComfyUI finds mistakes in the workflow: {_first(errors)}", code="workflow_refused")

    def stands(self, prompt_id: str, output: str) -> Made:
        """How a job stands: by history, then queue, then the file that it would have left. Raises BackendError."""
        found = self._history(prompt_id, output)
        if found is not None:
            return found
        running, pending = self._queue()
        if prompt_id in running:
            return Made("running")
        if prompt_id in pending:
            return Made("queued")
        found = self._history(prompt_id, output)
        if found is not None:
            return found
        files = self._left(prompt_id)
        return Made("done", files) if files else Made("missing")

    def fetch(self, file: dict[str, str], target: Path) -> None:
        """Write one of its pictures. Raises BackendError."""
        self.api.download(f"/view?{urllib.parse.urlencode(file)}", target, MOST_PICTURE)

    def cancel(self, prompt_id: str) -> None:
        """Take it out of the queue, or stop it if it is the very one that runs; nobody else's is touched."""
        self.api.ask("POST", "/queue", {"delete": [prompt_id]})
        if prompt_id in self._queue()[0]:
            self.api.ask("POST", "/interrupt", {"prompt_id": prompt_id})

    def node(self, kind: str) -> dict[str, Any]:
        """What a class of nodes takes, empty where the server has none. Asked once."""
        key = f"node {kind}"
        if key not in self._seen:
            found = self.api.get(f"/object_info/{urllib.parse.quote(kind, safe='')}").json
            self._seen[key] = found.get(kind, {}) if isinstance(found, dict) else {}
        known: dict[str, Any] = self._seen[key]
        return known

    def listen(self, prompt_id: str) -> Listener:
        """Hear how far one of our jobs is, from now on."""
        return Listener(self.base, prompt_id, _client(prompt_id), _auth())

    def forget(self) -> None:
        """Ask anew what nodes and models there are: somebody may have installed some."""
        for key in [key for key in self._seen if key.startswith("node ")]:
            del self._seen[key]

    def version(self) -> str:
        """The server's version. Raises BackendError."""
        return self.api.get("/system_stats").text("system", "comfyui_version") or "of unknown version"

    def _history(self, prompt_id: str, output: str) -> Made | None:
        found = self.api.get(f"/history/{prompt_id}").json
        entry = found.get(prompt_id) if isinstance(found, dict) else None
        if not isinstance(entry, dict):
            return None
        status, outputs = _table(entry, "status"), _table(entry, "outputs")
        words = {one[0]: one[1] for one in status.get("messages", []) if isinstance(one, list) and len(one) == 2}
        if "execution_interrupted" in words:
            return Made("cancelled")
        if status.get("status_str") == "error" or "execution_error" in words:
            return Made("failed", why=_failure(words.get("execution_error")))
        if not status.get("completed", True):
            return Made("running")
        images = _table(outputs, output).get("images", [])
        files = tuple(_file(one) for one in images[:_MOST_FILES] if isinstance(one, dict))
        return Made("done", files) if files else Made("failed", why="it saved no picture")

    def _queue(self) -> tuple[list[str], list[str]]:
        """The ids that run, and those that wait."""
        found = self.api.get("/queue").json
        rows = [found.get(name, []) if isinstance(found, dict) else [] for name in ("queue_running", "queue_pending")]
        ids = [[str(row[1]) for row in some if isinstance(row, list) and len(row) > 1] for some in rows]
        return ids[0], ids[1]

    def _left(self, prompt_id: str) -> tuple[dict[str, str], ...]:
        """The files that a job of that id left on the disk."""
        files: list[dict[str, str]] = []
        while len(files) < _MOST_FILES:
            file = predicted(prompt_id, len(files) + 1)
            if not self.api.is_there(f"/view?{urllib.parse.urlencode(file)}"):
                break
            files.append(file)
        return tuple(files)


def predicted(prompt_id: str, number: int) -> dict[str, str]:
    """The file that a Save Image node with our prefix writes: its `number`th picture."""
    return {"filename": f"{prompt_id}_{number:05d}_.png", "subfolder": FOLDER, "type": "output"}


def _table(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _client(prompt_id: str) -> str:
    """The name under which a job's own messages come."""
    return f"platewright-{prompt_id}"


def _auth() -> dict[str, str]:
    token = secret("comfyui_token")
    return {"Authorization": f"Bearer {token.reveal()}"} if token is not None else {}


def _file(said: dict[str, Any]) -> dict[str, str]:
    return {name: str(said.get(name, ""))[:400] for name in ("filename", "subfolder", "type")}


def _failure(said: Any) -> str:
    """What a failed node says, without the server's paths: its kind, its node and the kind of its error."""
    if not isinstance(said, dict):
        return "it failed"
    kind = str(said.get("exception_type", "")).rpartition(".")[2][:60]
    return f"node {str(said.get('node_id', '?'))[:20]} ({str(said.get('node_type', '?'))[:60]}) failed: {kind}"


def _words(data: bytes) -> str:
    try:
        found = json.loads(data[:1_000_000])
    except (ValueError, RecursionError):
        return ""
    error = found.get("error") if isinstance(found, dict) else None
    said = str(error.get("message", ""))[:120] if isinstance(error, dict) else ""
    first = _first(found.get("node_errors")) if isinstance(found, dict) else ""
    return f"{said}; {first}" if first else said


def _first(errors: Any) -> str:
    """The first mistake that the server finds, by node and input."""
    if not isinstance(errors, dict):
        return ""
    for node, part in errors.items():
        for error in part.get("errors", []) if isinstance(part, dict) else []:
            extra = error.get("extra_info") if isinstance(error.get("extra_info"), dict) else {}
            kind, name = str(error.get("type", ""))[:60], str(extra.get("input_name", ""))[:60]
            value = str(extra.get("received_value", ""))[:80]
            return f"node {str(node)[:20]} ({str(part.get('class_type', ''))[:60]}) {name} {value}: {kind}"
    return ""
