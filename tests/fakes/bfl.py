"""Black Forest Labs' API, as its documentation has it; what a request may hold is in schemas/bfl.json."""

from __future__ import annotations

import base64
from typing import Any

from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeBfl"]


class FakeBfl(HostedFake):
    """`/v1/flux-pro-1.0-{fill, expand}`, `/v1/get_result?id=…` and the results."""

    price = "0.05"

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(200, {"detail": "hello"})
        if asked.path.startswith("/delivery/"):
            return self.result(self.jobs[asked.path.rpartition("/")[2]], picture(*self.size))
        assert asked.headers.get("x-key") == self.token, "no token"
        if asked.method == "POST":
            kind = asked.path.removeprefix("/v1/flux-pro-1.0-")
            assert kind in ("fill", "expand") and asked.path != kind, asked.path
            check("bfl", kind, asked.json)
            if kind == "expand":
                self._grown(asked.json)
            name = f"task-{len(self.jobs) + 1}"
            taken = {"id": name, "polling_url": f"{self.base}/v1/get_result?id={name}"}
            return self.accept(name, Answer(200, taken), mark=asked.json["seed"])
        assert asked.path.startswith("/v1/get_result?id="), asked.path
        name = asked.path.rpartition("=")[2]
        job = self.jobs.get(name)
        if job is None:
            return Answer(404, {"status": "Task not found"})
        if said := self.poll_fault(job):
            return said
        if job["fault"].startswith("moderated"):
            return Answer(200, {"id": name, "status": "Content Moderated", "result": None})
        if job["fault"] == "failing":
            return Answer(200, {"id": name, "status": "Error", "result": None})
        if job["asked"] == 1:
            return Answer(200, {"id": name, "status": "Pending", "result": None})
        sample = self.address(job, f"{self.base}/delivery/{name}")
        return Answer(200, {"id": name, "status": "Ready", "result": {"sample": sample, "seed": 2**40}})

    def _grown(self, said: dict[str, Any]) -> None:
        """What it is to grow must come to the size that is asked for: nothing is scaled."""
        head = base64.b64decode(said["image"])[16:24]
        width = int.from_bytes(head[:4], "big") + said["left"] + said["right"]
        height = int.from_bytes(head[4:], "big") + said["top"] + said["bottom"]
        assert (width, height) == self.size, (width, height, self.size)
