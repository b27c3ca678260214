"""A model in this process, for tests of what surrounds it: strict about what it is given, wrong in ways one can choose.

It fills a mask with a flat colour or with noise in its numbers, gives everything back a little off, and counts.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from platewright.backends.body import pack, unpack
from platewright.backends.declared import Declared, words_of
from platewright.backends.protocol import ModelInputs, Pixels
from platewright.contract.capabilities import Capabilities, Carried, Lengths, Masks, Sizes
from platewright.contract.prices import Price
from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.takes import Cost, ModelCard
from platewright.contract.vendors import Intent, RemoteStatus

CARD = ModelCard("fake", "1", provider="tests", trained=True, training_data="nothing")
STILL = Capabilities(
    "fake", "Fake", CARD, operations=("regenerate", "extend"), local=True,
    sizes=Sizes(multiple=8, least=64, most=512, best=128), masks=Masks(), sent=Carried(16), returned=Carried(16),
    determinism="bitwise", seed_most=2**31 - 1, reconcile="lookup",
)  # fmt: skip
CLIP = replace(STILL, name="fake-clip", lengths=Lengths(5, 9, 4, 1))
PAID = (Price("image", Cost("0.05", "XTS")),)


class FakeModel(Declared):
    """gain, offset: how far its colours are off, everywhere. restless: how far each frame's fill differs by itself.
    noise: detail in the fill, else it is flat. colour: of the fill, in its numbers."""

    def __init__(
        self, limits: Capabilities = STILL, *, colour: tuple[float, float, float] = (0.7, 0.3, 0.2),
        gain: float = 1.0, offset: float = 0.0, restless: float = 0.0, noise: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(limits)
        self._colour, self._gain, self._offset = np.array(colour, np.float32), gain, offset
        self._restless, self._noise = restless, noise
        self.inputs: list[ModelInputs] = []

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The words and the arrays, as they are."""
        self.inputs.append(inputs)
        arrays = io.BytesIO()
        np.save(arrays, np.concatenate([inputs.frames, inputs.masks[..., None]], axis=-1))
        return pack(words_of(self._limits, request, inputs), {"inputs.npy": arrays.getvalue()})

    def answer(self, body: bytes) -> bytes:
        """What it makes of a body."""
        words, files = unpack(body)
        given = np.load(io.BytesIO(files["inputs.npy"]))
        rng = np.random.default_rng(words["seed"])
        detail = rng.normal(0, 1, given.shape[1:3]).astype(np.float32)[..., None] * np.float32(self._noise)
        made = np.empty_like(given[..., :3])
        for n, frame in enumerate(given):
            off = np.float32(rng.uniform(-self._restless, self._restless))
            fill = self._colour + off + detail
            made[n] = np.where(frame[..., 3:] > 0.5, fill, frame[..., :3])
        out = io.BytesIO()
        np.save(out, np.clip(made * np.float32(self._gain) + np.float32(self._offset), 0, 1).astype(np.float32))
        return out.getvalue()

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The arrays of its answer."""
        found: Pixels = np.load(result)
        assert found.shape == inputs.frames.shape
        return found

    def send(self, intent: Intent, body: bytes) -> str:
        raise AssertionError("tests of operations send by PlainSends")

    def poll(self, remote_id: str) -> RemoteStatus:
        raise AssertionError("tests of operations send by PlainSends")

    def fetch(self, remote_id: str, target: Path) -> None:
        raise AssertionError("tests of operations send by PlainSends")

    def cancel(self, remote_id: str) -> None:
        raise AssertionError("tests of operations send by PlainSends")


@dataclass
class PlainSends:
    """Sends without a desk: each slot once, its result kept; the same slot must have the same body."""

    model: FakeModel
    folder: Path
    bodies: dict[str, bytes] = field(default_factory=dict)
    reserved: list[Cost] = field(default_factory=list)

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """As contract.vendors.Sends."""
        path = self.folder / f"{len(slot)}_{slot.replace(' ', '_').replace(',', '')}.npy"
        if slot in self.bodies:
            assert self.bodies[slot] == body, f"the slot '{slot}' has another body than before"
            return path
        self.bodies[slot] = body
        self.reserved.append(most)
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.model.answer(body))
        return path
