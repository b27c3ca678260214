"""The mock: a generator for demos, training and tests. It draws by arithmetic, charges play money, and fails on demand.

It behaves as hosted ones do: jobs of its own that outlive the process, charged once for each key, a result that can be
fetched. Its book is a folder of small files. What it is to do wrong is a control, so a lesson or a test is a request
like any other:

    platewright regenerate … --backend mock --control behaviour=moderated

The money is in XTS, the currency that ISO 4217 keeps for trying things out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from platewright.contract.capabilities import Capabilities, Carried, Control, Lengths, Masks, Sizes, Terms
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.jobs import Failure
from platewright.contract.prices import Price
from platewright.contract.progress import Step
from platewright.contract.request import Request
from platewright.contract.takes import Cost, ModelCard
from platewright.contract.vendors import Intent, RemoteStatus

from .body import pack, unpack
from .coding import inputs_as_png, png
from .declared import Declared, words_of
from .home import Home
from .protocol import ModelInputs, Pixels

__all__ = ["BEHAVIOURS", "Mock", "generators", "mock", "mock_clip"]

BEHAVIOURS = ("good", "busy", "refused", "moderated", "moderated and charged", "failing", "lost answer", "wrong size")
_CONTROLS = (
    Control("behaviour", "Behaviour", "choice", "good", BEHAVIOURS, hint="What goes wrong, for lessons and for tests."),
    Control("work_s", "Seconds of work", "number", "0", least=0, most=3600, hint="How long it takes over one send."),
    Control("restless", "Restlessness", "number", "0.06", least=0, most=1, hint="How far one send's colour is off."),
)
_CARD = ModelCard("mock", "1", provider="Platewright")
_PRICE = (Price("image", Cost("0.05", "XTS")),)


def generators(home: Home) -> tuple[Mock, ...]:
    """Both mocks."""
    return mock(), mock_clip()


def mock(folder: Path | None = None) -> Mock:
    """The mock of a model for stills, 1024 pixels a side at most. folder: where its book lies."""
    return Mock(_limits("mock", "Mock (stills, play money)", Lengths(), 1024), folder)


def mock_clip(folder: Path | None = None) -> Mock:
    """The mock of a model for short clips: 5, 9, … 49 frames."""
    return Mock(_limits("mock-clip", "Mock (clips, play money)", Lengths(5, 49, 4, 1), 1280), folder)


def _limits(name: str, title: str, lengths: Lengths, most: int) -> Capabilities:
    return Capabilities(
        name, title, _CARD,
        operations=("regenerate", "extend", "replace_sky") if lengths.still else ("regenerate", "extend"),
        local=True,
        sizes=Sizes(multiple=8, least=64, most=most, best=512),
        lengths=lengths,
        masks=Masks(keeps_outside="no"),
        sent=Carried(16), returned=Carried(16),
        references=2, keyframes=2,
        determinism="bitwise", seed_most=2**32 - 1,
        prices=_PRICE, pretend=True,
        reconcile="replay", cancel="yes",
        terms=Terms(("this machine",), "kept in the state folder until removed", "no", "no", "no", "yes"),
        controls=_CONTROLS,
    )  # fmt: skip


class Mock(Declared):
    """See the module. A send's job is a file named after its key; charged is what the file says."""

    def __init__(self, limits: Capabilities, folder: Path | None = None) -> None:
        super().__init__(limits)
        self._folder = folder

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The body of one send. Raises RequestError, BackendError `inputs_illegal`."""
        words = words_of(self._limits, request, inputs)
        return pack(words, inputs_as_png(inputs, 16, soft=False))

    def send(self, intent: Intent, body: bytes) -> str:
        """Take the send and charge for it, once for each key. Raises as its behaviour says."""
        words, files = unpack(body)
        behaviour, book = words["controls"]["behaviour"], self._book()
        remote = hashlib.sha256(intent.key.encode()).hexdigest()[:32]
        if (book / f"{remote}.json").exists():
            return remote
        if behaviour == "refused":
            raise SendRefused("the mock refuses this, as it was told to", hint="Set its behaviour to good.")
        seen = book / f"{hashlib.sha256(f'{intent.job} {intent.slot}'.encode()).hexdigest()[:32]}.busy"
        if behaviour == "busy" and not seen.exists():
            seen.touch()
            raise BackendError("the mock has too much to do", code="backend_busy", retry=True, after_s=0.1)
        _write(book / f"{remote}.zip", _drawn(words, files))
        job = {"at": time.time(), "charged": intent.reserved.amount, "currency": intent.reserved.currency, **words}
        _write(book / f"{remote}.json", json.dumps(job).encode())
        if behaviour == "lost answer":
            raise SendUnknown("the mock's answer was lost, as it was told to")
        return remote

    def poll(self, remote_id: str) -> RemoteStatus:
        """How it stands, by its clock and its behaviour."""
        job = self._job(remote_id)
        if job is None:
            return RemoteStatus("missing")
        work_s, spent = float(job["controls"]["work_s"]), time.time() - job["at"]
        charged = Cost(job["charged"], job["currency"])
        if job.get("cancelled"):
            return RemoteStatus("cancelled", charged=Cost("0", charged.currency))
        if spent < work_s:
            step = Step("drawing", int(spent), max(1, int(work_s)))
            return RemoteStatus("running", step, poll_after_s=max(0.05, min(1.0, work_s - spent)))
        behaviour = job["controls"]["behaviour"]
        if behaviour.startswith("moderated"):
            failure = Failure("moderated", "the mock does not like what it shows", "Set its behaviour to good.")
            kept = charged if behaviour == "moderated and charged" else Cost("0", charged.currency)
            return RemoteStatus("failed", charged=kept, failure=failure, moderated=True)
        if behaviour == "failing":
            return RemoteStatus(
                "failed", charged=Cost("0", charged.currency), failure=Failure("backend_failed", "the mock failed")
            )
        return RemoteStatus("done", charged=charged)

    def fetch(self, remote_id: str, target: Path) -> None:
        """Write the result: a zip of pictures. Raises BackendError `result_expired`."""
        try:
            target.write_bytes((self._book() / f"{_plain(remote_id)}.zip").read_bytes())
        except FileNotFoundError as error:
            raise BackendError("the mock has dropped that result", code="result_expired") from error

    def cancel(self, remote_id: str) -> None:
        """Stop it, if it still works; then it costs nothing."""
        job = self._job(remote_id)
        if job is not None and self.poll(remote_id).state == "running":
            _write(self._book() / f"{remote_id}.json", json.dumps({**job, "cancelled": True}).encode())

    def charged(self) -> dict[str, str]:
        """What was charged, by remote id: the vendor's own book."""
        jobs = {file.stem: json.loads(file.read_bytes()) for file in sorted(self._book().glob("*.json"))}
        return {remote: "0" if job.get("cancelled") else job["charged"] for remote, job in jobs.items()}

    def _book(self) -> Path:
        folder = self._folder or state_folder() / "mock"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _job(self, remote: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self._book() / f"{_plain(remote)}.json").read_bytes())
        except FileNotFoundError:
            return None
        return found


def _plain(remote: str) -> str:
    if len(remote) != 32 or set(remote) - set("0123456789abcdef"):
        raise BackendError("that is no job of the mock's", code="backend_garbled")
    return remote


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_bytes(data)
    os.replace(beside, path)


def _drawn(words: dict[str, Any], files: dict[str, bytes]) -> bytes:
    """The result as a zip: each frame smoothed in from around its mask, off in colour as restless models are.

    Outside the mask every pixel is a little wrong too, so that nobody comes to rely on it.
    """
    rng = np.random.default_rng([words["seed"], int(hashlib.sha256(words["prompt"].encode()).hexdigest()[:8], 16)])
    restless = float(words["controls"]["restless"])
    tint = rng.uniform(-restless, restless, 3).astype(np.float32)
    grow = 16 if words["controls"]["behaviour"] == "wrong size" else 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for n in range(words["frames"]):
            frame, mask = _read(files[f"frame_{n:04d}.png"]), _read(files[f"mask_{n:04d}.png"])[..., :1]
            drift = np.float32(1 + 0.3 * restless * np.sin(0.7 * n))
            made = frame * (1 - mask) + (_filled(frame, mask) + tint * drift) * mask
            made = (made + rng.normal(0, 1 / 255, made.shape)).astype(np.float32)
            made = np.pad(made, ((0, grow), (0, grow), (0, 0)), mode="edge")
            archive.writestr(zipfile.ZipInfo(f"{n:04d}.png"), png(np.asarray(made, dtype=np.float32), 16))
    return out.getvalue()


def _filled(frame: Pixels, mask: Pixels) -> Pixels:
    """The surround carried into the mask: a weighted blur at growing widths, each where the finer one found nothing."""
    known = 1 - mask
    result = np.zeros_like(frame)
    found = np.zeros_like(mask)
    for width in (5, 21, 85, 341):
        weight = cv2.blur(known, (width, width))[..., None]
        value = cv2.blur(frame * known, (width, width)) / np.maximum(weight, 1e-6)
        new = (weight > 0.02).astype(np.float32) * (1 - found)
        result, found = result + value * new, found + new
    mean = (frame * known).sum((0, 1)) / max(float(known.sum()), 1.0)
    whole: Pixels = (result + mean * (1 - found)).astype(np.float32)
    return whole


def _read(data: bytes) -> Pixels:
    """A PNG that this program wrote itself, as `(H, W, 3)` float32."""
    found: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    colour = np.repeat(found[..., None], 3, axis=2) if found.ndim == 2 else found[..., ::-1]
    return (colour / np.float32(np.iinfo(found.dtype).max)).astype(np.float32)
