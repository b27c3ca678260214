"""Luma's API for agents, as its client has it; results are clips, at addresses that hold for an hour."""

from __future__ import annotations

import base64
from functools import cache

from platewright.backends.clips import clip_of
from tests.fakes.frames import frames_zip
from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeLuma"]


@cache
def _clip(size: tuple[int, int], frames: int) -> bytes:
    return clip_of({f"frame_{n:04d}.png": picture(*size, seed=n) for n in range(frames)}, (24, 1))


class FakeLuma(HostedFake):
    """`/generations` and `/generations/{id}`."""

    price = "2.16"
    frames = 12

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"detail": "nothing here"})
        if asked.path.startswith("/results/"):
            job = self.jobs[asked.path.rpartition("/")[2]]
            if asked.path.startswith("/results/frames/"):
                return self.result(job, frames_zip(self.size, self.frames), "application/zip")
            return self.result(job, _clip(self.size, self.frames), "video/mp4")
        assert asked.headers.get("authorization") == f"Bearer {self.token}", "no token"
        if asked.method == "POST":
            assert asked.path == "/generations", asked.path
            check("luma", "generations", asked.json)
            assert base64.b64decode(asked.json["source"]["data"])[4:8] == b"ftyp", "it is no MP4"
            name = f"generation-{len(self.jobs) + 1}"
            said = Answer(201, {"id": name, "state": "queued"})
            return self.accept(name, said, mark=asked.json["prompt"], video=asked.json["video"])
        name = asked.path.rpartition("/")[2]
        job = self.jobs.get(name)
        if job is None:
            return Answer(404, {"detail": "there is no such generation"})
        if said := self.poll_fault(job):
            return said
        if job["fault"].startswith("moderated"):
            return Answer(200, {"id": name, "state": "failed", "failure_code": "content_moderated"})
        if job["fault"] == "failing":
            return Answer(200, {"id": name, "state": "failed", "failure_code": "generation_failed"})
        if job["asked"] == 1:
            return Answer(200, {"id": name, "state": "processing"})
        output = [{"type": "video", "url": self.address(job, f"{self.base}/results/{name}")}]
        if job["video"].get("exr_export"):
            assert job["video"]["hdr"] and job["video"]["resolution"] in ("720p", "1080p"), job["video"]
            output.append({"type": "exr", "url": self.address(job, f"{self.base}/results/frames/{name}")})
        return Answer(200, {"id": name, "state": "completed", "output": output})
