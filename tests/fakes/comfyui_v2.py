"""The Comfy API v2 in front of a ComfyUI, as `comfy-api-proxy` 0.1.6 was seen to serve it.

Assets are ids, jobs get theirs from the server and carry our label; a key that was used before is refused, not
replayed; a job that the ComfyUI behind it has lost is `expired`.
"""

from __future__ import annotations

import re
import urllib.parse
import uuid
from typing import Any

from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.forms import form_of
from tests.fakes.hosted import Answer, Asked

__all__ = ["FakeComfyV2"]


class FakeComfyV2(FakeComfyUI):
    """The server. labels: of its jobs, by id. keys: that were used."""

    def __init__(self, *faults: str, **options: Any) -> None:
        super().__init__(*faults, **options)
        self.assets: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.keys: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        url = urllib.parse.urlsplit(asked.path)
        path = url.path.removeprefix("/api/v2")
        assert path != url.path, asked.path
        if path == "/health":
            return Answer(200, {"status": "healthy", "upstream": "http://127.0.0.1:8188"})
        if (asked.method, path) == ("POST", "/assets"):
            return self._asset(asked)
        if (asked.method, path) == ("POST", "/jobs"):
            return self._submitted(asked)
        if (asked.method, path) == ("GET", "/jobs"):
            query = dict(urllib.parse.parse_qsl(url.query))
            assert set(query) <= {"limit", "status"} and 1 <= int(query["limit"]) <= 100, query
            wanted = set(query.get("status", "").split(",")) - {""}
            jobs = [self._job(one) for one in reversed(self.labels)]
            listed = [one for one in jobs if not wanted or one["status"] in wanted][: int(query["limit"])]
            return Answer(200, {"jobs": listed, "truncated": False})
        if match := re.fullmatch(r"/assets/([\w.-]+)/content", path):
            data = self.files[self.assets[match[1]]]
            return self.result(self.jobs[match[1].split(".")[1]], data)
        match = re.fullmatch(r"/jobs/([\w-]+)(/cancel)?", path)
        assert match is not None, asked.path
        if match[1] not in self.labels:
            return Answer(404, {"error": {"code": "not_found", "message": f"No job {match[1]}.", "details": None}})
        if match[2]:
            assert asked.method == "POST", asked.method
            self.stop(match[1])
            return Answer(200, self._job(match[1]))
        return self.poll_fault(self.jobs[match[1]]) or Answer(200, self._job(match[1]))

    def _asset(self, asked: Asked) -> Answer:
        parts = form_of(asked)
        assert set(parts) == {"file", "content_type", "file_path"}, sorted(map(str, parts))
        assert parts["file"].startswith(b"\x89PNG"), "only pictures are sent"
        path = parts["file_path"].decode()
        assert path.startswith("input/") and ".." not in path, path
        name = path.removeprefix("input/")
        self.uploads[name] = parts["file"]
        asset = f"asset-{len(self.assets)}"
        self.assets[asset] = name
        return Answer(201, {"id": asset, "file_path": path, "created_new": True})

    def _submitted(self, asked: Asked) -> Answer:
        body, key = asked.json, asked.headers.get("idempotency-key", "")
        assert set(body) == {"workflow", "metadata"} and len(body["metadata"]) <= 1024, sorted(body)
        assert key, "no key"
        if key in self.keys:
            return _error(422, "idempotency_key_reuse", "This Idempotency-Key has already been used.")
        graph, id_ = self._resolved(body["workflow"]), str(uuid.uuid4())
        said = self._prompt({"prompt": graph, "prompt_id": id_})
        if said.status == 400:
            return _error(422, "invalid_workflow", said.body["error"]["message"], node_errors=said.body["node_errors"])
        if id_ not in self.jobs:
            return said
        self.keys.add(key)
        self.labels[id_] = body["metadata"]
        if said.status == 200:
            said.status, said.body = 201, self._job(id_)
        return said

    def _resolved(self, graph: dict[str, Any]) -> dict[str, Any]:
        for part in graph.values():
            for name, value in part["inputs"].items():
                if isinstance(value, dict):
                    assert set(value) == {"__type", "info"} and value["__type"] == "core/ASSET", value
                    part["inputs"][name] = self.assets[value["info"]["id"]]
        return graph

    def _job(self, id_: str) -> dict[str, Any]:
        state, outputs, error, progress = self._standing(id_), [], None, None
        entry = self.history.get(id_, {"outputs": {}})
        for node, saved in entry["outputs"].items():
            for number, one in enumerate(saved["images"]):
                asset = f"out.{id_}.{number}"
                self.assets[asset] = f"{one['subfolder']}/{one['filename']}"
                outputs.append({"node_id": node, "name": one["filename"], "type": "image", "id": asset,
                                "url": f"http://10.0.0.9/api/v2/assets/{asset}/content"})  # fmt: skip
        if state == "running":
            progress = {"value": 0.5, "nodes_done": 3, "nodes_total": 7}
        if state == "failed":
            error = {"code": "node_execution_error", "message": "/srv/secret/path", "node_id": "7",
                     "class_type": "KSampler", "traceback": None}  # fmt: skip
        return {"id": id_, "status": state, "outputs": outputs, "error": error, "progress": progress,
                "metadata": self.labels.get(id_), "outputs_reused": False}  # fmt: skip

    def _standing(self, id_: str) -> str:
        if id_ in self.history:
            words = {one[0] for one in self.history[id_]["status"]["messages"]}
            if "execution_interrupted" in words:
                return "canceled"
            return "succeeded" if self.history[id_]["status"]["status_str"] == "success" else "failed"
        if any(one[0] == id_ for one in self.running):
            return "running"
        return "queued" if any(one[0] == id_ for one in self.pending) else "expired"


def _error(status: int, code: str, message: str, **details: Any) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, "details": details or None}})
