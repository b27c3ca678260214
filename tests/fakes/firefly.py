"""Adobe's sign-in and Firefly services (v3), as their documents have them; the token that is lent may be withdrawn."""

from __future__ import annotations

import urllib.parse
import uuid

from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeFirefly"]


class FakeFirefly(HostedFake):
    """`/ims/token/v3`, `/v2/storage/image`, `/v3/images/{fill, expand}-async`, `/v3/status/…`, `/v3/cancel/…`."""

    price = "0.10"
    client = "client-of-the-fake-vendor"

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size
        self.uploads: dict[str, bytes] = {}
        self.lent = 0
        self.entitled = True

    @property
    def access(self) -> str:
        """The token that holds now."""
        return f"access-token-number-{self.lent}"

    def withdraw(self) -> None:
        """The token that was lent holds no longer."""
        self.lent += 1

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"error_code": "not_found", "message": "nothing here"})
        if asked.path.startswith("/results/"):
            return self.result(self.jobs[asked.path.rpartition("/")[2]], picture(*self.size))
        if asked.path == "/ims/token/v3":
            return self._sign_in(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.entitled:
            return Answer(401, {"error_code": "401013", "message": "Oauth token is not valid"})
        assert asked.headers.get("x-api-key") == self.client, "no client"
        if (asked.method, asked.path) == ("POST", "/v2/storage/image"):
            assert asked.headers["content-type"] == "image/png" and asked.data.startswith(b"\x89PNG")
            name = str(uuid.UUID(int=len(self.uploads)))
            self.uploads[name] = asked.data
            return Answer(200, {"images": [{"id": name}]})
        if asked.method == "POST":
            return self._submitted(asked)
        name = asked.path.rpartition("/")[2]
        job = self.jobs.get(name)
        if job is None:
            return Answer(404, {"error_code": "unknown_job_id", "message": "The job id is unknown."})
        if asked.method == "PUT":
            assert asked.path == f"/v3/cancel/{name}", asked.path
            if job["asked"] > 0 or job.get("cancelled"):
                return Answer(409, {"error_code": "job_completed", "message": "The job was already completed."})
            job |= {"cancelled": True, "charged": "0"}
            return Answer(200, {})
        assert asked.path == f"/v3/status/{name}", asked.path
        return self.poll_fault(job) or self._standing(name)

    def _sign_in(self, asked: Asked) -> Answer:
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded", asked.headers
        words = dict(urllib.parse.parse_qsl(asked.data.decode()))
        check("firefly", "sign_in", words)
        if (words["client_id"], words["client_secret"]) != (self.client, self.token):
            said = f"client {words['client_id']} with secret {words['client_secret']} is unknown"
            return Answer(400, {"error": "invalid_client", "error_description": said})
        self.lent += 1
        return Answer(200, {"access_token": self.access, "token_type": "bearer", "expires_in": 86399})

    def _submitted(self, asked: Asked) -> Answer:
        kind = asked.path.removeprefix("/v3/images/").removesuffix("-async")
        assert kind in ("fill", "expand") and asked.path.endswith("-async"), asked.path
        said = asked.json
        check("firefly", kind, said)
        assert (said["size"]["width"], said["size"]["height"]) == self.size
        for part in ("image", "mask"):
            assert part not in said or said[part]["source"]["uploadId"] in self.uploads, "it was never uploaded"
        if kind == "expand":
            inset, data = said["placement"]["inset"], self.uploads[said["image"]["source"]["uploadId"]]
            sides = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
            grown = sides[0] + inset["left"] + inset["right"], sides[1] + inset["top"] + inset["bottom"]
            assert grown == self.size, (grown, self.size)
        name = f"urn:ff:jobs:{len(self.jobs) + 1}"
        inside = "https://firefly-epo852211.adobe.io"
        taken = {"jobId": name, "statusUrl": f"{inside}/v3/status/{name}", "cancelUrl": f"{inside}/v3/cancel/{name}"}
        return self.accept(name, Answer(202, taken), mark=said["seeds"][0])

    def _standing(self, name: str) -> Answer:
        job = self.jobs[name]
        if job.get("cancelled"):
            return Answer(200, {"jobId": name, "status": "cancelled"})
        if job["fault"].startswith("moderated"):
            said = {"status": "failed", "error_code": "prompt_unsafe", "message": "The prompt is not allowed."}
            return Answer(200, {"jobId": name, **said})
        if job["fault"] == "failing":
            return Answer(200, {"jobId": name, "status": "failed", "error_code": "runtime_error", "message": "broken"})
        if job["asked"] == 1:
            return Answer(200, {"jobId": name, "status": "running", "progress": 20})
        address = self.address(job, f"{self.base}/results/{name}")
        outputs = [{"seed": 1, "image": {"url": address}}]
        size = {"width": self.size[0], "height": self.size[1]}
        return Answer(200, {"jobId": name, "status": "succeeded", "result": {"size": size, "outputs": outputs}})
