"""Comfy Router's queue, as its client has it: one key, one request; a failure is a completion with an error type."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeRouter"]

_SCHEMAS = {
    "bfl/flux-pro-1.0-fill": ("bfl", "fill"),
    "bfl/flux-pro-1.0-expand": ("bfl", "expand"),
    "bria/image-edit-gen-fill": ("bria", "gen_fill"),
    "bria/image-edit-erase": ("bria", "erase"),
}


class FakeRouter(HostedFake):
    """`/v2/models/{provider}/{model}` and its `requests`. keys: what was handed in with each, and its request."""

    price = "0.05"

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size
        self.keys: dict[str, tuple[str, str]] = {}

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"detail": "nothing here"})
        if asked.path.startswith("/results/"):
            return self.result(self.jobs[asked.path.rpartition("/")[2]], picture(*self.size))
        assert asked.headers.get("x-api-key") == self.token, "no token"
        match = re.fullmatch(r"/v2/models/(\w+/[\w.-]+?)(/requests(?:/([\w-]+)(/status|/cancel)?)?)?", asked.path)
        assert match is not None and match[1] in _SCHEMAS, asked.path
        if match[2] is None:
            return Answer(200, {"id": match[1], "billing": {"charges_on_policy_rejection": "no"}})
        if match[3] is None:
            assert asked.method == "POST", asked.method
            return self._submitted(asked, match[1])
        job = self.jobs.get(match[3])
        if job is None:
            return _error(404, "model_not_found", "there is no such request")
        if match[4] == "/cancel":
            assert asked.method == "PUT", asked.method
            if job["asked"] == 0:
                job |= {"cancelled": True, "charged": "0"}
            return Answer(204, data=b"")
        if match[4] == "/status":
            return self.poll_fault(job) or Answer(200, {"request_id": match[3], **self._standing(job)})
        return self._collected(match[1], match[3], job)

    def _submitted(self, asked: Asked, model: str) -> Answer:
        key, digest = asked.headers.get("idempotency-key", ""), hashlib.sha256(asked.data).hexdigest()
        assert 1 <= len(key) <= 255, "no key"
        check(*_SCHEMAS[model], asked.json)
        if key in self.keys:
            before, request = self.keys[key]
            if before != digest:
                return _error(409, "invalid_input", "the key was used for another request")
            return Answer(201, self._handle(model, request), headers={"Idempotent-Replayed": "true"})
        name = f"request-{len(self.jobs) + 1}"
        said = self.accept(name, Answer(201, self._handle(model, name)), mark=asked.json.get("seed"))
        if name in self.jobs:
            self.keys[key] = (digest, name)
        return said

    def _handle(self, model: str, name: str) -> dict[str, str]:
        route = f"{self.base}/v2/models/{model}/requests/{name}"
        return {
            "request_id": name,
            "status_url": f"{route}/status",
            "response_url": route,
            "cancel_url": f"{route}/cancel",
        }

    def _standing(self, job: dict[str, Any]) -> dict[str, Any]:
        if job.get("cancelled"):
            return {"status": "COMPLETED", "error_type": "cancelled"}
        if job["fault"].startswith("moderated"):
            return {"status": "COMPLETED", "error_type": "content_policy_violation"}
        if job["fault"] == "failing":
            return {"status": "COMPLETED", "error_type": "provider_error"}
        states = ({"status": "IN_QUEUE", "queue_position": 1}, {"status": "IN_PROGRESS"})
        return states[job["asked"] - 1] if job["asked"] <= 2 else {"status": "COMPLETED"}

    def _collected(self, model: str, name: str, job: dict[str, Any]) -> Answer:
        standing = self._standing(job)
        if standing["status"] != "COMPLETED":
            return Answer(202, {"request_id": name, **standing})
        if "error_type" in standing:
            return _error(502, standing["error_type"], "it came to nothing")
        address = self.address(job, f"{self.base}/results/{name}")
        if model.startswith("bfl/"):
            return Answer(200, {"id": name, "status": "Ready", "result": {"sample": address, "seed": 2**40}})
        return Answer(200, {"request_id": name, "status": "COMPLETED", "result": {"image_url": address, "seed": 1}})


def _error(status: int, bucket: str, said: str) -> Answer:
    return Answer(status, {"detail": said, "error_type": bucket}, headers={"X-Comfy-Error-Type": bucket})
