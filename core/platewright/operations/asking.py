"""Asking a model: one send at a time, each under a slot of its own, never more of them than the quote counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from platewright.backends.protocol import Generator, ModelInputs, ModelPicture, Pixels
from platewright.contract.errors import InternalError
from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.vendors import Sends

from .fill_settings import seed_of
from .model_light import ModelLight

__all__ = ["Asking"]


class Asking:
    """The sends of one take. shown: pictures that go along with each. left: how many more there may be. sent: how many
    there were."""

    def __init__(
        self, request: Request, generator: Generator, sends: Sends, light: ModelLight, report: Reporter, most: int,
        shown: Sequence[ModelPicture] = (),
    ) -> None:  # fmt: skip
        self._request = request
        self._generator = generator
        self._sends = sends
        self._light = light
        self._report = report
        self._shown = tuple(shown)
        self.left = most
        self.sent = 0

    @property
    def is_free(self) -> bool:
        """Whether a send costs nothing."""
        return not self._generator.capabilities().prices

    def made(
        self, slot: str, frames: Pixels, masks: Pixels, *, more: int = 0, pictures: Sequence[ModelPicture] = ()
    ) -> Pixels:
        """What the model makes of frames `(N, H, W, 3)` where masks `(N, H, W)` are 1: as frames, in their numbers.

        slot: names the send; the same in every run of the same request. more: added to the seed.
        Raises BackendError, SendRefused, SendUnknown, RequestError, Cancelled.
        """
        if self.left <= 0:
            raise InternalError("more was to be sent than was counted")
        self.left -= 1
        self.sent += 1
        request = self._request
        shown = tuple(replace(one, pixels=self._light.to_send(one.pixels)) for one in (*pictures, *self._shown))
        inputs = ModelInputs(
            np.ascontiguousarray(self._light.to_send(frames), np.float32), np.ascontiguousarray(masks, np.float32),
            request.prompt, seed_of(request) + more, pictures=shown, controls=request.controls,
        )  # fmt: skip
        body = self._generator.prepare(request, inputs)
        price = self._generator.price(request, inputs)
        result = self._sends.result(slot, body, price, self._report)
        return self._light.as_sent(self._generator.pictures(result, inputs))
