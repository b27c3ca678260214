"""One ComfyUI server by its own HTTP: pictures up, a graph in, its queue and history, pictures down.

What it was seen to do (version 0.3.64) decides how it is asked: an id that was used before runs again, so it is looked
for first; history lives in its memory, so after a restart only the file on its disk says that a job was done.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platewright.contract.errors import BackendError, SendRefused
from platewright.contract.progress import Step

from ..api import Api
from .progress import Listener
from .serving import FOLDER, MOST_FILES, MOST_PICTURE, Made, first_mistake, headers
from .workflow import UPLOAD, Graph

__all__ = ["Server", "predicted"]


@dataclass(frozen=True)
class Server:
    """A server at an address."""

    base: str
    is_paid = False
    _seen: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def api(self) -> Api:
        """The server's HTTP."""
        if "api" not in self._seen:
            self._seen["api"] = Api("ComfyUI", self.base, headers, hosts=(".nowhere.invalid",), says=_words)
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

    def submit(self, prompt_id: str, graph: Graph) -> str:
        """Hand a graph in under an id of ours, which it keeps. Raises as Api.pay does."""
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": _client(prompt_id)}
        reply = self.api.pay("/prompt", body)
        errors = reply.json.get("node_errors") if isinstance(reply.json, dict) else None
        if errors:
            self.cancel(prompt_id)
            found = first_mistake(errors)
            raise SendRefused(f"ComfyUI finds mistakes in the workflow: {found}", code="workflow_refused")
        return prompt_id

    def found(self, prompt_id: str, output: str) -> str:
        """The id of ours again, where the server knows it; else empty. Raises BackendError."""
        return "" if self.stands(prompt_id, output).state == "missing" else prompt_id

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

    def lacks(self, graph: Graph) -> list[str]:
        """The nodes and models that a graph needs and the server has not, by name. Raises BackendError."""
        missing = []
        for part in graph.values():
            kind = str(part["class_type"])
            known = self._node(kind)
            if not known:
                missing.append(f"the node {kind}")
                continue
            needed = known.get("input", {}) if isinstance(known.get("input"), dict) else {}
            for entry, rule in {**(needed.get("required") or {}), **(needed.get("optional") or {})}.items():
                value, choices = part["inputs"].get(entry), _choices(rule)
                if isinstance(value, str) and choices is not None and value not in choices and not _ours(value):
                    missing.append(f"{value} for {kind}")
        return sorted(set(missing))

    def step(self, prompt_id: str, state: str) -> Step | None:
        """How far one of our jobs is, where the server tells; who listens to it ends with the job."""
        heard: dict[str, Listener] = self._seen.setdefault("heard", {})
        if state not in ("queued", "running"):
            ended = heard.pop(prompt_id, None)
            if ended is not None:
                ended.stop()
            return None
        if prompt_id not in heard:
            heard[prompt_id] = Listener(self.base, prompt_id, _client(prompt_id), headers())
        return heard[prompt_id].step

    def _node(self, kind: str) -> dict[str, Any]:
        """What a class of nodes takes, empty where the server has none. Asked once."""
        key = f"node {kind}"
        if key not in self._seen:
            found = self.api.get(f"/object_info/{urllib.parse.quote(kind, safe='')}").json
            self._seen[key] = found.get(kind, {}) if isinstance(found, dict) else {}
        known: dict[str, Any] = self._seen[key]
        return known

    def forget(self) -> None:
        """Ask anew what nodes and models there are: somebody may have installed some."""
        for key in [key for key in self._seen if key.startswith("node ")]:
            del self._seen[key]

    def told(self) -> str:
        """The server's version, and what was looked at, for people. Raises BackendError."""
        version = self.api.get("/system_stats").text("system", "comfyui_version") or "of unknown version"
        return f"ComfyUI {version}, with every node and model"

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
        files = tuple(_file(one) for one in images[:MOST_FILES] if isinstance(one, dict))
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
        while len(files) < MOST_FILES:
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


def _ours(value: str) -> bool:
    return value.startswith((UPLOAD, "PLATEWRIGHT_", f"{FOLDER}/"))


def _choices(rule: Any) -> list[Any] | None:
    """What an input may be, in the older and the newer way to say it; None for what is no list of choices."""
    if not isinstance(rule, list) or not rule:
        return None
    if isinstance(rule[0], list):
        return rule[0]
    more = rule[1] if len(rule) > 1 and isinstance(rule[1], dict) else {}
    if rule[0] == "COMBO" and isinstance(more.get("options"), list):
        found: list[Any] = more["options"]
        return found
    return None


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
    first = first_mistake(found.get("node_errors")) if isinstance(found, dict) else ""
    return f"{said}; {first}" if first else said
