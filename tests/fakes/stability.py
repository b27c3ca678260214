"""Stability's editing API, as others document it: a form in, the picture in the answer; no jobs."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.fakes.forms import form_of
from tests.fakes.hosted import Answer, Asked, HostedFake, picture
from tests.fakes.schemas import check

__all__ = ["FakeStability"]

_NUMBERS = {"seed", "grow_mask", "left", "right", "up", "down"}


class FakeStability(HostedFake):
    """`/v2beta/stable-image/edit/{inpaint, outpaint, erase}`."""

    price = "0.04"

    def __init__(self, size: tuple[int, int], *faults: str, seed: int | None = None) -> None:
        super().__init__(tuple(faults), seed)
        self.size = size

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(404, {"name": "not_found", "errors": ["nothing here"]})
        assert asked.headers.get("authorization") == f"Bearer {self.token}", "no token"
        kind = asked.path.removeprefix("/v2beta/stable-image/edit/")
        assert asked.method == "POST" and kind in ("inpaint", "outpaint", "erase"), asked.path
        assert asked.headers.get("accept") == "application/json", "the answer would be bytes"
        form = form_of(asked)
        for name in ("image", "mask"):
            assert name not in form or form[name].startswith(b"\x89PNG"), name
        words: dict[str, Any] = {name: form[name].decode() for name in form if name not in ("image", "mask")}
        words |= {name: int(words[name]) for name in _NUMBERS & set(words)}
        words |= {"creativity": float(words["creativity"])} if "creativity" in words else {}
        check("stability", kind, words | {name: "PNG" for name in ("image", "mask") if name in form})
        if kind == "outpaint":
            sides = int.from_bytes(form["image"][16:20], "big"), int.from_bytes(form["image"][20:24], "big")
            grown = sides[0] + words["left"] + words["right"], sides[1] + words["up"] + words["down"]
            assert grown == self.size and max(grown) > max(0, *sides) - 1, (grown, self.size)
        name = f"picture-{len(self.jobs) + 1}"
        said = {"image": base64.b64encode(picture(*self.size)).decode(), "finish_reason": "SUCCESS", "seed": 1}
        return self._faulty(name, self.accept(name, Answer(200, said), mark=words["seed"]))

    def _faulty(self, name: str, said: Answer) -> Answer:
        """The answer as the job's fault has it, where there is a job and it is answered."""
        fault = self.jobs[name]["fault"] if name in self.jobs else ""
        if fault == "moderated":
            del self.jobs[name]
            return Answer(403, {"id": "x", "name": "content_moderation", "errors": ["Your request was flagged by our "
                                "content moderation system."]})  # fmt: skip
        if fault == "failing":
            return Answer(500, {"id": "x", "name": "internal_error", "errors": ["An unexpected error"]})
        if fault == "moderated and charged":
            said.body["finish_reason"] = "CONTENT_FILTERED"
        elif fault == "lying type":
            said.body["image"] = base64.b64encode(b"<html>sign in</html>").decode()
        elif fault == "wrong size":
            said.body["image"] = base64.b64encode(picture(24, 24)).decode()
        elif fault == "truncated":
            said.said_length = 2 * len(json.dumps(said.body))
        elif fault == "oversized":
            said.said_length = 10**13
        return said
