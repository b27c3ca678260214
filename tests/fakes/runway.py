"""Runway's API of 2024-11-06, as its client and documentation have it; tasks that ended say what they cost."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import Any

from tests.fakes.frames import frames_zip
from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeRunway"]


class FakeRunway(HostedFake):
    """`/v1/video_to_video`, `/v1/video_to_hdr`, `/v1/tasks/{id}`, `/v1/uploads`."""

    price = "0.40"
    frames = 12

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size
        self.clips: list[bytes] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"error": "nothing here"})
        if asked.path.startswith("/results/"):
            job = self.jobs[asked.path.rpartition("/")[2]]
            made = frames_zip(self.size, self.frames) if job["kind"] == "video_to_hdr" else self._zip()
            return self.result(job, made, "application/zip")
        if asked.path == "/put-here":
            assert b"clip.mp4" in asked.data
            self.clips.append(asked.data)
            return Answer(204, data=b"")
        assert asked.headers.get("authorization") == f"Bearer {self.token}", "no token"
        assert asked.headers.get("x-runway-version") == "2024-11-06"
        if asked.path == "/v1/uploads":
            check("runway", "uploads", asked.json)
            to = {"uploadUrl": f"{self.base}/put-here", "fields": {"key": "k"}, "runwayUri": "runway://clip"}
            return Answer(200, to)
        if asked.path in ("/v1/video_to_video", "/v1/video_to_hdr"):
            kind = asked.path.rpartition("/")[2]
            check("runway", kind, asked.json)
            if asked.json["videoUri"].startswith("data:"):
                self.clips.append(base64.b64decode(asked.json["videoUri"].partition(",")[2]))
                assert self.clips[-1][4:8] == b"ftyp", "it is no MP4"
            name = f"task-{len(self.jobs) + 1}"
            mark = asked.json.get("seed") or hashlib.sha256(asked.json["videoUri"].encode()).hexdigest()
            return self.accept(name, Answer(200, {"id": name}), mark=mark, kind=kind)
        assert asked.path.startswith("/v1/tasks/"), asked.path
        name = asked.path.rpartition("/")[2]
        job = self.jobs.get(name)
        if job is None:
            return Answer(404, {"error": "there is no such task"})
        if asked.method == "DELETE":
            if job["asked"] == 0:
                job |= {"cancelled": True, "charged": "0"}
            return Answer(204, data=b"")
        return self.poll_fault(job) or Answer(200, {"id": name, **self._task(name, job)})

    def _task(self, name: str, job: dict[str, Any]) -> dict[str, Any]:
        cost = {"cost": {"credits": float(job["charged"]) * 100}}
        if job.get("cancelled"):
            return {"status": "CANCELLED", **cost}
        if job["fault"].startswith("moderated"):
            return {"status": "FAILED", "failure": "it was kept back", "failureCode": "SAFETY.INPUT.TEXT", **cost}
        if job["fault"] == "failing":
            return {"status": "FAILED", "failure": "it broke", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01", **cost}
        if job["asked"] <= 2:
            states = ({"status": "THROTTLED"}, {"status": "RUNNING", "progress": 0.5})
            return {**states[job["asked"] - 1], "estimatedCost": {"credits": 40}}
        return {"status": "SUCCEEDED", "output": [self.address(job, f"{self.base}/results/{name}")], **cost}

    def _zip(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(zipfile.ZipInfo("provenance.json"), json.dumps({}))
            for n in range(self.frames):
                archive.writestr(zipfile.ZipInfo(f"frames/frame.{n:04d}.png"), picture(*self.size, seed=n))
        return out.getvalue()
