"""An operation over a generator, as small as it can be: a send for each frame, then grey where the matte is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from platewright.backends.protocol import Generator
from platewright.contract.capabilities import Capabilities
from platewright.contract.prices import Work
from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.vendors import Sends
from platewright.operations.outcome import Outcome, PatchWriter
from tests.jobs.small_shot import fill_with_grey
from tests.suites.backends import legal_inputs, legal_size


def work_of(request: Request, limits: Capabilities) -> tuple[Work, ...]:
    width, height = legal_size(limits)
    return tuple(Work(images=1, pixels=width * height) for _ in request.plate.frames)


def run(request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends) -> Outcome:
    for number in request.plate.frames:
        inputs = legal_inputs(
            generator.capabilities(), seed=number, prompt=request.prompt, controls=dict(request.controls)
        )
        body = generator.prepare(request, inputs)
        path = sends.result(f"frame {number}", body, generator.price(request, inputs), report)
        pixels = generator.pictures(path, inputs)
        assert pixels.shape == inputs.frames.shape and np.isfinite(pixels).all()
    made = fill_with_grey(request, out, report)
    return replace(made, model_card=generator.capabilities().card)
