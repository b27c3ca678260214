"""A host for the panel without any application: what is selected is set by the test, files are a small shot's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import Cancelled, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.wire import VerifyAsk
from platewright.panel.asked import Asked, Placing
from platewright.panel.field import Capability
from platewright.panel.host import Brought, Selection, Tell, ToRender

NOTHING = Selection(trouble="select the plate", hint="Select the node whose picture is to be changed.")


@dataclass
class StandIn:
    """Remembers what it was asked."""

    folder: Path
    plate_pattern: str = "/nowhere/plate.####.exr"
    matte_pattern: str = "/nowhere/matte.####.exr"
    frames: str = "1001-1003"
    selection: Selection = NOTHING
    name: str = "stand-in"
    script: str = "sh010_comp"
    can_place: bool = True
    can: frozenset[Capability] = frozenset()
    remembered: dict[str, Brought] = field(default_factory=dict)
    settled: list[Job] = field(default_factory=list)
    placed: list[TakeSummary] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    brings: int = 0
    rendered: ToRender | None = None
    breaks: Exception | None = None
    asks: CheckAsk | None = None
    gone_to: list[tuple[str, int | None, str]] = field(default_factory=list)
    judged: tuple[tuple[str, str], ...] | None = ()

    def select(self, matte: bool = True, element: str = "", operation: str = "") -> None:
        self.selection = Selection(
            "plate", "roto" if matte else "", self.frames, no_matte=("plate has no alpha", "Draw a Roto on it."),
            source="plate", element=element, operation=operation,
        )  # fmt: skip

    def look(self) -> Selection:
        return self.selection

    def plate(self, asked: Asked) -> Plate | None:
        return (
            None
            if self.rendered is not None and not self.brings
            else Plate(self.plate_pattern, FrameRange.parse(asked.frames or self.frames))
        )

    def to_render(self, asked: Asked) -> ToRender | None:
        return self.rendered

    def bring(self, asked: Asked, tell: Tell, earlier: Request | None = None) -> Brought:
        self.brings += 1
        if self.breaks is not None:
            raise self.breaks
        plate = earlier.plate if earlier is not None else self.plate(asked)
        assert plate is not None
        for done, _ in enumerate(plate.frames):
            if not tell("matte", done, len(plate.frames)):
                raise Cancelled("the export was stopped")
        return Brought(plate, Matte(self.matte_pattern) if self.selection.matte else None)

    def sent(self, job: Job, asked: Asked, brought: Brought) -> None:
        self.remembered[job.id] = brought

    def settle(self, job: Job) -> str:
        self.settled.append(job)
        self.remembered.pop(job.id, None)
        return f"{job.submission.request.element} is in the comp."

    def place(self, take: TakeSummary, placing: Placing) -> str:
        if self.breaks is not None:
            raise self.breaks
        self.placed.append(take)
        return "placed"

    def step(self, by: int) -> str:
        self.steps.append(by)
        return f"step {by}"

    def jobs(self) -> frozenset[str]:
        return frozenset(self.remembered)

    def difference(self) -> VerifyAsk | None:
        raise RequestError("select one node of a take", code="not_a_placement", hint="Its Read, for example.")

    def root(self) -> str:
        return str(self.folder)

    def publishing(self) -> CheckAsk:
        if self.asks is None:
            raise RequestError("the script has no output", code="nothing_selected", hint="Select a Write.")
        return self.asks

    def go_to(self, node: str, frame: int | None, record: str) -> str:
        self.gone_to.append((node, frame, record))
        return f"{node} is selected."

    def judge(self, asked: CheckAsk, signed: SignedGate) -> tuple[tuple[str, str], ...] | None:
        return self.judged
