"""ComfyUI as a backend: each workflow is one, on the idlest of the user's servers that has what it needs."""

from __future__ import annotations

import hashlib
import re
import uuid
import zipfile
from pathlib import Path

from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import BackendError, PlatewrightError, RequestError, SendRefused
from platewright.contract.jobs import Failure
from platewright.contract.request import Request
from platewright.contract.vendors import Intent, RemoteStatus
from platewright.contract.wire import WireCheck

from ..body import pack, unpack
from ..coding import inputs_as_png
from ..declared import Declared, words_of
from ..home import Home
from ..protocol import ModelInputs
from .api_v2 import PREFIX, ServerV2
from .server import Server
from .serving import FOLDER, Serving
from .shape import capabilities_of, load_shape
from .workflow import UPLOAD, Graph, Workflow, load_workflow

__all__ = ["ComfyUI", "generators"]

TEMPLATES = Path(__file__).parent / "templates"


def generators(home: Home) -> tuple[ComfyUI, ...]:
    """One for each shipped template and each of the user's workflows. Raises RequestError `workflow_invalid`."""
    servers = tuple(ServerV2(one) if one.startswith(PREFIX) else Server(one) for one in home.comfyui)
    shipped = [(f"comfyui-{path.stem}", path) for path in sorted(TEMPLATES.glob("*.json"))]
    own = [(f"comfyui:{path.stem}", path) for path in sorted(home.workflows.glob("*.json"))]
    return tuple(_opened(name, path, servers) for name, path in [*shipped, *own])


def _opened(name: str, path: Path, servers: tuple[Serving, ...]) -> ComfyUI:
    workflow = load_workflow(path)
    return ComfyUI(capabilities_of(name, workflow, load_shape(path.with_suffix(".toml"))), workflow, servers)


class ComfyUI(Declared):
    """A workflow on some servers. A remote id is the server's address and the job's id there."""

    def __init__(self, limits: Capabilities, workflow: Workflow, servers: tuple[Serving, ...]) -> None:
        super().__init__(limits)
        self._workflow = workflow
        self._servers = servers

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The filled graph and its pictures. Raises RequestError `reference_missing` besides."""
        words = words_of(self._limits, request, inputs)
        if len(inputs.pictures) < self._workflow.references:
            raise RequestError(
                f"{self._limits.title} needs {self._workflow.references} references",
                code="reference_missing",
                hint="Add them to the request.",
            )
        graph = self._workflow.filled(words)
        return pack(
            {**words, "graph": graph, "output": self._workflow.output},
            inputs_as_png(inputs, 16, soft=self._limits.masks.soft),
        )

    def send(self, intent: Intent, body: bytes) -> str:
        """Upload, and hand the graph in where it runs soonest. Raises SendRefused with the names of what is missing."""
        words, files = unpack(body)
        graph: Graph = words["graph"]
        server, key = self._chosen(graph), _key(intent)
        names = {f"{UPLOAD}{name}": server.upload(data) for name, data in files.items()}
        for part in graph.values():
            part["inputs"] = {
                entry: names.get(value, value) if isinstance(value, str) else value
                for entry, value in part["inputs"].items()
            }
        if "filename_prefix" in graph[words["output"]]["inputs"]:
            graph[words["output"]]["inputs"]["filename_prefix"] = f"{FOLDER}/{key}"
        return f"{server.base} {server.submit(key, graph)}"

    def find(self, intent: Intent) -> str:
        """On which server it is; empty where all say that they have no such job. Raises BackendError."""
        for server in self._servers:
            remote = server.found(_key(intent), self._workflow.output)
            if remote:
                return f"{server.base} {remote}"
        return ""

    def poll(self, remote_id: str) -> RemoteStatus:
        """By history, queue, and the file it left."""
        server, remote = self._place(remote_id)
        made = server.stands(remote, self._workflow.output)
        if made.state == "failed":
            failure = Failure("backend_failed", f"ComfyUI: {made.why}", "Look at the server's own console.")
            return RemoteStatus("failed", failure=failure)
        step = made.step or server.step(remote, made.state)
        return RemoteStatus(made.state, step, poll_after_s=1.0)

    def fetch(self, remote_id: str, target: Path) -> None:
        """All its pictures as one zip. Raises BackendError."""
        server, remote = self._place(remote_id)
        made = server.stands(remote, self._workflow.output)
        if made.state != "done":
            raise BackendError("ComfyUI no longer has the result", code="result_expired", retry=True)
        piece = target.with_name(f"{target.name}.piece")
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
                for number, file in enumerate(made.files):
                    server.fetch(file, piece)
                    archive.writestr(zipfile.ZipInfo(f"{number:05d}"), piece.read_bytes())
        finally:
            piece.unlink(missing_ok=True)

    def cancel(self, remote_id: str) -> None:
        """Stop this one, and nobody else's."""
        server, remote = self._place(remote_id)
        server.cancel(remote)

    def missing(self) -> str:
        """A server's address, of a server that wants no money."""
        if any(server.is_paid for server in self._servers):
            return "backends.comfyui names Comfy's own cloud, which wants money that nothing here counts"
        return "" if self._servers else "no server is named; set backends.comfyui, as in http://127.0.0.1:8188"

    def check(self) -> tuple[WireCheck, ...]:
        """Each server: whether it answers, and has every node and model."""
        if self.missing():
            return super().check()
        return tuple(self._checked(server) for server in self._servers)

    def _checked(self, server: Serving) -> WireCheck:
        try:
            server.forget()
            plain = {one.name: one.default for one in self._limits.controls}
            words = {"prompt": "", "seed": 0, "width": 64, "height": 64, "frames": 1, "controls": plain}
            missing, told = server.lacks(self._workflow.filled(words)), server.told()
        except PlatewrightError as error:
            return WireCheck(server.base, "could not run", error.message)
        if missing:
            return WireCheck(server.base, "failed", f"it lacks {', '.join(missing)}")
        return WireCheck(server.base, "passed", told)

    def _chosen(self, graph: Graph) -> Serving:
        """The idlest server that has everything. Raises SendRefused, or BackendError where none answers."""
        able, said = list[tuple[int, int]](), list[str]()
        for number, server in enumerate(self._servers):
            try:
                missing = server.lacks(graph)
                if not missing:
                    able.append((server.waiting(), number))
                    continue
                server.forget()
                said.append(f"{server.base} lacks {', '.join(missing[:10])}")
            except BackendError as error:
                if not error.retry:
                    raise
        if able:
            return self._servers[min(able)[1]]
        if said:
            raise SendRefused(
                "no ComfyUI server has what the workflow needs: " + "; ".join(said),
                code="model_missing",
                hint="Install what is named, or choose another model in the workflow's inputs.",
            )
        raise BackendError(
            "no ComfyUI server answers",
            code="backend_unreachable",
            hint="Start one, or look at its address.",
            retry=True,
        )

    def _place(self, remote_id: str) -> tuple[Serving, str]:
        base, _, remote = remote_id.rpartition(" ")
        for server in self._servers:
            if server.base == base and _is_id(remote):
                return server, remote
        raise BackendError(
            "the ComfyUI server that has this job is no longer set up",
            code="backend_not_set_up",
            hint="Name its address in backends.comfyui again.",
        )


def _key(intent: Intent) -> str:
    """What a job is known by there, which follows from the send's key: its id, or its label."""
    return str(uuid.UUID(bytes=hashlib.sha256(intent.key.encode()).digest()[:16], version=4))


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[\w-]{1,100}", text) is not None
