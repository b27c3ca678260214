"""Black Forest Labs' API, as its documentation has it; what a request may hold is in schemas/bfl.json."""

from __future__ import annotations

from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeBfl"]


class FakeBfl(HostedFake):
    """`/v1/flux-pro-1.0-fill`, `/v1/get_result?id=…` and the results."""

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
            assert asked.path == "/v1/flux-pro-1.0-fill", asked.path
            check("bfl", "fill", asked.json)
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
