"""Routes of takes and what they cost: lists, records, decisions, verification, money."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.money import CostGroup
from platewright.contract.request import ELEMENT_NAME
from platewright.contract.takes import TakeRecord
from platewright.contract.wire import (
    Budgets,
    Costs,
    FullFrames,
    FullFramesAsk,
    LedgerState,
    TakeList,
    Verification,
    VerifyAsk,
)

from . import looking
from .answers import answer, body_of
from .parts import Parts, at_desk, speaks
from .picture_routes import Root
from .roots import absolute, real_root, under

__all__ = ["take_routes"]

_LISTING_WITHIN_S = 120.0
_VERIFYING_WITHIN_S = 3600.0
Element = Annotated[str, Path(pattern=f"^{ELEMENT_NAME.pattern}$")]
AnyElement = Annotated[str, Query(pattern=f"^({ELEMENT_NAME.pattern})?$")]
Version = Annotated[int, Path(ge=1, le=999_999_999)]


def take_routes(parts: Parts) -> APIRouter:
    """The routes, over the looking process."""
    router = APIRouter(tags=["takes"])

    @router.get("/takes", summary="The finished takes below a root, and what people decided", **speaks(TakeList))
    async def takes(root: Root, element: AnyElement = "") -> Response:
        await at_desk(real_root, root)  # the desk gets it as it was said: jobs are known by that text
        return answer(TakeList(await at_desk(parts.desk.takes, root, element)))

    @router.post(
        "/takes/{element}/{version}/decide",
        summary="Star, note, approve or reject a take",
        **speaks(TakeSummary, TakeDecision),
    )
    async def decide(element: Element, version: Version, root: Root, request: Request) -> Response:
        asked = await body_of(request, TakeDecision)
        await at_desk(real_root, root)
        return answer(await at_desk(parts.desk.decide, root, element, version, asked))

    @router.get("/costs", summary="What was spent, by show, shot, user, backend or month", **speaks(Costs))
    async def costs(by: CostGroup = "shot", root: Annotated[str, Query(max_length=4096)] = "") -> Response:
        if root:
            absolute(root, "root")
        return answer(Costs(by, await at_desk(parts.desk.costs, by, root)))

    @router.get("/budgets", summary="Every budget and what is left of it", **speaks(Budgets))
    async def budgets() -> Response:
        return answer(Budgets(await at_desk(parts.desk.budgets)))

    @router.get("/ledger", summary="Whether a root's ledger is whole", **speaks(LedgerState))
    async def ledger(root: Root) -> Response:
        base = await at_desk(real_root, root)
        return answer(await parts.looks.ask(looking.ledger_state, str(base), within_s=_LISTING_WITHIN_S))

    @router.get("/takes/{element}/{version}", summary="A take's record", **speaks(TakeRecord))
    async def take(element: Element, version: Version, root: Root) -> Response:
        base = await at_desk(real_root, root)
        return answer(await parts.looks.ask(looking.record, str(base), element, version, within_s=_LISTING_WITHIN_S))

    @router.post(
        "/takes/{element}/{version}/full_frames",
        summary="Copies of a take over the whole picture, for hosts that misplace a data window",
        **speaks(FullFrames, FullFramesAsk),
    )
    async def full_frames(element: Element, version: Version, root: Root, request: Request) -> Response:
        asked = await body_of(request, FullFramesAsk)

        def checked() -> str:
            base = real_root(root)
            if asked.plate:
                under([base, *map(real_root, asked.roots)], asked.plate, "plate")
            return str(base)

        base = await at_desk(checked)
        return answer(
            await parts.verifies.ask(looking.full_frames, base, element, version, asked, within_s=_VERIFYING_WITHIN_S)
        )

    @router.post(
        "/verify",
        summary="Is a take whole, signed, and did it change only what it says",
        **speaks(Verification, VerifyAsk),
    )
    async def verify(request: Request) -> Response:
        asked = await body_of(request, VerifyAsk)

        def checked() -> VerifyAsk:
            allowed = [real_root(asked.root), *map(real_root, asked.roots)]
            # By the real folders: a link on the way there can't be swapped any more.
            plate = under(allowed, asked.plate, "plate") if asked.plate else ""
            matte = under(allowed, asked.matte, "matte") if asked.matte else ""
            return replace(asked, plate=plate, matte=matte)

        return answer(
            await parts.verifies.ask(looking.verify_take, await at_desk(checked), within_s=_VERIFYING_WITHIN_S)
        )

    return router
