"""A ComfyUI server as one was seen to be (0.3.64): uploads, queue, history in memory, files that outlive it.

A reused prompt id runs again; history is empty while a job waits, runs, or was deleted; an interrupt with an id hits
only the running job of that id. Graphs are checked: classes, links, choices, files that are there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
from email import message_from_bytes
from typing import Any

from tests.fakes.hosted import Answer, Asked, HostedFake, picture

__all__ = ["FakeComfyUI"]

_LINK: Any = object()
CLASSES: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": [["sd-v1-5-inpainting.ckpt", "other.safetensors"]]},
    "CLIPTextEncode": {"clip": _LINK, "text": ["STRING"]},
    "LoadImage": {"image": [[]]},
    "LoadImageMask": {"image": [[]], "channel": [["alpha", "red", "green", "blue"]]},
    "GrowMask": {"mask": _LINK, "expand": ["INT"], "tapered_corners": ["BOOLEAN"]},
    "InpaintModelConditioning": {
        "positive": _LINK, "negative": _LINK, "vae": _LINK, "pixels": _LINK, "mask": _LINK, "noise_mask": ["BOOLEAN"],
    },
    "KSampler": {
        "model": _LINK, "seed": ["INT"], "steps": ["INT"], "cfg": ["FLOAT"],
        "sampler_name": ["COMBO", {"options": ["dpmpp_2m", "uni_pc", "euler"]}],
        "scheduler": ["COMBO", {"options": ["karras", "simple"]}],
        "positive": _LINK, "negative": _LINK, "latent_image": _LINK, "denoise": ["FLOAT"],
    },
    "VAEDecode": {"samples": _LINK, "vae": _LINK},
    "SaveImage": {"images": _LINK, "filename_prefix": ["STRING"]},
    "ImageBatch": {"image1": _LINK, "image2": _LINK},
    "ImageToMask": {"image": _LINK, "channel": [["red", "green", "blue", "alpha"]]},
    "UNETLoader": {"unet_name": [["wan2.1_vace_1.3B_fp16.safetensors"]], "weight_dtype": [["default"]]},
    "CLIPLoader": {"clip_name": [["umt5_xxl_fp8_e4m3fn_scaled.safetensors"]], "type": [["wan", "sd3"]]},
    "VAELoader": {"vae_name": [["wan_2.1_vae.safetensors"]]},
    "ModelSamplingSD3": {"model": _LINK, "shift": ["FLOAT"]},
    "WanVaceToVideo": {
        "positive": _LINK, "negative": _LINK, "vae": _LINK, "width": ["INT"], "height": ["INT"], "length": ["INT"],
        "batch_size": ["INT"], "strength": ["FLOAT"], "control_video": _LINK, "control_masks": _LINK,
    },
    "TrimVideoLatent": {"samples": _LINK, "trim_amount": _LINK},
}  # fmt: skip


class FakeComfyUI(HostedFake):
    """The server. hold: submitted jobs stay in the queue until `run_next`. without: classes or files it lacks."""

    def __init__(
        self,
        *faults: str,
        size: tuple[int, int] | None = None,
        without: tuple[str, ...] = (),
        hold: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__(tuple(faults), seed)
        self.size, self.without, self.hold = size, set(without), hold
        self.uploads: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.history: dict[str, Any] = {}
        self.running: list[tuple[str, Any]] = []
        self.pending: list[tuple[str, Any]] = []
        self.runs: list[str] = []
        self.pongs: list[bytes] = []
        self.tells = True

    def restart(self) -> None:
        """As after kill -9: the queue and the history are gone, the files are there."""
        self.history, self.running, self.pending = {}, [], []

    def run_next(self) -> None:
        """Run what waits first."""
        with self.lock:
            if self.running or self.pending:
                self._run(*(self.running or self.pending).pop(0))

    def begin_next(self) -> None:
        """Begin with what waits first; it goes on running."""
        with self.lock:
            self.running.append(self.pending.pop(0))

    def answer(self, asked: Asked) -> Answer:
        url = urllib.parse.urlsplit(asked.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if asked.method == "POST":
            if url.path == "/upload/image":
                return self._upload(asked)
            if match := re.fullmatch(r"/api/jobs/([0-9a-f-]+)/cancel", url.path):  # since 0.3.70 or so
                self.stop(match[1])
                return Answer(200, {})
            body = asked.json
            if url.path == "/prompt":
                assert set(body) <= {"prompt", "prompt_id", "client_id", "extra_data"}, sorted(body)
                return self._prompt(body)
            if url.path == "/queue":
                assert set(body) == {"delete"}
                self.pending = [one for one in self.pending if one[0] not in body["delete"]]
                return Answer(200, data=b"")
            assert url.path == "/interrupt" and set(body) == {"prompt_id"}, asked.path
            self._interrupt(body["prompt_id"])
            return Answer(200, data=b"")
        assert asked.method == "GET", asked.method
        if url.path == "/queue":
            rows = [[[n, *one, {}, []] for n, one in enumerate(some)] for some in (self.running, self.pending)]
            return Answer(200, {"queue_running": rows[0], "queue_pending": rows[1]})
        if match := re.fullmatch(r"/history/([0-9a-f-]+)", url.path):
            job = self.jobs.get(match[1])
            if job is not None and (said := self.poll_fault(job)):
                return said
            entry = self.history.get(match[1])
            return Answer(200, {match[1]: entry} if entry else {})
        if match := re.fullmatch(r"/object_info/(\w+)", url.path):
            return Answer(200, self._info(match[1]))
        if url.path == "/system_stats":
            return Answer(200, {"system": {"comfyui_version": "0.3.64"}, "devices": []})
        assert url.path == "/view" and set(query) == {"filename", "subfolder", "type"}, asked.path
        data = self.files.get(f"{query['subfolder']}/{query['filename']}")
        job = self.jobs.get(query["filename"].split("_")[0], {"fault": ""})
        return self.result(job, data) if data is not None else Answer(404, data=b"")

    def stop(self, id_: str) -> None:
        """Take a job out of the queue, or interrupt it where it runs; no other one."""
        self.pending = [one for one in self.pending if one[0] != id_]
        self._interrupt(id_)

    def _interrupt(self, id_: str) -> None:
        for one in [one for one in self.running if one[0] == id_]:
            self.running.remove(one)
            self.history[id_] = _entry("error", {}, ["execution_interrupted", {"prompt_id": id_}])

    def upgraded(self, handler: Any) -> None:
        """`/ws?clientId=…`: a status, a running job's progress, and between them a preview and others' news."""
        client = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)["clientId"][0]
        if not self.tells:
            handler.send_error(404)
            return
        key = handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        handler.end_headers()
        mine = client.removeprefix("platewright-")
        progress = json.dumps({"type": "progress", "data": {"value": 7, "max": 28, "prompt_id": mine, "node": "7"}})
        others = {"type": "progress", "data": {"value": 1, "max": 2, "prompt_id": "somebody-elses"}}
        for code, data in (
            (1, json.dumps({"type": "status", "data": {"sid": client}}).encode()),
            (2, b"a preview " * 10_000),
            (9, b"ping"),
            (1, progress.encode()),
            (1, json.dumps(others).encode()),
        ):
            handler.wfile.write(_frame(code, data))
        handler.wfile.flush()
        pong = handler.rfile.read(10)  # two bytes of head, four of mask, four of data
        self.pongs.append(bytes(one ^ pong[2 + n % 4] for n, one in enumerate(pong[6:])))
        handler.rfile.read(1)  # until the client goes away

    def _size_of(self, graph: dict[str, Any]) -> tuple[int, int]:
        """The plate's size, from the PNG that was uploaded."""
        name = next(part["inputs"]["image"] for part in graph.values() if part["class_type"] == "LoadImage")
        head = self.uploads[name][16:24]
        return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")

    def _upload(self, asked: Asked) -> Answer:
        head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
        parts = {}
        for part in message_from_bytes(head + asked.data).get_payload():
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            parts[name] = (part.get_filename(), part.get_payload(decode=True))  # type: ignore[union-attr]
        assert set(parts) <= {"image", "subfolder", "type", "overwrite"} and "image" in parts, sorted(map(str, parts))
        folder = parts["subfolder"][1].decode()
        name, data = parts["image"]
        assert data.startswith(b"\x89PNG"), "only pictures are sent"
        self.uploads[f"{folder}/{name}"] = data
        return Answer(200, {"name": name, "subfolder": folder, "type": "input"})

    def _info(self, kind: str) -> dict[str, Any]:
        if kind not in CLASSES or kind in self.without:
            return {}
        rules = {name: ["*"] if rule is _LINK else rule for name, rule in CLASSES[kind].items()}
        for name, rule in rules.items():
            if isinstance(rule[0], list):
                rules[name] = [[one for one in rule[0] if one not in self.without]]
            if name == "image" and kind.startswith("LoadImage"):
                rules[name] = [sorted(self.uploads), {"image_upload": True}]
        return {kind: {"input": {"required": rules}, "output": [], "output_node": kind == "SaveImage"}}

    def _prompt(self, body: dict[str, Any]) -> Answer:
        graph, errors = body["prompt"], {}
        for node, part in graph.items():
            kind = part["class_type"]
            if kind not in CLASSES or kind in self.without:
                error = {"type": "invalid_prompt", "message": "Cannot execute because a node is missing", "details": "",
                         "extra_info": {}}  # fmt: skip
                return Answer(400, {"error": error, "node_errors": {}})
            found = [
                one
                for one in (self._mistake(graph, kind, name, rule, part) for name, rule in CLASSES[kind].items())
                if one
            ]
            assert set(part["inputs"]) <= set(CLASSES[kind]), (kind, sorted(part["inputs"]))
            if found:
                errors[node] = {"errors": found, "dependent_outputs": [], "class_type": kind}
        if errors:
            error = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation",
                     "details": "", "extra_info": {}}  # fmt: skip
            return Answer(400, {"error": error, "node_errors": errors})
        id_ = body["prompt_id"]
        said = self.accept(id_, Answer(200, {"prompt_id": id_, "number": 0, "node_errors": {}}), mark=_seed_of(graph))
        if self.jobs.get(id_, {}).get("fault") == "moderated and charged":
            self.jobs[id_]["charged"] = "0"  # there is no moderation here: the node fails
        if id_ in self.jobs and said.status in (0, 200, 500):
            self.runs.append(id_)
            self.pending.append((id_, graph))
            if not self.hold:
                self.run_next()
        return said

    def _mistake(self, graph: Any, kind: str, name: str, rule: Any, part: Any) -> dict[str, Any] | None:
        value = part["inputs"].get(name)
        extra = {"input_name": name, "received_value": value}
        if value is None:
            return {"type": "required_input_missing", "message": "missing", "details": name, "extra_info": extra}
        if rule is _LINK:
            assert isinstance(value, list) and value[0] in graph, f"{kind}.{name} links to nothing: {value}"
            return None
        assert not isinstance(value, list), f"{kind}.{name}"
        kinds: dict[str, tuple[type, ...]] = {
            "INT": (int,),
            "FLOAT": (int, float),
            "STRING": (str,),
            "BOOLEAN": (bool,),
        }
        if isinstance(rule[0], str) and rule[0] in kinds:
            assert isinstance(value, kinds[rule[0]]), f"{kind}.{name} is {value!r}"
            return None
        choices = sorted(self.uploads) if name == "image" else rule[1]["options"] if rule[0] == "COMBO" else rule[0]
        if value not in choices or value in self.without:
            return {"type": "value_not_in_list", "message": "Value not in list", "details": "/srv/secret/path",
                    "extra_info": extra}  # fmt: skip
        return None

    def _run(self, id_: str, graph: dict[str, Any]) -> None:
        node = next(name for name, part in graph.items() if part["class_type"] == "SaveImage")
        frames = next((p["inputs"]["length"] for p in graph.values() if p["class_type"] == "WanVaceToVideo"), 1)
        folder, _, stem = graph[node]["inputs"]["filename_prefix"].rpartition("/")
        fault = self.jobs.get(id_, {"fault": ""})["fault"]
        if fault.startswith(("moderated", "failing")):
            why = {"node_id": "7", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError",
                   "exception_message": "/srv/secret/path", "traceback": ["/srv/secret/path"]}  # fmt: skip
            self.history[id_] = _entry("error", {}, ["execution_error", why])
            return
        images = []
        for n in range(frames):
            number = 1
            while f"{folder}/{stem}_{number:05d}_.png" in self.files:
                number += 1
            name = f"{stem}_{number:05d}_.png"
            self.files[f"{folder}/{name}"] = picture(*(self.size or self._size_of(graph)), seed=n)
            images.append({"filename": name, "subfolder": folder, "type": "output"})
        self.history[id_] = _entry("success", {node: {"images": images}}, ["execution_success", {"prompt_id": id_}])


def _entry(status: str, outputs: Any, message: Any) -> dict[str, Any]:
    said = {"status_str": status, "completed": status == "success", "messages": [["execution_start", {}], message]}
    return json.loads(json.dumps({"prompt": [], "outputs": outputs, "status": said, "meta": {}}))


def _seed_of(graph: dict[str, Any]) -> Any:
    return next((part["inputs"]["seed"] for part in graph.values() if "seed" in part["inputs"]), None)


def _frame(code: int, data: bytes) -> bytes:
    """A frame as a server sends it, of each of the three lengths that there are."""
    head = bytes([128 | code])
    if len(data) < 126:
        return head + bytes([len(data)]) + data
    if len(data) < 65536:
        return head + bytes([126]) + len(data).to_bytes(2, "big") + data
    return head + bytes([127]) + len(data).to_bytes(8, "big") + data
