"""What every backend must do, whoever made it: one suite, run over each with its own fake or its real program.

class TestMock(BackendPromises):
    @pytest.fixture
    def case(self, tmp_path): return Case(mock(tmp_path), legal_inputs(...))
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.protocol import Generator, ModelInputs, ModelPicture
from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import BackendError, RequestError, SendUnknown
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.money import amount_of
from platewright.contract.request import Extend, Operation, Pads, Plate, Regenerate, ReplaceSky, Request
from platewright.contract.vendors import Intent, RemoteStatus

__all__ = ["BackendPromises", "Case", "intent_for", "legal_inputs", "legal_size", "request_for", "send", "wait"]

WITHIN_S = 90.0
_OPERATIONS: dict[str, Operation] = {
    "regenerate": Regenerate(), "extend": Extend(Pads(left=8)), "replace_sky": ReplaceSky(),
}  # fmt: skip


@dataclass
class Case:
    """A backend as the suite runs it. charged: the vendor's own book, amounts by remote id; None where it has none.

    folder: where the job that the sends are of keeps what it has paid for, and results are fetched to.
    """

    generator: Generator
    inputs: ModelInputs
    charged: Callable[[], dict[str, str]] | None = None
    token: str = ""
    folder: str = ""

    @property
    def request(self) -> Request:
        return request_for(self.generator.capabilities(), self.inputs)


def request_for(limits: Capabilities, inputs: ModelInputs) -> Request:
    frames = FrameRange.parse(f"1001-{1000 + inputs.count}")
    return Request(
        _OPERATIONS[limits.operations[0]], "rig", Plate("plate.####.exr", frames), prompt=inputs.prompt,
        seed=inputs.seed, backend=limits.name, controls=dict(inputs.controls),
    )  # fmt: skip


def legal_size(limits: Capabilities) -> tuple[int, int]:
    """A small size that it takes."""
    if limits.sizes.fixed:
        return min(limits.sizes.fixed)
    multiple = limits.sizes.multiple
    for start in range(max(limits.sizes.least, 64), 4096):
        for width, height in ((start + 2 * multiple - start % multiple, start + -start % multiple), (start, start)):
            if limits.sizes.takes(width, height):
                return width, height
    raise AssertionError("it takes no size at all")


def legal_inputs(limits: Capabilities, **changes: object) -> ModelInputs:
    """A send that the backend takes: a picture with some structure, a mask in its middle."""
    width, height = legal_size(limits)
    count = limits.lengths.at_least(5)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, None, :, None]
    shift = np.arange(count, dtype=np.float32)[:, None, None, None]
    colours = np.array([0.0, 0.02, -0.02], np.float32)
    frames = np.broadcast_to(0.25 + 0.5 * across + 0.003 * shift + colours, (count, height, width, 3))
    masks = np.zeros((count, height, width), np.float32)
    masks[:, height // 4 : height // 2, width // 4 : width // 2] = 1
    prompt = "a clear wall" if limits.prompt else ""
    inputs = ModelInputs(np.ascontiguousarray(frames, dtype=np.float32), masks, prompt=prompt, seed=11)
    return replace(inputs, **changes)  # type: ignore[arg-type]


def intent_for(case: Case, body: bytes, key: str = "key-1", slot: str = "frames 1001") -> Intent:
    most = case.generator.price(case.request, case.inputs)
    digest = hashlib.sha256(body).hexdigest()
    return Intent("job-1", slot, key, digest, most, "2026-11-21T10:00:00.000Z", case.folder)


def send(case: Case, key: str = "key-1") -> tuple[str, Intent]:
    body = case.generator.prepare(case.request, case.inputs)
    intent = intent_for(case, body, key)
    return case.generator.send(intent, body), intent


def wait(generator: Generator, remote: str) -> RemoteStatus:
    """Poll until it has ended."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        status = generator.poll(remote)
        if status.state not in ("queued", "running"):
            return status
        time.sleep(min(status.poll_after_s, 0.05))
    raise AssertionError(f"{remote} has not ended")


class BackendPromises:
    """The suite. A subclass gives the fixture `case`."""

    @pytest.fixture
    def case(self) -> Case:
        raise NotImplementedError

    def test_it_declares_itself_in_values_that_travel(self, case: Case) -> None:
        limits = case.generator.capabilities()
        assert from_bytes(Capabilities, canonical(limits)) == limits == case.generator.capabilities()
        assert limits.name == case.generator.name and limits.reconcile == case.generator.reconcile
        assert limits.operations and set(limits.operations) <= set(_OPERATIONS)
        assert limits.card.name and limits.card.provider and limits.title
        assert limits.lengths.takes(limits.lengths.at_least(1))
        if not limits.local:
            assert limits.terms.read, "a vendor's terms come with the day they were read"

    def test_the_same_send_is_the_same_bytes_and_another_is_not(self, case: Case) -> None:
        body = case.generator.prepare(case.request, case.inputs)
        again = replace(case.inputs, frames=case.inputs.frames.copy(), masks=case.inputs.masks.copy())
        assert case.generator.prepare(case.request, again) == body
        limits, touched = case.generator.capabilities(), case.inputs.frames.copy()
        touched[0, -1, -1] += 0.2
        assert case.generator.prepare(case.request, replace(case.inputs, frames=touched)) != body
        if limits.seed_most:
            assert case.generator.prepare(case.request, replace(case.inputs, seed=12)) != body
        if limits.prompt:
            assert case.generator.prepare(case.request, replace(case.inputs, prompt="a door")) != body
        if limits.masks.taken:
            assert case.generator.prepare(case.request, replace(case.inputs, masks=1 - case.inputs.masks)) != body

    def test_what_it_can_not_be_given_is_refused_before_anything_is_sent(self, case: Case) -> None:
        limits, inputs = case.generator.capabilities(), case.inputs
        picture = ModelPicture(inputs.frames[0])
        wrong = [
            replace(inputs, frames=inputs.frames.astype(np.float64)),  # type: ignore[arg-type]
            replace(inputs, frames=inputs.frames[:, :, :-1], masks=inputs.masks[:, :, :-1])
            if limits.sizes.multiple > 1 or limits.sizes.fixed else replace(inputs, masks=inputs.masks[:, 1:]),
            replace(
                inputs,
                frames=np.broadcast_to(inputs.frames[:1], (limits.lengths.most + 1, *inputs.frames.shape[1:])),
                masks=np.broadcast_to(inputs.masks[:1], (limits.lengths.most + 1, *inputs.masks.shape[1:])),
            ),
            replace(inputs, pictures=(picture,) * (limits.references + 1)),
            replace(inputs, frames=inputs.frames * np.float32(np.nan)),
        ]  # fmt: skip
        for one in wrong:
            with pytest.raises(BackendError) as caught:
                case.generator.prepare(case.request, one)
            assert caught.value.code == "inputs_illegal"
        with pytest.raises(RequestError) as unknown:
            case.generator.prepare(case.request, replace(inputs, controls={"no_such_input": "1"}))
        assert unknown.value.code == "control_unknown"

    def test_a_send_comes_back_as_pictures_of_the_very_size(self, case: Case, tmp_path: Path) -> None:
        remote, _ = send(case)
        status = wait(case.generator, remote)
        assert status.state == "done", status
        case.generator.fetch(remote, tmp_path / "result")
        pixels = case.generator.pictures(tmp_path / "result", case.inputs)
        assert pixels.shape == case.inputs.frames.shape and pixels.dtype == np.float32 and pixels.flags.c_contiguous
        assert np.isfinite(pixels).all()
        if case.generator.capabilities().returned.transfer != "linear":
            assert pixels.min() >= 0 and pixels.max() <= 1
        case.generator.fetch(remote, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / "result").read_bytes(), "fetching may be repeated"

    def test_it_charges_no_more_than_was_quoted(self, case: Case) -> None:
        most = case.generator.price(case.request, case.inputs)
        lines, currency = case.generator.quote(case.request)
        quoted = sum((Decimal(line.amount) for line in lines), Decimal(0))
        assert amount_of(most) <= quoted and (not amount_of(most) or most.currency == currency)
        remote, _ = send(case)
        status = wait(case.generator, remote)
        if status.charged is not None:
            assert amount_of(status.charged) <= amount_of(most)
        if case.charged is not None:
            assert sum(map(Decimal, case.charged().values())) <= amount_of(most)

    def test_the_outcome_of_a_send_is_found_out_as_it_says(self, case: Case) -> None:
        generator = case.generator
        remote, intent = send(case)
        body = generator.prepare(case.request, case.inputs)
        if generator.reconcile == "replay":
            assert generator.send(intent, body) == remote
            if case.charged is not None:
                assert len(case.charged()) == 1
        elif generator.reconcile in ("lookup", "list", "kept"):
            assert generator.find(intent) == remote
            other = replace(intent, key="key-of-nobody", body_sha256="0" * 64, job="job-2")
            assert generator.find(other) == ""
        else:
            with pytest.raises((NotImplementedError, SendUnknown)):
                generator.find(intent)

    def test_a_cancelled_send_ends(self, case: Case) -> None:
        remote, _ = send(case)
        case.generator.cancel(remote)
        case.generator.cancel(remote)
        assert wait(case.generator, remote).state in ("cancelled", "done", "failed", "missing")

    def test_a_job_that_nobody_knows_is_missing_or_an_error_of_ours(self, case: Case) -> None:
        try:
            status = case.generator.poll("0" * 32)
        except BackendError as error:
            assert error.code
        else:
            assert status.state == "missing"

    def test_its_token_stands_nowhere(self, case: Case) -> None:
        body = case.generator.prepare(case.request, case.inputs)
        remote, _ = send(case)
        said = f"{case.generator!r} {case.generator.capabilities()} {remote} {case.generator.check()}".encode()
        assert not case.token or case.token.encode() not in body + said

    def test_its_check_says_whether_it_can_be_used(self, case: Case) -> None:
        checks = case.generator.check()
        assert checks and all(one.state == "passed" for one in checks), checks
        assert case.generator.missing() == ""
