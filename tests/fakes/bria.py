"""Bria's editing API (v2), as its documentation has it; what a request may hold is in schemas/bria.json."""

from __future__ import annotations

from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeBria"]


class FakeBria(HostedFake):
    """`/v2/image/edit/{gen_fill, erase}`, `/v2/status/{id}`."""

    price = "0.04"

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"message": "there is nothing"})
        if asked.path.startswith("/results/"):
            return self.result(self.jobs[asked.path.split("/")[-1]], picture(*self.size))
        assert asked.headers.get("api_token") == self.token, "no token"
        if asked.method == "POST" and asked.path in ("/v2/image/edit/gen_fill", "/v2/image/edit/erase"):
            check("bria", asked.path.rpartition("/")[2], asked.json)
            name = f"request-{len(self.jobs) + 1}"
            taken = {"request_id": name, "status_url": f"{self.base}/v2/status/{name}"}
            return self.accept(name, Answer(202, taken), mark=asked.json.get("seed"))
        assert asked.method == "GET" and asked.path.startswith("/v2/status/"), asked.path
        job = self.jobs.get(asked.path.rpartition("/")[2])
        if job is None:
            return Answer(200, {"status": "UNKNOWN"})
        if said := self.poll_fault(job):
            return said
        name = asked.path.rpartition("/")[2]
        if job["fault"].startswith("moderated"):
            return Answer(200, {"status": "ERROR", "error": {"code": 422, "message": "Prompt moderation failed"}})
        if job["fault"] == "failing":
            return Answer(200, {"status": "ERROR", "error": {"code": 500, "message": "Internal error"}})
        if job["asked"] == 1:
            return Answer(200, {"status": "IN_PROGRESS", "request_id": name})
        address = self.address(job, f"{self.base}/results/{name}")
        return Answer(200, {"status": "COMPLETED", "request_id": name, "result": {"image_url": address, "seed": 1}})
