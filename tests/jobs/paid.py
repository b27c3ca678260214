"""Backends that pay the fake vendor, with an operation that sends two slots and fills the matte with grey."""

from __future__ import annotations

from collections.abc import Callable

from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Sends
from platewright.jobs.backend import Backend
from platewright.jobs.run import Operate
from platewright.operations.outcome import Outcome, PatchWriter
from tests.fakes.vendor import PRICE, FakeVendor
from tests.jobs.small_shot import fill_with_grey

KINDS = ("replay", "lookup", "none")


def paid_backend(port: int, kind: str) -> Backend:
    """`fake-<kind>`: needs nothing of a worker, costs PRICE a frame."""
    vendor = FakeVendor(port, kind)  # type: ignore[arg-type]
    return Backend(vendor.name, vendor=vendor, operate=operation())


def operation() -> Callable[[Request, Sends], Operate]:
    """Sends the first frame and the others as two slots; what comes back is checked, then grey is filled in."""

    def with_sends(request: Request, sends: Sends) -> Operate:
        def operate(asked: Request, out: PatchWriter, report: Reporter) -> Outcome:
            numbers = list(asked.plate.frames)
            for slot in (numbers[:1], numbers[1:]):
                name = f"frames {slot[0]}-{slot[-1]}"
                body = f"{asked.element} {asked.prompt} {name}".encode()
                most = Cost(str(PRICE * len(slot)), "USD")
                path = sends.result(name, body, most, report)
                assert path.read_text() == f"result of {body.decode()}"
            return fill_with_grey(asked, out, report)

        return operate

    return with_sends
